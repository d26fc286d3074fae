import { useState } from 'preact/hooks'
import { api, dataOf } from './client.ts'
import { useAct, useTitle } from './hooks.ts'
import { Field, Form, Select } from './parts.tsx'
import { go, to } from './routes.ts'
import { t } from './strings.ts'

type Category = keyof typeof t.column.categories
type Chosen = { name: string; key: string; columns: Record<string, Category>; people: Record<string, string> }

const CATEGORIES = Object.entries(t.column.categories) as [Category, string][]
const NOTHING: Chosen = { name: '', key: '', columns: {}, people: {} }

/** What the file is, by its beginning, whatever its name. */
async function typeOf(file: File): Promise<string> {
  const start = await file.slice(0, 64).text()
  if (start.startsWith('{"flowtrack"')) return 'application/x-ndjson'
  return /^\ufeff?\s*[{[]/.test(start) ? 'application/json' : 'text/csv'
}

/** The file as the body of a request, with what was chosen for it. */
async function request(file: File, { name, key, columns, people }: Chosen) {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone
  const mapped = Object.fromEntries(Object.entries(people).filter(([, email]) => email !== ''))
  const query = { tz, ...(name && { name }), ...(key && { key }), map: JSON.stringify({ columns, people: mapped }) }
  return {
    params: { query },
    body: file as unknown as string, // the types, made from the OpenAPI document, have a string for a body that is not JSON
    bodySerializer: (body: string) => body,
    headers: { 'Content-Type': await typeOf(file) },
  }
}

const preview = async (file: File, chosen: Chosen) =>
  dataOf(await api.POST('/imports/preview', await request(file, chosen)))
type Report = Awaited<ReturnType<typeof preview>>

type PickerProps = { file: File | undefined; busy: boolean; onPick: (file: File) => void }

/** Browsers take a file that is dropped on the input, too. */
const FilePicker = ({ file, busy, onPick }: PickerProps) => (
  <>
    <Field label={t.imports.file} hint={t.imports.fileHint}>
      {(id, hint) => (
        <input
          id={id}
          type="file"
          class="drop"
          accept=".json,.csv,.ndjson,application/json,text/csv"
          aria-describedby={hint}
          disabled={busy}
          onChange={({ currentTarget }) => currentTarget.files?.[0] && onPick(currentTarget.files[0])}
        />
      )}
    </Field>
    {busy && <p role="status">{t.imports.reading(file?.name ?? '')}</p>}
  </>
)

const Counts = ({ counts }: { counts: Report['counts'] }) => (
  <ul class="counts" aria-label={t.imports.found}>
    {Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => (
        <li key={kind}>{t.imports.counts[kind as keyof Report['counts']](count)}</li>
      ))}
  </ul>
)

type PartProps = { report: Report; chosen: Chosen; onChoose: (chosen: Chosen) => void }

/** What each column means: a guess by its name, to be corrected. */
const Columns = ({ report, chosen, onChoose }: PartProps) => (
  <section>
    <h2>{t.imports.columns}</h2>
    <p class="muted">{t.imports.columnsHint}</p>
    <ul class="rows">
      {report.columns.map(({ name, category, tasks }) => (
        <li key={name}>
          <span class="grow">
            {name} <span class="muted">{t.board.count(tasks)}</span>
          </span>
          <Select
            unseen
            label={t.imports.meaning(name)}
            value={chosen.columns[name] ?? category}
            options={CATEGORIES}
            onPick={(picked) => picked && onChoose({ ...chosen, columns: { ...chosen.columns, [name]: picked } })}
          />
        </li>
      ))}
    </ul>
  </section>
)

/** Who is in the file, and whom of the people that one works with that is. */
const People = ({ report, chosen, onChoose }: PartProps) => (
  <section>
    <h2>{t.imports.people}</h2>
    <p class="muted">{t.imports.peopleHint}</p>
    <ul class="rows">
      {report.people.map(({ name, email, matched_user_id }) => (
        <li key={name}>
          <span class="grow">{name}</span>
          {matched_user_id ? (
            <span class="muted">{email ?? t.imports.matched}</span>
          ) : (
            <Field unseen label={t.imports.emailOf(name)}>
              {(id) => (
                <input
                  id={id}
                  type="email"
                  placeholder={t.imports.noAccount}
                  value={chosen.people[name] ?? ''}
                  onInput={({ currentTarget }) =>
                    onChoose({ ...chosen, people: { ...chosen.people, [name]: currentTarget.value } })
                  }
                />
              )}
            </Field>
          )}
        </li>
      ))}
    </ul>
  </section>
)

const Warnings = ({ warnings }: Pick<Report, 'warnings'>) => (
  <section>
    <h2>{t.imports.warnings}</h2>
    <ul class="rows">
      {warnings.map(({ code, count, detail, examples }) => (
        <li key={code}>
          <strong>{count}</strong>
          <span class="grow">
            {detail}
            {examples.length > 0 && <span class="muted"> {examples.join(' · ')}</span>}
          </span>
        </li>
      ))}
    </ul>
  </section>
)

type ReviewProps = PartProps & { busy: boolean; onCheck: () => void; onImport: () => void }

/** What the import would make: nothing is written yet. */
function Review({ report, chosen, onChoose, busy, onCheck, onImport }: ReviewProps) {
  const { project, counts, columns, people, warnings } = report
  const part = { report, chosen, onChoose }
  return (
    <Form class="review" onSend={onImport}>
      <Counts counts={counts} />
      <div class="pair">
        <Field label={t.projects.name}>
          {(id) => (
            <input
              id={id}
              maxLength={200}
              placeholder={project.name}
              value={chosen.name}
              onInput={({ currentTarget }) => onChoose({ ...chosen, name: currentTarget.value })}
            />
          )}
        </Field>
        <Field label={t.imports.key} hint={t.imports.keyHint}>
          {(id, hint) => (
            <input
              id={id}
              pattern="[A-Z][A-Z0-9]{1,9}"
              placeholder={project.key}
              value={chosen.key}
              aria-describedby={hint}
              onInput={({ currentTarget }) => onChoose({ ...chosen, key: currentTarget.value.toUpperCase() })}
            />
          )}
        </Field>
      </div>
      {columns.length > 0 && <Columns {...part} />}
      {people.length > 0 && <People {...part} />}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {t.imports.run(counts.tasks + counts.archived)}
        </button>
        <button type="button" class="quiet" disabled={busy} onClick={onCheck}>
          {t.imports.check}
        </button>
      </div>
    </Form>
  )
}

/** Brings a board of another product over: a file, what it would make, the new project. */
export function ImportPage() {
  const [file, setFile] = useState<File>()
  const [report, setReport] = useState<Report>()
  const [chosen, setChosen] = useState(NOTHING)
  useTitle(`${t.imports.title} · ${t.appName}`)
  const read = useAct(async (given: File, as: Chosen) => setReport(await preview(given, as)))
  const bring = useAct(async (given: File) => {
    const { project_id } = dataOf(await api.POST('/imports', await request(given, chosen)))
    go(to.board(project_id))
  }, t.imports.done)
  const pick = (picked: File) => {
    setFile(picked)
    setReport(undefined)
    setChosen(NOTHING)
    void read.run(picked, NOTHING)
  }
  const busy = read.busy || bring.busy
  return (
    <div class="page narrow">
      <div class="page-head">
        <h1>{t.imports.title}</h1>
      </div>
      <p class="muted">{t.imports.lead}</p>
      <FilePicker file={file} busy={busy} onPick={pick} />
      {file && report && (
        <Review
          report={report}
          chosen={chosen}
          onChoose={setChosen}
          busy={busy}
          onCheck={() => void read.run(file, chosen)}
          onImport={() => void bring.run(file)}
        />
      )}
    </div>
  )
}
