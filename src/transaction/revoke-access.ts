import type { Ctx } from '../context.ts'
import type { Event } from '../live/event.ts'
import type { EndedAccess } from '../live/publish.ts'

/**
 * Ends somebody's access: cached permission is gone when this resolves, sockets are closed within seconds. Call it
 * after the commit, and await it before the answer, so that the client can rely on it.
 */
export async function revokeAccess({ realtime, cache }: Pick<Ctx, 'realtime' | 'cache'>, ended: EndedAccess) {
  realtime.endAccess(ended)
  await cache.invalidateUsers([ended.user_id])
}

/**
 * Drops the cached permission of removed members, and the cached heads of deleted projects. The events themselves close
 * their sockets (live/feed.ts).
 */
export async function dropCachedAccess({ cache }: Pick<Ctx, 'cache'>, events: readonly Event[]): Promise<void> {
  const removed = events.filter(({ action }) => action === 'member.removed').map(({ data }) => String(data.user_id))
  const deleted = events.filter(({ action }) => action === 'project.deleted').map(({ project_id }) => project_id)
  await Promise.all([cache.invalidateUsers(removed), cache.drop(deleted)])
}
