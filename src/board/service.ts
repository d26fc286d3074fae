import * as z from 'zod'
import { cached } from '../cache/cached.ts'
import { SHAPES } from '../cache/shapes.ts'
import { selectColumns } from '../columns/queries.ts'
import { read } from '../db/read.ts'
import type { Ctx } from '../env.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { selectMembers } from '../members/queries.ts'
import { only } from '../outcome.ts'
import { selectProject } from '../projects/queries.ts'
import { keyOf } from '../tasks/queries.ts'
import * as q from './queries.ts'
import type { ListActivity } from './schema.ts'

/** Members that a board shows; `/members` lists the rest. */
const BOARD_MEMBERS = 100

/** The whole board at one moment, and the seq of that moment: a socket takes over from there (I4). */
export const getBoard = (ctx: Ctx, project: string, per_column: number) =>
  cached(ctx, SHAPES.board, { project, of: [per_column] }, (ctx) => loadBoard(ctx, project, per_column))

async function loadBoard(ctx: Ctx, project_id: string, per_column: number) {
  const { snapshot } = ctx.db
  const [heads, projects, columns, counts, tasks, members] = await read(ctx, { project: project_id }, [
    q.selectHead(snapshot, project_id),
    selectProject(snapshot, project_id),
    selectColumns(snapshot, project_id),
    q.countByColumn(snapshot, project_id),
    q.selectBoardTasks(snapshot, project_id, per_column),
    selectMembers(snapshot, { project_id, limit: BOARD_MEMBERS - 1 }),
  ])
  const count = new Map(counts.map(({ status, count }) => [status, count]))
  const byColumn = Map.groupBy(tasks, ({ status }) => status)
  const withTasks = columns.map((column) => {
    const rows = byColumn.get(column.key) ?? []
    const { items, next_cursor } = toPage(rows, per_column, (task) => keyOf('position', task))
    return { ...column, task_count: count.get(column.key) ?? 0, tasks: items, next_cursor }
  })
  return { ...only(heads), project: only(projects), columns: withTasks, members }
}

/** How far a project is: done out of all that was not cancelled. */
export const getProgress = (ctx: Ctx, project: string) =>
  cached(ctx, SHAPES.progress, { project, personal: true }, (ctx) => loadProgress(ctx, project))

async function loadProgress(ctx: Ctx, project_id: string) {
  const [columns] = await read(ctx, { project: project_id }, [
    q.selectProgress(ctx.db.snapshot, project_id, ctx.actor.user_id),
  ])
  const sum = (category?: string) =>
    columns.reduce((n, column) => (category === undefined || column.category === category ? n + column.count : n), 0)
  const [total, done, cancelled] = [sum(), sum('done'), sum('cancelled')]
  const percent = total === cancelled ? 0 : Math.round((1000 * done) / (total - cancelled)) / 10
  const by_status = Object.fromEntries(columns.map(({ key, count }) => [key, count]))
  return { total, done, cancelled, percent, by_status, overdue: columns.reduce((n, { overdue }) => n + overdue, 0) }
}

export async function listActivity(ctx: Ctx, project_id: string, { cursor, ...filter }: ListActivity) {
  const after = decodeCursor(cursor, z.tuple([z.int()]))?.[0]
  const query = q.selectActivity(ctx.db.snapshot, { ...filter, project_id, cursor: after })
  const [rows] = await read(ctx, { project: project_id }, [query])
  return toPage(rows, filter.limit, (event) => [event.seq])
}
