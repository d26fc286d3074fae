import pg from 'pg'
import { parseOptions } from '../local/parse-options.ts'
import { medianOf } from './median.ts'
import { openReportBench, type ReportBench } from './reports/report-bench.ts'

/*
 * `npm run bench:reports`: each report of the big project of `bench:data` (10,000 tasks, 1,000,000
 * journal rows) through the API, against the same SQL sent directly to Postgres, alternately. A report passes
 * with a median of at most 300 ms, or 1.3 times its SQL, and one request to Neon.
 *
 * DATABASE_URL, REDIS_URL   the servers, the first filled by `npm run bench:data`
 * --runs N (15)   --only summary,burndown
 */

const [LIMIT_MS, LIMIT_RATIO] = [300, 1.3]
const REPORTS = [
  ...['summary', 'burndown', 'burnup', 'cumulative-flow', 'cycle-time', 'lead-time', 'throughput', 'time-in-column'],
  ...['aging', 'workload', 'forecast', 'activity'],
]
const DAY_MS = 86_400_000

const { values } = parseOptions({ options: { runs: { type: 'string', default: '15' }, only: { type: 'string' } } })
const runs = Number(values.runs)

/** A period of ninety days, and one day more for each `n`, so that no answer comes from the cache. */
function pathOf(report: string, project: string, n: number): string {
  const from = new Date(Date.now() - (89 + n) * DAY_MS).toISOString().slice(0, 10)
  return report === 'activity'
    ? `/reports/activity?project_id=${project}&from=${from}`
    : `/reports/projects/${project}/${report}?from=${from}`
}

/** Runs the statements as one read-only transaction, as the bridge sends them. Returns milliseconds. */
async function timeSql(db: pg.Client, statements: ReturnType<ReportBench['sent']>): Promise<number> {
  const begun = performance.now()
  const control = (text: string) => db.query(text)
  const all = [control('begin isolation level repeatable read read only')]
  for (const { query, params } of statements) all.push(db.query(query, params))
  await Promise.all([...all, control('commit')])
  return performance.now() - begun
}

/** Reads a report again in each format, when it may be cached: the median ms, and the requests to Neon and Redis. */
async function measureCached({ ask }: ReportBench, path: string): Promise<string> {
  const asked = []
  for (const accept of ['application/json', 'text/csv', 'image/svg+xml']) {
    await ask(path, accept)
    await new Promise((kept) => setTimeout(kept, 100)) // an answer is cached after it was sent
    asked.push(await ask(path, accept))
  }
  const same = new Set(asked.map(({ db, cache }) => `${db}+${cache}`))
  return `${medianOf(asked.map(({ ms }) => ms)).toFixed(0)} ms, ${[...same].join(' ')}`
}

/** One report's line, and whether it passes. */
async function measure(bench: ReportBench, db: pg.Client, report: string): Promise<boolean> {
  const [api, sql]: [number[], number[]] = [[], []]
  let neon = 0
  for (let n = 0; n <= runs; n += 1) {
    const { ms, status, db: requests } = await bench.ask(pathOf(report, bench.project, n))
    if (status !== 200)
      throw new Error(`${report} was answered with ${status}: REGION_LOG=1 shows what the Worker logs`)
    const direct = await timeSql(db, bench.sent())
    if (n === 0) continue // the first one warms up
    api.push(ms)
    sql.push(direct)
    neon = Math.max(neon, requests)
  }
  const [mine, theirs] = [medianOf(api), medianOf(sql)]
  const ratio = mine / theirs
  const passes = neon === 1 && (mine <= LIMIT_MS || ratio <= LIMIT_RATIO)
  const repeated = await measureCached(bench, pathOf(report, bench.project, runs + 1))
  const figures = [mine.toFixed(0), theirs.toFixed(0), ratio.toFixed(2), String(neon)].map((cell) => cell.padStart(7))
  console.log(`${report.padEnd(16)}${figures.join('')}   ${repeated.padEnd(14)} ${passes ? '' : '  over'}`)
  return passes
}

const url = process.env.DATABASE_URL
if (!url) {
  console.error('DATABASE_URL is not set: give the postgres:// URL of a database that `npm run bench:data` has filled.')
  process.exit(1)
}
const bench = await openReportBench(url, process.env.REDIS_URL)
const db = new pg.Client({ connectionString: url, pipeline: true, types: { getTypeParser: () => String } })
try {
  await db.connect()
  console.log(`${'report'.padEnd(16)}    API    SQL  ratio   Neon   once more (Neon + Redis)`)
  const chosen = REPORTS.filter((name) => values.only === undefined || values.only.split(',').includes(name))
  for (const report of chosen) if (!(await measure(bench, db, report))) process.exitCode = 1
} finally {
  await db.end()
  await bench.close()
}
