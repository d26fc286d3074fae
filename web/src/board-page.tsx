import { useEffect, useRef, useState } from 'preact/hooks'
import { announce, showError } from './announce.tsx'
import { Columns } from './board/columns.tsx'
import { FilterBar, NO_FILTER } from './board/filters.tsx'
import { Refusals } from './board/refusals.tsx'
import { mayEdit, type Rights, rightsOf } from './board/rights.ts'
import { BoardStatus } from './board/status.tsx'
import { type BoardSnapshot, client, type OpenBoard, type User } from './client.ts'
import { useReadable, useTitle } from './hooks.ts'
import { lazily } from './lazy.tsx'
import { Loading } from './parts.tsx'
import { ProjectBar } from './project-bar.tsx'
import { go, to } from './routes.ts'
import { t } from './strings.ts'

const CardDialog = lazily(() => import('./card/dialog.tsx').then(({ CardDialog }) => CardDialog))

/** A live board, as long as it is shown. */
function useBoard(project: string): OpenBoard {
  const [board] = useState(() => client.openBoard({ project }))
  useEffect(() => () => board.close(), [board])
  return board
}

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

/** Says when the network goes, and when it is back. */
function useNetworkWords({ status }: BoardSnapshot): void {
  const wasOffline = useRef(false)
  useEffect(() => {
    if (status === 'offline' && !wasOffline.current) announce(t.announce.offline)
    if (status === 'live' && wasOffline.current) announce(t.announce.live)
    if (status === 'offline' || status === 'live') wasOffline.current = status === 'offline'
  }, [status])
}

type Props = { project: string; card: string | undefined; user: User }

export function BoardPage({ project, card, user }: Props) {
  const open = useBoard(project)
  const snapshot = useReadable(open)
  const [filter, setFilter] = useState(NO_FILTER)
  const { board } = snapshot
  useTitle(board ? `${board.project.name} · ${t.appName}` : t.appName)
  useEnd(snapshot)
  useNetworkWords(snapshot)
  useEffect(() => open.lookAt(card ?? null), [open, card])
  if (!board) return <Loading />
  const rights: Rights = rightsOf(board, user)
  return (
    <div class="board-page">
      <ProjectBar project={board.project} at="board">
        <BoardStatus snapshot={snapshot} user={user} />
      </ProjectBar>
      <FilterBar open={open} board={board} filter={filter} onFilter={setFilter} rights={rights} />
      {!mayEdit(rights) && <p class="told">{rights.archived ? t.board.readOnly : t.board.viewer}</p>}
      <Refusals open={open} refusals={snapshot.refusals} board={board} />
      <Columns open={open} board={board} filter={filter} rights={rights} presence={snapshot.presence} user={user} />
      {card && <CardDialog key={card} open={open} board={board} card={card} user={user} rights={rights} />}
    </div>
  )
}
