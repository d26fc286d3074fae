import { and, asc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { daysOf } from '../../db/day.ts'
import { fromJson, rowJson } from '../../db/json.ts'
import { bytesBefore, jsonBytes } from '../../db/page.ts'
import { checklist_items, checklists, tasks } from '../../db/schema.ts'
import type { EditBase } from '../../lib/fields.ts'
import { guardedProject, isLive, isOnLiveTask, taskId } from '../../transaction/project-ref.ts'
import type { CreateItem, ListChecklists, Place, UpdateChecklist, UpdateItem } from './schema.ts'

type Orm = Database['primary']

/** How `requireBasis` finds a checklist or an item, and its project: not when its task is gone or in the trash. */
export const checklistRef = (id: string) => ({
  checklist: id,
  where: and(eq(checklists.id, id), isOnLiveTask(checklists.task_id)),
})
export const itemRef = (id: string) => ({
  checklist_item: id,
  where: and(eq(checklist_items.id, id), isOnLiveTask(checklist_items.task_id)),
})

type ChecklistRequest = Pick<ListChecklists, 'limit'> & { task: string; after?: [position: string, id: string] }
type Item = typeof checklist_items.$inferSelect

/**
 * The checklists of a task in their order, with their items. At most `limit` + 1, and fewer if their items exceed
 * `bytes`; `found` counts the checklists before that cut.
 */
export function selectChecklists(orm: Orm, { task, limit, after }: ChecklistRequest, bytes: number) {
  const order = [asc(checklists.position), asc(checklists.id)] as const
  const found = orm
    .select()
    .from(checklists)
    .where(
      and(
        eq(checklists.task_id, taskId(task)),
        sql`exists (select 1 from ${tasks} where ${isLive(task)})`,
        after && sql`(${checklists.position}, ${checklists.id}) > (${after[0]}::numeric, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(...order)
    .limit(limit + 1)
  const ofList = sql`from ${checklist_items} where ${checklist_items.checklist_id} = ${checklists.id}`
  const size = sql`(select coalesce(sum(400 + ${jsonBytes(checklist_items.text)}), 0) ${ofList})`
  const sized = sql`select ${checklists.id} as sized_id, count(*) over () as found, ${bytesBefore(size, sql.join([...order], sql`, `))} as before
    from (${found}) as checklists`
  const items = sql`(select coalesce(json_agg(${rowJson(getTableColumns(checklist_items))}
    order by ${checklist_items.position}, ${checklist_items.id}), '[]') ${ofList})`
  return orm
    .select({
      ...getTableColumns(checklists),
      items: items.mapWith(fromJson<Item[]>),
      found: sql`found`.mapWith(Number),
    })
    .from(checklists)
    .innerJoin(sql`(${sized}) as sized`, sql`${checklists.id} = sized_id`)
    .where(sql`before <= ${bytes}`)
    .orderBy(...order)
}

const rankOf = (parent: SQL, id: string, { before, after }: Place) =>
  sql`sibling_rank(${parent}, ${id}::uuid, ${before ?? null}::uuid, ${after ?? null}::uuid)`
const rankChangeOf = (parent: SQL, id: string, place: Place) =>
  (place.before || place.after) && { position: rankOf(parent, id, place) }

/**
 * `quota`: how many checklists and items a project may have; `parent_quota`: how many one task or checklist may have.
 */
type Quotas = { quota: number; parent_quota: number }

/**
 * Inserts a checklist after the others of its task. Fails with too_many_checklists, too_many_items, or not_found when
 * the task is gone or in the trash.
 */
export const insertChecklist = (
  orm: Orm,
  { id, task, title, quota, parent_quota }: Quotas & Record<'id' | 'task' | 'title', string>,
) =>
  orm
    .insert(checklists)
    .values({
      id,
      project_id: guardedProject,
      task_id: sql`room_for_checklist(${taskId(task)}, ${quota}, ${parent_quota})`,
      title,
      position: rankOf(taskId(task), id, {}),
    })
    .returning()

export const updateChecklist = (
  orm: Orm,
  id: string,
  { before, after, ...changes }: Omit<UpdateChecklist, keyof EditBase>,
) =>
  orm
    .update(checklists)
    .set({ id: sql`${checklists.id}`, ...changes, ...rankChangeOf(sql`${checklists.task_id}`, id, { before, after }) })
    .where(checklistRef(id).where)
    .returning()

/** Deletes a checklist and its items, with one event. */
export const deleteChecklist = (orm: Orm, id: string) => orm.delete(checklists).where(checklistRef(id).where)

export const insertChecklistItem = (
  orm: Orm,
  {
    id,
    checklist,
    before,
    after,
    quota,
    parent_quota,
    ...fields
  }: CreateItem & Quotas & Record<'id' | 'checklist', string>,
) =>
  orm
    .insert(checklist_items)
    .values({
      id,
      project_id: guardedProject,
      task_id: sql`room_for_item(${checklist}::uuid, ${quota}, ${parent_quota})`,
      checklist_id: checklist,
      ...fields,
      ...daysOf(fields),
      position: rankOf(sql`${checklist}::uuid`, id, { before, after }),
    })
    .returning()

export const updateChecklistItem = (
  orm: Orm,
  id: string,
  { before, after, ...changes }: Omit<UpdateItem, keyof EditBase>,
) =>
  orm
    .update(checklist_items)
    .set({
      id: sql`${checklist_items.id}`,
      ...changes,
      ...daysOf(changes),
      ...rankChangeOf(sql`${checklist_items.checklist_id}`, id, { before, after }),
    })
    .where(itemRef(id).where)
    .returning()

export const deleteChecklistItem = (orm: Orm, id: string) => orm.delete(checklist_items).where(itemRef(id).where)

/**
 * A checklist or an item as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores.
 */
export const checklistJson = (id: string) =>
  sql`(select journal_row(to_jsonb(c)) from ${checklists} c where c.id = ${id})`
export const itemJson = (id: string) =>
  sql`(select journal_row(to_jsonb(i)) from ${checklist_items} i where i.id = ${id})`
