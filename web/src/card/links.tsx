import { announce } from '../announce.tsx'
import { api, dataOf } from '../client.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { Field, Form, Icon } from '../parts.tsx'
import { hrefs } from '../routes.ts'
import { t } from '../strings.ts'
import { PartFailure } from './part-failure.tsx'
import type { CardProps } from './props.ts'

const KINDS = ['blocks', 'relates', 'duplicates'] as const
type Kind = (typeof KINDS)[number]

const loadLinks = async (id: string) => dataOf(await api.GET('/tasks/{id}/links', { params: { path: { id } } }))

/** Links a card to the one with this number, and returns that. Throws an ApiError when there is none. */
async function linkCards(id: string, { kind, number = '' }: Record<string, string>): Promise<string> {
  const other = dataOf(await api.GET('/tasks/{id}', { params: { path: { id: number.trim() } } }))
  const params = { path: { id }, header: { 'Idempotency-Key': crypto.randomUUID() } }
  dataOf(await api.POST('/tasks/{id}/links', { params, body: { kind: kind as Kind, task_id: other.id } }))
  return other.number
}

type CardLinks = Awaited<ReturnType<typeof loadLinks>>
type CardLink = CardLinks['items'][number]
type RowProps = {
  id: string
  kind: CardLink['kind']
  /** The card at the other end; undefined when the reader cannot see it. */
  other?: CardLink['task']
  editable: boolean
  onChanged: () => void
}

function LinkRow({ id, kind, other, editable, onChanged }: RowProps) {
  const name = other?.number ?? t.dialog.hiddenCard
  const remove = useAct(async () => {
    dataOf(await api.DELETE('/links/{id}', { params: { path: { id } } }))
    onChanged()
  }, t.dialog.linkDeleted(name))
  return (
    <li>
      <span class="grow">
        <span class="muted">{t.dialog.linkKinds[kind]}</span>{' '}
        {other ? <a href={hrefs.card(other.project_id, other.id)}>{`${other.number} ${other.title}`}</a> : name}
      </span>
      {editable && (
        <button
          type="button"
          class="quiet square"
          aria-label={t.dialog.deleteLink(name)}
          aria-disabled={remove.busy}
          onClick={() => void remove.run()}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}

function AddLink({ id, onChanged }: { id: string; onChanged: () => void }) {
  const add = useAct(async (fields: Record<string, string>, form: HTMLFormElement) => {
    const number = await linkCards(id, fields)
    form.reset()
    onChanged()
    announce(t.announce.added(number))
  })
  return (
    <details>
      <summary>{t.dialog.addLink}</summary>
      <Form class="part" onSend={(fields, form) => void add.run(fields, form)}>
        <select name="kind" aria-label={t.dialog.links}>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t.dialog.linkKinds[kind]}
            </option>
          ))}
        </select>
        <Field label={t.dialog.linkTo}>
          {(id) => <input id={id} name="number" required maxLength={40} autocomplete="off" />}
        </Field>
        <button type="submit" aria-disabled={add.busy}>
          {t.dialog.addLink}
        </button>
      </Form>
    </details>
  )
}

const NO_LINKS: CardLinks = { items: [], next_cursor: null, hidden: [] }

export function Links({ task, events, editable }: CardProps & { editable: boolean }) {
  const changed = events.changes.link ?? events.changes.task_link
  const {
    data: links = NO_LINKS,
    error,
    isLoading,
    reload,
  } = useLoaded(() => loadLinks(task.id), [task.id, changed, task.is_blocked])
  if (!editable && links.items.length + links.hidden.length === 0) return null
  return (
    <section class="part" aria-busy={isLoading}>
      <h3>{t.dialog.links}</h3>
      <PartFailure error={error} reload={reload} />
      <ul class="items">
        {links.items.map(({ id, kind, task: other }) => (
          <LinkRow key={id} id={id} kind={kind} other={other} editable={editable} onChanged={reload} />
        ))}
        {links.hidden.map(({ id, kind }) => (
          <LinkRow key={id} id={id} kind={kind} editable={editable} onChanged={reload} />
        ))}
      </ul>
      {editable && <AddLink id={task.id} onChanged={reload} />}
    </section>
  )
}
