import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { labels } from '../../db/schema.ts'
import { readThroughCache, toLoaded } from '../../transaction/cached-read.ts'
import { type Expected, requireBasis } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import type { LabelPage } from './answers.ts'
import * as q from './queries.ts'
import type { CreateLabel, UpdateLabel } from './schema.ts'

export const listLabels = (ctx: Ctx, project: string) =>
  readThroughCache<LabelPage>(ctx, 'listLabels', { project }, async (ctx) => {
    const [items] = await read(ctx, { project }, [q.selectLabels(ctx.db.readOnly, project)])
    return toLoaded({ items, next_cursor: null })
  })

export async function createLabel(ctx: Ctx, project: string, input: CreateLabel) {
  const id = uuid()
  const insert = q.insertLabel(ctx.db.primary, { id, project_id: project, ...input })
  const answer = { status: 201, body: q.labelJson(id) } as const
  const written = await write(ctx, { project, role: 'editor' }, [insert, checkRoom(ctx, project, 'labels')], answer)
  return toWriteResult(oneOrNotFound(written.results[0]), written)
}

export async function updateLabel(ctx: Ctx, id: string, { base_seq, ...changes }: UpdateLabel, if_match?: Expected) {
  const written = await write(ctx, { label: id, role: 'editor' }, [
    requireBasis(ctx, labels, q.labelRef(id), { if_match, base_seq }, changes),
    q.updateLabel(ctx.db.primary, id, changes),
  ])
  return toWriteResult(oneOrNotFound(written.results[1]), written)
}

/** Deletes a label. No task is written: tasks are shown without labels that are gone. */
export function deleteLabel(ctx: Ctx, id: string, if_match?: Expected) {
  return write(ctx, { label: id, role: 'editor' }, [
    requireBasis(ctx, labels, q.labelRef(id), { if_match }, {}),
    q.deleteLabel(ctx.db.primary, id),
  ])
}
