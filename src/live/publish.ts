import { and, eq, inArray } from 'drizzle-orm'
import { forgetHead } from '../cache/heads.ts'
import { ADVANCE } from '../cache/scripts.ts'
import { headKey, setUnknownHead } from '../cache/store.ts'
import type { Config } from '../config/config.ts'
import { makeOncePerConfig } from '../config/per-config.ts'
import { openDatabase } from '../db/client.ts'
import { webhooks } from '../db/schema.ts'
import { type Log, log } from '../lib/log.ts'
import { newMeter } from '../lib/meter.ts'
import { openCache } from '../redis/client.ts'
import type { Announcement } from './event.ts'
import { JoinedSends, MAX_TO_HUB, type News } from './joined-sends.ts'
import { channelOf, hubName, locationOf, type Place, placeOf, shardOf } from './places.ts'
import { retryOnce } from './rpc.ts'

/**
 * Whose sockets end: one session's (or key's), or all of a person's; with `except`, those of their other
 * sessions. They are told the `reason`, of at most 123 bytes. `may_return`: the session goes on, so that their clients
 * open the sockets again where they still have access.
 */
export type EndedAccess = {
  user_id: string
  session_id?: string
  except_session_id?: string
  reason?: string
  may_return?: boolean
}

export type Realtime = {
  /** `epoch`: the one that the head is of; null when the project is gone. */
  announce(news: Announcement, epoch: string | null): void
  endAccess(ended: EndedAccess): void
  /** Tells people's inboxes that there is something new in them. */
  notify(user_ids: readonly string[]): void
  /** Wakes the project's lease clock at `at` (ISO 8601) or earlier, to give back the cards whose lease is over. */
  wakeForClaims(project_id: string, at: string): void
  /** Wakes webhooks of a project to send what they have not sent yet. `at_once`: even if they wait for a retry. */
  wakeWebhooks(project_id: string, webhook_ids: readonly string[], at_once?: boolean): void
  /** For writes that touch many projects: their hubs and webhooks ask the database themselves. */
  recheck(project_ids: string[]): void
}

/** The most characters of a message through Redis: with more events it has only the head. */
const MAX_IN_REDIS = 64 * 1024

/** How long news is left to another request that sends, in milliseconds: the runtime may have ended that one. */
const SENDER_TIMEOUT_MS = 2_000

/**
 * The most inboxes that are told after one write, as a Worker's calls are limited; others see it at their next check.
 */
const MAX_TOLD = 100

type Deps = {
  env: Pick<Env, 'PROJECT_HUB' | 'USER_HUB' | 'LEASE_CLOCK' | 'WEBHOOK_SENDER'>
  config: Config
  log: Log
  /** The place of the writer, whose hub is told directly. A function, as only writes need it and it takes parsing. */
  place: () => Place
  waitUntil: (work: Promise<unknown>) => void
}

/**
 * One Redis request: the head for caches, and the news for the relays of other regions. `origin`: the place whose hub
 * gets the news from the Worker itself; without it, its relay passes them on too.
 */
async function publish(config: Config, { epoch, ...news }: News, origin?: Place): Promise<void> {
  const { project_id, head } = news
  const whole = JSON.stringify({ ...news, origin })
  const message = whole.length <= MAX_IN_REDIS ? whole : JSON.stringify({ ...news, events: [], origin })
  const pipeline = openCache(config).pipeline()
  const channel = channelOf(shardOf(project_id, config.RELAY_SHARDS), config.RELAY_SHARDS)
  if (epoch) pipeline.eval(ADVANCE, [headKey(project_id)], [epoch, head]) // else the project is gone, and caches know it
  await pipeline.publish(channel, message).exec()
}

/** For the relays of other regions: these projects' hubs are to ask the database themselves. */
async function publishRecheck(config: Config, project_ids: string[], origin: Place): Promise<void> {
  const { RELAY_SHARDS: shards } = config
  const byShard = Map.groupBy(project_ids, (project_id) => shardOf(project_id, shards))
  if (byShard.size === 0) return
  const pipeline = openCache(config).pipeline()
  for (const id of project_ids) setUnknownHead(pipeline, id)
  for (const [shard, ids] of byShard) pipeline.publish(channelOf(shard, shards), { look: ids, origin })
  await pipeline.exec()
}

const hubOf = ({ env }: Deps, project_id: string, at: Place) =>
  env.PROJECT_HUB.getByName(hubName(project_id, at), locationOf(at))

