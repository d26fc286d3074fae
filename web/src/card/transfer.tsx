import { useState } from 'preact/hooks'
import { ApiError, api, type Board, type BoardTask, dataOf, Told } from '../client.ts'
import { useAct, useArrive, useLoaded } from '../hooks.ts'
import { loadProjects } from '../pages.ts'
import { Dialog, EmptyState, Form, LoadStatus, Select } from '../parts.tsx'
import { hrefs } from '../routes.ts'
import { t } from '../strings.ts'

async function transfer({ id }: BoardTask, project_id: string) {
  const params = { path: { id }, header: { 'Idempotency-Key': crypto.randomUUID() } }
  return dataOf(await api.POST('/tasks/{id}/transfer', { params, body: { project_id } }))
}

type Dropped = Awaited<ReturnType<typeof transfer>>['dropped']

/** What could not go along, as words. */
const wordsOf = ({ labels, assignee_ids, links, parent_id, subtasks, comment_authors }: Dropped): string[] => [
  ...labels.map(t.transfer.label),
  ...(assignee_ids.length > 0 ? [t.transfer.assignees(assignee_ids.length)] : []),
  ...(links > 0 ? [t.transfer.links(links)] : []),
  ...(parent_id ? [t.transfer.parent] : []),
  ...(comment_authors > 0 ? [t.transfer.authors(comment_authors)] : []),
  ...(subtasks > 0 ? [t.transfer.subtasks(subtasks)] : []),
]

/** The error, in words that also speak of the other project. */
function refusalOf(error: unknown): unknown {
  const words = error instanceof ApiError ? t.transfer.refusals[error.problem.code] : undefined
  return words ? new Told(words) : error
}

type Props = { board: Board; task: BoardTask; onClose: () => void }

/** Moves a card to another project, and the page with it. */
function TransferDialog({ board, task, onClose }: Props) {
  const { data: projects, error, reload } = useLoaded(loadProjects, [])
  const others = projects?.filter(({ id, status }) => id !== task.project_id && status !== 'archived')
  const [picked, setPicked] = useState('')
  const target = others?.find(({ id }) => id === picked)
  const arrive = useArrive()
  const send = useAct(async () => {
    if (!target) throw new Told(t.transfer.choose)
    if (task.pending) throw new Told(t.transfer.unsent)
    const { id, number, dropped } = await transfer(task, target.id).catch((error) => {
      throw refusalOf(error)
    })
    const back = { label: t.transfer.back(board.project.name), href: hrefs.board(board.project.id) }
    const said = t.transfer.done(task.title, target.name, number, wordsOf(dropped))
    arrive({ href: hrefs.card(target.id, id), label: t.transfer.open, instead: true }, said, back)
  })
  return (
    <Dialog title={t.transfer.title} onClose={onClose}>
      <LoadStatus data={others} error={error} reload={reload} />
      {others?.length === 0 && <EmptyState title={t.transfer.nowhere} />}
      {others && others.length > 0 && (
        <Form onSend={() => void send.run()}>
          <Select
            label={t.transfer.project}
            value={picked}
            options={[
              ['', t.transfer.choose],
              ...others.map(({ id, key, name }): [string, string] => [id, `${name} (${key})`]),
            ]}
            onPick={setPicked}
          />
          <p class="muted">{t.transfer.lead}</p>
          {task.pending && <p class="told">{t.transfer.unsent}</p>}
          <div class="actions">
            <button type="submit" class="primary" aria-disabled={send.busy || task.pending}>
              {t.transfer.do}
            </button>
          </div>
        </Form>
      )}
    </Dialog>
  )
}

export function TransferCard({ board, task }: Omit<Props, 'onClose'>) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        {t.transfer.title}
      </button>
      {asking && <TransferDialog board={board} task={task} onClose={() => setAsking(false)} />}
    </>
  )
}
