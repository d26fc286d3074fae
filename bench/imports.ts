import pg from 'pg'
import { jiraFile, streamOf, trelloFile } from '../test/support/big-files.ts'
import { Memory } from './portability/memory.ts'
import { openSite } from './portability/site.ts'

/*
 * `npm run bench:imports -- [NAME]`: imports files of other products that are as large as allowed, by a Worker whose
 * isolates have a heap of at most 128 MiB, as on the platform. Prints each status, seconds, the memory of workerd,
 * and how many rows the journal lacks. Exits with 1 when a status is not the expected one, or rows are missing.
 * DATABASE_URL names an empty database.
 */

const HEAP_MIB = process.env.HEAP_MIB ?? '128'
process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-heap-size=${HEAP_MIB}`

const MIB = 1024 * 1024
const url = process.env.DATABASE_URL
if (!url) {
  console.error('DATABASE_URL is not set: give the postgres:// URL of an empty database.')
  process.exit(1)
}

type File = { name: string; type: string; pieces: () => Generator<string>; status: number }
const JSON_TYPE = 'application/json'
const CSV_TYPE = 'text/csv'
/** The largest files allowed; files with as much content as an import keeps, in many cards or few; and larger ones. */
const FILES: File[] = [
  { name: 'Trello, 9,000 cards', type: JSON_TYPE, pieces: () => trelloFile(9_000, { unread: 3_800 }), status: 201 },
  { name: 'Jira, 10,000 issues', type: CSV_TYPE, pieces: () => jiraFile(10_000, { unread: 4_900 }), status: 201 },
  {
    name: 'Trello, 13,000 short cards',
    type: JSON_TYPE,
    pieces: () => trelloFile(13_000, { description: 20 }),
    status: 201,
  },
  {
    name: 'Jira, 13,000 short issues',
    type: CSV_TYPE,
    pieces: () => jiraFile(13_000, { description: 20 }),
    status: 201,
  },
  {
    name: 'Trello, 180 long cards',
    type: JSON_TYPE,
    pieces: () => trelloFile(180, { description: 95_000 }),
    status: 201,
  },
  { name: 'Trello, 15,000 cards', type: JSON_TYPE, pieces: () => trelloFile(15_000, { unread: 1_500 }), status: 413 },
  { name: 'Jira, 40,000 issues', type: CSV_TYPE, pieces: () => jiraFile(40_000), status: 413 },
]

const pool = new pg.Pool({ connectionString: url, max: 2 })
const toMiB = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`

function sizeOf(pieces: Generator<string>): number {
  let size = 0
  for (const piece of pieces) size += Buffer.byteLength(piece)
  return size
}

async function countGaps(project: string): Promise<{ rows: number; gaps: number }> {
  const { rows } = await pool.query(
    'select count(*)::int as rows, (max(seq) - count(*) + min(seq) - 1)::int as gaps from activity_logs where project_id = $1',
    [project],
  )
  return rows[0]
}

/**
 * Imports a file by a new Worker, so that no other file's memory is counted. Returns whether it was answered as
 * expected.
 */
async function measure({ name, type, pieces, status }: File): Promise<boolean> {
  const site = await openSite(String(url))
  try {
    const token = await site.admin(pool)
    const memory = new Memory()
    const began = Date.now()
    const answer = await fetch(`${site.url}/imports`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
      body: streamOf(pieces()),
      duplex: 'half',
    } as RequestInit)
    const { project_id, code, detail } = (await answer.json()) as {
      project_id?: string
      code?: string
      detail?: string
    }
    const seconds = ((Date.now() - began) / 1000).toFixed(1)
    const { before, most } = memory.stop()
    const journal = project_id ? await countGaps(project_id) : { rows: 0, gaps: 0 }
    const made = project_id ? `${journal.rows} journal rows, ${journal.gaps} missing` : `${code}: ${detail}`
    console.log(
      `${name}, ${toMiB(sizeOf(pieces()))}: ${answer.status} in ${seconds} s; workerd ${toMiB(before)} before, ${toMiB(most)} at most; ${made}`,
    )
    return answer.status === status && journal.gaps === 0
  } catch (error) {
    console.error(`${name}: the Worker gave no answer: ${error instanceof Error ? (error.cause ?? error) : error}`)
    return false
  } finally {
    await site.close()
  }
}

console.log(`Isolates may have a heap of ${HEAP_MIB} MiB.`)
const results: boolean[] = []
for (const file of FILES) if (!process.argv[2] || file.name.includes(process.argv[2])) results.push(await measure(file))
await pool.end()
process.exit(results.every(Boolean) ? 0 : 1)
