import type { ComponentProps } from 'preact'
import type { Board, BoardSnapshot, BoardTask } from '../client.ts'
import { day, list } from '../format.ts'
import { Avatar, Icon } from '../parts.tsx'
import { to } from '../routes.ts'
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
  onMove: (id: string) => void
}

const SHOWN = 3

type FactProps = { icon: ComponentProps<typeof Icon>['name']; tone?: string; said: string; shown?: string | number }

/** A fact of a card: short for who sees it, whole for who hears it. */
const Fact = ({ icon, tone = '', said, shown }: FactProps) => (
  <span class={`fact ${tone}`}>
    <Icon name={icon} />
    {shown === undefined ? said : <span class="unseen">{said}</span>}
    {shown !== undefined && <span aria-hidden="true">{shown}</span>}
  </span>
)

function Facts({ task }: { task: BoardTask }) {
  const { due_date, comment_count, checklist_done: done, checklist_total: total, priority, is_blocked } = task
  const late = isOverdue(task)
  return (
    <>
      {priority !== 'none' && <Fact icon="flag" tone={`priority-${priority}`} said={t.card.priority[priority]} />}
      {due_date && (
        <Fact
          icon="clock"
          tone={late ? 'overdue' : ''}
          said={late ? t.card.overdue(day(due_date)) : t.card.due(day(due_date))}
          shown={day(due_date)}
        />
      )}
      {is_blocked && <Fact icon="block" tone="overdue" said={t.card.blocked} />}
      {total > 0 && <Fact icon="check" said={t.card.checklist(done, total)} shown={`${done}/${total}`} />}
      {comment_count > 0 && <Fact icon="comment" said={t.card.comments(comment_count)} shown={comment_count} />}
    </>
  )
}

function Faces({ task: { assignee_ids }, board }: { task: BoardTask; board: Board }) {
  const names = assignee_ids.map((id) => nameOf(board, id))
  if (names.length === 0) return null
  return (
    <span class="faces">
      <span class="unseen">{t.card.assignees(list(names))}</span>
      {assignee_ids.slice(0, SHOWN).map((id, i) => (
        <Avatar key={id} id={id} name={names[i] ?? ''} />
      ))}
      {names.length > SHOWN && <span aria-hidden="true">+{names.length - SHOWN}</span>}
    </span>
  )
}

/** Others who have this card open now. */
const lookersAt = ({ presence, me, board }: CardContext, id: string) => [
  ...new Set(presence.filter((v) => v.task_id === id && v.user_id !== me).map((v) => nameOf(board, v.user_id))),
]

type FaceProps = { task: BoardTask; context: CardContext }

function Face({ task, context }: FaceProps) {
  const { board, movable, onMove } = context
  const labels = board.labels.filter(({ id }) => task.label_ids.includes(id))
  const lookers = lookersAt(context, task.id)
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
        href={to.card(task.project_id, task.id)}
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
        <Faces task={task} board={board} />
      </div>
      {lookers.length > 0 && <span class="lookers">{t.card.looking(list(lookers))}</span>}
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

const about = ({ presence }: CardContext, id: string) =>
  presence
    .filter((v) => v.task_id === id)
    .map((v) => v.user_id)
    .join()

const looksSame = ({ task, context: a }: FaceProps, { task: then, context: b }: FaceProps) =>
  task === then &&
  a.board.labels === b.board.labels &&
  a.board.members === b.board.members &&
  a.movable === b.movable &&
  (a.presence === b.presence || about(a, task.id) === about(b, task.id))

/** What is on a card stays when the card only goes elsewhere, as all of a column do when one above them comes or goes. */
const CardFace = memo(Face, looksSame)

type Props = FaceProps & {
  /** Where it stands in its column, of how many: those that are not drawn count. */
  index: number
  count: number
  /** Pixels from the top of the list. */
  top: number
  measure: (element: HTMLLIElement | null) => void
}

const Card = ({ task, context, index, count, top, measure }: Props) => (
  <li
    class={`card${task.pending ? ' pending' : ''}${lookersAt(context, task.id).length > 0 ? ' watched' : ''}`}
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

/** A card is drawn anew only when something on it changes: a board may have thousands. */
export const CardItem = memo(
  Card,
  (a: Props, b: Props) => a.index === b.index && a.count === b.count && a.top === b.top && looksSame(a, b),
)
