import type { ComponentProps } from 'preact'
import type { Board, BoardSnapshot, BoardTask } from '../client.ts'
import { formatDay, formatList } from '../format.ts'
import { Avatar, Icon } from '../parts.tsx'
import { hrefs } from '../routes.ts'
import { t } from '../strings.ts'
import { Chip } from './chip.tsx'
import { isOverdue } from './filter.ts'
import { memo } from './memo.ts'
import { nameOf } from './people.ts'

export type CardContext = {
  board: Board
  presence: BoardSnapshot['presence']
  me: string
  movable: boolean
  /** The reader's day (YYYY-MM-DD): cards become overdue when it changes. */
  day: string
  onMove: (id: string) => void
}

const MAX_FACES = 3

type FactProps = { icon: ComponentProps<typeof Icon>['name']; tone?: string; said: string; shown?: string | number }

/** A fact of a card. `said`: the whole text, for screen readers. `shown`: a short text that is seen instead, if any. */
const Fact = ({ icon, tone = '', said, shown }: FactProps) => (
  <span class={`fact ${tone}`}>
    <Icon name={icon} />
    {shown === undefined ? said : <span class="unseen">{said}</span>}
    {shown !== undefined && <span aria-hidden="true">{shown}</span>}
  </span>
)

type FactsOf = Pick<
  BoardTask,
  'due_date' | 'comment_count' | 'checklist_done' | 'checklist_total' | 'priority' | 'is_blocked' | 'completed_at'
>

export function Facts({ task }: { task: FactsOf }) {
  const { due_date, comment_count, checklist_done: done, checklist_total: total, priority, is_blocked } = task
  const late = isOverdue(task)
  return (
    <>
      {priority !== 'none' && <Fact icon="flag" tone={`priority-${priority}`} said={t.card.priority[priority]} />}
      {due_date && (
        <Fact
          icon="clock"
          tone={late ? 'overdue' : ''}
          said={late ? t.card.overdue(formatDay(due_date)) : t.card.due(formatDay(due_date))}
          shown={formatDay(due_date)}
        />
      )}
      {is_blocked && <Fact icon="block" tone="overdue" said={t.card.blocked} />}
      {total > 0 && <Fact icon="check" said={t.card.checklist(done, total)} shown={`${done}/${total}`} />}
      {comment_count > 0 && <Fact icon="comment" said={t.card.comments(comment_count)} shown={comment_count} />}
    </>
  )
}

function AssigneeAvatars({ task: { assignee_ids }, board }: { task: BoardTask; board: Board }) {
  const names = assignee_ids.map((id) => nameOf(board, id))
  if (names.length === 0) return null
  return (
    <span class="faces">
      <span class="unseen">{t.card.assignees(formatList(names))}</span>
      {assignee_ids.slice(0, MAX_FACES).map((id, i) => (
        <Avatar key={id} id={id} name={names[i] ?? ''} />
      ))}
      {names.length > MAX_FACES && <span aria-hidden="true">+{names.length - MAX_FACES}</span>}
    </span>
  )
}

/** The names of the other users who have a card open now. */
const viewersOf = ({ presence, me, board }: CardContext, id: string) => [
  ...new Set(presence.filter((v) => v.task_id === id && v.user_id !== me).map((v) => nameOf(board, v.user_id))),
]

type FaceProps = { task: BoardTask; context: CardContext }

function Face({ task, context }: FaceProps) {
  const { board, movable, onMove } = context
  const labels = board.labels.filter(({ id }) => task.label_ids.includes(id))
  const lookers = viewersOf(context, task.id)
  return (
    <>
      {labels.length > 0 && (
        <div class="chips">
          {labels.map((label) => (
            <Chip key={label.id} label={label} />
          ))}
        </div>
      )}
      <a
        href={hrefs.card(task.project_id, task.id)}
        draggable={false}
        aria-keyshortcuts={
          movable ? 'Control+ArrowUp Control+ArrowDown Control+ArrowLeft Control+ArrowRight' : undefined
        }
      >
        {task.title}
      </a>
      <div class="card-foot">
        <span class="number">{task.number}</span>
        {task.pending && <span class="unseen">{t.card.sending}</span>}
        <Facts task={task} />
        <AssigneeAvatars task={task} board={board} />
      </div>
      {lookers.length > 0 && <span class="lookers">{t.card.looking(formatList(lookers))}</span>}
      {movable && (
        <button
          type="button"
          class="quiet square card-move"
          aria-label={t.card.moveOf(task.title)}
          title={t.card.move}
          onClick={() => onMove(task.id)}
        >
          <Icon name="move" />
        </button>
      )}
    </>
  )
}

const viewerIdsOf = ({ presence }: CardContext, id: string) =>
  presence
    .filter((v) => v.task_id === id)
    .map((v) => v.user_id)
    .join()

const isSameContent = ({ task, context: a }: FaceProps, { task: other, context: b }: FaceProps) =>
  task === other &&
  a.board.labels === b.board.labels &&
  a.board.members === b.board.members &&
  a.movable === b.movable &&
  a.day === b.day &&
  (a.presence === b.presence || viewerIdsOf(a, task.id) === viewerIdsOf(b, task.id))

/** The content of a card. Not drawn again when only the place changes, as for all cards below one that is moved. */
const CardFace = memo(Face, isSameContent)

type Props = FaceProps & {
  /** Its place in its column, from 0, and the number of cards there. Both count cards that are not drawn. */
  index: number
  count: number
  /** Pixels from the top of the list. */
  top: number
  measure: (element: HTMLLIElement | null) => void
}

const Card = ({ task, context, index, count, top, measure }: Props) => (
  <li
    class={`card${task.pending ? ' pending' : ''}${viewersOf(context, task.id).length > 0 ? ' watched' : ''}`}
    ref={measure}
    style={{ top: `${top}px` }}
    aria-posinset={index + 1}
    aria-setsize={count}
    data-index={index}
    data-id={task.id}
    data-title={task.title}
  >
    <CardFace task={task} context={context} />
  </li>
)

/** A card is drawn again only when something on it changes: a board may have thousands. */
export const CardItem = memo(
  Card,
  (a: Props, b: Props) => a.index === b.index && a.count === b.count && a.top === b.top && isSameContent(a, b),
)
