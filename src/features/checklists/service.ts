import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { checklist_items, checklists } from '../../db/schema.ts'
import { invalidAt } from '../../lib/errors.ts'
import { decimal } from '../../lib/fields.ts'
import { decodeCursor, PAGE_BYTES, toSizedPage } from '../../lib/page.ts'
import { type Expected, requireBasis } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { CreateChecklist, CreateItem, ListChecklists, Place, UpdateChecklist, UpdateItem } from './schema.ts'

const CursorKey = z.tuple([decimal, z.uuid()])

/** The checklists of a task, each with all its items. */
export async function listChecklists(ctx: Ctx, task: string, { cursor, limit }: ListChecklists) {
  const after = decodeCursor(cursor, CursorKey)
  const [rows] = await read(ctx, { task }, [q.selectChecklists(ctx.db.readOnly, { task, limit, after }, PAGE_BYTES)])
  return toSizedPage(rows, limit, ({ position, id }) => [position, id])
}

/** Adds a checklist to a task, last. */
export async function createChecklist(ctx: Ctx, task: string, { title }: CreateChecklist) {
  const { QUOTA_ITEMS: quota, QUOTA_TASK_CHECKLISTS: parent_quota } = ctx.config
  const id = uuid()
  const insert = q.insertChecklist(ctx.db.primary, { id, task, title, quota, parent_quota })
  const answer = { status: 201, body: q.checklistJson(id) } as const
  const written = await write(ctx, { task, role: 'contributor' }, [insert], answer)
  return toWriteResult(oneOrNotFound(written.results[0]), written)
}

function requireOtherNeighbours(id: string, { before, after }: Place): void {
  if (before === id) throw invalidAt('before', 'must be another checklist or item')
  if (after === id) throw invalidAt('after', 'must be another checklist or item')
}

/** Renames a checklist, or places it between others of its task. */
export async function updateChecklist(
  ctx: Ctx,
  id: string,
  { base_seq, base_project_id, ...changes }: UpdateChecklist,
  if_match?: Expected,
) {
  requireOtherNeighbours(id, changes)
  const { before: _, after: __, ...proposed } = changes
  const written = await write(ctx, { checklist: id, role: 'contributor' }, [
    requireBasis(ctx, checklists, q.checklistRef(id), { if_match, base_seq, base_project_id }, proposed),
    q.updateChecklist(ctx.db.primary, id, changes),
  ])
  return toWriteResult(oneOrNotFound(written.results[1]), written)
}

/** Deletes a checklist with its items. */
export const deleteChecklist = (ctx: Ctx, id: string, if_match?: Expected) =>
  write(ctx, { checklist: id, role: 'contributor' }, [
    requireBasis(ctx, checklists, q.checklistRef(id), { if_match }, {}),
    q.deleteChecklist(ctx.db.primary, id),
  ])

/** Adds an item to a checklist: last, or where its neighbours say. */
export async function createChecklistItem(ctx: Ctx, checklist: string, input: CreateItem) {
  const { QUOTA_ITEMS: quota, QUOTA_CHECKLIST_ITEMS: parent_quota } = ctx.config
  const id = uuid()
  const insert = q.insertChecklistItem(ctx.db.primary, { ...input, id, checklist, quota, parent_quota })
  const answer = { status: 201, body: q.itemJson(id) } as const
  const written = await write(ctx, { checklist, role: 'contributor' }, [insert], answer)
  return toWriteResult(oneOrNotFound(written.results[0]), written)
}

/** Ticks, edits or places an item; the counts of its task follow in the same transaction. */
export async function updateChecklistItem(
  ctx: Ctx,
  id: string,
  { base_seq, base_project_id, ...changes }: UpdateItem,
  if_match?: Expected,
) {
  requireOtherNeighbours(id, changes)
  const { before: _, after: __, ...proposed } = changes
  const written = await write(ctx, { checklist_item: id, role: 'contributor' }, [
    requireBasis(ctx, checklist_items, q.itemRef(id), { if_match, base_seq, base_project_id }, proposed),
    q.updateChecklistItem(ctx.db.primary, id, changes),
  ])
  return toWriteResult(oneOrNotFound(written.results[1]), written)
}

export const deleteChecklistItem = (ctx: Ctx, id: string, if_match?: Expected) =>
  write(ctx, { checklist_item: id, role: 'contributor' }, [
    requireBasis(ctx, checklist_items, q.itemRef(id), { if_match }, {}),
    q.deleteChecklistItem(ctx.db.primary, id),
  ])
