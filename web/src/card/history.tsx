import { useState } from 'preact/hooks'
import { nameOf } from '../board/people.ts'
import type { Board } from '../client.ts'
import { ago, list, moment } from '../format.ts'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'
import type { TaskEvent } from './task-events.ts'

const FIRST = 8
/** What changes by itself with something else, and is told there. */
const SILENT = [
  'position',
  'completed_at',
  'started_at',
  'updated_at',
  'comment_count',
  'checklist_done',
  'checklist_total',
]

const WORDS: Record<string, string> = {
  'task.created': t.history.created,
  'task.deleted': t.history.deleted,
  'task.restored': t.history.restored,
  'comment.created': t.history.commented,
  'comment.updated': t.history.commentEdited,
  'comment.deleted': t.history.commentDeleted,
  'link.created': t.history.linked,
  'link.deleted': t.history.unlinked,
}

function columnName(board: Board, key: unknown): string {
  return board.columns.find((column) => column.key === key)?.name ?? String(key)
}

/** What somebody did, in words; undefined for what says nothing to people. */
export function wordsOf(board: Board, { action, entity, changes }: TaskEvent): string | undefined {
  if (WORDS[action]) return WORDS[action]
  if (entity.startsWith('checklist')) return t.history.checklist
  const status = changes.status
  if (status) return t.history.moved(columnName(board, status[0]), columnName(board, status[1]))
  if (action === 'task.moved') return t.history.reordered
  const fields = Object.keys(changes).filter((field) => !SILENT.includes(field))
  if (action === 'task.updated')
    return fields.length > 0
      ? t.history.changed(list(fields.map((field) => t.history.fields[field] ?? field)))
      : undefined
  return t.history.other(action)
}

/** Who did what to the card: the journal. */
export function History({ board, events }: CardProps) {
  const [shown, setShown] = useState(FIRST)
  const told = events.events.flatMap((event) => {
    const words = wordsOf(board, event)
    return words ? [{ event, words }] : []
  })
  if (told.length === 0) return null
  return (
    <section class="part">
      <h3>{t.dialog.history}</h3>
      <ul class="history">
        {told.slice(0, shown).map(({ event: { seq, user_id, created_at }, words }) => (
          <li key={seq}>
            <strong>{nameOf(board, user_id)}</strong> {words}{' '}
            <time dateTime={created_at} title={moment(created_at)}>
              {ago(created_at)}
            </time>
          </li>
        ))}
      </ul>
      {told.length > shown && (
        <button type="button" class="quiet" onClick={() => setShown(told.length)}>
          {t.more}
        </button>
      )}
    </section>
  )
}
