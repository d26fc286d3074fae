import { useEffect, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'

/** The title, edited in place. A change by somebody else is shown unless the user has begun to edit. */
export function Title({ open, task, editable }: CardProps & { editable: boolean }) {
  const [draft, setDraft] = useState<string>()
  useEffect(() => setDraft((now) => (now === task.title ? undefined : now)), [task.title])
  const save = () => {
    const title = draft?.trim()
    setDraft(undefined)
    if (!title || title === task.title) return
    open.edit(task.id, { title })
    announce(t.announce.saved)
  }
  return (
    <div class="card-title">
      <span class="muted">{task.number}</span>
      <textarea
        rows={1}
        maxLength={500}
        aria-label={t.dialog.title}
        readOnly={!editable}
        value={draft ?? task.title}
        onInput={({ currentTarget }) => setDraft(currentTarget.value.replace(/\s*\n\s*/g, ' '))}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.isComposing) return // the key ends a composition, as of Japanese
          if (event.key === 'Escape' && draft !== undefined) {
            event.preventDefault()
            event.stopPropagation()
            setDraft(undefined)
          }
          if (event.key !== 'Enter') return
          event.preventDefault()
          save()
        }}
      />
    </div>
  )
}
