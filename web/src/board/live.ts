import { useEffect, useState } from 'preact/hooks'
import { showError } from '../announce.tsx'
import { api, type BoardSnapshot, client, type OpenBoard } from '../client.ts'
import { useReadable } from '../hooks.ts'
import { go, hrefs } from '../routes.ts'
import { takeEarlyBoard } from '../start.ts'
import { t } from '../strings.ts'

type Ended = NonNullable<BoardSnapshot['ended']>

/** The close code for an access that has ended: the membership, or the session. See docs/live.md. */
const ACCESS_ENDED = 4403
const GONE = [404, 4404]

/** Shows an error until somebody is signed in. */
function showUntilSignedIn(text: string): void {
  const forget = showError(text)
  const stop = client.subscribe(() => {
    if (!client.user) return
    stop()
    forget()
  })
}

/** What the user is doing that ends their own access, by project. */
const leaving = new Map<string, Promise<void>>()

/**
 * Does what ends the user's own access to a project, and goes to the projects. That its board ends, perhaps before the
 * answer comes, is no news then.
 */
export async function leaveBy(project: string, act: () => Promise<void>): Promise<void> {
  const done = act().then(() => {
    if (location.hash.includes(project)) go(hrefs.projects()) // else they have gone elsewhere already
  })
  leaving.set(project, done)
  await done.finally(() => leaving.delete(project))
}

/**
 * Says why a board has ended, and goes to the projects. If the session has ended, the page to sign in is shown, and the
 * address stays, so that the same page opens afterwards.
 */
async function leave(project: string, { code, reason }: Ended): Promise<void> {
  await leaving.get(project)?.catch(() => {}) // if it fails, the end is news
  let status = code
  if (code === ACCESS_ENDED) {
    const params = { path: { id: project } }
    // The reason does not tell what has ended, so this asks. When the session has ended, the client signs out.
    status = await api.GET('/projects/{id}', { params }).then(
      ({ response }) => response.status,
      () => code,
    )
  }
  if (!client.user) return showUntilSignedIn(t.ended.signedOut(reason))
  if (!location.hash.includes(project)) return // whoever leaves the project themselves has left the page
  if (code === ACCESS_ENDED && GONE.includes(status)) showError(t.ended.removed)
  else if (GONE.includes(status)) showError(t.ended.gone)
  else showError(t.ended.other(reason))
  go(hrefs.projects())
}

/** Leaves the page when access to its board ends. */
function useEnd(project: string, { status, ended }: BoardSnapshot): void {
  useEffect(() => {
    if (status === 'ended' && ended && client.user) void leave(project, ended)
  }, [status, ended])
}

/** Opens a live board, and closes it with the component. `perColumn`: how many cards of each column it reads first. */
export function useLiveBoard(project: string, perColumn?: number): [OpenBoard, BoardSnapshot] {
  const [open] = useState(
    () =>
      (perColumn ? undefined : takeEarlyBoard(project)) ??
      client.openBoard({ project, ...(perColumn && { perColumn }) }),
  )
  useEffect(() => () => open.close(), [open])
  const snapshot = useReadable(open)
  useEnd(project, snapshot)
  return [open, snapshot]
}
