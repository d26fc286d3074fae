import type { Board, BoardSnapshot, User } from '../client.ts'
import { Avatar } from '../parts.tsx'
import { t } from '../strings.ts'
import { nameOf } from './people.ts'

const MAX_SHOWN = 6

const titleOf = (board: Board, task_id: string | null) =>
  task_id ? board.columns.flatMap(({ tasks }) => tasks).find(({ id }) => id === task_id)?.title : undefined

/** Shows whether the board is live, how many changes are not sent yet, and who else views what. */
export function BoardStatus({ snapshot, user }: { snapshot: BoardSnapshot; user: User }) {
  const { status, board, presence, pending } = snapshot
  if (!board) return null
  const others = [...new Map(presence.map((viewer) => [viewer.user_id, viewer])).values()]
    .filter(({ user_id }) => user_id !== user.id)
    .map(({ user_id, task_id }) => ({ user_id, name: nameOf(board, user_id), card: titleOf(board, task_id) }))
  return (
    <div class="standing">
      {pending > 0 && <span class="muted">{t.board.pending(pending)}</span>}
      <span class={`state ${status}`}>
        {status === 'live' ? t.board.live : status === 'offline' ? t.board.offline : t.board.connecting}
      </span>
      <ul class="here" aria-label={t.board.here}>
        {others.slice(0, MAX_SHOWN).map(({ user_id, name, card }) => (
          <li key={user_id}>
            <Avatar id={user_id} name={name} title={card ? t.board.looksAt(name, card) : name} />
            <span class="unseen">{card ? t.board.looksAt(name, card) : name}</span>
          </li>
        ))}
        {others.length > MAX_SHOWN && <li class="muted">+{others.length - MAX_SHOWN}</li>}
      </ul>
    </div>
  )
}
