import { setTimeout as wait } from 'node:timers/promises'
import { seededDice } from '../../../local/faults.ts'
import { relayName } from '../../../src/live/places.ts'
import { api } from '../support/api.ts'
import { type Deployment, TICK_SECONDS } from '../support/deployment.ts'
import { printFindings } from '../support/findings.ts'
import type { Site } from '../support/site.ts'
import { judgeClients, newScene, type Scene } from './scene.ts'
import { type Work, write } from './writers.ts'

const LIMIT_MS = (TICK_SECONDS + 1) * 1000
const WRITERS = 4

type Verdict = { violations: string[]; converged_ms: number }

/** Redis is away for `seconds`, while clients go on writing in both regions. */
async function runWithoutRedis(sites: Deployment['sites'], scene: Scene, seconds: number): Promise<Verdict & Work> {
  for (const site of sites) await site.break('redis', { down: true, close_streams: true })
  const end = Date.now() + seconds * 1000
  const work: Work = { head: 0, requests: 0, failed: 0 }
  await write({ ...scene, sites, dice: seededDice(1), until: () => Date.now() >= end }, work, WRITERS)
  const verdict = await judgeClients(sites[0], scene, Date.now())
  for (const site of sites) await site.heal()
  return { ...work, ...verdict }
}

/**
 * Waits until a region's relay has a stream, kills the relay, and waits at most about 0.5 s for the stream to end.
 * Returns whether the region then has no stream.
 */
async function killRelay(site: Site): Promise<boolean> {
  while ((await site.streams()) === 0) await wait(50)
  await site.order({ kill: relayName(site.region, 0) })
  for (let looks = 0; looks < 100 && (await site.streams()) > 0; looks += 1) await wait(5)
  return (await site.streams()) === 0
}

/**
 * A relay dies, then one event happens in the other region, and nothing more: only the relay's alarm can find it. A
 * relay that was back before the event, because something called it, is killed again. `unheard`: it was not back.
 */
async function runWithoutRelay([here, there]: [Site, Site], scene: Scene): Promise<Verdict & { unheard: boolean }> {
  const { token, project_id } = scene
  for (let attempt = 1; ; attempt += 1) {
    const killed = await killRelay(there)
    await api(here, 'POST', '/tasks', token, { project_id, title: 'While nobody listens' })
    const unheard = killed && (await there.streams()) === 0
    const verdict = await judgeClients(here, scene, Date.now())
    if (unheard || attempt === 10) return { ...verdict, unheard }
  }
}

/** The violations of a verdict in words. That the last client had all events too late is one of them. */
const faultsOf = (what: string, { violations, converged_ms }: Verdict): string[] => [
  ...violations.map((violation) => `${what}: ${violation}`),
  ...(converged_ms > LIMIT_MS
    ? [`${what}: the last client had all events after ${converged_ms} ms, ${LIMIT_MS} ms are allowed`]
    : []),
]

/** Checks that outages cost latency, and nothing else. Returns whether that held. */
export async function runOutage({ sites }: Deployment, seconds: number): Promise<boolean> {
  const scene = await newScene(sites)
  const redis = await runWithoutRedis(sites, scene, seconds)
  const relay = await runWithoutRelay(sites as [Site, Site], scene)
  for (const client of scene.clients) client.leave()
  const failed = redis.failed > 0 ? [`${redis.failed} writes failed without Redis`] : []
  return printFindings(`Redis away for ${seconds} s, and a relay killed`, {
    figures: { converged_ms_without_redis: redis.converged_ms, converged_ms_without_relay: relay.converged_ms },
    injected: { writes_without_redis: redis.requests, relay_that_does_not_listen: Number(relay.unheard) },
    violations: [...failed, ...faultsOf('Redis away', redis), ...faultsOf('Relay killed', relay)],
  })
}
