import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { type Edit, editOf, keepEdit } from '../drafts.ts'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'

/** The draft of a title, and its field. A draft that was kept gets the focus: when the focus leaves, it is saved. */
function useTitleDraft(place: string, editable: boolean) {
  const [kept, setKept] = useState(() => editOf(place))
  const edit = editable ? kept : undefined
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    if (edit) field.current?.focus() // a dialog that is open already, as while the card was loaded, ignores `autofocus`
  }, [])
  const keep = (edit: Edit | undefined) => {
    setKept(edit)
    keepEdit(place, edit)
  }
  return { edit, keep, field }
}

type OtherTitleProps = { theirs: string; onOverwrite: () => void; onKeep: () => void }

/** What somebody else has written meanwhile, and the choice between both. */
const OtherTitle = ({ theirs, onOverwrite, onKeep }: OtherTitleProps) => (
  <div class="told" role="status">
    <p>{t.dialog.titleChanged}</p>
    <p>{theirs}</p>
    <div class="actions">
      <button type="button" onClick={onOverwrite}>
        {t.refusals.overwrite}
      </button>
      <button type="button" class="quiet" onClick={onKeep}>
        {t.refusals.keepTheirs}
      </button>
    </div>
  </div>
)

/** The title, edited in place. If somebody else changes it meanwhile, both are shown, until the user chooses one. */
export function Title({ open, task, editable }: CardProps & { editable: boolean }) {
  const { edit, keep, field } = useTitleDraft(`${task.id}:title`, editable)
  const theirs = edit && ![edit.began, edit.text].includes(task.title) ? task.title : undefined
  const save = ({ text }: Edit) => {
    const title = text.trim()
    keep(undefined)
    if (!title || title === task.title) return
    open.edit(task.id, { title })
    announce(t.announce.saved)
  }
  /** Saves, unless that would replace what somebody else has written: the user chooses, even after closing the card. */
  const saveIfAlone = () => {
    if (edit && theirs === undefined) save(edit)
  }
  return (
    <div class="card-title">
      <span class="muted">{task.number}</span>
      <textarea
        rows={1}
        ref={field}
        autofocus={edit !== undefined}
        maxLength={500}
        aria-label={t.dialog.title}
        readOnly={!editable}
        value={edit?.text ?? task.title}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value.replace(/\s*\n\s*/g, ' ')
          keep({ text, began: edit?.began ?? task.title })
        }}
        onBlur={saveIfAlone}
        onKeyDown={(event) => {
          if (event.isComposing) return // the key ends a composition, as of Japanese
          if (event.key === 'Escape' && edit) {
            event.preventDefault()
            event.stopPropagation()
            keep(undefined)
          }
          if (event.key !== 'Enter') return
          event.preventDefault()
          saveIfAlone()
        }}
      />
      {edit && theirs !== undefined && (
        <OtherTitle theirs={theirs} onOverwrite={() => save(edit)} onKeep={() => keep(undefined)} />
      )}
    </div>
  )
}
