import { client, type OpenBoard } from './client.ts'
import { routeOf } from './routes.ts'

/*
 * The first import of the page: requests what the first view needs, before any view is made. If a request fails, the
 * view that needs it sends it again, and shows a failure.
 */

/** The board that the address names, until a view takes it. */
let earlyBoard: OpenBoard | undefined

const unsubscribe = client.subscribe(() => {
  unsubscribe()
  const route = routeOf(location.hash)
  if (client.user && route.at === 'board') earlyBoard = client.openBoard({ project: route.project })
})

/** Resolves when it is known who is signed in, or when the request for that has failed. */
export const whenSessionKnown = client.resume().catch(() => {})

/** The board that was opened at the start, if it is this project's and still open; else undefined. Works only once. */
export function takeEarlyBoard(project: string): OpenBoard | undefined {
  const taken = earlyBoard
  earlyBoard = undefined
  if (taken?.project === project && taken.getSnapshot().status !== 'ended') return taken
  taken?.close()
  return undefined
}
