import { announce } from '../announce.tsx'
import { useLiveBoard } from '../board/live.ts'
import { atLeast, type Rights, rightsOf } from '../board/rights.ts'
import { api, dataOf, type User } from '../client.ts'
import { ago, moment } from '../format.ts'
import { useAct, useLoaded, useTitle } from '../hooks.ts'
import { Failure, Loading } from '../parts.tsx'
import { ProjectBar } from '../project-bar.tsx'
import { t } from '../strings.ts'

type Which = 'trash' | 'archive'

async function load(id: string, which: Which, cursor?: string) {
  const path = { id }
  const query = { limit: 50, ...(cursor && { cursor }) }
  if (which === 'trash')
    return dataOf(
      await api.GET('/tasks', {
        params: { query: { project_id: id, deleted: 'true', sort: '-updated_at', ...query } },
      }),
    )
  return dataOf(
    await api.GET('/tasks', {
      params: { query: { project_id: path.id, archived: 'true', sort: '-updated_at', ...query } },
    }),
  )
}

type Away = Awaited<ReturnType<typeof load>>['items'][number]

async function putBack(which: Which, { id }: Away): Promise<void> {
  const path = { id }
  if (which === 'trash') dataOf(await api.POST('/tasks/{id}/restore', { params: { path } }))
  else dataOf(await api.PATCH('/tasks/{id}', { params: { path }, body: { archived_at: null } }))
}

type RowProps = { which: Which; task: Away; mayRestore: boolean; onRestored: () => void }

function Row({ which, task, mayRestore, onRestored }: RowProps) {
  const at = (which === 'trash' ? task.deleted_at : task.archived_at) ?? task.updated_at
  const restore = useAct(async () => {
    await putBack(which, task)
    announce(t.trash.restored(task.title))
    onRestored()
  })
  return (
    <li>
      <span class="grow">
        <span class="muted">{task.number}</span> {task.title}
        <br />
        <time class="muted" dateTime={at} title={moment(at)}>
          {which === 'trash' ? t.trash.deleted(ago(at)) : t.trash.archived(ago(at))}
        </time>
      </span>
      {mayRestore && (
        <button
          type="button"
          aria-label={t.trash.restoreOf(task.title)}
          disabled={restore.busy}
          onClick={() => void restore.run()}
        >
          {t.trash.restore}
        </button>
      )}
    </li>
  )
}

type ListProps = { project: string; which: Which; seq: number; mayRestore: boolean }

/** Cards that are off the board; read again when the board changes. */
function List({ project, which, seq, mayRestore }: ListProps) {
  const { data, error, reload } = useLoaded(() => load(project, which), [project, which, seq])
  const empty = which === 'trash' ? t.trash.empty : t.trash.noArchived
  return (
    <section class="part" aria-labelledby={which}>
      <h2 id={which}>{t.trash[which]}</h2>
      <p class="muted">{which === 'trash' ? t.trash.trashLead : t.trash.archiveLead}</p>
      {error !== undefined && <Failure error={error} reload={reload} />}
      {!data && error === undefined && <Loading />}
      {data?.items.length === 0 && <p>{empty}</p>}
      <ul class="rows">
        {data?.items.map((task) => (
          <Row key={task.id} {...{ which, task, mayRestore }} onRestored={reload} />
        ))}
      </ul>
    </section>
  )
}

export function TrashPage({ project, user }: { project: string; user: User }) {
  const [, { board }] = useLiveBoard(project, 1)
  useTitle(`${t.trash.title} · ${board?.project.name ?? t.appName}`)
  if (!board) return <Loading />
  const rights: Rights = rightsOf(board, user)
  return (
    <>
      <ProjectBar project={board.project} at="trash" />
      <div class="page narrow">
        <List project={project} which="archive" seq={board.seq} mayRestore={atLeast(rights, 'contributor')} />
        <List project={project} which="trash" seq={board.seq} mayRestore={atLeast(rights, 'editor')} />
      </div>
    </>
  )
}
