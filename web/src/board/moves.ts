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
  announce(t.move.moved(task.title, column.name, at + 1, countWith(task, column)))
}

/** Moves a card below all cards of a column, also those that are not loaded, and announces its new place. */
export function moveToBottom(open: OpenBoard, task: BoardTask, column: BoardColumn): void {
  open.move(task.id, { status: column.key })
  const count = countWith(task, column)
  announce(t.move.moved(task.title, column.name, count, count))
}

/** How many cards a column has when the card is in it. */
const countWith = ({ status }: BoardTask, { key, task_count }: BoardColumn) => task_count + (status === key ? 0 : 1)

/**
 * Moves a card one step among the cards that are shown (`isShown`), past any that a filter hides. Returns false when it
 * cannot go further.
 */
export function moveOneStep(
  open: OpenBoard,
  board: Board,
  id: string,
  direction: Direction,
  isShown: (task: BoardTask) => boolean,
): boolean {
  const found = findTask(board, id)
  if (!found) return false
  const { column, task } = found
  const shown = column.tasks.filter((one) => one === task || isShown(one))
  const at = shown.indexOf(task)
  if (direction === 'up' || direction === 'down') {
    const passed = shown[at + (direction === 'up' ? -1 : 1)]
    if (!passed) return false
    moveTo(open, task, column, column.tasks.indexOf(passed)) // an index among the others: below one that was below
    return true
  }
  const other = board.columns[board.columns.indexOf(column) + (direction === 'left' ? -1 : 1)]
  if (!other) return false
  const beside = other.tasks.filter(isShown)[at]
  moveTo(open, task, other, beside ? other.tasks.indexOf(beside) : other.tasks.length)
  return true
}

/** Where a card is: the index of its column (`c`), and its index within the column (`i`). */
export type Spot = { c: number; i: number }

export function spotOf(columns: BoardTask[][], id: string): Spot | undefined {
  const c = columns.findIndex((tasks) => tasks.some((task) => task.id === id))
  return c < 0 ? undefined : { c, i: columns[c]?.findIndex((task) => task.id === id) ?? 0 }
}

/** The id of the card that is now at a spot, or nearest to it: in its column, else in a later one, else before. */
export function nearest(columns: BoardTask[][], { c, i }: Spot): string | undefined {
  const tasks = [...columns.slice(c), ...columns.slice(0, c).reverse()].find((tasks) => tasks.length > 0)
  return tasks?.[Math.min(i, tasks.length - 1)]?.id
}

/** The id of the next card in a direction, where left and right skip empty columns. Undefined when there is none. */
export function neighbourOf(columns: BoardTask[][], id: string, direction: Direction): string | undefined {
  const { c, i } = spotOf(columns, id) ?? { c: -1, i: -1 }
  const tasks = columns[c] ?? []
  if (direction === 'up') return tasks[i - 1]?.id
  if (direction === 'down') return tasks[i + 1]?.id
  const beside = direction === 'left' ? columns.slice(0, c).reverse() : columns.slice(c + 1)
  const other = beside.find((tasks) => tasks.length > 0)
  return other?.[Math.min(i, other.length - 1)]?.id
}