/** What this isolate sends for this deployment: to hubs, and to Redis. Neither waits for the other. */
const sendsOf = makeOncePerConfig(() => ({
  hubs: new JoinedSends(MAX_TO_HUB, SENDER_TIMEOUT_MS),
  redis: new JoinedSends(MAX_IN_REDIS, SENDER_TIMEOUT_MS),
}))

/** Announces events to the hub in the region of the writer, and through Redis to the hubs of other regions. */
async function announce(deps: Deps, news: News): Promise<void> {
  const { config, log } = deps
  const here = deps.place()
  const hub = hubName(news.project_id, here)
  const size = JSON.stringify(news.events).length
  const tellHub = async (all: News) => {
    const { epoch: _, ...told } = all
    try {
      await retryOnce(() => hubOf(deps, all.project_id, here).announce(told))
    } catch (error) {
      log.warn('hub_not_reached', { error })
      await publish(config, all)
    }
  }
  const { hubs, redis } = sendsOf(config)
  // Each is waited for, though the other fails: the runtime ends what nobody waits for.
  const sends = await Promise.allSettled([
    hubs.send(hub, news, size, tellHub),
    redis.send(hub, news, size, (all) => publish(config, all, here)),
  ])
  for (const sent of sends) if (sent.status === 'rejected') throw sent.reason
}

/** The webhooks of these projects that are not paused. */
const selectActive = ({ config }: Deps, project_ids: string[]) =>
  openDatabase(config, newMeter())
    .primary.select({ id: webhooks.id, project_id: webhooks.project_id })
    .from(webhooks)
    .where(and(inArray(webhooks.project_id, project_ids), eq(webhooks.status, 'active')))

/**
 * Wakes the sender of a webhook. If that fails, the next write to the project wakes it, or the job deliver_webhooks.
 */
const wakeWebhook = ({ env, place }: Deps, project_id: string, webhook_id: string, at_once = false) =>
  retryOnce(() =>
    env.WEBHOOK_SENDER.getByName(webhook_id, locationOf(place())).wake({ project_id, webhook_id }, at_once),
  )

async function wakeActive(deps: Deps, project_ids: string[]): Promise<void> {
  const active = await selectActive(deps, project_ids)
  await Promise.all(active.map(({ id, project_id }) => wakeWebhook(deps, project_id, id)))
}

/** For work without a request: the cron trigger, an alarm. */
export const backgroundRealtime = (env: Env, config: Config, waitUntil: Deps['waitUntil']): Realtime =>
  realtimeFor({ env, config, log, place: () => placeOf(config), waitUntil })

/** Announces after the answer was sent. A failure is logged and harmless: readers find everything in the journal. */
export function realtimeFor(deps: Deps): Realtime {
  const { env, config, log, place, waitUntil } = deps
  const after = (what: string, work: Promise<unknown>) =>
    waitUntil(work.catch((error: unknown) => log.warn(what, { error })))
  return {
    announce: (news, epoch) => after('publish_failed', announce(deps, { ...news, epoch })),
    recheck(project_ids) {
      const here = place()
      for (const id of project_ids) forgetHead(id)
      after('publish_failed', publishRecheck(config, project_ids, here)) // first: it is one request for all
      for (const id of project_ids)
        after(
          'hub_not_reached',
          retryOnce(() => hubOf(deps, id, here).recheck()),
        )
      if (project_ids.length > 0) after('webhook_not_woken', wakeActive(deps, project_ids))
    },
    wakeWebhooks(project_id, webhook_ids, at_once) {
      for (const id of webhook_ids) after('webhook_not_woken', wakeWebhook(deps, project_id, id, at_once))
    },
    wakeForClaims: (project_id, at) =>
      after(
        'lease_clock_not_set', // the next claim in the project gives back the cards, and so does the job end_claims
        retryOnce(() => env.LEASE_CLOCK.getByName(project_id, locationOf(place())).wakeAt(project_id, Date.parse(at))),
      ),
    notify(user_ids) {
      for (const id of user_ids.slice(0, MAX_TOLD)) {
        after(
          'inbox_not_reached',
          retryOnce(() => env.USER_HUB.getByName(id).notified()),
        )
      }
    },
    endAccess(ended) {
      after(
        'sockets_not_ended',
        retryOnce(() => env.USER_HUB.getByName(ended.user_id).endAccess(ended)),
      )
    },
  }
}
