import { parseArgs } from 'node:util'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { v7 as uuid } from 'uuid'
import { users } from '../src/db/schema.ts'
import { connect } from './connect.ts'
import { type NumberedRow, readAccounts, type SkippedLine } from './import-rows.ts'

/*
 * `npm run import-users -- accounts.csv [--dry-run]`: brings accounts of a former backend over, with
 * their passwords. Accounts that are there already stay as they are, so a repeat does no harm.
 */

export type Report = {
  imported: number
  /** Lines whose e-mail has an account already, perhaps from an earlier line. */
  known: number[]
  skipped: SkippedLine[]
  /** Columns of the file that accounts do not have. */
  unused: string[]
}

/** How many accounts one statement inserts: a trip for each would take hours over a network. */
const BATCH = 500

type Orm = Pick<NodePgDatabase, 'insert' | 'select' | '$count' | 'transaction'>

/** The message of Postgres. Drizzle's own message has the whole statement, with the password hashes. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.cause instanceof Error ? reasonOf(error.cause) : error.message) : String(error)

const isActiveAdmin = ({ role, is_active }: NumberedRow) => role === 'admin' && is_active

/**
 * Puts an active administrator first if the database has no account: the first one becomes an administrator, whatever
 * its row says. Throws when the file has none.
 */
async function putAdminFirst(orm: Orm, rows: NumberedRow[]): Promise<NumberedRow[]> {
  if (rows.length === 0 || (await orm.$count(users)) > 0) return rows
  const [first] = rows.filter(isActiveAdmin)
  if (!first)
    throw new Error('The database has no account, so its first one becomes an admin: add an active admin to the file.')
  return [first, ...rows.filter((row) => row !== first)]
}

/** Imports rows in one statement; when Postgres refuses it, row by row, to find the reason. */
async function importRows(orm: Orm, rows: NumberedRow[], report: Report): Promise<void> {
  const values = rows.map(({ line: _, ...row }) => ({
    ...row,
    id: uuid({ msecs: row.created_at ? Math.max(0, Date.parse(row.created_at)) : undefined }), // lists are sorted by id, so by age
  }))
  try {
    const inserted = await orm.transaction((inner) =>
      inner.insert(users).values(values).onConflictDoNothing().returning({ id: users.id }),
    )
    const ids = new Set(inserted.map(({ id }) => id))
    report.imported += ids.size
    report.known.push(...rows.flatMap(({ line }, n) => (ids.has(values[n]?.id ?? '') ? [] : [line])))
  } catch (error) {
    const [only] = rows
    if (rows.length === 1 && only) report.skipped.push({ line: only.line, reason: reasonOf(error) })
    else for (const row of rows) await importRows(orm, [row], report)
  }
}

async function requireAccounts(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string | null }>("select to_regclass('users') as name")
  if (rows[0]?.name === null)
    throw new Error('The database is not migrated: run `npm run db:migrate` with this DATABASE_URL, then repeat this.')
}

class DryRun extends Error {}

/**
 * Imports the accounts of a CSV file, all in one transaction, which a dry run rolls back at the end. Throws when the
 * file or the database cannot be used, and has then changed nothing.
 */
export async function importUsers(databaseUrl: string, path: string, { dryRun = false } = {}): Promise<Report> {
  const { rows, skipped, unused } = await readAccounts(path)
  const report: Report = { imported: 0, known: [], skipped, unused }
  const client = await connect(databaseUrl)
  try {
    await requireAccounts(client)
    await drizzle(client).transaction(async (orm) => {
      const ordered = await putAdminFirst(orm, rows)
      for (let at = 0; at < ordered.length; at += BATCH) await importRows(orm, ordered.slice(at, at + BATCH), report)
      if (dryRun) throw new DryRun()
    })
  } catch (error) {
    if (!(error instanceof DryRun)) throw error
  } finally {
    await client.end()
  }
  return report
}

/** The lines of text that show a report: each line of the file that was left out, with the reason, and the totals. */
export function linesOf({ imported, known, skipped, unused }: Report, dryRun = false): string[] {
  const left = [...known.map((line) => ({ line, reason: 'has an account already' })), ...skipped]
  const columns = unused.length > 0 ? [`Columns not used: ${unused.join(', ')}`] : []
  const reasons = left.sort((a, b) => a.line - b.line).map(({ line, reason }) => `line ${line}: ${reason}`)
  const sum = `${dryRun ? 'Would import' : 'Imported'} ${imported} account${imported === 1 ? '' : 's'}`
  return [...columns, ...reasons, `${sum}; ${known.length} had one already, ${skipped.length} skipped.`]
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'dry-run': { type: 'boolean' } } })
  const [path] = positionals
  const url = process.env.DATABASE_URL
  if (!path || positionals.length > 1)
    throw new Error('Name one CSV file: npm run import-users -- accounts.csv [--dry-run]')
  if (!url) throw new Error('DATABASE_URL is not set: give the postgres:// URL of the database to import into.')
  const dryRun = values['dry-run'] ?? false
  const report = await importUsers(url, path, { dryRun })
  console.log(linesOf(report, dryRun).join('\n'))
  if (report.skipped.length > 0) process.exitCode = 2
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(`Nothing was imported: ${reasonOf(error)}`)
    process.exitCode = 1
  })
}
