import { resolve } from 'node:path'
import { parseOptions } from '../local/parse-options.ts'
import { medianOf } from './median.ts'
import { type Measured, profileFunctions, replay, replayWhole } from './sql/replay.ts'
import { type Operation, openSide, type Side } from './sql/side.ts'

/*
 * `npm run bench:sql`: what the SQL of a write costs by itself. The batches that the Worker sends are
 * recorded once, and then sent on one connection, statement by statement. For each statement it prints
 * how long Postgres computes, and for each function the figures of `track_functions`.
 *
 * DATABASE_URL       a server on which databases may be created; on another machine, time is measured and not CPU
 * --against FOLDER   alternately with another checkout of FlowTrack: its SQL, on its schema
 * --count N (400)    how often each write is measured    --tasks N (300)   in the project
 */

const { values } = parseOptions({
  options: {
    against: { type: 'string' },
    count: { type: 'string', default: '400' },
    tasks: { type: 'string', default: '300' },
  },
})
const count = Number(values.count)
/** Writes that are not counted: they cache plans, and read the data into memory. */
const WARM = 40
/** Writes of one side in a row: a single one would find the processor's caches filled by the other side. */
const TURN = 20

const toMs = (n: number | undefined) => (n === undefined ? '' : n.toFixed(3)).padStart(9)

/** Prints the statements of one side with the median cost of each, in ms. */
function printStatements(runs: Measured[]): void {
  for (const [n, { label }] of (runs[0] ?? []).entries())
    console.log(`${toMs(medianOf(runs.map((steps) => steps[n]?.cost ?? Number.NaN)))}  ${label}`)
}

async function printFunctions(side: Side, operation: Operation): Promise<void> {
  const table = await profileFunctions(side, operation, Math.ceil(count / 4))
  console.log('    calls    whole   itself  function')
  for (const { name, calls, total, self } of table) console.log(`${toMs(calls)}${toMs(total)}${toMs(self)}  ${name}`)
}

async function compare(sides: Side[], operation: Operation): Promise<void> {
  const [runs, wholes] = [sides.map((): Measured[] => []), sides.map((): number[] => [])]
  for (const side of sides) for (let n = 0; n < WARM; n++) await replay(side, operation)
  for (let n = 0; n < count; n += TURN)
    for (const [place, side] of sides.entries())
      for (let turn = 0; turn < TURN; turn++) {
        wholes[place]?.push(await replayWhole(side, operation))
        runs[place]?.push(await replay(side, operation))
      }
  const totals = wholes.map(medianOf)
  const [mine = Number.NaN, theirs] = totals
  const share = theirs === undefined ? '' : `, ${(mine / theirs).toFixed(2)} of ${theirs.toFixed(3)} ms`
  console.log(`\n## ${operation}: ${mine.toFixed(3)} ms${share}`)
  for (const [place, side] of sides.entries()) {
    console.log(`\n${side.name}: ${toMs(totals[place]).trim()} ms in one packet; one by one, and by function:`)
    printStatements(runs[place] ?? [])
    await printFunctions(side, operation)
  }
}

const url = process.env.DATABASE_URL
if (!url) {
  console.error('DATABASE_URL is not set: give the postgres:// URL of a server on which databases may be created.')
  process.exit(1)
}
const folders = [resolve(import.meta.dirname, '..'), ...(values.against ? [resolve(values.against)] : [])]
const sides: Side[] = []
try {
  for (const folder of folders) sides.push(await openSide(url, folder, Number(values.tasks)))
  const [side] = sides as [Side]
  console.log(`Milliseconds of ${side.measures}, the median of ${count}, on one connection.`)
  for (const operation of Object.keys(side.tapes) as Operation[]) await compare(sides, operation)
} finally {
  for (const side of sides) await side.close()
}
