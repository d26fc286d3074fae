import { and, type Column, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { checklist_items, checklists, comments, labels, task_links, tasks, views, webhooks } from '../db/schema.ts'

/** What identifies a project: its id, or the id of one of its rows, which is looked up in the same trip. */
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

/** SQL for the id of a task that is named by its id or its number. */
export const taskId = (task: string) => sql`task_id(${task})`

/** `taskId` for another task of the request. For a number that no task has, it gives an id that no task has. */
export const otherTaskId = (task: string) => sql`coalesce(task_id(${task}), '00000000-0000-0000-0000-000000000000')`

export const isLive = (task: string) => and(eq(tasks.id, taskId(task)), isNull(tasks.deleted_at))
export const isTrashed = (task: string) => and(eq(tasks.id, taskId(task)), isNotNull(tasks.deleted_at))

/** Whether the task of a row, such as a comment, is not in the trash. */
export const isOnLiveTask = (task: Column) =>
  sql`exists (select 1 from ${tasks} where ${tasks.id} = ${task} and ${tasks.deleted_at} is null)`

/** SQL for the project of a comment, checklist or item; null when its task is in the trash. */
const projectOfLiveTask = (table: typeof comments | typeof checklists | typeof checklist_items, id: string) =>
  sql`(select ${table.project_id} from ${table} where ${table.id} = ${id} and ${isOnLiveTask(table.task_id)})`

/** SQL for the project's id; null when there is no such row. */
export function projectOf(ref: ProjectRef | { project: null }): SQL {
  if ('project' in ref) return sql`${ref.project}`
  if ('view' in ref) return sql`(select ${views.project_id} from ${views} where ${eq(views.id, ref.view)})`
  if ('webhook' in ref)
    return sql`(select ${webhooks.project_id} from ${webhooks} where ${eq(webhooks.id, ref.webhook)})`
  if ('task_link' in ref)
    return sql`(select ${task_links.project_id} from ${task_links} where ${task_links.id} = ${ref.task_link})`
  if ('comment' in ref) return projectOfLiveTask(comments, ref.comment)
  if ('checklist' in ref) return projectOfLiveTask(checklists, ref.checklist)
  if ('checklist_item' in ref) return projectOfLiveTask(checklist_items, ref.checklist_item)
  if ('label' in ref) return sql`(select ${labels.project_id} from ${labels} where ${eq(labels.id, ref.label)})`
  if ('task' in ref) return sql`project_of_task(${ref.task})`
  return sql`(select ${tasks.project_id} from ${tasks} where ${isTrashed(ref.trashed_task)})`
}

/** Rows that a transfer may take to another project after the guard found the project by them (`require_unmoved`). */
const MOVABLE = ['task', 'trashed_task', 'comment', 'checklist', 'checklist_item', 'task_link']

export function movableOf(ref: ProjectRef): { kind: string; id: string } | undefined {
  const [kind, id] = Object.entries(ref).find(([name]) => MOVABLE.includes(name)) ?? []
  return kind && id ? { kind, id } : undefined
}

/** The project that the guard of this transaction has found and locked. */
export const guardedProject = sql`current_setting('flowtrack.project')::uuid`
