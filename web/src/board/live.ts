import { useEffect, useState } from 'preact/hooks'
import { showError } from '../announce.tsx'
import { type BoardSnapshot, client, type OpenBoard } from '../client.ts'
import { useReadable } from '../hooks.ts'
import { go, to } from '../routes.ts'
import { takeEarly } from '../start.ts'
import { t } from '../strings.ts'

const REMOVED = 4403
const GONE = [404, 4404]

/** Access has ended while somebody looked: says why, and goes to the list. Of a session that ended the sign-in speaks. */
function useEnd({ status, ended }: BoardSnapshot): void {
  useEffect(() => {
    if (status !== 'ended' || !ended || !client.user) return
    if (GONE.includes(ended.code)) showError(t.ended.gone)
    else if (ended.code === REMOVED || ended.code === 403) showError(t.ended.removed)
    else showError(t.ended.other(ended.reason))
    go(to.projects())
  }, [status, ended])
}

/** A live board, as long as it is shown. `perColumn`: how many cards of each column are read at first. */
export function useLiveBoard(project: string, perColumn?: number): [OpenBoard, BoardSnapshot] {
  const [open] = useState(
    () =>
      (perColumn ? undefined : takeEarly(project)) ?? client.openBoard({ project, ...(perColumn && { perColumn }) }),
  )
  useEffect(() => () => open.close(), [open])
  const snapshot = useReadable(open)
  useEnd(snapshot)
  return [open, snapshot]
}
