import type { Ctx } from '../context.ts'
import type { Event } from '../live/event.ts'
import type { EndedAccess } from '../live/publish.ts'

/**
 * Ends somebody's access: cached permission before this returns, sockets within seconds. To be called
 * after the commit and awaited before the answer, so that whoever hears of it can rely on it.
 */
export async function revokeAccess({ realtime, cache }: Pick<Ctx, 'realtime' | 'cache'>, ended: EndedAccess) {
  realtime.endAccess(ended)
  await cache.invalidateUsers([ended.user_id])
}

/** Drops what is cached of removed members and of deleted projects. Their sockets are closed by the events themselves (live/feed.ts). */
export async function revokeAccessFromEvents({ cache }: Pick<Ctx, 'cache'>, events: readonly Event[]): Promise<void> {
  const removed = events.filter(({ action }) => action === 'member.removed').map(({ data }) => String(data.user_id))
  const deleted = events.filter(({ action }) => action === 'project.deleted').map(({ project_id }) => project_id)
  await Promise.all([cache.invalidateUsers(removed), cache.drop(deleted)])
}
