import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { users } from './schema.ts'

/**
 * Locks accounts until the commit, in the order of their ids, as every transaction does. A transaction that makes a
 * credential locks the account first and then checks its rights: so one that ends access has either committed before,
 * or it waits and finds the new credential.
 */
export const lockAccounts = (orm: Database['primary'], ...ids: string[]) =>
  orm.execute(
    sql`select 1 from ${users} where ${users.id} = any(${sql.param(ids)}::uuid[]) order by ${users.id} for no key update`,
  )
