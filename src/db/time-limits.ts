import { sql } from 'drizzle-orm'
import type { Database } from './client.ts'

/** Limits in the notation of Postgres, such as `5s`: what a statement waits for a lock, and how long it runs. */
type Limits = { lock?: string; statement?: string }

const limitsOf = ({ lock, statement }: Limits) =>
  sql.join(
    [
      ...(lock ? [sql`set_config('lock_timeout', ${lock}, true)`] : []),
      ...(statement ? [sql`set_config('statement_timeout', ${statement}, true)`] : []),
    ],
    sql`, `,
  )

/** Limits the later statements of a transaction: a limit does not hold for the statement that sets it. */
export const limitTime = (orm: Database['primary'], limits: Limits) => orm.execute(sql`select ${limitsOf(limits)}`)

/** Begins a transaction of the system. `request_id` says in the journal what it is: `lease`, `job:…`. */
export const beginAsSystem = (orm: Database['primary'], request_id: string) =>
  orm.execute(sql`select set_actor(null, ${request_id}), ${limitsOf({ statement: '5s', lock: '1s' })}`)
