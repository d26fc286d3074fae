import { useState } from 'preact/hooks'
import { nameOf } from '../board/people.ts'
import type { Board } from '../client.ts'
import { formatAgo, formatList, formatMoment } from '../format.ts'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'
import type { TaskEvent } from './task-events.ts'

const SHOWN_AT_FIRST = 8
/** Fields that change only together with something else, which the history shows instead. */
const HIDDEN_FIELDS = [
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

function columnNameOf(board: Board, key: unknown): string {
  return board.columns.find((column) => column.key === key)?.name ?? String(key)
}

/** What somebody did, in words; undefined for an event that is not worth showing. */
export function wordsOf(board: Board, { action, entity, changes }: TaskEvent): string | undefined {
  if (WORDS[action]) return WORDS[action]
  if (entity.startsWith('checklist')) return t.history.checklist
  const status = changes.status
  if (status) return t.history.moved(columnNameOf(board, status[0]), columnNameOf(board, status[1]))
  const archived = changes.archived_at
  if (archived) return archived[1] ? t.history.archived : t.history.unarchived
  if (action === 'task.moved') return t.history.reordered
  const fields = Object.keys(changes).filter((field) => !HIDDEN_FIELDS.includes(field))
  if (action === 'task.updated')
    return fields.length > 0
      ? t.history.changed(formatList(fields.map((field) => t.history.fields[field] ?? field)))
      : undefined
  return t.history.other(action)
}

/** Who did what to the card, from the journal. */
export function History({ board, events }: CardProps) {
  const [isWhole, setWhole] = useState(false)
  const entries = events.events.flatMap((event) => {
    const words = wordsOf(board, event)
    return words ? [{ event, words }] : []
  })
  if (entries.length === 0) return null
  return (
    <section class="part">
      <h3>{t.dialog.history}</h3>
      <ul class="history">
        {entries
          .slice(0, isWhole ? undefined : SHOWN_AT_FIRST)
          .map(({ event: { seq, user_id, created_at }, words }) => (
            <li key={seq}>
              <strong>{nameOf(board, user_id)}</strong> {words}{' '}
              <time dateTime={created_at} title={formatMoment(created_at)}>
                {formatAgo(created_at)}
              </time>
            </li>
          ))}
      </ul>
      {!isWhole && entries.length > SHOWN_AT_FIRST && (
        <button type="button" class="quiet" onClick={() => setWhole(true)}>
          {t.more}
        </button>
      )}
    </section>
  )
}
