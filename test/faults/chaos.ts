import { parseOptions } from '../../local/parse-options.ts'
import { runOutage } from './chaos/outage.ts'
import { run } from './chaos/run.ts'
import { runInDeployment } from './support/deployment.ts'

/*
 * `npm run chaos`: two regions, ten clients in each, and everything that can go wrong between them.
 * In the end every client must have received every event exactly once, in order, and show the board that
 * the database holds; and each of their mutations must have been done once, or refused. Exits with 1
 * otherwise, or when a kind of fault was never injected.
 *
 * --short       500 events in place of 10,000      --events N    any other number
 * --seeds 20    that many runs, seeds 1, 2, 3 …    --seed N      the first seed
 * --outage      instead of these runs: Redis is away for 20 s (5 s with --short) while people write, and a
 *               relay dies before the last write; prints how long it takes until all clients have all events
 */

const { values } = parseOptions({
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

await runInDeployment({}, async (deployment) => {
  if (values.outage) return runOutage(deployment, values.short ? 5 : 20)
  let good = true
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) good = (await run(deployment, seed, EVENTS)) && good
  return good
})
