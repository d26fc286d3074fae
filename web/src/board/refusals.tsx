import { useEffect, useRef } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { ApiError, type Board, type OpenBoard, problemTextOf, type Refusal } from '../client.ts'
import { formatDay, formatList, formatMoment } from '../format.ts'
import { t } from '../strings.ts'
import { findTask } from './moves.ts'
import { nameOf } from './people.ts'

function titleOf(board: Board, { mutation }: Refusal): string {
  if (mutation.kind === 'create') return mutation.fields.title
  return findTask(board, mutation.task_id)?.task.title ?? t.refusals.card
}

/** Whether the card of a refused change was deleted. */
const isGone = ({ mutation: { kind }, problem: { code, errors } }: Refusal) =>
  kind !== 'create' && (code === 'not_found' || (code === 'task_not_found' && errors?.[0]?.path === 'id'))

/** Why the server refused a change, in sentences. */
function reasonOf(board: Board, refusal: Refusal): string {
  const { mutation, problem } = refusal
  if (isGone(refusal)) return t.refusals.gone
  if (mutation.kind === 'move' && problem.code === 'task_not_found') return t.refusals.neighbourGone
  if (problem.code !== 'wip_limit_reached') return problemTextOf(new ApiError(problem))
  const column = board.columns.find(({ key }) => key === problem.column)
  return t.refusals.wip(column?.name ?? String(problem.column), Number(problem.limit))
}

const namesOf = (values: unknown[], nameFor: (id: string) => string) =>
  formatList(values.map((value) => nameFor(String(value))))

/** A value of a field in the words of the board. */
function wordsOf(board: Board, field: string, value: unknown): string {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
    return t.none
  if (field === 'due_date' || field === 'start_date') return formatDay(String(value))
  if (field === 'archived_at') return formatMoment(String(value))
  if (field === 'priority') return t.card.priority[value as keyof typeof t.card.priority] ?? String(value)
  if (field === 'parent_id') return findTask(board, String(value))?.task.title ?? t.refusals.card
  if (field === 'assignee_ids' && Array.isArray(value)) return namesOf(value, (id) => nameOf(board, id))
  if (field === 'label_ids' && Array.isArray(value))
    return namesOf(value, (id) => board.labels.find((label) => label.id === id)?.name ?? t.filters.deletedLabel)
  return String(value)
}

/** A text that scrolls when it is long. */
const Quoted = ({ label, text }: { label: string; text: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
  <blockquote class="quoted" aria-label={label} tabIndex={0} dir="auto">
    {text}
  </blockquote>
)

function Conflicts({ board, refusal }: { board: Board; refusal: Refusal }) {
  const conflicts = Object.entries(refusal.problem.conflicts ?? {})
  return (
    <dl class="conflicts">
      {conflicts.map(([field, { yours, theirs }]) => (
        <div key={field}>
          <dt>{t.history.fields[field] ?? field}</dt>
          <dd>
            {t.refusals.yours}: <Quoted label={t.refusals.yours} text={wordsOf(board, field, yours)} />
          </dd>
          <dd>
            {t.refusals.theirs}: <Quoted label={t.refusals.theirs} text={wordsOf(board, field, theirs)} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What somebody wrote in a refused change, as dismissing it loses the text. */
function writtenIn({ mutation }: Refusal): string | undefined {
  if (mutation.kind === 'comment') return mutation.body
  if (mutation.kind === 'create') return mutation.fields.description
  return mutation.kind === 'edit' ? (mutation.changes.description ?? mutation.changes.title) : undefined
}

/**
 * Refused changes, each with those of `waiting`: what was done to a card that could not be created. The client sends or
 * forgets these together with the card.
 */
type Group = { refusal: Refusal; waiting: Refusal[] }

function groupsOf(refusals: readonly Refusal[]): Group[] {
  const groups: Group[] = []
  for (const refusal of refusals) {
    const { task_id } = refusal.mutation
    const ofCard = groups.find(
      ({ refusal: { mutation } }) => mutation.kind === 'create' && mutation.task_id === task_id,
    )
    if (ofCard) ofCard.waiting.push(refusal)
    else groups.push({ refusal, waiting: [] })
  }
  return groups
}

type NoteProps = Group & { open: OpenBoard; board: Board; sentences: string }

function Note({ open, board, refusal, waiting, sentences }: NoteProps) {
  const clashes = refusal.problem.code === 'edit_conflict'
  const texts = clashes ? [] : [refusal, ...waiting].flatMap((one) => writtenIn(one) || [])
  return (
    <div class="note">
      <p>{sentences}</p>
      {clashes && <Conflicts board={board} refusal={refusal} />}
      {waiting.length > 0 && <p>{t.refusals.waiting}</p>}
      {texts.map((text, i) => (
        <Quoted key={i} label={t.refusals.yourText} text={text} />
      ))}
      {!isGone(refusal) && (
        <button type="button" onClick={() => void open.retry(refusal)}>
          {clashes ? t.refusals.overwrite : t.retry}
        </button>
      )}
      <button type="button" class="quiet" onClick={() => void open.dismiss(refusal)}>
        {clashes ? t.refusals.keepTheirs : t.dismiss}
      </button>
    </div>
  )
}

type Props = { open: OpenBoard; board: Board; refusals: readonly Refusal[] }

/** The changes that the server refused, with the reason. The user can try each again, or dismiss it. */
export function Refusals({ open, board, refusals }: Props) {
  const announced = useRef(new Set<string>())
  const groups = groupsOf(refusals)
  const sentencesOf = (refusal: Refusal) =>
    `${t.refusals.what[refusal.mutation.kind](titleOf(board, refusal))} ${reasonOf(board, refusal)}`
  useEffect(() => {
    for (const { refusal } of groups) {
      if (announced.current.has(refusal.mutation.key)) continue
      announced.current.add(refusal.mutation.key)
      announce(sentencesOf(refusal))
    }
  }, [refusals])
  const dismissAll = () => {
    for (const { refusal } of groups) void open.dismiss(refusal)
  }
  if (groups.length === 0) return null
  return (
    <section class="refusals" aria-label={t.refusals.title}>
      {groups.length > 1 && (
        <div class="refusals-head">
          <strong>{t.refusals.count(groups.length)}</strong>
          <button type="button" class="quiet" onClick={dismissAll}>
            {t.refusals.dismissAll}
          </button>
        </div>
      )}
      {groups.map(({ refusal, waiting }) => (
        <Note key={refusal.mutation.key} {...{ open, board, refusal, waiting }} sentences={sentencesOf(refusal)} />
      ))}
    </section>
  )
}
