import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'
import { users } from './schema.ts'

/**
 * Locks accounts until the commit, in the one order in which everybody does. What makes a credential begins with
 * this, and only then looks whether it may: an act that ends access has been by then, or waits and finds what was made.
 */
export const lockAccounts = (orm: Database['primary'], ...ids: string[]) =>
  orm.execute(
    sql`select 1 from ${users} where ${users.id} = any(${sql.param(ids)}::uuid[]) order by ${users.id} for no key update`,
  )
