import type { Api } from './api.ts'
import { applyEvent, type Board, type BoardColumn, compareRanks, endingAt } from './apply-event.ts'
import { dataOf } from './problem.ts'
import type { Event, Task } from './types.ts'

type Page = { items: Task[]; next_cursor: string | null }

const PAGE = 100

/** Reads the next page of a column, at least as new as the board (by `FlowTrack-Seq`). Throws ApiError. */
export async function pageOf(api: Api, board: Board, column: BoardColumn): Promise<Page> {
  const query = {
    project_id: board.project.id,
    status: [column.key],
    sort: 'position' as const,
    limit: PAGE,
    cursor: column.next_cursor as string,
  }
  return dataOf(await api.GET('/tasks', { params: { query }, headers: { 'FlowTrack-Seq': String(board.seq) } }))
}

/**
 * The board with one more page of a column. `meanwhile`: the events that were applied while the page was loading, as it
 * may be older than they are. If they make the page useless, the board is returned unchanged.
 */
export function withPage(board: Board, key: string, page: Page, meanwhile: Event[]): Board {
  if (
    meanwhile.some(
      ({ action, entity }) => action === 'column.reordered' || action === 'label.deleted' || entity === 'column',
    )
  )
    return board
  // A task that the board has in another column has moved since: its event is on its way.
  const known = new Set(board.columns.flatMap(({ tasks }) => tasks).map(({ id }) => id))
  const columns = board.columns.map((column) => {
    if (column.key !== key) return column
    const fresh = page.items.filter(({ id }) => !known.has(id))
    const tasks = [...column.tasks, ...fresh].sort(compareRanks)
    return endingAt({ ...column, tasks, next_cursor: page.next_cursor }, page.items.at(-1) ?? column.loaded_to)
  })
  return meanwhile.reduce(replayEvent, { ...board, columns })
}

/** Applies the event of a task once more, now to the new page. The counts of the columns have it already. */
function replayEvent(board: Board, event: Event): Board {
  if (event.entity !== 'task') return board
  const loaded = board.columns.flatMap(({ tasks }) => tasks).find(({ id }) => id === event.entity_id)
  if (loaded && loaded.seq > event.seq) return board
  const again = applyEvent({ ...board, seq: event.seq - 1 }, event)
  const counts = new Map(board.columns.map(({ key, task_count }) => [key, task_count]))
  const columns = again.columns.map((column) => ({
    ...column,
    task_count: counts.get(column.key) ?? column.task_count,
  }))
  return { ...again, seq: board.seq, columns }
}
