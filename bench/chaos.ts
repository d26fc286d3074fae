import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { seededDice } from '../local/faults.ts'
import type { Board } from '../src/client/board.ts'
import { api } from './chaos/api.ts'
import { Client } from './chaos/client.ts'
import { ALWAYS, type Count, POSTGRES_DROPS, trouble } from './chaos/troubles.ts'
import { openWorld, type Site, TICK_SECONDS, type World } from './chaos/world.ts'
import { type Work, write } from './chaos/writers.ts'

/*
 * `npm run chaos`: two regions, ten clients in each, and everything that can go wrong between them.
 * In the end every client must have had every event exactly once, in order, and show the board that
 * the database holds. Exits with 1 when one did not, or when a kind of fault was never injected.
 *
 * --short       500 events in place of 10,000      --events N    any other number
 * --seeds 20    so many runs, seeds 1, 2, 3 …      --seed N      the first seed
 */

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    events: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
})
const EVENTS = Number(values.events ?? (values.short ? 500 : 10_000))
const [SEEDS, FIRST_SEED] = [Number(values.seeds), Number(values.seed)]
const CLIENTS_PER_REGION = 10
const WRITERS = 6
/** Far more than a tick and a second, for machines that have much else to do. */
const CONVERGE_WITHIN_MS = 20_000

type Run = { violations: string[]; faults: Record<string, number>; resumed: number; work: Work; converged_ms: number }

async function newBoard(site: Site): Promise<{ token: string; project_id: string }> {
  const account = { email: `${crypto.randomUUID()}@example.com`, name: 'Chaos', password: 'correct horse battery' }
  const { body } = await api<{ tokens: { access: string } }>(site, 'POST', '/auth/register', '', account)
  const token = body.tokens.access
  const project = await api<{ id: string }>(site, 'POST', '/projects', token, { name: 'Chaos' })
  return { token, project_id: project.body.id }
}

const shown = ({ columns }: Board) => columns.map(({ key, task_count, tasks }) => ({ key, task_count, tasks }))

/** One more write in each region, of which Redis tells nobody: only the relays' alarms can find them. */
async function lastWords(sites: Site[], token: string, project_id: string): Promise<void> {
  for (const site of sites) {
    await site.break('redis', { pubsub: { lose: 1 } })
    await site.break('neon', { drop: 0 })
  }
  for (const site of sites) await api(site, 'POST', '/tasks', token, { project_id, title: 'The last word' })
}

/** Waits until every client has the last event, and says what is wrong with any of them. */
async function judge(site: Site, clients: Client[], token: string): Promise<{ violations: string[]; ms: number }> {
  const [first] = clients
  const path = `/projects/${first?.board.project.id}/board?per_column=100`
  const { body: truth } = await api<Board>(site, 'GET', path, token)
  const started = Date.now()
  while (clients.some(({ seq }) => seq < truth.seq) && Date.now() - started < CONVERGE_WITHIN_MS) await wait(20)
  const ms = Date.now() - started
  const violations = clients.flatMap((client, i) => {
    const name = `client ${i} in ${client.site.region}`
    const found = client.violations.map((violation) => `${name}: ${violation}`)
    if (client.seq !== truth.seq) found.push(`${name}: stopped at ${client.seq} of ${truth.seq}`)
    else if (!isDeepStrictEqual(shown(client.board), shown(truth))) found.push(`${name}: shows another board`)
    return found
  })
  return { violations, ms }
}

async function faultsOf(sites: Site[], { dropped, killed }: Count): Promise<Record<string, number>> {
  const total: Record<string, number> = { lose: 0, duplicate: 0, reorder: 0, half_open: 0, close_streams: 0, down: 0 }
  for (const site of sites)
    for (const [kind, times] of Object.entries(await site.injected('redis'))) total[kind] = (total[kind] ?? 0) + times
  const drops = await Promise.all(sites.map((site) => site.injected('neon')))
  const postgres_cut = drops.reduce((sum, { drop = 0 }) => sum + drop, 0)
  return { ...total, postgres_cut, sockets_dropped: dropped, regions_killed: killed }
}

async function run({ sites }: World, seed: number): Promise<Run> {
  const dice = seededDice(seed)
  const [home] = sites
  if (!home) throw new Error('A world has regions')
  for (const site of sites) await site.heal()
  const { token, project_id } = await newBoard(home)
  const opening = Array.from({ length: CLIENTS_PER_REGION }, () =>
    sites.map((site) => Client.open(site, token, project_id)),
  )
  const clients = await Promise.all(opening.flat())
  for (const [i, site] of sites.entries()) {
    await site.break('redis', { ...ALWAYS, seed: seed * 2 + i })
    await site.break('neon', { drop: POSTGRES_DROPS, seed: seed * 2 + i })
  }
  const work: Work = { head: 0, failed: 0 }
  const count: Count = { dropped: 0, killed: 0, restarted: 0 }
  let [quiet, done] = [false, false]
  const kills = Math.ceil(EVENTS / 2_500)
  const troubles = trouble({ sites, clients, dice, count, stopping: () => done }, kills).then(() => {
    quiet = true
  })
  const until = () => {
    done ||= work.head >= EVENTS
    return done && quiet
  }
  await Promise.all([write({ sites, token, project_id, dice, until }, work, WRITERS), troubles])
  const faults = await faultsOf(sites, count)
  await lastWords(sites, token, project_id)
  const { violations, ms } = await judge(home, clients, token)
  const resumed = clients.reduce((sum, client) => sum + client.resumed, 0)
  for (const client of clients) client.leave()
  return { violations, faults, resumed, work, converged_ms: ms }
}

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
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const started = Date.now()
    const result = await run(world, seed)
    if (!report(seed, result, (Date.now() - started) / 1000)) failures += 1
  }
} finally {
  await world.close()
}
console.log(`\n${SEEDS} seeds, ${failures} with violations or without faults`)
process.exit(failures > 0 ? 1 : 0)
