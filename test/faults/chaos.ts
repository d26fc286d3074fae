import { parseArgs } from 'node:util'
import { outage } from './chaos/outage.ts'
import { type Run, run } from './chaos/run.ts'
import { openWorld, TICK_SECONDS } from './support/world.ts'

/*
 * `npm run chaos`: two regions, ten clients in each, and everything that can go wrong between them.
 * In the end every client must have had every event exactly once, in order, and show the board that
 * the database holds. Exits with 1 when one did not, or when a kind of fault was never injected.
 *
 * --short       500 events in place of 10,000      --events N    any other number
 * --seeds 20    so many runs, seeds 1, 2, 3 …      --seed N      the first seed
 * --outage      in their place: Redis away for 20 s (5 s with --short) while people write, and a
 *               relay that dies before the last write; how long until everybody has everything
 */

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    outage: { type: 'boolean', default: false },
    events: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
})
const EVENTS = Number(values.events ?? (values.short ? 500 : 10_000))
const [SEEDS, FIRST_SEED] = [Number(values.seeds), Number(values.seed)]
const OUTAGE_SECONDS = values.short ? 5 : 20

function report(seed: number, { violations, faults, resumed, work, converged_ms }: Run, seconds: number): boolean {
  const missing = Object.keys(faults).filter((kind) => faults[kind] === 0)
  const recovered = violations.length === 0
  console.log(
    `\nSeed ${seed}: ${work.head} events in ${seconds.toFixed(0)} s, ${work.failed} writes failed with a region or Postgres`,
  )
  console.table(
    Object.fromEntries(
      Object.entries(faults).map(([kind, injected]) => [kind, { injected, recovered: recovered ? injected : '?' }]),
    ),
  )
  console.log(
    `Sockets resumed ${resumed} times. The last client had it all ${converged_ms} ms after the last write (tick: ${TICK_SECONDS} s).`,
  )
  for (const violation of violations.slice(0, 20)) console.error(`VIOLATION ${violation}`)
  if (missing.length > 0) console.error(`NEVER INJECTED ${missing.join(', ')}`)
  return recovered && missing.length === 0
}

const world = await openWorld()
let failures = 0
try {
  if (values.outage) failures = (await outage(world, OUTAGE_SECONDS)) ? 0 : 1
  for (let seed = FIRST_SEED; !values.outage && seed < FIRST_SEED + SEEDS; seed++) {
    const started = Date.now()
    const result = await run(world, seed, EVENTS)
    if (!report(seed, result, (Date.now() - started) / 1000)) failures += 1
  }
} finally {
  await world.close()
}
if (!values.outage) console.log(`\n${SEEDS} seeds, ${failures} with violations or without faults`)
process.exit(failures > 0 ? 1 : 0)
