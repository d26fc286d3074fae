import { useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'
import { Prose } from './prose.tsx'

type Props = CardProps & { editable: boolean }

export function Description(props: Props) {
  const { task, editable } = props
  const [editing, setEditing] = useState(false)
  return (
    <section class="part">
      <div class="part-head">
        <h3>{t.dialog.description}</h3>
        {editable && !editing && (
          <button type="button" class="quiet" aria-label={t.dialog.editDescription} onClick={() => setEditing(true)}>
            {task.description ? t.edit : t.dialog.addDescription}
          </button>
        )}
      </div>
      {editing ? (
        <Editor {...props} onDone={() => setEditing(false)} />
      ) : task.description ? (
        <Prose text={task.description} />
      ) : (
        <p class="muted">{t.dialog.noDescription}</p>
      )}
    </section>
  )
}

/** If somebody else changes the description meanwhile, both texts are shown, so that nothing is overwritten unseen. */
function Editor({ open, task, onDone }: CardProps & { onDone: () => void }) {
  const [draft, setDraft] = useState(task.description)
  const [began] = useState(task.description)
  const theirs = task.description === began ? undefined : task.description
  const save = () => {
    if (draft !== task.description) {
      open.edit(task.id, { description: draft })
      announce(t.announce.saved)
    }
    onDone()
  }
  return (
    <div class="writing">
      {theirs !== undefined && (
        <div class="told" role="status">
          <p>{t.dialog.changedMeanwhile}</p>
          <Prose text={theirs} />
        </div>
      )}
      <textarea
        rows={8}
        maxLength={100_000}
        aria-label={t.dialog.description}
        value={draft}
        ref={takeFocus}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
      />
      <div class="actions">
        <button type="button" class="primary" onClick={save}>
          {theirs === undefined ? t.save : t.refusals.overwrite}
        </button>
        <button type="button" class="quiet" onClick={onDone}>
          {theirs === undefined ? t.cancel : t.refusals.keepTheirs}
        </button>
      </div>
    </div>
  )
}
