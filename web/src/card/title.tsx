import { useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { type Edit, editOf, keepEdit } from '../drafts.ts'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'

/** The title, edited in place. If somebody else changes it meanwhile, both are shown, until the user chooses one. */
export function Title({ open, task, editable }: CardProps & { editable: boolean }) {
  const place = `${task.id}:title`
  const [kept, setKept] = useState(() => editOf(place))
  const edit = editable ? kept : undefined
  const theirs = edit && ![edit.began, edit.text].includes(task.title) ? task.title : undefined
  const keep = (edit: Edit | undefined) => {
    setKept(edit)
    keepEdit(place, edit)
  }
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
        autofocus={edit !== undefined} // one that was kept over a reload is saved when the focus leaves
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
        <div class="told" role="status">
          <p>{t.dialog.titleChanged}</p>
          <p>{theirs}</p>
          <div class="actions">
            <button type="button" onClick={() => save(edit)}>
              {t.refusals.overwrite}
            </button>
            <button type="button" class="quiet" onClick={() => keep(undefined)}>
              {t.refusals.keepTheirs}
            </button>
          </div>
        </div>
      )}
    </div>
  )
}
