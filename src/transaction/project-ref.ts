import { and, type Column, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { checklist_items, checklists, comments, labels, task_links, tasks, views, webhooks } from '../db/schema.ts'

/** What names a project: its id, or that of a row of it, which is looked up in the same trip. */
export type ProjectRef =
  | { project: string }
  | { task: string }
  | { trashed_task: string }
  | { comment: string }
  | { checklist: string }
  | { checklist_item: string }
  | { label: string }
  | { view: string }
  | { task_link: string }
  | { webhook: string }

/** A task's id, where it may be named by its number. */
export const taskId = (task: string) => sql`task_id(${task})`

/** The id of another task, which may be named by its number: of a number that no task has, an id that no task has. */
export const otherTaskId = (task: string) => sql`coalesce(task_id(${task}), '00000000-0000-0000-0000-000000000000')`

export const isLive = (task: string) => and(eq(tasks.id, taskId(task)), isNull(tasks.deleted_at))
export const isTrashed = (task: string) => and(eq(tasks.id, taskId(task)), isNotNull(tasks.deleted_at))

/** Whether the task of a row, such as a comment, is not in the trash. */
export const onLiveTask = (task: Column) =>
  sql`exists (select 1 from ${tasks} where ${tasks.id} = ${task} and ${tasks.deleted_at} is null)`

/** The project of a row of a task that is not in the trash. */
const ofLiveTask = (table: typeof comments | typeof checklists | typeof checklist_items, id: string) =>
  sql`(select ${table.project_id} from ${table} where ${table.id} = ${id} and ${onLiveTask(table.task_id)})`

/** The project's id as SQL. */
export function projectOf(ref: ProjectRef | { project: null }): SQL {
  if ('project' in ref) return sql`${ref.project}`
  if ('view' in ref) return sql`(select ${views.project_id} from ${views} where ${eq(views.id, ref.view)})`
  if ('webhook' in ref)
    return sql`(select ${webhooks.project_id} from ${webhooks} where ${eq(webhooks.id, ref.webhook)})`
  if ('task_link' in ref)
    return sql`(select ${task_links.project_id} from ${task_links} where ${task_links.id} = ${ref.task_link})`
  if ('comment' in ref) return ofLiveTask(comments, ref.comment)
  if ('checklist' in ref) return ofLiveTask(checklists, ref.checklist)
  if ('checklist_item' in ref) return ofLiveTask(checklist_items, ref.checklist_item)
  if ('label' in ref) return sql`(select ${labels.project_id} from ${labels} where ${eq(labels.id, ref.label)})`
  if ('task' in ref) return sql`project_of_task(${ref.task})`
  return sql`(select ${tasks.project_id} from ${tasks} where ${isTrashed(ref.trashed_task)})`
}

/** What the guard has found the project by and a transfer may take elsewhere (`require_unmoved`). */
const MOVABLE = ['task', 'trashed_task', 'comment', 'checklist', 'checklist_item', 'task_link']

export function movableOf(ref: ProjectRef): { kind: string; id: string } | undefined {
  const [kind, id] = Object.entries(ref).find(([name]) => MOVABLE.includes(name)) ?? []
  return kind && id ? { kind, id } : undefined
}

/** The project that the guard of this transaction has found and locked. */
export const guardedProject = sql`current_setting('flowtrack.project')::uuid`
