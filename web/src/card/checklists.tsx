import { useRef, useState } from 'preact/hooks'
import { api, dataOf } from '../client.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { loadAll } from '../pages.ts'
import { Form, Icon, takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'
import { PartFailure } from './part-failure.tsx'
import type { CardProps } from './props.ts'

const loadChecklists = (id: string) =>
  loadAll(async (after) =>
    dataOf(await api.GET('/tasks/{id}/checklists', { params: { path: { id }, query: { limit: 100, ...after } } })),
  )
type List = Awaited<ReturnType<typeof loadChecklists>>[number]
type Item = List['items'][number]

const makeKeyHeader = () => ({ header: { 'Idempotency-Key': crypto.randomUUID() } })

export function Checklists({ task, events, editable }: CardProps & { editable: boolean }) {
  const changed = `${events.changes.checklist ?? 0}.${events.changes.checklist_item ?? 0}`
  const { data: lists = [], error, reload } = useLoaded(() => loadChecklists(task.id), [task.id, changed])
  const [adding, setAdding] = useState(false)
  const add = useAct(async ({ title = '' }: Record<string, string>) => {
    dataOf(
      await api.POST('/tasks/{id}/checklists', {
        params: { path: { id: task.id }, ...makeKeyHeader() },
        body: { title },
      }),
    )
    setAdding(false)
    reload()
  })
  if (!editable && lists.length === 0) return null
  return (
    <section class="part">
      <div class="part-head">
        <h3>{t.dialog.checklists}</h3>
        {editable && (
          <button type="button" class="quiet" onClick={() => setAdding(!adding)}>
            {t.dialog.newChecklist}
          </button>
        )}
      </div>
      <PartFailure error={error} reload={reload} />
      {lists.map((list) => (
        <Checklist key={list.id} list={list} editable={editable} onChanged={reload} />
      ))}
      {adding && (
        <Form class="inline-form" onSend={(fields) => void add.run(fields)}>
          <input
            name="title"
            aria-label={t.dialog.newChecklist}
            placeholder={t.dialog.newChecklist}
            required
            maxLength={200}
            ref={takeFocus}
          />
          <button type="submit" disabled={add.busy}>
            {t.add}
          </button>
        </Form>
      )}
    </section>
  )
}

type ListProps = { list: List; editable: boolean; onChanged: () => void }

function NewItem({ list, onChanged }: Omit<ListProps, 'editable'>) {
  const field = useRef<HTMLInputElement>(null)
  const add = useAct(async ({ text = '' }: Record<string, string>) => {
    dataOf(
      await api.POST('/checklists/{id}/items', {
        params: { path: { id: list.id }, ...makeKeyHeader() },
        body: { text },
      }),
    )
    onChanged()
  })
  // The field is emptied at once, for the next item. An item that could not be added comes back, before what was typed.
  const send = async (fields: Record<string, string>, form: HTMLFormElement) => {
    form.reset()
    const isAdded = await add.run(fields)
    if (!isAdded && field.current) field.current.value = `${fields.text} ${field.current.value}`.trim()
  }
  return (
    <Form class="inline-form" onSend={(fields, form) => void send(fields, form)}>
      <input
        ref={field}
        name="text"
        aria-label={t.dialog.addItemTo(list.title)}
        placeholder={t.dialog.newItem}
        required
        maxLength={500}
        autocomplete="off"
      />
      <button type="submit" class="quiet" disabled={add.busy}>
        {t.add}
      </button>
    </Form>
  )
}

function Checklist({ list, editable, onChanged }: ListProps) {
  const path = { id: list.id }
  const remove = useAct(async () => {
    dataOf(await api.DELETE('/checklists/{id}', { params: { path } }))
    onChanged()
  })
  return (
    <div class="part">
      <div class="part-head">
        <h4>{list.title}</h4>
        {editable && (
          <button
            type="button"
            class="quiet square"
            aria-label={t.dialog.deleteChecklist(list.title)}
            disabled={remove.busy}
            onClick={() => void remove.run()}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      <ul class="items">
        {list.items.map((item) => (
          <ItemRow key={item.id} item={item} editable={editable} onChanged={onChanged} />
        ))}
      </ul>
      {editable && <NewItem list={list} onChanged={onChanged} />}
    </div>
  )
}

function ItemRow({ item, editable, onChanged }: { item: Item; editable: boolean; onChanged: () => void }) {
  const path = { id: item.id }
  const [ticking, setTicking] = useState<boolean>()
  const tick = useAct(async (done: boolean) => {
    setTicking(done)
    try {
      dataOf(await api.PATCH('/checklist-items/{id}', { params: { path }, body: { done } }))
      onChanged()
    } finally {
      setTicking(undefined)
    }
  })
  const remove = useAct(async () => {
    dataOf(await api.DELETE('/checklist-items/{id}', { params: { path } }))
    onChanged()
  })
  const done = ticking ?? item.done
  return (
    <li>
      <label class={done ? 'done' : ''}>
        <input
          type="checkbox"
          checked={done}
          disabled={!editable}
          onChange={({ currentTarget }) => void tick.run(currentTarget.checked)}
        />
        {item.text}
      </label>
      {editable && (
        <button
          type="button"
          class="quiet square"
          aria-label={t.dialog.deleteItem(item.text)}
          disabled={remove.busy}
          onClick={() => void remove.run()}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}
