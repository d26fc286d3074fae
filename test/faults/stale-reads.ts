import { parseArgs } from 'node:util'
import { seededDice } from '../../local/faults.ts'
import { type Farewells, hosts } from './stale-reads/guests.ts'
import { type Deps, look, newBoard, type Project, type Tally, write } from './stale-reads/people.ts'
import { Troubles } from './stale-reads/troubles.ts'
import { newPerson } from './support/people.ts'
import { report, secondsSince } from './support/report.ts'
import { runInWorld } from './support/world.ts'

/*
 * `npm run hunt`: looks for a stale answer. Two regions, 8 writers and 8 readers in them, guests who
 * are sent away, and Redis that loses, delays, reorders, refuses and forgets. Nobody who names a seq
 * may be shown less; nobody at all may be shown what is older than CACHE_SECONDS; nobody may be let
 * in after it was answered that they are out. Writes are edits, comments, items, bulks and transfers.
 * Exits with 1 when somebody was, or when a kind of fault was never injected, or nothing came out of
 * the cache.
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

/** What all the readers and guests were shown, and whether each thing that had to happen did. */
function reportAll(
  tally: Tally,
  farewells: Farewells,
  { injected }: Troubles,
  answered: Deps['answered'],
  since: Date,
): boolean {
  const { hits, misses, worst_ms } = tally
  const { ended, certain, refused, late } = farewells
  return report(`${hits + misses} reads in ${secondsSince(since)}`, {
    figures: {
      oldest_answer_behind_ms: worst_ms,
      allowed_behind_ms: CACHE_SECONDS * 1_000,
      guests_sent_away: ended,
      guests_refused: refused,
      guests_read_within_the_bound: late,
    },
    injected: {
      ...injected,
      ...answered,
      by_redis: hits,
      by_postgres: misses,
      guests_with_redis_certainly_told: certain,
    },
    violations: [...tally.violations, ...farewells.violations],
  })
}

const settings = { CACHE_SECONDS: String(CACHE_SECONDS) }
await runInWorld({ settings }, async ({ sites, redis, sql }) => {
  const dice = seededDice(Number(values.seed))
  const owner = await newPerson(sites[0], 'Hunter')
  const projects: Project[] = []
  for (const pause of PAUSES) projects.push(await newBoard(sites[0], owner, pause))
  const tally: Tally = { hits: 0, misses: 0, worst_ms: 0, violations: [] }
  const farewells: Farewells = { ended: 0, certain: 0, refused: 0, late: 0, violations: [] }
  const enough = () =>
    tally.hits + tally.misses >= READS && Object.values({ ...troubles.injected, ...answered }).every((n) => n > 0)
  const started = new Date()
  const done = () => enough() || Date.now() - started.getTime() > 15 * 60_000
  const answered = { bulks: 0, transfers: 0 }
  const deps: Deps = { sites, projects, owner, dice, done, sql, answered }
  const troubles = new Troubles(deps, redis)
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
  return reportAll(tally, farewells, troubles, answered, started)
})
