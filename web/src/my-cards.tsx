import { useEffect, useState } from 'preact/hooks'
import { Facts } from './board/card.tsx'
import { api, dataOf } from './client.ts'
import { useAct, useDay, useLoaded, useTitle } from './hooks.ts'
import { loadPages, loadProjects } from './pages.ts'
import { EmptyState, Failure, Loading } from './parts.tsx'
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

/** Reloads when the user comes back to the page after looking at something else. */
function useReloadOnReturn(reload: () => void): void {
  useEffect(() => {
    const changed = () => document.visibilityState === 'visible' && reload()
    document.addEventListener('visibilitychange', changed)
    return () => document.removeEventListener('visibilitychange', changed)
  }, [reload])
}

export function MyCards() {
  const [pages, setPages] = useState(1)
  const day = useDay()
  const { data, error, reload } = useLoaded(() => loadMine(pages), [pages])
  const table = useAct(async () =>
    saveFile(dataOf(await api.GET('/users/me/tasks.csv', { parseAs: 'blob' })), 'my-cards.csv'),
  )
  useReloadOnReturn(reload)
  useTitle(`${t.mine.title} · ${t.appName}`)
  if (!data)
    return (
      <div class="page narrow">{error === undefined ? <Loading /> : <Failure error={error} reload={reload} />}</div>
    )
  if (data.tasks.length === 0) return <EmptyState title={t.mine.empty}>{t.mine.lead}</EmptyState>
  const groups = GROUPS.map((group) => [group, data.tasks.filter((task) => groupOf(task, day) === group)] as const)
  return (
    <div class="page narrow">
      <h1>{t.mine.title}</h1>
      {groups.map(
        ([group, tasks]) =>
          tasks.length > 0 && (
            <section key={group} class="part" aria-labelledby={group}>
              <h2 id={group}>{t.mine.groups[group]}</h2>
              <ul class="rows">
                {tasks.map((task) => (
                  <Row key={task.id} task={task} project={data.names.get(task.project_id) ?? ''} />
                ))}
              </ul>
            </section>
          ),
      )}
      <div class="actions">
        {data.hasMore && (
          <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
            {t.more}
          </button>
        )}
        <button type="button" aria-disabled={table.busy} onClick={() => void table.run()}>
          {t.reports.csv}
        </button>
      </div>
    </div>
  )
}
