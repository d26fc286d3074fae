import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../local/postgres.ts'
import * as schema from '../src/db/schema.ts'
import { findSnapshotDrift, findTableDrift, findTextDrift } from './drift.ts'
import { migrate } from './migrate.ts'

/*
 * `npm run db:check` checks that src/db/schema.ts, the snapshots that drizzle-kit compares it with, the present text of
 * functions and triggers, and the database that the migrations make agree. It writes nothing in this folder.
 */

const folder = import.meta.dirname
const root = join(folder, '..')

/**
 * What drizzle-kit finds wrong with the journal of migrations and their snapshots: a gap or a fork. Empty when they are
 * in order.
 */
function findJournalDrift(): string[] {
  const kit = join(root, 'node_modules/drizzle-kit/bin.cjs')
  const args = [kit, 'check', '--config', 'drizzle/drizzle.config.ts']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? [] : [`drizzle-kit check: ${(stderr.trim() || stdout.trim()).replace(/\s*\n\s*/g, ' ')}`]
}

async function findDatabaseDrift(): Promise<string[]> {
  const postgres = await startEmbeddedPostgres()
  const client = new pg.Client({ connectionString: postgres.url })
  try {
    await migrate(postgres.url)
    await client.connect()
    return [...(await findTableDrift(client, schema)), ...(await findTextDrift(client, folder))]
  } finally {
    await client.end()
    await postgres.close()
  }
}

const drift = [
  ...findJournalDrift(),
  ...findSnapshotDrift(schema, join(folder, 'meta')),
  ...(await findDatabaseDrift()),
]
if (drift.length === 0)
  console.log('src/db/schema.ts, its snapshot, drizzle/functions, drizzle/triggers.sql and the migrations agree.')
else {
  console.error(`The migrations do not make what the database should have:\n- ${drift.join('\n- ')}`)
  console.error(
    'Change the side that is wrong; for a migration that has landed, write another (`npm run db:generate`).',
  )
  process.exitCode = 1
}
