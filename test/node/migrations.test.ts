import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as run } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { migrate } from '../../drizzle/migrate.ts'
import { freshDatabase } from '../support/local.ts'

const folder = join(import.meta.dirname, '../../drizzle')

/** A database with the first `count` migrations of this release, as an older one left it. */
async function olderDatabase(count: number) {
  const database = await freshDatabase()
  const copy = mkdtempSync(join(tmpdir(), 'flowtrack-migrations-'))
  cpSync(folder, copy, { recursive: true })
  const file = join(copy, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
  const client = await clientOf(database.url)
  await run(drizzle(client), { migrationsFolder: copy })
  await client.end()
  rmSync(copy, { recursive: true })
  return database
}

async function clientOf(connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return client
}

it.skipIf(!inject('onServer'))(
  'migrates over several releases in spite of concurrent writes and a deadlock',
  async () => {
    const database = await olderDatabase(60)
    const [writer, watcher] = [await clientOf(database.url), await clientOf(database.url)]
    try {
      // The migration is to be the one that is ended, and on a busy machine, too.
      await watcher.query(`alter database ${writer.database} set deadlock_timeout = '2500ms'`)
      await writer.query("set deadlock_timeout = '1min'")
      await writer.query('begin')
      await writer.query('lock table projects in row exclusive mode')
      const migrated = migrate(database.url)
      const waiting =
        "select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
      await expect.poll(async () => (await watcher.query(waiting)).rows, { interval: 10 }).toHaveLength(1)
      await writer.query('lock table tasks in row exclusive mode')
      await writer.query('commit')
      expect(await migrated).toBe('up to date')
    } finally {
      await Promise.all([writer.end(), watcher.end()])
      await database.close()
    }
  },
)

it('reports a database that is newer than this release', async () => {
  const database = await freshDatabase()
  const client = await clientOf(database.url)
  try {
    expect(await migrate(database.url)).toBe('up to date')
    await client.query("insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', $1)", [
      Date.now() * 2,
    ])
    expect(await migrate(database.url)).toMatch(/^newer than this release/)
  } finally {
    await client.end()
    await database.close()
  }
})
