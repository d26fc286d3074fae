import type { Board, BoardSnapshot, User } from '../client.ts'
import { Avatar } from '../parts.tsx'
import { t } from '../strings.ts'
import { nameOf } from './people.ts'

const SHOWN = 6

const titleOf = (board: Board, task_id: string | null) =>
  task_id ? board.columns.flatMap(({ tasks }) => tasks).find(({ id }) => id === task_id)?.title : undefined

/** Whether the board is live, what is on its way, and who else is here and on which card. */
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
        {others.slice(0, SHOWN).map(({ user_id, name, card }) => (
          <li key={user_id}>
            <Avatar id={user_id} name={name} title={card ? t.board.looksAt(name, card) : name} />
            <span class="unseen">{card ? t.board.looksAt(name, card) : name}</span>
          </li>
        ))}
        {others.length > SHOWN && <li class="muted">+{others.length - SHOWN}</li>}
      </ul>
    </div>
  )
}
