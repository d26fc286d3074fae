import { useState } from 'preact/hooks'
import { ApiError, api, dataOf } from './client.ts'
import { useAct, useOpenMade, useTitle } from './hooks.ts'
import { Field, Form, Select } from './parts.tsx'
import { t } from './strings.ts'

type Category = keyof typeof t.column.categories
type Chosen = { name: string; key: string; columns: Record<string, Category>; people: Record<string, string> }

const CATEGORIES = Object.entries(t.column.categories) as [Category, string][]
const NOTHING: Chosen = { name: '', key: '', columns: {}, people: {} }

/** The media type of a file, by its first 64 bytes: its name may have any ending. */
async function typeOf(file: File): Promise<string> {
  const start = await file.slice(0, 64).text()
  if (start.startsWith('{"flowtrack"')) return 'application/x-ndjson'
  return /^\ufeff?\s*[{[]/.test(start) ? 'application/json' : 'text/csv'
}

/** The request that previews or imports a file with what the user chose. */
async function requestOf(file: File, { name, key, columns, people }: Chosen) {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone
  const mapped = Object.fromEntries(Object.entries(people).filter(([, email]) => email !== ''))
  const query = { tz, ...(name && { name }), ...(key && { key }), map: JSON.stringify({ columns, people: mapped }) }
  return {
    params: { query },
    body: file as unknown, // sent as it is, whatever its type
    bodySerializer: (body: unknown) => body,
    headers: { 'Content-Type': await typeOf(file) },
  }
}

/** A text without what it tells programs about parameters of the API, which people do not have. */
const withoutParameters = (text: string) =>
  text.replace(/ \(in the API: [^)]*\)|: choose one with project=|\. Set its format with format=/g, '')

/** Throws what was thrown, in words for people. The server tells programs to correct `map`; people correct the file. */
function throwInOwnWords(error: unknown): never {
  if (!(error instanceof ApiError) || !error.problem.errors) throw error
  const errors = error.problem.errors.map(({ path, message }) =>
    path === 'body' || path === 'format'
      ? {
          path: t.imports.theFile,
          message: withoutParameters(message.replace(/Choose one with map=.*$/s, t.imports.correct)),
        }
      : { path, message },
  )
  throw new ApiError({ ...error.problem, errors })
}

const previewImport = async (file: File, chosen: Chosen) =>
  dataOf(await api.POST('/imports/preview', await requestOf(file, chosen)))
const importFile = async (file: File, chosen: Chosen) =>
  dataOf(await api.POST('/imports', await requestOf(file, chosen)))
type Report = Awaited<ReturnType<typeof previewImport>>

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
          accept=".json,.csv,.tsv,.ndjson,application/json,text/csv,text/tab-separated-values"
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

/** The category of each column: guessed by its name, so the user can correct it. */
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

/** The people in the file, each with the account that was found for them, or a field for their e-mail. */
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
            {withoutParameters(detail)}
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
  const { format, project, counts, columns, people, warnings } = report
  const isOwn = format === 'flowtrack' // an export of FlowTrack says its name and its columns itself
  const part = { report, chosen, onChoose }
  return (
    <Form class="review" onSend={onImport}>
      <Counts counts={counts} />
      <div class="pair">
        {!isOwn && (
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
        )}
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
      {!isOwn && columns.length > 0 && <Columns {...part} />}
      {people.length > 0 && <People {...part} />}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {t.imports.run(counts.tasks + counts.archived)}
        </button>
        <button type="button" class="quiet" aria-disabled={busy} onClick={onCheck}>
          {t.imports.check}
        </button>
      </div>
    </Form>
  )
}

/** Imports a board of another product: reads a file, shows what it would make, and makes the project. */
export function ImportPage() {
  const [file, setFile] = useState<File>()
  const [report, setReport] = useState<Report>()
  const [chosen, setChosen] = useState(NOTHING)
  useTitle(`${t.imports.title} · ${t.appName}`)
  const check = useAct(async (given: File, as: Chosen) =>
    setReport(await previewImport(given, as).catch(throwInOwnWords)),
  )
  const openMade = useOpenMade()
  const runImport = useAct(async (given: File) => {
    const { project_id } = await importFile(given, chosen).catch(throwInOwnWords)
    openMade(project_id, t.imports.done)
  })
  const pick = (picked: File) => {
    setFile(picked)
    setReport(undefined)
    setChosen(NOTHING)
    void check.run(picked, NOTHING)
  }
  const busy = check.busy || runImport.busy
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
          onCheck={() => busy || void check.run(file, chosen)}
          onImport={() => busy || void runImport.run(file)}
        />
      )}
    </div>
  )
}
