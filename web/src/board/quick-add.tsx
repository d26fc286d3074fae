import { useRef, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import type { BoardColumn, OpenBoard } from '../client.ts'
import { Icon, takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'

/** Adds one card after another, at the bottom of a column. */
export function QuickAdd({ open, column }: { open: OpenBoard; column: BoardColumn }) {
  const [isOpen, setOpen] = useState(false)
  const [title, setTitle] = useState('')
  const opener = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    requestAnimationFrame(() => opener.current?.focus())
  }
  const add = () => {
    const trimmed = title.trim()
    if (!trimmed) return close()
    open.create({ title: trimmed, status: column.key })
    announce(t.announce.created(trimmed, column.name))
    setTitle('')
  }
  if (!isOpen)
    return (
      <button
        type="button"
        class="quiet add-card"
        ref={opener}
        aria-label={t.board.addTo(column.name)}
        onClick={() => setOpen(true)}
      >
        <Icon name="plus" /> {t.board.add}
      </button>
    )
  return (
    <form
      class="quick-add"
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <textarea
        rows={2}
        maxLength={500}
        aria-label={t.board.newTitle}
        placeholder={t.board.newTitle}
        value={title}
        ref={takeFocus}
        onInput={({ currentTarget }) => setTitle(currentTarget.value.replace(/\s*\n\s*/g, ' '))}
        onKeyDown={(event) => {
          if (event.key === 'Escape') close()
          if (event.key !== 'Enter' || event.isComposing) return
          event.preventDefault()
          add()
        }}
      />
      <div class="actions">
        <button type="submit" class="primary">
          {t.add}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {t.cancel}
        </button>
      </div>
    </form>
  )
}
