import { useState } from 'preact/hooks'
import { announce, showDone } from '../announce.tsx'
import { api, type BoardTask, dataOf } from '../client.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { loadProjects } from '../pages.ts'
import { Dialog, EmptyState, Failure, Form, Loading, Select } from '../parts.tsx'
import { goInstead, hrefs } from '../routes.ts'
import { t } from '../strings.ts'

async function transfer({ id }: BoardTask, project_id: string) {
  const params = { path: { id }, header: { 'Idempotency-Key': crypto.randomUUID() } }
  return dataOf(await api.POST('/tasks/{id}/transfer', { params, body: { project_id } }))
}

type Dropped = Awaited<ReturnType<typeof transfer>>['dropped']

/** What could not go along, as words. */
const wordsOf = ({ labels, assignee_ids, links, parent_id, subtasks }: Dropped): string[] => [
  ...labels.map(t.transfer.label),
  ...(assignee_ids.length > 0 ? [t.transfer.assignees(assignee_ids.length)] : []),
  ...(links > 0 ? [t.transfer.links(links)] : []),
  ...(parent_id ? [t.transfer.parent] : []),
  ...(subtasks > 0 ? [t.transfer.subtasks(subtasks)] : []),
]

type Props = { task: BoardTask; onClose: () => void }

/** Moves a card to another project, and the page with it. */
function TransferDialog({ task, onClose }: Props) {
  const { data: projects, error, reload } = useLoaded(loadProjects, [])
  const others = projects?.filter(({ id, status }) => id !== task.project_id && status !== 'archived')
  const [picked, setPicked] = useState('')
  const target = others?.find(({ id }) => id === picked) ?? others?.[0]
  const send = useAct(async () => {
    if (!target) return
    const { id, number, dropped } = await transfer(task, target.id)
    const lost = wordsOf(dropped)
    const said = t.transfer.done(task.title, target.name, number)
    if (lost.length === 0) announce(said)
    else showDone(`${said} ${t.transfer.lost(lost)}`, { label: t.transfer.open, href: hrefs.card(target.id, id) })
    goInstead(hrefs.card(target.id, id))
  })
  return (
    <Dialog title={t.transfer.title} onClose={onClose}>
      {error !== undefined && !others && <Failure error={error} reload={reload} />}
      {error === undefined && !others && <Loading />}
      {others && !target && <EmptyState title={t.transfer.nowhere} />}
      {others && target && (
        <Form onSend={() => void send.run()}>
          <Select
            label={t.transfer.project}
            value={target.id}
            options={others.map(({ id, key, name }): [string, string] => [id, `${name} (${key})`])}
            onPick={setPicked}
          />
          <p class="muted">{t.transfer.lead}</p>
          <div class="actions">
            <button type="submit" class="primary" aria-disabled={send.busy}>
              {t.transfer.do}
            </button>
          </div>
        </Form>
      )}
    </Dialog>
  )
}

export function TransferCard({ task }: { task: BoardTask }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        {t.transfer.title}
      </button>
      {asking && <TransferDialog task={task} onClose={() => setAsking(false)} />}
    </>
  )
}
