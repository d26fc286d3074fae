import { log } from '../lib/log.ts'
import type { Connection } from './connection.ts'
import { hubName } from './places.ts'

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
const isOverloaded = (error: unknown) => error instanceof Error && 'overloaded' in error && error.overloaded === true

/**
 * Makes a call that may safely be made twice, and makes it again when it fails: a Durable Object
 * that is being moved or restarted answers the second time. `call` fetches its stub anew, as one
 * that has thrown may be broken. An object that is overloaded must not get more to do.
 */
export const retryOnce = <T>(call: () => Promise<T>): Promise<T> =>
  call().catch((error: unknown) => {
    if (isOverloaded(error)) throw error
    return call()
  })

/** What a person's hub is told: which board's hub, the socket that came or was the last to go, and how many there are. */
export type BoardNews = { user_id: string; hub: string; came: string; sockets: number }

/**
 * Says to a person's hub that they came to a board's hub, or left it, so that the end of their session
 * finds that socket at once. The next check would find it too: this never rejects.
 */
export async function tellUserHub(
  { USER_HUB }: Pick<Env, 'USER_HUB'>,
  what: 'entered' | 'left',
  { user_id, project_id, place, connection_id }: Connection,
  sockets = 0,
): Promise<void> {
  const news = { user_id, hub: hubName(project_id, place), came: connection_id, sockets }
  const told = retryOnce(() => USER_HUB.getByName(user_id)[what](news))
  await told.catch((error: unknown) => log.warn('user_hub_not_reached', { error }))
}
