import { seededDice } from '../../../local/faults.ts'
import { api } from '../support/api.ts'
import type { Deployment } from '../support/deployment.ts'
import { printFindings, secondsSince } from '../support/findings.ts'
import type { Site } from '../support/site.ts'
import { judgeClients, judgeMutations, newScene, type Scene } from './scene.ts'
import { ALWAYS, type Count, makeTrouble, POSTGRES_DROPS } from './troubles.ts'
import { type Work, write } from './writers.ts'

const WRITERS = 12

/** Makes one more write in each region, whose announcements Redis loses: only the relays' alarms can find them. */
async function makeLastWrites(sites: Site[], { token, project_id }: Scene): Promise<void> {
  for (const site of sites) {
    await site.break('redis', { pubsub: { lose: 1 } })
    await site.break('neon', { drop: 0 })
  }
  for (const site of sites) await api(site, 'POST', '/tasks', token, { project_id, title: 'The last word' })
}

async function faultsOf(sites: Site[], { dropped, killed, ...others }: Count): Promise<Record<string, number>> {
  const total: Record<string, number> = { lose: 0, duplicate: 0, reorder: 0, half_open: 0, close_streams: 0, down: 0 }
  for (const site of sites)
    for (const [kind, times] of Object.entries(await site.injected('redis'))) total[kind] = (total[kind] ?? 0) + times
  const drops = await Promise.all(sites.map((site) => site.injected('neon')))
  const postgres_cut = drops.reduce((sum, { drop = 0 }) => sum + drop, 0)
  return { ...total, postgres_cut, sockets_dropped: dropped, ...others, regions_killed: killed }
}

/** Writes `events` events while everything goes wrong, and judges the result. Returns whether all went well. */
export async function run({ sites, sql }: Deployment, seed: number, events: number): Promise<boolean> {
  const started = new Date()
  const dice = seededDice(seed)
  const scene = await newScene(sites)
  const { clients } = scene
  for (const [i, site] of sites.entries()) {
    await site.break('redis', { ...ALWAYS, seed: seed * 2 + i })
    await site.break('neon', { drop: POSTGRES_DROPS, seed: seed * 2 + i })
  }
  const work: Work = { head: 0, requests: 0, failed: 0 }
  const count: Count = { dropped: 0, killed: 0, hubs_evicted: 0, relays_killed: 0 }
  let [quiet, done] = [false, false]
  const kills = Math.ceil(events / 2_500)
  const troubles = makeTrouble({ ...scene, sites, dice, count, stopping: () => done }, kills).then(() => {
    quiet = true
  })
  const until = () => {
    done ||= work.head >= events
    return done && quiet
  }
  await Promise.all([write({ ...scene, sites, dice, until }, work, WRITERS), troubles])
  const injected = await faultsOf(sites, count)
  await makeLastWrites(sites, scene)
  const { violations, converged_ms } = await judgeClients(sites[0], scene, Date.now())
  violations.push(...(await judgeMutations(sql, scene)))
  const acts = clients.flatMap(({ mutations }) => mutations)
  const refused = acts.filter(({ settled }) => settled?.ok === false).length
  const sockets_resumed = clients.reduce((sum, client) => sum + client.resumed, 0)
  for (const client of clients) client.leave()
  // `converged_ms`: from the last write until the last client had all events.
  const figures = {
    events: work.head,
    writes_failed: work.failed,
    acts: acts.length,
    acts_refused: refused,
    sockets_resumed,
    converged_ms,
  }
  return printFindings(`Seed ${seed}, in ${secondsSince(started)}`, { figures, injected, violations })
}
