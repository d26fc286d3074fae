import type { Rights } from '../board/rights.ts'
import type { Board, BoardTask, OpenBoard, User } from '../client.ts'
import type { TaskEvents } from './task-events.ts'

/** What each part of an open card is given. */
export type CardProps = {
  open: OpenBoard
  board: Board
  task: BoardTask
  user: User
  rights: Rights
  events: TaskEvents
  onClose: () => void
}
