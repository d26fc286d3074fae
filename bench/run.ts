import { writeFileSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseOptions } from '../local/parse-options.ts'
import { type BenchStack, openBenchStack } from './run/bench-stack.ts'
import { bigBoardOf, budgets, findOverBudget } from './run/budgets.ts'
import { chartOf } from './run/chart.ts'
import { type Hot, measureHot } from './run/hot.ts'
import { type Measured, measure } from './run/measure.ts'
import { OPERATIONS, type Operation } from './run/operations.ts'
import { measureOnSlowNetwork, SLOW, type SlowFigures, VERY_SLOW } from './run/slow-network.ts'

/*
 * `npm run bench`: what each operation costs, beside the least that it could cost: the same SQL or
 * Redis command, sent through the same bridge by a bare Worker, alternately with it. On the servers of
 * DATABASE_URL and REDIS_URL, else embedded. Writes bench/results.json and bench/results.svg.
 *
 * --check        exits with 1 when a ratio is past its budget (bench/budgets.json), writes nothing
 * --short        only over a slow network, a few requests each: takes seconds, and its ratios are steady on any machine
 * --hot          only moves in one project, against pgbench
 * --only a;b     these operations    --rounds N --count N --runs N    how often    --small    little data
 */

const { values } = parseOptions({
  options: {
    check: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    hot: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '8' },
    count: { type: 'string', default: '400' },
    runs: { type: 'string', default: '2' },
  },
})

const WIDTHS = [1, 16]
const chosen = OPERATIONS.filter(({ name }) => !values.only || values.only.split(';').includes(name))

function printRow(row: Measured): void {
  const { flowtrack, floor, ratio, spread } = row
  const cells = [row.name.padEnd(22), String(row.width).padStart(3), `p50 ${flowtrack.p50} ms (floor ${floor.p50})`]
  cells.push(
    `p99 ${flowtrack.p99}`,
    `${flowtrack.per_second}/s (${floor.per_second})`,
    `CPU ${flowtrack.cpu_ms} (${floor.cpu_ms})`,
  )
  cells.push(`Neon ${row.neon_requests}`, `Redis ${row.redis_requests}`, `ratio ${ratio} (${spread.join(' to ')})`)
  console.log(cells.join('  '))
  if (row.errors[0]) throw new Error(`${row.name}: ${row.errors.length} errors, the first: ${row.errors[0]}`)
}

async function runAll(bench: BenchStack): Promise<Measured[]> {
  const rows: Measured[] = []
  for (const operation of chosen)
    for (const width of WIDTHS) {
      const count = operation.slow ? 8 : width === 1 ? Number(values.count) / 2 : Number(values.count)
      const row = await measure(bench, operation, width, operation.slow ? 1 : Number(values.rounds), count)
      rows.push(row)
      printRow(row)
    }
  return rows
}

async function runOnSlowNetwork(bench: BenchStack, operations: Operation[]): Promise<SlowFigures[]> {
  const delays = values.short ? VERY_SLOW : SLOW
  console.log(`\nWith ${delays.neon} ms more for each Neon request and ${delays.redis} ms for each Redis request:`)
  const rows = []
  for (const operation of operations) {
    const row = await measureOnSlowNetwork(bench, operation, delays, values.short ? 12 : 100)
    rows.push(row)
    console.log(`${row.name.padEnd(22)}  p50 ${row.flowtrack_ms} ms (floor ${row.floor_ms})  ratio ${row.ratio}`)
  }
  return rows
}

/** Measures operations over their budget once more, as a busy machine sometimes makes one miss it. */
async function checkShort(bench: BenchStack): Promise<string[]> {
  const operations = OPERATIONS.filter(({ name }) => name in budgets.short)
  const over = findOverBudget(await runOnSlowNetwork(bench, operations), budgets.short)
  const again = operations.filter(({ name }) => over.some((line) => line.startsWith(`${name} `)))
  return again.length > 0 ? findOverBudget(await runOnSlowNetwork(bench, again), budgets.short) : []
}

function reportBigBoard(busy: Measured[]): string[] {
  const ratio = bigBoardOf(busy)
  if (ratio === undefined) return []
  console.log(`\nA board of 10,000 tasks takes ${ratio} times the time of one of 200.`)
  return ratio > budgets.big_board ? [`A board of 10,000 takes ${ratio} times the time of one of 200`] : []
}

function reportHotProject({ moves_per_second, errors, pgbench_per_second, share, wrong }: Hot): string[] {
  const alone = share ? `${pgbench_per_second}; run alternately, FlowTrack reaches ${share} of it` : 'not here'
  console.log(`\nOne hot project: ${moves_per_second} moves/s, ${errors} errors; pgbench alone: ${alone}`)
  const slow = share !== null && share < budgets.hot.share && moves_per_second < budgets.hot.enough
  return [
    ...wrong,
    ...(errors > 0 ? [`${errors} moves failed`] : []),
    ...(slow ? [`One hot project takes ${share} of the moves that pgbench makes`] : []),
  ]
}

async function main(bench: BenchStack): Promise<string[]> {
  const move = OPERATIONS.find(({ name }) => name === 'move') as Operation
  if (values.short) return checkShort(bench)
  if (values.hot) return reportHotProject(await measureHot(bench, move))
  const runs = []
  for (let n = 0; n < (values.check ? 1 : Number(values.runs)); n++) runs.push(await runAll(bench))
  const slow = await runOnSlowNetwork(
    bench,
    chosen.filter(({ slow }) => !slow),
  )
  const hot = await measureHot(bench, move)
  const busy = runs.flat().filter(({ width }) => width === 16)
  const wrong = [...reportBigBoard(busy), ...reportHotProject(hot)]
  if (values.check) return [...wrong, ...findOverBudget(busy, budgets.full), ...findOverBudget(slow, budgets.late)]
  const date = new Date().toISOString()
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${arch()}, ${Math.round(totalmem() / 2 ** 30)} GB`
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ')
  const servers = bench.onServers ? 'PostgreSQL and Redis' : 'embedded'
  const results = {
    date,
    machine,
    servers,
    command,
    late: SLOW,
    runs,
    big_board: bigBoardOf(busy),
    with_latency: slow,
    hot,
  }
  writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  const last = (runs.at(-1) ?? []).filter(({ width }) => width === 16)
  const caption = `16 at once, ${servers}, ${date.slice(0, 10)}`
  writeFileSync(join(import.meta.dirname, 'results.svg'), chartOf(last, budgets.full, caption))
  return wrong
}

const bench = await openBenchStack(values.small || values.short, console.log)
let complaints: string[] = []
try {
  complaints = await main(bench)
} finally {
  await bench.close()
}
for (const complaint of complaints) console.error(complaint)
process.exit(complaints.length > 0 ? 1 : 0)
