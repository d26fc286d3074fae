import { parseArgs } from 'node:util'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as run } from 'drizzle-orm/node-postgres/migrator'
import { connect } from './connect.ts'

const migrationsFolder = import.meta.dirname

/**
 * Brings a database to the newest schema. Takes any postgres:// URL, Neon's included (over TCP,
 * as migrations need a session). Throws as `connect`, and the driver's error when a migration
 * fails: all that were pending are one transaction, so that none of them has been applied then.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = await connect(databaseUrl)
  try {
    // Two deployments at once: the second waits, then finds nothing to do.
    await client.query("select pg_advisory_lock(hashtext('flowtrack.migrate'))")
    await run(drizzle(client), { migrationsFolder })
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  try {
    parseArgs({ options: {} }) // throws for any argument: nobody who tries `--dry-run` wants to migrate
    const url = process.env.DATABASE_URL
    if (!url) throw new Error('DATABASE_URL is not set: give the postgres:// URL of the database to migrate.')
    await migrate(url)
    console.log('The database is up to date.')
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    console.error(`Migration failed: ${cause instanceof Error ? cause.message : String(cause)}`)
    process.exit(1)
  }
}
