import { useState } from 'preact/hooks'
import { api, dataOf, type Project } from '../client.ts'
import { YEARS } from '../date-input.tsx'
import { useAct } from '../hooks.ts'
import { Field, Form } from '../parts.tsx'
import { t } from '../strings.ts'

type Status = Project['status']

/** Saves the form. With `base_seq`, the server merges what others have changed since the form was shown. */
async function saveProject({ id, seq }: Project, given: Record<string, string>): Promise<void> {
  const { name = '', description = '', status, start_date, due_date } = given
  const days = { start_date: start_date || null, due_date: due_date || null }
  const body = { name, description, status: status as Status, ...days, base_seq: seq }
  dataOf(await api.PATCH('/projects/{id}', { params: { path: { id } }, body }))
}

const Fields = ({ project }: { project: Project }) => (
  <>
    <Field label={t.setup.name}>
      {(id) => <input id={id} name="name" required maxLength={200} defaultValue={project.name} />}
    </Field>
    <Field label={t.setup.description}>
      {(id) => <textarea id={id} name="description" rows={4} maxLength={20_000} defaultValue={project.description} />}
    </Field>
    <Field label={t.setup.status} hint={t.setup.statusHint}>
      {(id, hint) => (
        <select id={id} name="status" aria-describedby={hint}>
          {(Object.keys(t.projects.status) as Status[]).map((status) => (
            <option key={status} value={status} selected={status === project.status}>
              {t.projects.status[status]}
            </option>
          ))}
        </select>
      )}
    </Field>
    <div class="columns-of-fields">
      <Field label={t.setup.start}>
        {(id) => <input id={id} name="start_date" type="date" {...YEARS} defaultValue={project.start_date ?? ''} />}
      </Field>
      <Field label={t.setup.due}>
        {(id) => <input id={id} name="due_date" type="date" {...YEARS} defaultValue={project.due_date ?? ''} />}
      </Field>
    </div>
  </>
)

export function AboutProject({ project, manages }: { project: Project; manages: boolean }) {
  const [isSaved, setSaved] = useState(false)
  const { run, busy } = useAct((fields: Record<string, string>) => saveProject(project, fields))
  return (
    <section class="panel" aria-labelledby="about">
      <h2 id="about">{t.setup.about}</h2>
      {!manages && <p class="told">{t.setup.managers}</p>}
      <Form class="stack" key={project.seq} onSend={(fields) => void run(fields).then(setSaved)}>
        <fieldset class="stack" disabled={!manages}>
          <Fields project={project} />
        </fieldset>
        {manages && (
          <div class="actions">
            <button type="submit" class="primary" disabled={busy}>
              {t.save}
            </button>
            <span class="muted" role="status">
              {isSaved && t.setup.saved}
            </span>
          </div>
        )}
      </Form>
    </section>
  )
}
