import { useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { useLiveBoard } from '../board/live.ts'
import { isAtLeast, type Rights, rightsOf } from '../board/rights.ts'
import { api, dataOf, type User } from '../client.ts'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct, useLoaded, useThrottled, useTitle } from '../hooks.ts'
import { loadPages } from '../pages.ts'
import { Loading, LoadStatus } from '../parts.tsx'
import { ProjectBar } from '../project-bar.tsx'
import { hrefs } from '../routes.ts'
import { t } from '../strings.ts'

type Store = 'trash' | 'archive'

const STORES = { trash: { deleted: 'true' }, archive: { archived: 'true' } } as const

/** The first `pages` pages of the cards in a store: what was put there last comes first. */
const loadTasks = (project_id: string, store: Store, pages: number) =>
  loadPages(async (after) => {
    const query = { project_id, ...STORES[store], sort: '-updated_at' as const, limit: 50, ...after }
    return dataOf(await api.GET('/tasks', { params: { query } }))
  }, pages)

type StoredTask = Awaited<ReturnType<typeof loadTasks>>['items'][number]

async function restoreTask(store: Store, { id }: StoredTask): Promise<void> {
  const path = { id }
  if (store === 'trash') dataOf(await api.POST('/tasks/{id}/restore', { params: { path } }))
  else dataOf(await api.PATCH('/tasks/{id}', { params: { path }, body: { archived_at: null } }))
}

type RowProps = { store: Store; task: StoredTask; mayRestore: boolean; onRestored: () => void }

function Row({ store, task, mayRestore, onRestored }: RowProps) {
  const at = (store === 'trash' ? task.deleted_at : task.archived_at) ?? task.updated_at
  const restore = useAct(async () => {
    await restoreTask(store, task)
    announce(t.trash.restored(task.title))
    onRestored()
  })
  return (
    <li>
      <span class="grow">
        <span class="muted">{task.number}</span>{' '}
        {store === 'archive' ? <a href={hrefs.card(task.project_id, task.id)}>{task.title}</a> : task.title}
        <br />
        <time class="muted" dateTime={at} title={formatMoment(at)}>
          {store === 'trash' ? t.trash.deleted(formatAgo(at)) : t.trash.archived(formatAgo(at))}
        </time>
      </span>
      {mayRestore && (
        <button
          type="button"
          aria-label={t.trash.restoreOf(task.title)}
          aria-disabled={restore.busy}
          onClick={() => void restore.run()}
        >
          {t.trash.restore}
        </button>
      )}
    </li>
  )
}

type ListProps = { project: string; store: Store; seq: number; mayRestore: boolean }

/** Cards that are off the board; read again when the board changes. */
function List({ project, store, seq, mayRestore }: ListProps) {
  const [pages, setPages] = useState(1)
  const turn = useThrottled(seq)
  const { data, error, reload } = useLoaded(() => loadTasks(project, store, pages), [project, store, turn, pages])
  const empty = store === 'trash' ? t.trash.empty : t.trash.noArchived
  return (
    <section class="part" aria-labelledby={store}>
      <h2 id={store}>{t.trash[store]}</h2>
      <p class="muted">{store === 'trash' ? t.trash.trashLead : t.trash.archiveLead}</p>
      <LoadStatus data={data} error={error} reload={reload} />
      {data?.items.length === 0 && <p>{empty}</p>}
      <ul class="rows">
        {data?.items.map((task) => (
          <Row key={task.id} {...{ store, task, mayRestore }} onRestored={reload} />
        ))}
      </ul>
      {data?.hasMore && (
        <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
          {t.more}
        </button>
      )}
    </section>
  )
}

export function TrashPage({ project, user }: { project: string; user: User }) {
  const [, { board, status }] = useLiveBoard(project, 1)
  useTitle(`${t.trash.title} · ${board?.project.name ?? t.appName}`)
  if (!board) return <Loading offline={status === 'offline'} />
  const rights: Rights = rightsOf(board, user)
  return (
    <>
      <ProjectBar project={board.project} at="trash" />
      <div class="page narrow">
        <List project={project} store="archive" seq={board.seq} mayRestore={isAtLeast(rights, 'contributor')} />
        <List project={project} store="trash" seq={board.seq} mayRestore={isAtLeast(rights, 'editor')} />
      </div>
    </>
  )
}
