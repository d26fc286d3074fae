import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { comments, labels, task_links, tasks, views } from '../db/schema.ts'

/** What names a project: its id, or that of a row of it, which is looked up in the same trip. */
export type ProjectRef =
  | { project: string }
  | { task: string }
  | { trashed_task: string }
  | { comment: string }
  | { label: string }
  | { view: string }
  | { task_link: string }

/** A task's id, where it may be named by its number. */
export const taskId = (task: string) => sql`task_id(${task})`

export const isLive = (task: string) => and(eq(tasks.id, taskId(task)), isNull(tasks.deleted_at))
export const isTrashed = (task: string) => and(eq(tasks.id, taskId(task)), isNotNull(tasks.deleted_at))

/** The project's id as SQL. */
export function projectOf(ref: ProjectRef): SQL {
  if ('project' in ref) return sql`${ref.project}`
  if ('view' in ref) return sql`(select ${views.project_id} from ${views} where ${eq(views.id, ref.view)})`
  if ('task_link' in ref)
    return sql`(select ${task_links.project_id} from ${task_links} where ${task_links.id} = ${ref.task_link})`
  if ('comment' in ref)
    return sql`(select ${comments.project_id} from ${comments} where ${eq(comments.id, ref.comment)} and exists (
      select 1 from ${tasks} where ${tasks.id} = ${comments.task_id} and ${tasks.deleted_at} is null))`
  if ('label' in ref) return sql`(select ${labels.project_id} from ${labels} where ${eq(labels.id, ref.label)})`
  const named = 'task' in ref ? isLive(ref.task) : isTrashed(ref.trashed_task)
  return sql`(select ${tasks.project_id} from ${tasks} where ${named})`
}
