import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../drizzle/migrate.ts'
import { parseOptions } from './parse-options.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { type Reading, readZoneNames } from './zone-readings.ts'

/*
 * `npm run zones`: writes docs/time-zones.md: what the names of time zones mean to the embedded Postgres and, if
 * DATABASE_URL names an empty database (which is then migrated), to that one. Throws when the two differ.
 */

parseOptions({ options: {} }) // none: it writes into docs/

const page = join(import.meta.dirname, '../docs/time-zones.md')

type Run = { version: string; readings: Reading[] }

async function readAt(url: string, kind = ''): Promise<Run> {
  await migrate(url)
  const client = new pg.Client(url)
  await client.connect()
  const ask = async (text: string, params: unknown[] = []) => (await client.query(text, params)).rows
  try {
    const [{ server_version }] = (await ask('show server_version')) as [{ server_version: string }]
    return { version: `PostgreSQL ${server_version.split(' ')[0]}${kind}`, readings: await readZoneNames(ask) }
  } finally {
    await client.end()
  }
}

const hoursOf = (seconds: number) => {
  const minutes = Math.abs(seconds) / 60
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return `${seconds < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest}`
}

/** "+1, in summer +2": the offsets of a meaning, the smallest first. */
function textOf(meaning: string): string {
  const ahead = [...new Set(meaning.split(' ').map((change) => Number(change.split(':')[1])))].toSorted((a, b) => a - b)
  const [least = 0, most] = ahead
  return most === undefined ? `${hoursOf(least)} all year` : `${hoursOf(least)}, in summer ${hoursOf(most)}`
}

const rowOf = ({ name, zone, plain, flowtrack }: Reading) =>
  `| \`${name}\` | \`${zone}\` | ${textOf(plain)} | ${textOf(flowtrack)} |`

function tableOf({ readings }: Run): string {
  const twofold = readings.filter(({ plain, flowtrack }) => plain !== flowtrack)
  return [
    '| name | zone that FlowTrack uses | offset of `at time zone` in Postgres | offset in FlowTrack, as in other software |',
    '| --- | --- | --- | --- |',
    ...twofold.map(rowOf),
  ].join('\n')
}

/** A line for the page: how many names are accepted, and for which ones this Postgres has other rules than Node. */
const summaryOf = ({ version, readings }: Run) => {
  const names = readings.filter(({ flowtrack, intl }) => flowtrack !== intl).map(({ name }) => `\`${name}\``)
  return `- ${version}: ${readings.length} names are accepted; ${names.length === 0 ? 'all are read as Intl reads them' : `its time zone database has other rules for ${names.join(', ')}`}.`
}

async function main(): Promise<void> {
  const embedded = await startEmbeddedPostgres()
  const runs = [await readAt(embedded.url, ' (PGlite)')]
  await embedded.close()
  const url = process.env.DATABASE_URL
  if (url) runs.push(await readAt(url))
  const [first, ...others] = runs.map(tableOf)
  if (others.some((table) => table !== first)) {
    const cause = 'PGlite and the database of DATABASE_URL read some zones differently'
    const way = 'use a Postgres with the same time zone database, or leave DATABASE_URL out'
    throw new Error(`docs/time-zones.md was not written, as ${cause}: ${way}.\n${[first, ...others].join('\n')}`)
  }
  const versions = `Node ${process.versions.node} (time zone database ${process.versions.tz})`
  const text = readFileSync(page, 'utf8').split('<!-- made by npm run zones -->')[0]
  const made = [`Compared hour by hour over 2026 with Intl of ${versions}:`, '', ...runs.map(summaryOf), '', first]
  writeFileSync(page, `${text}<!-- made by npm run zones -->\n\n${made.join('\n')}\n`)
}

await main()
