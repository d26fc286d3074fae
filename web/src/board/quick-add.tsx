import { useRef, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import type { BoardColumn, OpenBoard } from '../client.ts'
import { Form, Icon, takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'

type Props = { open: OpenBoard; column: BoardColumn }

/** Adds one card after another, at the bottom of a column. */
export function QuickAdd(props: Props) {
  const [isOpen, setOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    requestAnimationFrame(() => opener.current?.focus())
  }
  if (isOpen) return <NewCard {...props} onClose={close} />
  return (
    <button
      type="button"
      class="quiet add-card"
      ref={opener}
      aria-label={t.board.addTo(props.column.name)}
      onClick={() => setOpen(true)}
    >
      <Icon name="plus" /> {t.board.add}
    </button>
  )
}

function NewCard({ open, column, onClose }: Props & { onClose: () => void }) {
  const [title, setTitle] = useState('')
  const add = () => {
    const trimmed = title.trim()
    if (!trimmed) return onClose()
    open.create({ title: trimmed, status: column.key })
    announce(t.announce.created(trimmed, column.name))
    setTitle('')
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
        ref={takeFocus}
        onInput={({ currentTarget }) => setTitle(currentTarget.value.replace(/\s*\n\s*/g, ' '))}
        onKeyDown={onKeyDown}
      />
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
