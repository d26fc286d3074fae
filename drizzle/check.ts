import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { startEmbeddedPostgres } from '../local/postgres.ts'
import * as schema from '../src/db/schema.ts'
import { migrate } from './migrate.ts'

/*
 * `npm run db:check`: src/db/schema.ts, the snapshots that drizzle-kit compares it with, and the
 * database that the migrations really make say the same. Nothing outside a temporary folder is written.
 */

const folder = import.meta.dirname
const root = join(folder, '..')
const kit = join(root, 'node_modules/drizzle-kit/bin.cjs')

/** One drift, in one line. */
class Drift extends Error {}

function drizzleKit(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [kit, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (status !== 0)
    throw new Drift(`drizzle-kit ${args[0]}: ${(stderr.trim() || stdout.trim()).replace(/\s*\n\s*/g, ' ')}`)
}

/** Lets drizzle-kit generate the next migration into a copy: there must be none. */
function checkSnapshots(): void {
  const copy = mkdtempSync(join(tmpdir(), 'flowtrack-drizzle-'))
  try {
    cpSync(folder, copy, { recursive: true })
    const known = new Set(readdirSync(copy))
    // A question, as whether a column was renamed, has nobody to answer it here and fails too.
    drizzleKit('generate', '--dialect', 'postgresql', '--schema', 'src/db/schema.ts', '--out', relative(root, copy))
    const fresh = readdirSync(copy).filter((name) => !known.has(name))
    const missing = fresh.map((name) => readFileSync(join(copy, name), 'utf8').replace(/\s+/g, ' ').slice(0, 200))
    if (missing.length > 0) throw new Drift(`no migration has: ${missing.join(' ')} (run \`npm run db:generate\`)`)
  } finally {
    rmSync(copy, { recursive: true })
  }
}

type Column = { table: string; column: string; type: string; required: boolean }

const lineOf = ({ table, column, type, required }: Column) => `${table}.${column} ${type}${required ? ' not null' : ''}`

/** What schema.ts says, one line a column. */
function described(): string[] {
  const tables = Object.values(schema).filter((value) => is(value, PgTable))
  return tables.flatMap((table) => {
    const { name, columns } = getTableConfig(table)
    return columns.map((c) => lineOf({ table: name, column: c.name, type: c.getSQLType(), required: c.notNull }))
  })
}

/** What a database has once every migration ran. */
async function migrated(): Promise<string[]> {
  const postgres = await startEmbeddedPostgres()
  try {
    await migrate(postgres.url)
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    const { rows } = await client.query<Column>(`
      select relname as table, attname as column, attnotnull as required, format_type(atttypid, atttypmod) as type
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped`)
    await client.end()
    return rows.map(lineOf)
  } finally {
    await postgres.close()
  }
}

/** Hand-written SQL in a migration is beyond drizzle-kit's snapshots: so ask the database. */
async function checkDatabase(): Promise<void> {
  const [wanted, found] = [described(), await migrated()]
  const lines = [
    ...wanted.filter((line) => !found.includes(line)).map((line) => `schema.ts has ${line}`),
    ...found.filter((line) => !wanted.includes(line)).map((line) => `the migrations have ${line}`),
  ]
  if (lines.length > 0) throw new Drift(lines.join('; '))
}

try {
  drizzleKit('check', '--config', 'drizzle/drizzle.config.ts')
  checkSnapshots()
  await checkDatabase()
  console.log('src/db/schema.ts and the migrations agree.')
} catch (error) {
  if (!(error instanceof Drift)) throw error
  console.error(`src/db/schema.ts and the migrations have drifted apart: ${error.message}`)
  process.exitCode = 1
}
