import type { Rights } from '../board/rights.ts'
import type { Board, BoardTask, OpenBoard, User } from '../client.ts'
import type { TaskEvents } from './task-events.ts'

/** The properties of each part of an open card. */
export type CardProps = {
  open: OpenBoard
  board: Board
  task: BoardTask
  user: User
  rights: Rights
  events: TaskEvents
  onClose: () => void
}
