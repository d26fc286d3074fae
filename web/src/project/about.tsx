import { useState } from 'preact/hooks'
import { api, dataOf, type Project } from '../client.ts'
import { YEARS } from '../date-input.tsx'
import { useAct } from '../hooks.ts'
import { Field, Form } from '../parts.tsx'
import { SaveActions } from '../save-actions.tsx'
import { t } from '../strings.ts'
import { fieldsOf, hintOf, useValues } from '../values.ts'

type Status = Project['status']
type Name = 'name' | 'description' | 'status' | 'start_date' | 'due_date'
type Values = Record<Name, string>

const valuesOf = ({ name, description, status, start_date, due_date }: Project): Values => ({
  name,
  description,
  status,
  start_date: start_date ?? '',
  due_date: due_date ?? '',
})

/** Saves what was changed. With `base_seq`, nothing is overwritten that others have written since this copy. */
async function saveProject({ id, seq }: Project, changes: Partial<Values>): Promise<Project> {
  const { start_date, due_date, status, ...texts } = changes
  const body = {
    ...texts,
    ...(status && { status: status as Status }),
    ...(start_date !== undefined && { start_date: start_date || null }),
    ...(due_date !== undefined && { due_date: due_date || null }),
    base_seq: seq,
  }
  return dataOf(await api.PATCH('/projects/{id}', { params: { path: { id } }, body }))
}

type FieldsProps = { values: Values; theirs: Partial<Values>; onWrite: (name: Name, text: string) => void }

function Fields({ values, theirs, onWrite }: FieldsProps) {
  const props = fieldsOf(values, onWrite)
  const theirStatus = theirs.status && t.projects.status[theirs.status as Status]
  const day = (name: 'start_date' | 'due_date', label: string) => (
    <Field label={label} hint={hintOf(theirs[name])}>
      {(id, hint) => <input id={id} type="date" {...YEARS} aria-describedby={hint} {...props(name)} />}
    </Field>
  )
  return (
    <>
      <Field label={t.setup.name} hint={hintOf(theirs.name)}>
        {(id, hint) => <input id={id} required maxLength={200} aria-describedby={hint} {...props('name')} />}
      </Field>
      <Field label={t.setup.description} hint={hintOf(theirs.description)}>
        {(id, hint) => (
          <textarea id={id} rows={4} maxLength={20_000} aria-describedby={hint} {...props('description')} />
        )}
      </Field>
      <Field label={t.setup.status} hint={hintOf(theirStatus, t.setup.statusHint)}>
        {(id, hint) => (
          <select id={id} aria-describedby={hint} {...props('status')}>
            {(Object.keys(t.projects.status) as Status[]).map((status) => (
              <option key={status} value={status} selected={status === values.status}>
                {t.projects.status[status]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div class="columns-of-fields">
        {day('start_date', t.setup.start)}
        {day('due_date', t.setup.due)}
      </div>
    </>
  )
}

export function AboutProject({ project: shown, manages }: { project: Project; manages: boolean }) {
  const [saved, setSaved] = useState<Project>() // the board may not have it yet
  const project = saved && saved.seq > shown.seq ? saved : shown
  const { values, changes, theirs, write, forget } = useValues(valuesOf(project))
  const [isSaved, setIsSaved] = useState(false)
  const { run, busy } = useAct(async () => {
    if (Object.keys(changes).length > 0) setSaved(await saveProject(project, changes))
    forget(Object.keys(changes))
    setIsSaved(true)
  })
  return (
    <section class="panel" aria-labelledby="about">
      <h2 id="about">{t.setup.about}</h2>
      {!manages && <p class="told">{t.setup.managers}</p>}
      <Form class="stack" onSend={() => void run()}>
        <fieldset class="stack" disabled={!manages}>
          <Fields
            values={values}
            theirs={theirs}
            onWrite={(name, text) => {
              setIsSaved(false)
              write(name, text)
            }}
          />
        </fieldset>
        {manages && (
          <SaveActions theirs={theirs} busy={busy} forget={forget}>
            <span class="muted" role="status">
              {isSaved && t.setup.saved}
            </span>
          </SaveActions>
        )}
      </Form>
    </section>
  )
}
