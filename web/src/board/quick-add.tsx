import { useEffect, useRef, useState } from 'preact/hooks'
import { announce, showError } from '../announce.tsx'
import type { BoardColumn, OpenBoard } from '../client.ts'
import { draftOf, keepDraft } from '../drafts.ts'
import { Form, Icon, takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'
import { type Filter, fits } from './filter.ts'

type Props = { open: OpenBoard; column: BoardColumn; filter: Filter }

const placeOf = ({ id }: BoardColumn) => `new:${id}`

/** Adds one card after another, at the bottom of a column. It is open at first if a title was begun there before. */
export function QuickAdd(props: Props) {
  const place = placeOf(props.column)
  const [isOpen, setOpen] = useState(() => draftOf(place) !== '')
  const opener = useRef<HTMLButtonElement>(null)
  const wasOpened = useRef(false)
  const close = () => {
    setOpen(false)
    keepDraft(place, '')
    requestAnimationFrame(() => opener.current?.focus())
  }
  if (isOpen) return <NewCard {...props} takesFocus={wasOpened.current} onClose={close} />
  return (
    <button
      type="button"
      class="quiet add-card"
      ref={opener}
      aria-label={t.board.addTo(props.column.name)}
      onClick={() => {
        wasOpened.current = true
        setOpen(true)
      }}
    >
      <Icon name="plus" /> {t.board.add}
    </button>
  )
}

/** Shows the title that was begun in a column, when the column is deleted. */
function useTitleOfDeletedColumn(open: OpenBoard, column: BoardColumn): void {
  const last = useRef(column)
  last.current = column
  useEffect(
    () => () => {
      const { id, name } = last.current
      const title = draftOf(placeOf(column))
      const { board } = open.getSnapshot()
      if (!title || !board || board.columns.some((one) => one.id === id)) return
      keepDraft(placeOf(column), '')
      showError(t.board.notAdded(title, name))
    },
    [],
  )
}

/** What a filter looks at, of a card that has only a title. */
const NEW = {
  number: '',
  assignee_ids: [],
  label_ids: [],
  priority: 'none',
  due_date: null,
  completed_at: null,
} as const

function NewCard({ open, column, filter, takesFocus, onClose }: Props & { takesFocus: boolean; onClose: () => void }) {
  const place = placeOf(column)
  const [title, setTitle] = useState(() => draftOf(place))
  const [added, setAdded] = useState<string>()
  useTitleOfDeletedColumn(open, column)
  const write = (text: string) => {
    setTitle(text)
    keepDraft(place, text)
  }
  const isHidden = (title: string) => !fits({ ...NEW, title }, filter)
  const add = () => {
    const trimmed = title.trim()
    if (!trimmed) return onClose()
    open.create({ title: trimmed, status: column.key })
    announce(isHidden(trimmed) ? t.board.addedHidden(trimmed) : t.announce.created(trimmed, column.name))
    setAdded(trimmed)
    write('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return // the key ends a composition, as of Japanese
    if (event.key === 'Escape') onClose()
    if (event.key !== 'Enter') return
    event.preventDefault()
    add()
  }
  return (
    <Form class="quick-add" onSend={add}>
      <textarea
        rows={2}
        maxLength={500}
        aria-label={t.board.newTitle}
        placeholder={t.board.newTitle}
        value={title}
        ref={takesFocus ? takeFocus : null}
        onInput={({ currentTarget }) => write(currentTarget.value.replace(/\s*\n\s*/g, ' '))}
        onKeyDown={onKeyDown}
      />
      {added && isHidden(added) && <p class="hint">{t.board.addedHidden(added)}</p>}
      <div class="actions">
        <button type="submit" class="primary">
          {t.add}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {t.cancel}
        </button>
      </div>
    </Form>
  )
}
