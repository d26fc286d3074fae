import { api, dataOf, type Project } from '../client.ts'
import { useAct } from '../hooks.ts'
import { saveFile } from '../save-file.ts'
import { t } from '../strings.ts'

/** Files of a project: its cards as a table, and for managers its history, which can be imported again. */
export function Downloads({ project: { id, key }, manages }: { project: Project; manages: boolean }) {
  const params = { path: { id } }
  const table = useAct(async () =>
    saveFile(async () => dataOf(await api.GET('/projects/{id}/tasks.csv', { params, parseAs: 'blob' })), `${key}.csv`),
  )
  const history = useAct(async () =>
    saveFile(async () => dataOf(await api.GET('/projects/{id}/export', { params, parseAs: 'blob' })), `${key}.ndjson`),
  )
  return (
    <section class="panel" aria-labelledby="downloads">
      <h2 id="downloads">{t.setup.downloads}</h2>
      <p class="muted">{[t.setup.tableLead, ...(manages ? [t.setup.historyLead] : [])].join(' ')}</p>
      <div class="actions">
        <button type="button" aria-disabled={table.busy} onClick={() => void table.run()}>
          {t.setup.table}
        </button>
        {manages && (
          <button type="button" aria-disabled={history.busy} onClick={() => void history.run()}>
            {t.setup.history}
          </button>
        )}
      </div>
    </section>
  )
}
