import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import { task_links, tasks } from '../../db/schema.ts'
import { otherTaskId, taskId } from '../../transaction/project-ref.ts'
import type { HiddenLink, Link } from './answers.ts'
import type { CreateLink } from './schema.ts'

type Orm = Database['primary']

/**
 * Links, each with the task at its other end. One to another project is left out if the actor cannot read that project.
 */
const selectShown = (where: SQL) => sql`
  select l.kind, l.id, journal_row(to_jsonb(l)) || jsonb_build_object('task', journal_row(jsonb_build_object('id', t.id,
    'project_id', t.project_id, 'number', t.number, 'title', t.title, 'status', t.status, 'completed_at', t.completed_at))) as link
  from ${task_links} l join ${tasks} t on t.id = coalesce(l.other_task_id, l.foreign_task_id)
  where ${where} and t.deleted_at is null and (l.foreign_task_id is null or is_reader(t.project_id))`

export const selectLinks = (orm: Orm, task: string) =>
  orm
    .select({ link: sql`link`.mapWith(fromJson<Link>) })
    .from(sql`(${selectShown(sql`l.task_id = ${taskId(task)}`)}) as links`)
    .orderBy(sql`kind, id`)

/** The links to tasks of projects that the actor cannot read. */
export const selectHiddenLinks = (orm: Orm, task: string) =>
  orm
    .select({ id: task_links.id, kind: sql<HiddenLink['kind']>`${task_links.kind}` })
    .from(task_links)
    .innerJoin(tasks, sql`${tasks.id} = ${task_links.foreign_task_id} and ${tasks.deleted_at} is null`)
    .where(sql`${task_links.task_id} = ${taskId(task)} and not is_reader(${tasks.project_id})`)
    .orderBy(task_links.kind, task_links.id)

/** One link as JSON, made inside the transaction: what a write answers. */
export const linkJson = (id: string) => sql`(select link from (${selectShown(sql`l.id = ${id}`)}) as one)`

export const selectLink = (orm: Orm, id: string) =>
  orm.select({ link: linkJson(id).mapWith(fromJson<Link>) }).from(nothing)

/** Makes both sides of a link. `there`: the project of the second side if it is another one, else null. */
export const linkTasks = (orm: Orm, link: CreateLink & { id: string; of: string; quota: number }) =>
  orm
    .select({
      there: sql<
        string | null
      >`link_tasks(${link.id}::uuid, ${taskId(link.of)}, ${link.kind}, ${otherTaskId(link.task_id)}, ${link.quota})`,
    })
    .from(nothing)

/** SQL for the other project of a link between two projects; null for a link within one. */
export const projectBeyond = (link: string) =>
  sql`(select t.project_id from ${task_links} l join ${tasks} t on t.id = l.foreign_task_id where l.id = ${link})`

/** Removes both sides of a link. `there`: the project of the second side if it was another one, else null. */
export const unlinkTasks = (orm: Orm, id: string) =>
  orm.select({ there: sql<string | null>`unlink_tasks(${id}::uuid)` }).from(nothing)
