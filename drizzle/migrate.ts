import { parseArgs } from 'node:util'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as run } from 'drizzle-orm/node-postgres/migrator'
import type pg from 'pg'
import { connect } from './connect.ts'

const migrationsFolder = import.meta.dirname

const UP_TO_DATE = 'up to date'
const NEWER = 'newer than this release, which a later one has migrated. If requests fail, use the later release'

/** Whether the database has a migration that is later than all of this release. */
async function isNewer(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ at: string }>('select max(created_at) as at from drizzle.__drizzle_migrations')
  return Number(rows[0]?.at) > (readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0)
}

const isDeadlock = ({ cause }: { cause?: { code?: string } }) => cause?.code === '40P01'

/**
 * Applies the pending migrations in one transaction. Several releases at once lock tables in the order of their
 * migrations, which may end in a deadlock with writes. Then they are applied after a lock of `projects`, which every
 * write locks first.
 */
async function applyPending(client: pg.Client): Promise<void> {
  const apply = () => run(drizzle(client), { migrationsFolder })
  await apply().catch(async (error) => {
    if (!isDeadlock(error)) throw error
    await client.query('begin') // the migrator's own `begin` has no effect within it
    await client.query("set local lock_timeout = '5s'")
    await client.query('lock table projects in access exclusive mode')
    await apply()
  })
}

/**
 * Brings a database to the newest schema, and says how it is then. Takes any postgres:// URL, Neon's included (over
 * TCP, as migrations need a session). Throws as `connect`, and the driver's error when a migration fails: all that were
 * pending are one transaction, so that none of them has been applied then.
 */
export async function migrate(databaseUrl: string): Promise<string> {
  const client = await connect(databaseUrl)
  try {
    // Two deployments at once: the second waits, then finds nothing to do.
    await client.query("select pg_advisory_lock(hashtext('flowtrack.migrate'))")
    await applyPending(client)
    return (await isNewer(client)) ? NEWER : UP_TO_DATE
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  try {
    parseArgs({ options: {} }) // throws for any argument: nobody who tries `--dry-run` wants to migrate
    const url = process.env.DATABASE_URL
    if (!url) throw new Error('DATABASE_URL is not set: give the postgres:// URL of the database to migrate.')
    console.log(`The database is ${await migrate(url)}.`)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    console.error(`Migration failed: ${cause instanceof Error ? cause.message : String(cause)}`)
    process.exit(1)
  }
}
