import { announce, showError } from '../announce.tsx'
import { leaveBy } from '../board/live.ts'
import { api, dataOf, type Project } from '../client.ts'
import { useAct } from '../hooks.ts'
import { Field, Form } from '../parts.tsx'
import { t } from '../strings.ts'

/** Deletes a project, if its name was typed to confirm. */
export function DeleteProject({ project: { id, name } }: { project: Project }) {
  const { run, busy } = useAct(async (written: string) => {
    if (written.trim() !== name.trim()) return void showError(t.setup.deleteMismatch)
    await leaveBy(id, async () => void dataOf(await api.DELETE('/projects/{id}', { params: { path: { id } } })))
    announce(t.setup.deleted(name))
  })
  return (
    <details class="panel">
      <summary>{t.setup.delete}</summary>
      <Form class="stack" onSend={({ name = '' }) => void run(name)}>
        <p>{t.setup.deleteLead}</p>
        <Field label={t.setup.deleteName(name)}>
          {(field) => <input id={field} name="name" required autocomplete="off" />}
        </Field>
        <div class="actions">
          <button type="submit" class="danger" aria-disabled={busy}>
            {t.setup.delete}
          </button>
        </div>
      </Form>
    </details>
  )
}
