import { setTimeout as wait } from 'node:timers/promises'
import type { Dice } from '../../../local/faults.ts'
import { hubName, relayName } from '../../../src/live/places.ts'
import type { Site } from '../support/site.ts'
import type { Client } from './client.ts'

/** The faults that each region has during the whole run. */
export const ALWAYS = { pubsub: { lose: 0.5, duplicate: 0.2, reorder: 0.2, reorder_ms: 300 } }
export const POSTGRES_DROPS = 0.01

export interface Count {
  dropped: number
  killed: number
  hubs_evicted: number
  relays_killed: number
}

type Deps = { project_id: string; sites: Site[]; clients: Client[]; dice: Dice; count: Count; stopping: () => boolean }

/**
 * Sends a command up to 20 times, 100 ms apart, until it succeeds: a hub that is starting, or busy, cannot be evicted
 * at once. Returns whether it succeeded.
 */
async function repeatCommand(send: () => Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    if (await send()) return true
    await wait(100)
  }
  return false
}

/** Injects faults, each kind once and then by the dice, until `stopping`. Each is removed before the next one. */
export async function makeTrouble(
  { project_id, sites, clients, dice, count, stopping }: Deps,
  kills: number,
): Promise<void> {
  const site = () => sites[Math.floor(dice() * sites.length)] as Site // there are two
  const kinds = {
    drop_sockets: async () => {
      const before = count.dropped
      while (count.dropped === before) {
        for (const client of clients) if (dice() < 0.3 && client.drop()) count.dropped += 1
        await wait(100) // after a kill, no client is connected at once
      }
    },
    close_streams: () => site().break('redis', { close_streams: true }),
    half_open: async () => {
      const broken = site()
      await broken.break('redis', { half_open: true })
      await wait(3_000 + 2_000 * dice())
      await broken.break('redis', { half_open: false })
    },
    redis_down: async () => {
      const broken = site()
      await broken.break('redis', { down: true, close_streams: true })
      await wait(2_000)
      await broken.break('redis', { down: false })
    },
    kill: async () => {
      const killed = site()
      await killed.kill()
      count.killed += 1
      await wait(500)
      await killed.start()
    },
    evict_hub: async () => {
      const where = site()
      const evicted = await repeatCommand(() => where.order({ evict: hubName(project_id, where.region) }))
      if (evicted) count.hubs_evicted += 1
    },
    kill_relay: async () => {
      const where = site()
      const killed = await repeatCommand(() => where.order({ kill: relayName(where.region, 0) }))
      if (killed) count.relays_killed += 1
    },
  }
  const once = Object.values(kinds).sort(() => dice() - 0.5)
  const { drop_sockets, close_streams, half_open, redis_down, evict_hub, kill_relay } = kinds
  const often = [drop_sockets, drop_sockets, drop_sockets, close_streams, half_open, redis_down, evict_hub, kill_relay]
  for (const next of once) {
    await next()
    await wait(500 * dice())
  }
  for (let round = 1; !stopping(); round++) {
    const next = count.killed < kills && round % 6 === 0 ? kinds.kill : often[Math.floor(dice() * often.length)]
    await next?.()
    await wait(1_000 * dice())
  }
}
