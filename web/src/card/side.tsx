import { useState } from 'preact/hooks'
import { announce, showDone } from '../announce.tsx'
import { Chip } from '../board/chip.tsx'
import { nameOf } from '../board/people.ts'
import { isAtLeast } from '../board/rights.ts'
import { ApiError, api, type BoardTask, dataOf } from '../client.ts'
import { ConfirmButton } from '../confirm.tsx'
import { DateInput } from '../date-input.tsx'
import { draftOf, useEdit } from '../drafts.ts'
import { formatAgo, formatMoment } from '../format.ts'
import { showErrorOf, useAct, useLoaded } from '../hooks.ts'
import { Avatar, Field, Form, Select } from '../parts.tsx'
import { isOnBoard } from '../routes.ts'
import { t } from '../strings.ts'
import type { CardProps } from './props.ts'
import { TransferCard } from './transfer.tsx'

type Props = CardProps & { editable: boolean }
const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const

/** The facts of a card. Each is saved as soon as it is chosen. */
export function Side(props: Props) {
  const { open, board, task, user, editable, rights } = props
  const isSent = task.seq > 0 // else the server does not have the card yet, nor its author
  const move = (key: string) => {
    open.move(task.id, { status: key })
    const column = board.columns.find((column) => column.key === key)
    const count = (column?.task_count ?? 0) + 1
    announce(t.move.moved(task.title, column?.name ?? key, count, count))
  }
  return (
    <>
      <Select
        saves
        label={t.dialog.column}
        value={task.status}
        disabled={!editable}
        options={board.columns.map(({ key, name }): [string, string] => [key, name])}
        onPick={move}
      />
      <Select
        saves
        label={t.dialog.priority}
        value={task.priority}
        disabled={!editable}
        options={PRIORITIES.map((key): [BoardTask['priority'], string] => [key, t.card.priority[key]])}
        onPick={(priority) => priority && open.edit(task.id, { priority })}
      />
      <Day {...props} field="due_date" label={t.dialog.dueDate} />
      <Day {...props} field="start_date" label={t.dialog.startDate} />
      <Assignees {...props} />
      <Labels {...props} />
      <Watch {...props} />
      {editable && (task.archived_at ? <UnarchiveCard {...props} /> : <ArchiveCard {...props} />)}
      {isAtLeast(rights, 'editor') && isSent && <TransferCard board={board} task={task} />}
      {isAtLeast(rights, 'editor') && <DeleteCard {...props} />}
      <p class="muted" title={formatMoment(task.created_at)}>
        {t.dialog.created(formatAgo(task.created_at), nameOf(board, isSent ? task.created_by : user.id))}
      </p>
    </>
  )
}

const Day = ({ open, task, editable, field, label }: Props & { field: 'due_date' | 'start_date'; label: string }) => (
  <Field label={label}>
    {(id) => (
      <DateInput
        id={id}
        disabled={!editable}
        value={task[field] ?? ''}
        onPick={(date) => void open.edit(task.id, { [field]: date || null })}
      />
    )}
  </Field>
)

