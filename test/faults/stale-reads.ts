import { seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { type GuestTally, runGuests } from './stale-reads/guests.ts'
import { type Deps, newBoard, type Project, readOnce, type Tally, write } from './stale-reads/people.ts'
import { Troubles } from './stale-reads/troubles.ts'
import { runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { newPerson } from './support/people.ts'

/*
 * `npm run hunt`: looks for stale answers. In two regions there are 8 writers, 8 readers, and guests who
 * lose their access, while Redis loses, delays, reorders, refuses and forgets commands. A reader who names
 * a seq must not get an older answer; no answer may be older than CACHE_SECONDS; and no guest may read
 * after the answer that ended their access. Writes are edits, comments, items, bulks and transfers. Exits
 * with 1 otherwise, or when a kind of fault was never injected, or no answer came from the cache.
 *
 * --reads N   100,000 if left out, 3,000 with --short (a minute), and more until every fault was injected
 * --seed N    other random choices
 */

const { values } = parseOptions({
  options: {
    short: { type: 'boolean', default: false },
    reads: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const READS = Number(values.reads ?? (values.short ? 3_000 : 100_000))
const READERS = 8
/** So short that the entry of a lost write expires, and the bound is reached, within the run. */
const CACHE_SECONDS = 2
/** The mean time between two writes of one writer, in ms, for each project: from a busy board to a quiet one. */
const PAUSES = [20, 150, 1_000, 10_000]

/** How old an answer may be, in ms, with 5 ms for the precision of the clocks. */
const BOUND_MS = CACHE_SECONDS * 1_000 + 5

/** Prints the results of readers and guests. Returns whether nothing was stale and every fault was injected. */
function reportAll(
  tally: Tally,
  guestTally: GuestTally,
  { injected }: Troubles,
  answered: Deps['answered'],
  since: Date,
): boolean {
  const { hits, misses, worst_ms } = tally
  const { ended, certain, refused, late } = guestTally
  return printFindings(`${hits + misses} reads in ${secondsSince(since)}`, {
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
    violations: [...tally.violations, ...guestTally.violations],
  })
}

const settings = { CACHE_SECONDS: String(CACHE_SECONDS) }
await runInDeployment({ settings }, async ({ sites, redis, sql }) => {
  const dice = seededDice(Number(values.seed))
  const owner = await newPerson(sites[0], 'Hunter')
  const projects: Project[] = []
  for (const pause of PAUSES) projects.push(await newBoard(sites[0], owner, pause))
  const tally: Tally = { hits: 0, misses: 0, worst_ms: 0, violations: [] }
  const guestTally: GuestTally = { ended: 0, certain: 0, refused: 0, late: 0, violations: [] }
  const enough = () =>
    tally.hits + tally.misses >= READS && Object.values({ ...troubles.injected, ...answered }).every((n) => n > 0)
  const started = new Date()
  const done = () => enough() || Date.now() - started.getTime() > 15 * 60_000
  const answered = { bulks: 0, transfers: 0 }
  const deps: Deps = { sites, projects, owner, dice, done, sql, answered }
  const troubles = new Troubles(deps, redis)
  const reader = async (n: number) => {
    while (!done()) await readOnce(deps, n % 2 === 0, BOUND_MS, tally)
  }
  await Promise.all([
    ...projects.flatMap((project) => [write(deps, project), write(deps, project)]), // 8
    ...Array.from({ length: READERS }, (_, n) => reader(n)),
    runGuests(deps, troubles, BOUND_MS, guestTally),
    runGuests(deps, troubles, BOUND_MS, guestTally),
    troubles.make(),
  ])
  return reportAll(tally, guestTally, troubles, answered, started)
})
