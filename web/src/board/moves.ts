import { announce } from '../announce.tsx'
import type { Board, BoardColumn, BoardTask, OpenBoard } from '../client.ts'
import { t } from '../strings.ts'

export type Found = { column: BoardColumn; task: BoardTask; index: number }

export function findTask(board: Board | undefined, id: string): Found | undefined {
  for (const column of board?.columns ?? []) {
    const index = column.tasks.findIndex((task) => task.id === id)
    const task = column.tasks[index]
    if (task) return { column, task, index }
  }
  return undefined
}

export const DIRECTIONS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const
export type Direction = (typeof DIRECTIONS)[keyof typeof DIRECTIONS]

/**
 * The place at `index` among `tasks`, which are the column's cards without the moved one: after the card before it, or
 * before the first card when there is none.
 */
function placeAt(column: BoardColumn, tasks: BoardTask[], index: number) {
  const after = tasks[index - 1]?.id
  if (after) return { status: column.key, after }
  const before = tasks[0]?.id
  return before ? { status: column.key, before } : { status: column.key }
}

/** Moves a card to `index` (0: the top) among the other cards of a column, and announces its new place. */
export function moveTo(open: OpenBoard, task: BoardTask, column: BoardColumn, index: number): void {
  const others = column.tasks.filter(({ id }) => id !== task.id)
  const at = Math.max(0, Math.min(index, others.length))
  open.move(task.id, placeAt(column, others, at))
  const count = column.task_count + (task.status === column.key ? 0 : 1)
  announce(t.move.moved(task.title, column.name, at + 1, count))
}

/** Moves a card one step in a direction. Returns false when it cannot go further. */
export function moveOneStep(open: OpenBoard, board: Board, id: string, direction: Direction): boolean {
  const found = findTask(board, id)
  if (!found) return false
  const { column, task, index } = found
  if (direction === 'up' || direction === 'down') {
    const next = index + (direction === 'up' ? -1 : 1)
    if (next < 0 || next >= column.tasks.length) return false
    moveTo(open, task, column, next)
    return true
  }
  const other = board.columns[board.columns.indexOf(column) + (direction === 'left' ? -1 : 1)]
  if (!other) return false
  moveTo(open, task, other, index)
  return true
}

/** The id of the next card in a direction, where left and right skip empty columns. Undefined when there is none. */
export function neighbourOf(columns: BoardTask[][], id: string, direction: Direction): string | undefined {
  const c = columns.findIndex((tasks) => tasks.some((task) => task.id === id))
  const tasks = columns[c] ?? []
  const i = tasks.findIndex((task) => task.id === id)
  if (direction === 'up') return tasks[i - 1]?.id
  if (direction === 'down') return tasks[i + 1]?.id
  const beside = direction === 'left' ? columns.slice(0, c).reverse() : columns.slice(c + 1)
  const other = beside.find((tasks) => tasks.length > 0)
  return other?.[Math.min(i, other.length - 1)]?.id
}
