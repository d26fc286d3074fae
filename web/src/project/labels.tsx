import { useState } from 'preact/hooks'
import { Chip } from '../board/chip.tsx'
import { api, type Board, dataOf, type Label, requireGone } from '../client.ts'
import { ConfirmButton } from '../confirm.tsx'
import { useAct, useWhileShown } from '../hooks.ts'
import { Dialog, Field, Form, Icon } from '../parts.tsx'
import { SaveActions } from '../save-actions.tsx'
import { t } from '../strings.ts'
import { fieldsOf, hintOf, useValues } from '../values.ts'

type Values = { name: string; color: string }

const valuesOf = (label: Label | undefined): Values => ({ name: label?.name ?? '', color: label?.color ?? '#2f6fdd' })

async function addLabel(board: Board, body: Values): Promise<void> {
  const params = { path: { id: board.project.id }, header: { 'Idempotency-Key': crypto.randomUUID() } }
  dataOf(await api.POST('/projects/{id}/labels', { params, body }))
}

/** Saves what was changed. With `base_seq`, nothing is overwritten that others have written since this copy. */
async function saveLabel({ id, seq }: Label, changes: Partial<Values>): Promise<void> {
  if (Object.keys(changes).length === 0) return
  dataOf(await api.PATCH('/labels/{id}', { params: { path: { id } }, body: { ...changes, base_seq: seq } }))
}

type DialogProps = { board: Board; shown: Label | undefined; onClose: () => void }

/** Makes a label, or changes one. If somebody else changes the same field meanwhile, both values are shown. */
function LabelDialog({ board, shown, onClose }: DialogProps) {
  const label = board.labels.find(({ id }) => id === shown?.id) ?? shown // as it is now
  const { values, changes, theirs, write, forget } = useValues(valuesOf(label))
  const close = useWhileShown(onClose)
  const { run, busy } = useAct(async () => {
    await (label ? saveLabel(label, changes) : addLabel(board, values))
    close()
  }, t.announce.saved)
  const props = fieldsOf(values, write)
  return (
    <Dialog title={label ? t.setup.editLabel(label.name) : t.setup.newLabel} onClose={onClose}>
      <Form onSend={() => void run()}>
        <Field label={t.setup.name} hint={hintOf(theirs.name)}>
          {(id, hint) => <input id={id} required maxLength={80} autofocus aria-describedby={hint} {...props('name')} />}
        </Field>
        <Field label={t.setup.color} hint={hintOf(theirs.color)}>
          {(id, hint) => <input id={id} type="color" class="color" aria-describedby={hint} {...props('color')} />}
        </Field>
        <SaveActions theirs={theirs} busy={busy} forget={forget} />
      </Form>
    </Dialog>
  )
}

function Row({ label, mayEdit, onEdit }: { label: Label; mayEdit: boolean; onEdit: () => void }) {
  const remove = useAct(
    async () => requireGone(await api.DELETE('/labels/{id}', { params: { path: { id: label.id } } })),
    t.announce.deleted(label.name),
  )
  return (
    <li>
      <span class="grow">
        <Chip label={label} />
      </span>
      {mayEdit && (
        <>
          <button type="button" aria-label={t.setup.editLabel(label.name)} onClick={onEdit}>
            {t.edit}
          </button>
          <ConfirmButton
            class="quiet square"
            title={t.setup.deleteLabel(label.name)}
            text={t.setup.reallyDeleteLabel(label.name)}
            busy={remove.busy}
            onConfirm={() => void remove.run()}
          >
            <Icon name="close" />
          </ConfirmButton>
        </>
      )}
    </li>
  )
}

/** The labels of a project. */
export function LabelList({ board, mayEdit }: { board: Board; mayEdit: boolean }) {
  const [editing, setEditing] = useState<Label | 'new'>()
  return (
    <section class="panel" aria-labelledby="labels">
      <h2 id="labels">{t.setup.labels}</h2>
      {board.labels.length === 0 && <p class="muted">{t.setup.noLabels}</p>}
      <ul class="rows">
        {board.labels.map((label) => (
          <Row key={label.id} label={label} mayEdit={mayEdit} onEdit={() => setEditing(label)} />
        ))}
      </ul>
      {mayEdit && (
        <div class="actions">
          <button type="button" onClick={() => setEditing('new')}>
            <Icon name="plus" /> {t.setup.newLabel}
          </button>
        </div>
      )}
      {editing && mayEdit && (
        <LabelDialog
          board={board}
          shown={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </section>
  )
}
