import { useEffect, useRef } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { ApiError, type Board, type OpenBoard, problemTextOf, type Refusal } from '../client.ts'
import { t } from '../strings.ts'
import { findTask } from './moves.ts'

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

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

function Conflicts({ refusal }: { refusal: Refusal }) {
  const conflicts = Object.entries(refusal.problem.conflicts ?? {})
  return (
    <dl class="conflicts">
      {conflicts.map(([field, { yours, theirs }]) => (
        <div key={field}>
          <dt>{t.history.fields[field] ?? field}</dt>
          <dd>
            {t.refusals.yours}: {textOf(yours)}
          </dd>
          <dd>
            {t.refusals.theirs}: {textOf(theirs)}
          </dd>
        </div>
      ))}
    </dl>
  )
}

type Props = { open: OpenBoard; board: Board; refusals: readonly Refusal[] }

/** The changes that the server refused, with the reason. The user can try each again, or dismiss it. */
export function Refusals({ open, board, refusals }: Props) {
  const announced = useRef(new Set<string>())
  const sentencesOf = (refusal: Refusal) =>
    `${t.refusals.what[refusal.mutation.kind](titleOf(board, refusal))} ${reasonOf(board, refusal)}`
  useEffect(() => {
    for (const refusal of refusals) {
      if (announced.current.has(refusal.mutation.key)) continue
      announced.current.add(refusal.mutation.key)
      announce(sentencesOf(refusal))
    }
  }, [refusals])
  if (refusals.length === 0) return null
  return (
    <section class="refusals" aria-label={t.refusals.title}>
      {refusals.map((refusal) => {
        const clashes = refusal.problem.code === 'edit_conflict'
        return (
          <div class="note" key={refusal.mutation.key}>
            <p>{sentencesOf(refusal)}</p>
            {clashes && <Conflicts refusal={refusal} />}
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
      })}
    </section>
  )
}
