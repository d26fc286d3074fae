import { setTimeout as wait } from 'node:timers/promises'
import { seededDice } from '../../local/faults.ts'
import { relayName } from '../../src/realtime/region.ts'
import { api } from './api.ts'
import { judge, newScene, type Scene } from './scene.ts'
import { type Site, TICK_SECONDS, type World } from './world.ts'
import { type Work, write } from './writers.ts'

const LIMIT_MS = (TICK_SECONDS + 1) * 1000
const WRITERS = 4

type Verdict = { violations: string[]; converged_ms: number }

/** Redis is away for a while, and people go on working in both regions until its end. */
async function withoutRedis(sites: Site[], scene: Scene, seconds: number): Promise<Verdict & Work> {
  for (const site of sites) await site.break('redis', { down: true, close_streams: true })
  const end = Date.now() + seconds * 1000
  const work: Work = { head: 0, requests: 0, failed: 0 }
  await write({ ...scene, sites, dice: seededDice(1), until: () => Date.now() >= end }, work, WRITERS)
  const verdict = await judge(sites[0] as Site, scene, Date.now())
  for (const site of sites) await site.heal()
  return { ...work, ...verdict }
}

/** A relay dies, one more event happens elsewhere, and then nothing more: only its alarm can find it. */
async function withoutRelay([here, there]: [Site, Site], scene: Scene): Promise<Verdict & { unheard: boolean }> {
  const { token, project_id } = scene
  while ((await there.streams()) === 0) await wait(50)
  await there.order({ kill: relayName(there.region, 0) })
  await api(here, 'POST', '/tasks', token, { project_id, title: 'While nobody listens' })
  const unheard = (await there.streams()) === 0
  return { ...(await judge(here, scene, Date.now())), unheard }
}

function show(what: string, { violations, converged_ms }: Verdict): boolean {
  const good = violations.length === 0 && converged_ms <= LIMIT_MS
  console.log(`${what}: every client had it all ${converged_ms} ms after the last write (allowed: ${LIMIT_MS} ms).`)
  for (const violation of violations) console.error(`VIOLATION ${violation}`)
  return good
}

/** What an outage costs: latency, and nothing else. Whether that held. */
export async function outage({ sites }: World, seconds: number): Promise<boolean> {
  const scene = await newScene(sites)
  const redis = await withoutRedis(sites, scene, seconds)
  console.log(`Redis away for ${seconds} s: ${redis.requests} writes, ${redis.failed} failed.`)
  const bridged = show('Redis away', redis)
  const relay = await withoutRelay(sites as [Site, Site], scene)
  const found = show('Relay killed', relay)
  if (!relay.unheard) console.error('NEVER INJECTED a relay that does not listen')
  for (const client of scene.clients) client.leave()
  return redis.failed === 0 && bridged && found && relay.unheard
}
