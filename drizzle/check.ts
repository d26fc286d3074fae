import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../local/postgres.ts'
import * as schema from '../src/db/schema.ts'
import { snapshotDrift, tableDrift, textDrift } from './drift.ts'
import { migrate } from './migrate.ts'

/*
 * `npm run db:check`: src/db/schema.ts, the snapshots that drizzle-kit compares it with, the present
 * text of functions and triggers, and the database that the migrations really make say the same. Nothing in this folder is written.
 */

const folder = import.meta.dirname
const root = join(folder, '..')

/** Whether the journal of migrations and the snapshots follow each other without a gap or a fork. */
function journalDrift(): string[] {
  const kit = join(root, 'node_modules/drizzle-kit/bin.cjs')
  const args = [kit, 'check', '--config', 'drizzle/drizzle.config.ts']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? [] : [`drizzle-kit check: ${(stderr.trim() || stdout.trim()).replace(/\s*\n\s*/g, ' ')}`]
}

async function databaseDrift(): Promise<string[]> {
  const postgres = await startEmbeddedPostgres()
  const client = new pg.Client({ connectionString: postgres.url })
  try {
    await migrate(postgres.url)
    await client.connect()
    return [...(await tableDrift(client, schema)), ...(await textDrift(client, folder))]
  } finally {
    await client.end()
    await postgres.close()
  }
}

const drift = [...journalDrift(), ...snapshotDrift(schema, join(folder, 'meta')), ...(await databaseDrift())]
if (drift.length === 0)
  console.log('src/db/schema.ts, its snapshot, drizzle/functions, drizzle/triggers.sql and the migrations agree.')
else {
  console.error(
    `What the database should have and what the migrations make have drifted apart:\n- ${drift.join('\n- ')}`,
  )
  console.error('Change the one that is wrong; for a migration that has landed, write another (`npm run db:generate`).')
  process.exitCode = 1
}
