import { openCache } from '../cache/client.ts'
import type { Config, Log } from '../env.ts'
import type { Event } from './protocol.ts'
import { HOME, hubName } from './region.ts'

/** News of a commit. A hint: hubs go by `seq`, and read from the journal what did not arrive (I5). */
export type Announcement = { project_id: string; head: number; events: Event[] }

/** Whose sockets end: one session's, or all of a person's but perhaps one session's. */
export type EndedAccess = { user_id: string; session_id?: string; except_session_id?: string }

export type Realtime = {
  announce(news: Announcement): void
  endAccess(ended: EndedAccess): void
  /** For writes that touch many projects: their hubs look for themselves. */
  recheck(project_ids: string[]): void
}

/** The Redis channel that carries announcements between regions. */
export const CHANNEL = 'kanban_updates'
/** Bytes of events that travel in a message; more than that is only announced. */
const MAX_MESSAGE = 64 * 1024

type Deps = {
  env: Pick<Env, 'PROJECT_HUB' | 'USER_HUB'>
  config: Config
  log: Log
  waitUntil: (work: Promise<unknown>) => void
}

/** The last head of a project that was announced. */
export const headKey = (project_id: string) => `project:${project_id}:head`

async function publish(config: Config, { project_id, head, events }: Announcement): Promise<void> {
  const whole = JSON.stringify({ project_id, head, events })
  const message = whole.length <= MAX_MESSAGE ? whole : JSON.stringify({ project_id, head, events: [] })
  await openCache(config).pipeline().set(headKey(project_id), head, { ex: 86_400 }).publish(CHANNEL, message).exec()
}

/** Announces after the answer has gone out. A failure is logged and harmless: the journal has it all. */
export function realtimeFor({ env, config, log, waitUntil }: Deps): Realtime {
  const after = (what: string, work: Promise<unknown>) =>
    waitUntil(work.catch((error: unknown) => log.warn(what, { error })))
  return {
    announce(news) {
      const hub = env.PROJECT_HUB.getByName(hubName(news.project_id, HOME))
      after('hub_not_told', hub.announce(news))
      after('publish_failed', publish(config, news))
    },
    recheck(project_ids) {
      for (const id of project_ids) after('hub_not_told', env.PROJECT_HUB.getByName(hubName(id, HOME)).recheck())
    },
    endAccess(ended) {
      after('sockets_not_ended', env.USER_HUB.getByName(ended.user_id).endAccess(ended))
    },
  }
}
