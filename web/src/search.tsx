import { useEffect, useState } from 'preact/hooks'
import { api, dataOf } from './client.ts'
import { useLoaded } from './hooks.ts'
import { Dialog, Failure, Field } from './parts.tsx'
import { hrefs } from './routes.ts'
import { t } from './strings.ts'

const searchTasks = async (q: string, project_id: string | undefined) =>
  dataOf(await api.GET('/search', { params: { query: { q, limit: 20, ...(project_id && { project_id }) } } }))
type Found = Awaited<ReturnType<typeof searchTasks>>
type Hit = Found['items'][number]

const DEBOUNCE_MS = 250

/** The last text that has stayed the same for DEBOUNCE_MS. */
function useDebounced(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

/** Plain text in which the matches are marked. */
function Snippet({ text, highlights }: Hit['snippet']) {
  const parts: (string | preact.JSX.Element)[] = []
  let at = 0
  for (const [from, until] of highlights as [number, number][]) {
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, until)}</mark>)
    at = until
  }
  return <p>{[...parts, text.slice(at)]}</p>
}

/** What to say of the results: how many there are, and whether there are others. */
function summaryOf({ items, next_cursor, incomplete }: Found): string {
  const count = items.length === 0 ? t.search.empty : (next_cursor ? t.search.best : t.search.results)(items.length)
  return incomplete ? `${count} ${t.search.incomplete}` : count
}

const Hits = ({ found, onClose }: { found: Found; onClose: () => void }) => (
  <>
    <p class="muted" role="status">
      {summaryOf(found)}
    </p>
    <ul class="results">
      {found.items.map((hit) => (
        <li key={hit.id}>
          <a href={hrefs.card(hit.project_id, hit.id)} onClick={onClose}>
            <span class="muted">{hit.number}</span> {hit.title}
          </a>
          {hit.snippet.field !== 'title' && <Snippet {...hit.snippet} />}
        </li>
      ))}
    </ul>
  </>
)

/** Searches all projects, or the one that is open. */
export function Search({ project, onClose }: { project: string | undefined; onClose: () => void }) {
  const [text, setText] = useState('')
  const [onlyHere, setOnlyHere] = useState(false)
  const q = useDebounced(text).trim()
  const scope = onlyHere ? project : undefined
  const { data, error } = useLoaded(async () => (q ? searchTasks(q, scope) : undefined), [q, scope])
  return (
    <Dialog title={t.search.title} onClose={onClose}>
      <Field label={t.search.title} unseen>
        {(id) => (
          <input
            id={id}
            type="search"
            autofocus
            maxLength={200}
            placeholder={t.search.placeholder}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        )}
      </Field>
      {project && (
        <label class="check">
          <input
            type="checkbox"
            checked={onlyHere}
            onChange={({ currentTarget }) => setOnlyHere(currentTarget.checked)}
          />
          {t.search.here}
        </label>
      )}
      {error !== undefined ? (
        <Failure error={error} />
      ) : data ? (
        <Hits found={data} onClose={onClose} />
      ) : (
        <p class="hint">{t.search.hint}</p>
      )}
    </Dialog>
  )
}
