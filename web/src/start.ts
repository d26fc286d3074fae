import { client, type OpenBoard } from './client.ts'
import { routeOf } from './routes.ts'

/*
 * The page's first import: what the first view needs is asked for before any view is made. What fails here is asked for
 * again, and shown, by the view that needs it.
 */

/** The board that the address names, until it is drawn. */
let early: OpenBoard | undefined

const stop = client.subscribe(() => {
  stop()
  const route = routeOf(location.hash)
  if (client.user && route.at === 'board') early = client.openBoard({ project: route.project })
})

/** When it is known who is signed in, or that the server does not say. */
export const begun = client.resume().catch(() => {})

/** The board that is open since the start, if it is this one: once. */
export function takeEarly(project: string): OpenBoard | undefined {
  const taken = early
  early = undefined
  if (taken?.project === project && taken.getSnapshot().status !== 'ended') return taken
  taken?.close()
  return undefined
}
