import { useEffect, useState } from 'preact/hooks'
import { showError } from '../announce.tsx'
import { type BoardSnapshot, client, type OpenBoard } from '../client.ts'
import { useReadable } from '../hooks.ts'
import { go, hrefs } from '../routes.ts'
import { takeEarlyBoard } from '../start.ts'
import { t } from '../strings.ts'

const REMOVED = 4403
const GONE = [404, 4404]

/** When access to a board ends, shows why and goes to the projects. If the session ended, the sign-in page says so. */
function useEnd({ status, ended }: BoardSnapshot): void {
  useEffect(() => {
    if (status !== 'ended' || !ended || !client.user) return
    if (GONE.includes(ended.code)) showError(t.ended.gone)
    else if (ended.code === REMOVED || ended.code === 403) showError(t.ended.removed)
    else showError(t.ended.other(ended.reason))
    go(hrefs.projects())
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
  useEnd(snapshot)
  return [open, snapshot]
}
