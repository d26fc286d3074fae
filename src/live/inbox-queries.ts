import { and, asc, type Column, desc, eq, getTableColumns, gt, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../db/client.ts'
import { fromJson, rowJson } from '../db/json.ts'
import { bytesBefore, toPageSubquery } from '../db/page.ts'
import { inboxes, notifications, project_members, tasks, users } from '../db/schema.ts'
import { PAGE_BYTES } from '../lib/page.ts'
import type { Notification } from './answers.ts'

type Orm = Database['primary']

const page = alias(notifications, 'page')
const { dedupe_key: _, ...columns } = getTableColumns(page)

/** The person who acted; null for a reminder. */
const actor = sql`(select ${rowJson({ id: users.id, name: users.name, avatar_url: users.avatar_url })} from ${users} where ${users.id} = ${page.actor_id})`

/**
 * The condition for notifications that a person may see: not those of projects that they have left (I7), nor of tasks
 * that are in the trash, deleted or now in another project. `read_notifications` has the same condition in SQL.
 */
export const isInInbox = (user_id: string) =>
  and(
    eq(notifications.user_id, user_id),
    sql`exists (select 1 from ${project_members} m where m.project_id = ${notifications.project_id} and m.user_id = ${notifications.user_id})`,
    sql`(${notifications.task_id} is null or exists (select 1 from ${tasks} t where t.id = ${notifications.task_id} and t.project_id = ${notifications.project_id} and t.deleted_at is null))`,
  )

type Sorted = { id: Column; seq: Column }
const ORDERS = { '-id': ({ id }: Sorted) => desc(id), seq: ({ seq }: Sorted) => asc(seq) }

type InboxRequest = { user_id: string; where?: SQL; order: keyof typeof ORDERS; limit: number }

/** A page of an inbox: as many as `limit` and PAGE_BYTES allow; `found` counts the rows before the page was cut. */
export function selectFrom(orm: Orm, { user_id, where, order, limit }: InboxRequest) {
  const by = ORDERS[order]
  const found = orm
    .select()
    .from(notifications)
    .where(and(isInInbox(user_id), where))
    .orderBy(by(notifications))
    .limit(limit)
  const before = bytesBefore(sql`octet_length(${page.data}::text) + coalesce(octet_length(actor::text), 0)`, by(page))
  return orm
    .select({
      ...columns,
      actor: sql`actor`.mapWith(fromJson<NonNullable<Notification['actor']>>),
      found: sql`found`.mapWith(Number),
    })
    .from(
      toPageSubquery(sql`select page.*, actor, count(*) over () as found, ${before} as before
        from (${found}) as page cross join lateral (select ${actor} as actor offset 0) as acted`),
    )
    .where(sql`before <= ${PAGE_BYTES}`)
    .orderBy(by(page))
}

/** What happened in an inbox after `since`, in order: new notifications, and those that were read. */
export const selectStream = (orm: Orm, { user_id, since, limit }: { user_id: string; since: number; limit: number }) =>
  selectFrom(orm, { user_id, where: gt(notifications.seq, since), order: 'seq', limit })

/** The head of a person's stream: its epoch and seq. */
export const selectInbox = (orm: Orm, user_id: string) =>
  orm.select({ epoch: inboxes.epoch, seq: inboxes.seq }).from(inboxes).where(eq(inboxes.user_id, user_id))
