import { and, asc, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { bytesBefore, jsonBytes } from '../../db/page.ts'
import { comments, tasks, users } from '../../db/schema.ts'
import { guardedProject, isLive, taskId } from '../../transaction/project-ref.ts'
import type { ListComments } from './schema.ts'

type Orm = Database['primary']

export const isComment = (id: string) => eq(comments.id, id)

const author = { id: users.id, name: users.name, avatar_url: users.avatar_url }

/** A comment as it is shown: the row, and who wrote it. */
const selectRows = (orm: Orm) =>
  orm
    .select({ ...getTableColumns(comments), user: author })
    .from(comments)
    .leftJoin(users, eq(users.id, comments.user_id))

export const selectComment = (orm: Orm, id: string) => selectRows(orm).where(isComment(id))

type Quotas = { quota: number; task_quota: number }
type NewComment = Pick<typeof comments.$inferInsert, 'id' | 'user_id' | 'task_id' | 'body'> & Quotas

/** Inserts a comment in the guard's project. Fails with too_many_comments, or with not_found when the task is gone. */
export const insertComment = (orm: Orm, { quota, task_quota, task_id, ...comment }: NewComment) =>
  orm.insert(comments).values({
    ...comment,
    project_id: guardedProject,
    task_id: sql`room_for_comment(${taskId(task_id)}, ${quota}, ${task_quota})`,
  })

/**
 * A comment as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores, without the
 * text.
 */
export const commentJson = (id: string) => sql`(
  select journal_row(to_jsonb(c)) || jsonb_build_object('user',
    jsonb_build_object('id', u.id, 'name', u.name, 'avatar_url', u.avatar_url))
  from ${comments} c join ${users} u on u.id = c.user_id where c.id = ${id})`

/**
 * Fails with not_found when the comment or its task is gone, forbidden for others than its author; managers may delete.
 */
export const requireAuthor = (orm: Orm, id: string, to: 'edit' | 'delete') =>
  orm.execute(sql`select require_author(${id}::uuid, ${to === 'delete'})`)

export const updateComment = (orm: Orm, id: string, body: string) =>
  orm
    .update(comments)
    .set({
      body,
      edited_at: sql`case when ${comments.body} = ${body} then ${comments.edited_at} else clock_timestamp() end`,
    })
    .where(isComment(id))

export const deleteComment = (orm: Orm, id: string) => orm.delete(comments).where(isComment(id))

type Thread = Pick<ListComments, 'sort' | 'limit'> & { task: string; after?: [created_at: string, id: string] }

/**
 * The comments of a task in the order of the database's clock: at most `limit` + 1, and fewer if their texts exceed
 * `bytes`; `found` counts them before that cut.
 */
export function selectThread(orm: Orm, { task, sort, limit, after }: Thread, bytes: number) {
  const [direction, beyond] = sort === 'created_at' ? [asc, sql`>`] : [desc, sql`<`]
  const order = [direction(comments.created_at), direction(comments.id)] as const
  const found = orm
    .select()
    .from(comments)
    .where(
      and(
        eq(comments.task_id, taskId(task)),
        sql`exists (select 1 from ${tasks} where ${isLive(task)})`,
        after && sql`(${comments.created_at}, ${comments.id}) ${beyond} (${after[0]}::timestamptz, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(...order)
    .limit(limit + 1)
  const before = bytesBefore(jsonBytes(comments.body), sql.join([...order], sql`, `))
  const sized = sql`select ${comments.id} as sized_id, count(*) over () as found, ${before} as before from (${found}) as comments`
  return orm
    .select({ ...getTableColumns(comments), user: author, found: sql`found`.mapWith(Number) })
    .from(comments)
    .innerJoin(sql`(${sized}) as sized`, sql`${comments.id} = sized_id`)
    .leftJoin(users, eq(users.id, comments.user_id))
    .where(sql`before <= ${bytes}`)
    .orderBy(...order)
}
