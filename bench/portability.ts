import { once } from 'node:events'
import { createWriteStream, mkdtempSync, openAsBlob, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { Memory } from './portability/memory.ts'
import { openSite } from './portability/site.ts'

/*
 * `npm run bench:portability`: exports the project with the longest journal in the database of
 * DATABASE_URL (`npm run bench:data` fills one), imports as much of it as a file may hold, and reads its
 * reports over all of its time. Isolates may have a heap of 128 MiB, as on the platform. It prints rows,
 * MiB, seconds, and how much memory workerd had before and at most (resident). HEAP_MIB=64 sets another limit.
 */

const HEAP_MIB = process.env.HEAP_MIB ?? '128'
process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-heap-size=${HEAP_MIB}`

const MAX_BYTES = 64 * 1024 * 1024

const url = process.env.DATABASE_URL
if (!url) {
  console.error('DATABASE_URL is not set: give the postgres:// URL of a database that `npm run bench:data` has filled.')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-portability-'))
const file = join(folder, 'part.ndjson')
const pool = new pg.Pool({ connectionString: url, max: 2 })
const toMiB = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`

/**
 * Reads a whole export, and writes the first lines that fit to the file, under a header without `seq`, which would
 * promise all of them. `rows` and `bytes` are those of the export; `kept` is the number of rows written.
 */
async function download(
  api: string,
  token: string,
  id: string,
): Promise<{ rows: number; bytes: number; kept: number }> {
  const response = await fetch(`${api}/projects/${id}/export`, { headers: { Authorization: `Bearer ${token}` } })
  if (!response.ok || !response.body) {
    throw new Error(`The export was answered with ${response.status}: ${await response.text()}`)
  }
  const part = createWriteStream(file)
  const count = { rows: -1, bytes: 0, kept: 0 }
  let rest = Buffer.alloc(0)
  let written = 0
  for await (const chunk of response.body) {
    count.bytes += chunk.length
    const whole = Buffer.concat([rest, chunk])
    const end = whole.lastIndexOf(10) + 1
    for (let at = 0; at < end; ) {
      const next = whole.indexOf(10, at) + 1
      let line = whole.subarray(at, next)
      if (count.rows < 0) line = Buffer.from(`${JSON.stringify({ ...JSON.parse(String(line)), seq: undefined })}\n`)
      if (written + line.length <= MAX_BYTES && count.kept === count.rows + Number(count.rows < 0)) {
        written += line.length
        if (count.rows >= 0) count.kept += 1
        if (!part.write(line)) await once(part, 'drain')
      }
      count.rows += 1
      at = next
    }
    rest = whole.subarray(end)
  }
  part.end()
  await once(part, 'finish')
  return count
}

async function upload(api: string, token: string): Promise<{ imported: number; seq: number }> {
  const key = `B${Date.now().toString(36).toUpperCase().slice(-8)}`
  const response = await fetch(`${api}/projects/import?key=${key}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' },
    body: await openAsBlob(file), // read from the disk as it is sent
  })
  const text = await response.text()
  if (response.status !== 201) throw new Error(`The import was answered with ${response.status}: ${text}`)
  return JSON.parse(text)
}

/** Reads reports over a year, as data, tables and pictures. Returns the bytes of all answers. */
async function readReports(api: string, token: string, id: string): Promise<number> {
  const from = new Date(Date.now() - 365 * 86_400_000).toISOString().slice(0, 10)
  let bytes = 0
  for (const report of ['burndown', 'cumulative-flow', 'cycle-time', 'time-in-column', 'aging', 'workload', 'forecast'])
    for (const format of ['json', 'csv', 'svg']) {
      const path = `/reports/projects/${id}/${report}.${format}?from=${from}`
      const answer = await fetch(api + path, { headers: { Authorization: `Bearer ${token}` } })
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`)
      bytes += (await answer.arrayBuffer()).byteLength
    }
  return bytes
}

/** Runs a part with a new Worker, so that no other part's memory is counted, and prints its figures. */
async function measure<T>(work: (api: string, token: string) => Promise<T>, tell: (result: T) => string): Promise<T> {
  const site = await openSite(String(url))
  try {
    const token = await site.admin(pool)
    const memory = new Memory()
    const started = Date.now()
    const result = await work(site.url, token)
    const seconds = (Date.now() - started) / 1000
    const { before, most } = memory.stop()
    console.log(
      `${tell(result)} in ${seconds.toFixed(1)} s; its memory: ${toMiB(before)} before, ${toMiB(most - before)} more at most`,
    )
    return result
  } finally {
    await site.close()
  }
}

const { rows } = await pool.query('select id, key from projects order by event_seq desc limit 1')
try {
  await measure(
    (api, token) => download(api, token, rows[0].id),
    ({ rows, bytes }) => `Export: ${rows} rows, ${toMiB(bytes)}`,
  )
  await measure(
    (api, token) => readReports(api, token, rows[0].id),
    (bytes) => `Reports: ${toMiB(bytes)}`,
  )
  await measure(upload, ({ imported }) => `Import: ${imported} rows, ${toMiB(statSync(file).size)}`)
} finally {
  await pool.end()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
