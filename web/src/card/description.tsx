import { useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { editOf, useEdit } from '../drafts.ts'
import { takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'
import { Prose } from './prose.tsx'
import { isSendKey } from './writer.tsx'

type Props = CardProps & { editable: boolean }

const placeOf = ({ task }: CardProps) => `${task.id}:description`

export function Description(props: Props) {
  const { task, editable } = props
  const [wantsToEdit, setEditing] = useState(editOf(placeOf(props)) !== undefined)
  const editing = editable && wantsToEdit // the role may change while somebody writes: the draft is kept
  return (
    <section class="part">
      <div class="part-head">
        <h3>{t.dialog.description}</h3>
        {editable && !editing && (
          <button
            type="button"
            class="quiet"
            aria-label={task.description ? t.dialog.editDescription : t.dialog.addDescription}
            onClick={() => setEditing(true)}
          >
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
function Editor(props: CardProps & { onDone: () => void }) {
  const { open, task, onDone } = props
  const { text, write, theirs, forget } = useEdit(placeOf(props), task.description)
  const close = () => {
    forget()
    onDone()
  }
  const save = () => {
    if (text !== task.description) {
      open.edit(task.id, { description: text })
      announce(t.announce.saved)
    }
    close()
  }
  return (
    <div class="writing">
      {theirs !== undefined && (
        <div class="told" role="status">
          <p>{t.dialog.descriptionChanged}</p>
          <Prose text={theirs} />
        </div>
      )}
      <textarea
        rows={8}
        maxLength={100_000}
        aria-label={t.dialog.description}
        value={text}
        ref={takeFocus}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={(event) => isSendKey(event) && theirs === undefined && save()}
      />
      <div class="actions">
        <button type="button" class="primary" onClick={save}>
          {theirs === undefined ? t.save : t.refusals.overwrite}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {theirs === undefined ? t.cancel : t.refusals.keepTheirs}
        </button>
      </div>
    </div>
  )
}
