import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { announce } from './announce.tsx'
import { Columns } from './board/columns.tsx'
import { FilterBar, NO_FILTER } from './board/filters.tsx'
import { useLiveBoard } from './board/live.ts'
import { Refusals } from './board/refusals.tsx'
import { mayEdit, type Rights, rightsOf } from './board/rights.ts'
import { BoardStatus } from './board/status.tsx'
import type { Board, BoardSnapshot, User } from './client.ts'
import { useChoice } from './drafts.ts'
import { useDay, useTitle } from './hooks.ts'
import { doWhenDrawn, sayDrawn } from './later.ts'
import { makeLazy } from './lazy.tsx'
import { Dialog, Loading } from './parts.tsx'
import { ProjectBar } from './project-bar.tsx'
import { go, hrefs } from './routes.ts'
import { t } from './strings.ts'

/** What is shown while the code of cards is loaded. It can be closed, so that the card can be opened again. */
const CardFrame = ({ board, children }: { board: Board; children: ComponentChildren }) => (
  <Dialog title={t.dialog.card} onClose={() => go(hrefs.board(board.project.id))}>
    {children}
  </Dialog>
)

const CardDialog = makeLazy(() => import('./card/dialog.tsx').then(({ CardDialog }) => CardDialog), CardFrame)

/** Announces when the network is lost, and when it is back. */
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
  const [open, snapshot] = useLiveBoard(project)
  const [filter, setFilter] = useChoice(`${project}:filter`, NO_FILTER)
  const { board } = snapshot
  const day = useDay()
  useTitle(board ? `${board.project.name} · ${t.appName}` : t.appName)
  useNetworkWords(snapshot)
  useEffect(() => open.lookAt(card ?? null), [open, card])
  useEffect(() => (board ? sayDrawn() : undefined), [board !== undefined])
  useEffect(() => doWhenDrawn(CardDialog.preload), []) // without a network it could not be loaded
  if (!board) return <Loading offline={snapshot.status === 'offline'} />
  const rights: Rights = rightsOf(board, user)
  return (
    <div class="board-page">
      <ProjectBar project={board.project} at="board">
        <BoardStatus snapshot={snapshot} user={user} />
      </ProjectBar>
      <FilterBar open={open} board={board} filter={filter} onFilter={setFilter} rights={rights} />
      {!mayEdit(rights) && <p class="told">{rights.archived ? t.board.readOnly : t.board.viewer}</p>}
      <Refusals open={open} refusals={snapshot.refusals} board={board} />
      <Columns {...{ open, board, filter, rights, user, day }} presence={snapshot.presence} opened={card} />
      {card && (
        <CardDialog key={card} {...{ open, board, card, user, rights }} offline={snapshot.status === 'offline'} />
      )}
    </div>
  )
}
