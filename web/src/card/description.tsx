import { useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'
import { Prose } from './prose.tsx'

export function Description({ open, task, editable }: CardProps & { editable: boolean }) {
  const [draft, setDraft] = useState<string>()
  const save = () => {
    if (draft !== undefined && draft !== task.description) {
      open.edit(task.id, { description: draft })
      announce(t.announce.saved)
    }
    setDraft(undefined)
  }
  return (
    <section class="part">
      <div class="part-head">
        <h3>{t.dialog.description}</h3>
        {editable && draft === undefined && (
          <button
            type="button"
            class="quiet"
            aria-label={t.dialog.editDescription}
            onClick={() => setDraft(task.description)}
          >
            {task.description ? t.edit : t.dialog.addDescription}
          </button>
        )}
      </div>
      {draft === undefined ? (
        task.description ? (
          <Prose text={task.description} />
        ) : (
          <p class="muted">{t.dialog.noDescription}</p>
        )
      ) : (
        <div class="writing">
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
              {t.save}
            </button>
            <button type="button" class="quiet" onClick={() => setDraft(undefined)}>
              {t.cancel}
            </button>
          </div>
        </div>
      )}
    </section>
  )
}
