import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { addJsonFields } from '../../db/json.ts'
import { AppError, invalidAt } from '../../lib/errors.ts'
import { decodeCursor, encodeCursor, PAGE_BYTES, toSizedPage } from '../../lib/page.ts'
import { percentOf } from '../../lib/percent.ts'
import { readThroughCache, toLoaded } from '../../transaction/cached-read.ts'
import { read } from '../../transaction/read.ts'
import type { Board, Progress } from './answers.ts'
import * as q from './queries.ts'
import type { ListActivity } from './schema.ts'

/** How many members a board shows, besides the assignees of its cards; `/members` lists all. */
const BOARD_MEMBERS = 100

/** The whole board at one moment, and the seq of that moment: a socket takes over from there (I4). */
export const getBoard = (ctx: Ctx, project: string, per_column: number) =>
  readThroughCache<Board>(ctx, 'getBoard', { project, of: [per_column] }, (ctx) => loadBoard(ctx, project, per_column))

/** The fields of a board that does not show all members: their number, and the cursor for the rest. */
const crowdOf = ([edge, count]: [edge: string, count: number]) => ({
  member_count: String(count),
  members_next_cursor: JSON.stringify(encodeCursor([edge])),
})

async function loadBoard(ctx: Ctx, project_id: string, per_column: number) {
  const query = q.selectBoard({ project_id, per_column, members: BOARD_MEMBERS, bytes: PAGE_BYTES })
  const [[project, ...columns]] = await read(ctx, { project: project_id }, [query])
  if (!project) throw new AppError('not_found')
  const withTasks = columns.map(({ self, within, last }) => {
    const next_cursor = last && encodeCursor(JSON.parse(last))
    return addJsonFields(self, { tasks: `[${within ?? ''}]`, next_cursor: JSON.stringify(next_cursor) })
  })
  const parts = {
    columns: `[${withTasks.join(',')}]`,
    labels: `[${project.labels ?? ''}]`,
    members: `[${project.within ?? ''}]`,
  }
  const text = addJsonFields(project.self, { ...parts, ...(project.last && crowdOf(JSON.parse(project.last))) })
  return { text, version: ctx.at?.seq }
}

/** How far a project is: how many of its tasks are done, of those that are not cancelled. */
export const getProgress = (ctx: Ctx, project: string) =>
  readThroughCache<Progress>(ctx, 'getProgress', { project, personal: true }, (ctx) => loadProgress(ctx, project))

async function loadProgress(ctx: Ctx, project_id: string) {
  const [columns] = await read(ctx, { project: project_id }, [
    q.selectProgress(ctx.db.readOnly, project_id, ctx.actor.user_id),
  ])
  const sum = (category?: string) =>
    columns.reduce((n, column) => (category === undefined || column.category === category ? n + column.count : n), 0)
  const [total, done, cancelled] = [sum(), sum('done'), sum('cancelled')]
  const percent = percentOf(done, total - cancelled)
  const by_status = Object.fromEntries(columns.map(({ key, count }) => [key, count]))
  const overdue = columns.reduce((n, { overdue }) => n + overdue, 0)
  return toLoaded({ total, done, cancelled, percent, by_status, overdue })
}

export async function listActivity(ctx: Ctx, project_id: string, { cursor, ...filter }: ListActivity) {
  const after = decodeCursor(cursor, z.tuple([z.int()]))?.[0]
  const query = q.selectActivity(ctx.db.readOnly, { ...filter, project_id, cursor: after }, PAGE_BYTES)
  const [rows] = await read(ctx, { project: project_id }, [query])
  const seq = ctx.at?.seq ?? 0
  if (filter.since && filter.since > seq)
    throw invalidAt('since', `is ahead of the project, which is at ${seq}: read the board again, and use its seq`)
  return toSizedPage(rows, filter.limit, ({ seq }) => [seq])
}
