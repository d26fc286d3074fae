import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { board_columns } from '../../db/schema.ts'
import { invalidAt } from '../../lib/errors.ts'
import { readThroughCache, toLoaded } from '../../transaction/cached-read.ts'
import { type Expected, requireBasis } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import type { ColumnPage } from './answers.ts'
import * as q from './queries.ts'
import type { CreateColumn, UpdateColumn } from './schema.ts'

export const listColumns = (ctx: Ctx, project: string) =>
  readThroughCache<ColumnPage>(ctx, 'listColumns', { project }, async (ctx) => {
    const [items] = await read(ctx, { project }, [q.selectColumns(ctx.db.readOnly, project)])
    return toLoaded({ items, next_cursor: null })
  })

export async function getColumn(ctx: Ctx, project_id: string, key: string) {
  const [rows] = await read(ctx, { project: project_id }, [q.selectColumn(ctx.db.readOnly, project_id, key)])
  return oneOrNotFound(rows)
}

export async function createColumn(ctx: Ctx, project_id: string, input: CreateColumn) {
  const id = uuid()
  const insert = q.insertColumn(ctx.db.primary, { id, project_id, ...input })
  const answer = { status: 201, body: q.columnJson(id) } as const
  const written = await write(
    ctx,
    { project: project_id, role: 'editor' },
    [insert, checkRoom(ctx, project_id, 'columns')],
    answer,
  )
  return toWriteResult(oneOrNotFound(written.results[0]), written)
}

type Target = { project_id: string; key: string }

export async function updateColumn(
  ctx: Ctx,
  { project_id, key }: Target,
  { base_seq, ...changes }: UpdateColumn,
  if_match?: Expected,
) {
  if (changes.before === key) throw invalidAt('before', 'must be another column')
  const row = { project: project_id, where: q.isColumn(project_id, key) }
  const { before: _, ...proposed } = changes
  const written = await write(ctx, { project: project_id, role: 'editor' }, [
    requireBasis(ctx, board_columns, row, { if_match, base_seq }, proposed),
    q.updateColumn(ctx.db.primary, project_id, key, changes),
  ])
  return toWriteResult(oneOrNotFound(written.results[1]), written)
}

/** Deletes a column. Its tasks, trashed ones too, go to `move_to` in their order: many in steps after the answer. */
export async function deleteColumn(
  ctx: Ctx,
  { project_id, key }: Target,
  move_to: string | undefined,
  if_match?: Expected,
) {
  if (move_to === key) throw invalidAt('move_to', 'must be another column')
  const row = { project: project_id, where: q.isColumn(project_id, key) }
  return write(ctx, { project: project_id, role: 'editor' }, [
    requireBasis(ctx, board_columns, row, { if_match }, {}),
    q.deleteColumn(ctx.db.primary, project_id, key, move_to),
  ])
}
