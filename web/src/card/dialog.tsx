import { useEffect, useRef } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { findTask } from '../board/moves.ts'
import { isAtLeast, mayEdit, type Rights } from '../board/rights.ts'
import type { Board, BoardTask, OpenBoard, User } from '../client.ts'
import { ApiError, api, dataOf } from '../client.ts'
import { editsUnder } from '../drafts.ts'
import { useLoaded } from '../hooks.ts'
import { Dialog, EmptyState, Failure, Loading } from '../parts.tsx'
import { go, goInstead, hrefs } from '../routes.ts'
import { t } from '../strings.ts'
import { Checklists } from './checklists.tsx'
import { Comments } from './comments.tsx'
import { Description } from './description.tsx'
import { History } from './history.tsx'
import { Links } from './links.tsx'
import { PartFailure } from './part-failure.tsx'
import type { CardProps } from './props.ts'
import { Side } from './side.tsx'
import { useTaskEvents } from './task-events.ts'
import { Title } from './title.tsx'

type Props = { open: OpenBoard; board: Board; card: string; user: User; rights: Rights; offline: boolean }

const loadTask = async (id: string) => dataOf(await api.GET('/tasks/{id}', { params: { path: { id } } }))

/**
 * The whole card: the board may have only the beginning of its description, or not have the card yet. `gone`: it was
 * not found, or was deleted. `error`: it could not be loaded; `reload` tries again. Neither is set while it loads. A
 * card that leaves the board, as when somebody archives it, stays as it was until it is loaded: what is being typed in
 * it must not be lost. If it is on another board, the page goes there: unfinished texts are drafts of the card.
 */
function useTask(board: Board, card: string, changed: number | undefined) {
  const former = useRef<BoardTask>(undefined)
  const shown = findTask(board, card)?.task
  const isWhole = shown !== undefined && !shown.description_truncated && !shown.truncated?.includes('description')
  const loaded = useLoaded(async () => (isWhole ? undefined : loadTask(card)), [card, isWhole, isWhole || changed])
  const { data, error, reload } = loaded
  const elsewhere = data && data.project_id !== board.project.id && !data.deleted_at ? data.project_id : undefined
  useEffect(() => {
    if (!elsewhere) return
    announce(t.dialog.moved)
    goInstead(hrefs.card(elsewhere, card))
  }, [elsewhere])
  if (isWhole) {
    former.current = shown
    return { task: shown, reload }
  }
  if (elsewhere) return { reload }
  if (data?.deleted_at) return { gone: true, reload }
  if (error instanceof ApiError && error.problem.status === 404) return { gone: true, reload }
  if (data) former.current = shown ? { ...shown, description: data.description } : data
  return { task: former.current, error, reload }
}

/** In place of a card that is not there, perhaps since a moment ago: with what the user was writing in it. */
function GoneCard({ card }: { card: string }) {
  useEffect(() => announce(t.dialog.gone), [])
  const written = editsUnder(`${card}:`).filter(([, { text }]) => text.trim())
  return (
    <EmptyState title={t.dialog.gone}>
      {written.length > 0 && <p>{t.refusals.yourText}</p>}
      {written.map(([place, { text }]) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <blockquote key={place} class="quoted" aria-label={t.refusals.yourText} tabIndex={0} dir="auto">
          {text}
        </blockquote>
      ))}
    </EmptyState>
  )
}

/** One card with its comments, checklists, links and history. While it is open, it shows the changes of others. */
export function CardDialog({ open, board, card, user, rights, offline }: Props) {
  const close = () => go(hrefs.board(board.project.id))
  const events = useTaskEvents(board.project.id, card, board.seq)
  const { task, gone, error, reload } = useTask(board, card, events.changes.task)
  if (!task)
    return (
      <Dialog title={t.dialog.card} onClose={close}>
        {gone ? (
          <GoneCard card={card} />
        ) : error !== undefined ? (
          <Failure error={error} reload={reload} />
        ) : (
          <Loading />
        )}
      </Dialog>
    )
  const props: CardProps = { open, board, task, user, rights, events, onClose: close }
  return (
    <Dialog title={`${task.number} ${task.title}`} unseen wide onClose={close}>
      <div class="card-sheet">
        <div class="card-main">
          {offline && (
            <p class="told" role="status">
              {t.dialog.offline}
            </p>
          )}
          <PartFailure error={error} reload={reload} />
          {task.archived_at && <p class="told">{t.dialog.isArchived}</p>}
          <Title {...props} editable={mayEdit(rights)} />
          <Description {...props} editable={mayEdit(rights)} />
          <Checklists {...props} editable={mayEdit(rights)} />
          <Comments {...props} mayComment={isAtLeast(rights, 'commenter')} />
        </div>
        <div class="card-side">
          <Side {...props} editable={mayEdit(rights)} />
          <Links {...props} editable={mayEdit(rights)} />
        </div>
        <History {...props} />
      </div>
    </Dialog>
  )
}
