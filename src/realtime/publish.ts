import { openCache } from '../cache/client.ts'
import type { Config, Log } from '../env.ts'
import type { Event } from './protocol.ts'
import { HOME, hubName } from './region.ts'
import { orAgain } from './rpc.ts'

/** News of a commit. A hint: hubs go by `seq`, and read from the journal what did not arrive (I5). */
export type Announcement = { project_id: string; head: number; events: Event[] }

/** Whose sockets end: one session's, or all of a person's but perhaps one session's. */
export type EndedAccess = { user_id: string; session_id?: string; except_session_id?: string }

export type Realtime = {
  announce(news: Announcement): void
  endAccess(ended: EndedAccess): void
  /** Tells people's inboxes that there is something new in them. */
  notify(user_ids: readonly string[]): void
  /** For writes that touch many projects: their hubs look for themselves. */
  recheck(project_ids: string[]): void
}

/** The Redis channel that carries announcements between regions. */
export const CHANNEL = 'kanban_updates'
/** Characters of events that travel with an announcement; of more than that, only the head does. */
const MAX_CARRIED = { hub: 1024 * 1024, redis: 64 * 1024 }

/** Inboxes that are told after one write, as a Worker's calls are numbered; the others see it at their next tick. */
const MAX_TOLD = 100

type Deps = {
  env: Pick<Env, 'PROJECT_HUB' | 'USER_HUB'>
  config: Config
  log: Log
  waitUntil: (work: Promise<unknown>) => void
}

/** The last head of a project that was announced. */
export const headKey = (project_id: string) => `project:${project_id}:head`

const withoutEvents = (news: Announcement): Announcement => ({ ...news, events: [] })

async function publish(config: Config, { project_id, head }: Announcement, message: string): Promise<void> {
  await openCache(config).pipeline().set(headKey(project_id), head, { ex: 86_400 }).publish(CHANNEL, message).exec()
}

/** Announces after the answer has gone out. A failure is logged and harmless: the journal has it all. */
export function realtimeFor({ env, config, log, waitUntil }: Deps): Realtime {
  const after = (what: string, work: Promise<unknown>) =>
    waitUntil(work.catch((error: unknown) => log.warn(what, { error })))
  const hubOf = (project_id: string) => env.PROJECT_HUB.getByName(hubName(project_id, HOME))
  return {
    announce(news) {
      const whole = JSON.stringify(news)
      const told = whole.length <= MAX_CARRIED.hub ? news : withoutEvents(news)
      const message = whole.length <= MAX_CARRIED.redis ? whole : JSON.stringify(withoutEvents(news))
      after(
        'hub_not_told',
        orAgain(() => hubOf(news.project_id).announce(told)),
      )
      after('publish_failed', publish(config, news, message))
    },
    recheck(project_ids) {
      for (const id of project_ids)
        after(
          'hub_not_told',
          orAgain(() => hubOf(id).recheck()),
        )
    },
    notify(user_ids) {
      for (const id of user_ids.slice(0, MAX_TOLD)) {
        after(
          'inbox_not_told',
          orAgain(() => env.USER_HUB.getByName(id).notified()),
        )
      }
    },
    endAccess(ended) {
      after(
        'sockets_not_ended',
        orAgain(() => env.USER_HUB.getByName(ended.user_id).endAccess(ended)),
      )
    },
  }
}
