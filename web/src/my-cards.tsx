import { useState } from 'preact/hooks'
import { Facts } from './board/card.tsx'
import { api, dataOf } from './client.ts'
import { useAct, useDay, useLoaded, useReturn, useTitle } from './hooks.ts'
import { loadPages, loadProjects } from './pages.ts'
import { LoadStatus } from './parts.tsx'
import { hrefs } from './routes.ts'
import { saveFile } from './save-file.ts'
import { t } from './strings.ts'

/** Open cards that are assigned to the user, of all projects: what is due first comes first. */
async function loadMine(pages: number) {
  const [{ items, hasMore }, projects] = await Promise.all([
    loadPages(async (after) => {
      const query = { include_done: 'false' as const, sort: 'due_date' as const, limit: 50, ...after }
      return dataOf(await api.GET('/tasks', { params: { query } }))
    }, pages),
    loadProjects(),
  ])
  return { tasks: items, hasMore, names: new Map(projects.map(({ id, name }) => [id, name])) }
}

type Task = Awaited<ReturnType<typeof loadMine>>['tasks'][number]
type Group = keyof typeof t.mine.groups
const GROUPS = Object.keys(t.mine.groups) as Group[]

function groupOf({ due_date }: Task, day: string): Group {
  if (!due_date) return 'none'
  if (due_date === day) return 'today'
  return due_date < day ? 'overdue' : 'later'
}

const Row = ({ task, project }: { task: Task; project: string }) => (
  <li>
    <span class="grow">
      <a href={hrefs.card(task.project_id, task.id)}>{task.title}</a>
      <span class="card-foot">
        <span class="number">{task.number}</span>
        <span>{project}</span>
        <Facts task={task} />
      </span>
    </span>
  </li>
)

/** The cards in groups: overdue, due today, due later, without a due date. */
function Groups({ tasks, names }: { tasks: Task[]; names: Map<string, string> }) {
  const day = useDay()
  return GROUPS.map((group) => {
    const own = tasks.filter((task) => groupOf(task, day) === group)
    return (
      own.length > 0 && (
        <section key={group} class="part" aria-labelledby={group}>
          <h2 id={group}>{t.mine.groups[group]}</h2>
          <ul class="rows">
            {own.map((task) => (
              <Row key={task.id} task={task} project={names.get(task.project_id) ?? ''} />
            ))}
          </ul>
        </section>
      )
    )
  })
}

export function MyCards() {
  const [pages, setPages] = useState(1)
  const { data, error, reload } = useLoaded(() => loadMine(pages), [pages])
  const table = useAct(() =>
    saveFile(async () => dataOf(await api.GET('/users/me/tasks.csv', { parseAs: 'blob' })), 'my-cards.csv'),
  )
  useReturn(reload)
  useTitle(`${t.mine.title} · ${t.appName}`)
  return (
    <div class="page narrow">
      <h1>{t.mine.title}</h1>
      <p class="muted">{t.mine.lead}</p>
      <LoadStatus data={data} error={error} reload={reload} />
      {data?.tasks.length === 0 && <p>{t.mine.empty}</p>}
      {data && <Groups {...data} />}
      {data?.hasMore && (
        <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
          {t.more}
        </button>
      )}
      <p class="muted">{t.mine.tableLead}</p>
      <div class="actions">
        <button type="button" aria-disabled={table.busy} onClick={() => void table.run()}>
          {t.reports.csv}
        </button>
      </div>
    </div>
  )
}
