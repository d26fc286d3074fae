import { log } from '../lib/log.ts'
import type { Connection } from './connection.ts'
import { hubName } from './places.ts'

/**
 * Whether a Durable Object has too much to do:
 * https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
const isOverloaded = (error: unknown) => error instanceof Error && 'overloaded' in error && error.overloaded === true

/**
 * Makes a call that may safely be made twice, and makes it again when it fails: a Durable Object
 * that is being moved or restarted answers the second time. `call` must get its stub anew, as a stub
 * that has thrown may be broken. An overloaded object is not called again.
 */
export const retryOnce = <T>(call: () => Promise<T>): Promise<T> =>
  call().catch((error: unknown) => {
    if (isOverloaded(error)) throw error
    return call()
  })

/** What a person's hub is told: a board's hub, the socket that came there or left last (`came`), and their number. */
export type BoardNews = { user_id: string; hub: string; came: string; sockets: number }

/**
 * Tells a person's hub that they came to a board's hub, or left it, so that the end of their session closes that
 * socket at once. Never rejects: the next check would close it too.
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
