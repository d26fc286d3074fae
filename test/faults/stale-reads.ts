import { parseArgs } from 'node:util'
import { seededDice } from '../../local/faults.ts'
import { type Farewells, hosts } from './stale-reads/guests.ts'
import { type Deps, look, newPerson, newProject, type Project, type Tally, write } from './stale-reads/people.ts'
import { Troubles } from './stale-reads/troubles.ts'
import { openWorld } from './support/world.ts'

/*
 * `npm run hunt`: looks for a stale answer. Two regions, 8 writers and 8 readers in them, guests who
 * are sent away, and Redis that loses, delays, reorders, refuses and forgets. Nobody who names a seq
 * may be shown less; nobody at all may be shown what is older than CACHE_SECONDS; nobody may be let
 * in after it was answered that they are out. Exits with 1 when somebody was, or when a kind of fault
 * was never injected, or nothing came out of the cache.
 *
 * --short     until every fault has been there, for a minute      --reads N   100,000 otherwise
 * --seed N    other luck
 */

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    reads: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const READS = Number(values.reads ?? (values.short ? 3_000 : 100_000))
const READERS = 8
/** So short that a lost write is seen again, and the bound is reached, within the run. */
const CACHE_SECONDS = 2
/** Between two writes of one writer, in milliseconds: a board where much happens, and such where little does. */
const PAUSES = [20, 150, 1_000, 10_000]

/** What clocks that count milliseconds cannot tell. */
const BOUND_MS = CACHE_SECONDS * 1_000 + 5

function report(tally: Tally, farewells: Farewells, { injected }: Troubles, seconds: number): boolean {
  const { hits, misses, worst_ms } = tally
  console.log(`\n${hits + misses} reads in ${seconds.toFixed(0)} s: ${hits} by Redis, ${misses} by Postgres`)
  console.log(`The oldest answer was behind by ${worst_ms} ms; ${CACHE_SECONDS * 1_000} are allowed.`)
  const { ended, certain, refused, late } = farewells
  console.log(
    `${ended} guests were sent away, ${certain} of them with Redis certainly told; they were refused ${refused} times,`,
  )
  console.log(`and read ${late} times within the bound where it was not certain.`)
  console.table(injected)
  const violations = [...tally.violations, ...farewells.violations]
  for (const violation of violations.slice(0, 20)) console.error(`VIOLATION ${violation}`)
  const missing = Object.entries({ ...injected, hits, misses, certain }).filter(([, n]) => n === 0)
  for (const [what] of missing) console.error(`NEVER: ${what}`)
  return violations.length === 0 && missing.length === 0
}

const world = await openWorld(['weur', 'enam'], { CACHE_SECONDS: String(CACHE_SECONDS) })
let good = false
try {
  const { sites } = world
  const [home] = sites
  if (!home) throw new Error('A world has regions')
  const dice = seededDice(Number(values.seed))
  const owner = await newPerson(home)
  const projects: Project[] = []
  for (const pause of PAUSES) projects.push(await newProject(home, owner, pause))
  const tally: Tally = { hits: 0, misses: 0, worst_ms: 0, violations: [] }
  const farewells: Farewells = { ended: 0, certain: 0, refused: 0, late: 0, violations: [] }
  const enough = () => tally.hits + tally.misses >= READS && Object.values(troubles.injected).every((n) => n > 0)
  const started = Date.now()
  const done = () => enough() || Date.now() - started > 15 * 60_000
  const deps: Deps = { sites, projects, owner, dice, done }
  const troubles = new Troubles(deps, world.redis)
  const reader = async (n: number) => {
    while (!done()) await look(deps, n % 2 === 0, BOUND_MS, tally)
  }
  await Promise.all([
    ...projects.flatMap((project) => [write(deps, project), write(deps, project)]), // 8
    ...Array.from({ length: READERS }, (_, n) => reader(n)),
    hosts(deps, troubles, BOUND_MS, farewells),
    hosts(deps, troubles, BOUND_MS, farewells),
    troubles.make(),
  ])
  good = report(tally, farewells, troubles, (Date.now() - started) / 1_000)
} finally {
  await world.close()
}
process.exit(good ? 0 : 1)