function Assignees({ open, board, task, editable }: Props) {
  const ids = [...new Set([...task.assignee_ids, ...board.members.map(({ user_id }) => user_id)])]
  const toggle = (id: string, on: boolean) =>
    open.edit(task.id, on ? { add_assignee_ids: [id] } : { remove_assignee_ids: [id] })
  return (
    <fieldset class="picked">
      <legend>{t.dialog.assignees}</legend>
      <div class="picks">
        {ids.map((id) => (
          <label key={id}>
            <input
              type="checkbox"
              disabled={!editable}
              checked={task.assignee_ids.includes(id)}
              onChange={({ currentTarget }) => void toggle(id, currentTarget.checked)}
            />
            <Avatar id={id} name={nameOf(board, id)} />
            {nameOf(board, id)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function Labels({ open, board, task, editable, rights }: Props) {
  const toggle = (id: string, on: boolean) =>
    open.edit(task.id, on ? { add_label_ids: [id] } : { remove_label_ids: [id] })
  const place = `${task.id}:label`
  const name = useEdit(place, '')
  const [startsOpen] = useState(name.text !== '')
  const make = useAct(async ({ color = '' }: Record<string, string>, form: HTMLFormElement) => {
    const params = { path: { id: board.project.id }, header: { 'Idempotency-Key': crypto.randomUUID() } }
    const label = dataOf(await api.POST('/projects/{id}/labels', { params, body: { name: name.text, color } }))
    form.reset()
    if (draftOf(place) === name.text) name.write('')
    toggle(label.id, true)
    announce(t.announce.added(label.name))
  })
  const mayMake = editable && isAtLeast(rights, 'editor')
  if (board.labels.length === 0 && !mayMake) return null
  return (
    <fieldset class="picked">
      <legend>{t.dialog.labels}</legend>
      <div class="picks">
        {board.labels.map((label) => (
          <label key={label.id}>
            <input
              type="checkbox"
              disabled={!editable}
              checked={task.label_ids.includes(label.id)}
              onChange={({ currentTarget }) => void toggle(label.id, currentTarget.checked)}
            />
            <Chip label={label} />
          </label>
        ))}
      </div>
      {mayMake && (
        <details open={startsOpen}>
          <summary>{t.dialog.newLabel}</summary>
          <Form class="inline-form" onSend={(fields, form) => void make.run(fields, form)}>
            <input
              value={name.text}
              onInput={({ currentTarget }) => name.write(currentTarget.value)}
              aria-label={t.dialog.newLabel}
              required
              maxLength={80}
            />
            <input name="color" type="color" class="color" aria-label={t.dialog.labelColor} defaultValue="#2f6fdd" />
            <button type="submit" aria-disabled={make.busy}>
              {t.add}
            </button>
          </Form>
        </details>
      )}
    </fieldset>
  )
}

const isWatching = async (id: string, user_id: string) => {
  const { items } = dataOf(await api.GET('/tasks/{id}/watchers', { params: { path: { id } } }))
  return items.some((watcher) => watcher.user_id === user_id)
}

/** Turns notifications of comments on or off. Who creates a card, comments on it or is assigned watches it as well. */
function Watch({ task, user, events, rights }: Props) {
  const params = { path: { id: task.id } }
  const { data, error, reload } = useLoaded(
    () => isWatching(task.id, user.id),
    [task.id, events.changes.comment, task.assignee_ids.join()],
  )
  const turn = useAct(async () => {
    dataOf(data ? await api.DELETE('/tasks/{id}/watch', { params }) : await api.PUT('/tasks/{id}/watch', { params }))
    announce(data ? t.dialog.unwatched : t.dialog.watched)
    reload()
  })
  if (rights.archived || (error !== undefined && data === undefined)) return null
  // Its room is kept while it loads: what is below must not move under somebody's pointer.
  const visibility = data === undefined ? 'hidden' : 'inherit'
  return (
    <button
      type="button"
      style={{ visibility }}
      aria-disabled={turn.busy}
      aria-pressed={data}
      onClick={() => void turn.run()}
    >
      {data ? t.dialog.unwatch : t.dialog.watch}
    </button>
  )
}

/** Archives a card: it leaves the board, but is kept. */
function ArchiveCard({ open, task, onClose }: Props) {
  const archive = () => {
    open.edit(task.id, { archived_at: new Date().toISOString() })
    const undo = async () => {
      const result = await open.edit(task.id, { archived_at: null }).done
      if (result.ok) announce(t.trash.restored(task.title))
      else if (!isOnBoard(task.project_id)) showErrorOf(new ApiError(result.problem)) // the board shows it itself
    }
    showDone(t.dialog.archived(task.title), { label: t.undo, act: () => void undo() })
    onClose()
  }
  return (
    <button type="button" onClick={archive}>
      {t.dialog.archive}
    </button>
  )
}

/** Puts an archived card on the board again. */
function UnarchiveCard({ task }: Props) {
  const restore = useAct(async () => {
    dataOf(await api.PATCH('/tasks/{id}', { params: { path: { id: task.id } }, body: { archived_at: null } }))
  }, t.trash.restored(task.title))
  return (
    <button type="button" aria-disabled={restore.busy} onClick={() => void restore.run()}>
      {t.dialog.unarchive}
    </button>
  )
}

function DeleteCard({ open, task, onClose }: Props) {
  const remove = () => {
    open.remove(task.id)
    announce(t.announce.deleted(task.title))
    onClose()
  }
  return (
    <ConfirmButton class="danger" title={t.dialog.delete} text={t.dialog.reallyDelete(task.title)} onConfirm={remove}>
      {t.dialog.delete}
    </ConfirmButton>
  )
}
