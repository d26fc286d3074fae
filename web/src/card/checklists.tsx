import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { api, dataOf } from '../client.ts'
import { Confirm } from '../confirm.tsx'
import { draftOf, useEdit } from '../drafts.ts'
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
  const { data: lists = [], error, isLoading, reload } = useLoaded(() => loadChecklists(task.id), [task.id, changed])
  const title = useEdit(`${task.id}:checklist`, '')
  const [adding, setAdding] = useState(title.text !== '')
  const [added, setAdded] = useState<string>() // the id of the last one
  const add = useAct(async () => {
    const params = { path: { id: task.id }, ...makeKeyHeader() }
    const list = dataOf(await api.POST('/tasks/{id}/checklists', { params, body: { title: title.text } }))
    title.write('')
    setAdded(list.id)
    announce(t.announce.added(title.text))
    reload()
  })
  const isThere = lists.some(({ id }) => id === added)
  useLayoutEffect(() => {
    if (isThere) setAdding(false)
  }, [isThere, added])
  const isExpected = isLoading || (error !== undefined && task.checklist_total > 0)
  if (!editable && lists.length === 0 && !isExpected) return null
  return (
    <section class="part" aria-busy={isLoading}>
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
        <Checklist
          key={list.id}
          task={task.id}
          list={list}
          isNew={list.id === added}
          editable={editable}
          onChanged={reload}
        />
      ))}
      {adding && !isLoading && <NewChecklist title={title} busy={add.busy} onSend={() => void add.run()} />}
    </section>
  )
}

type NewChecklistProps = { title: ReturnType<typeof useEdit>; busy: boolean; onSend: () => void }

const NewChecklist = ({ title: { text, write }, busy, onSend }: NewChecklistProps) => (
  <Form class="inline-form" onSend={onSend}>
    <input
      value={text}
      onInput={({ currentTarget }) => write(currentTarget.value)}
      aria-label={t.dialog.newChecklist}
      placeholder={t.dialog.newChecklist}
      required
      maxLength={200}
      ref={text ? null : takeFocus} // not when the card opens with a draft
    />
    <button type="submit" aria-disabled={busy}>
      {t.add}
    </button>
  </Form>
)

/** `isNew`: it was just added here, so its first item is expected next. */
type ListProps = { task: string; list: List; isNew: boolean; editable: boolean; onChanged: () => void }
type NewItemProps = Omit<ListProps, 'editable'>

/**
 * Sends new items one after another, so that they are in the order in which they were written. When one cannot be
 * added, `onLost` gets it and those that wait.
 */
function useNewItems({ list, onChanged }: NewItemProps, onLost: (texts: string[]) => void) {
  const waiting = useRef<string[]>([])
  const add = useAct(async () => {
    for (let text = waiting.current[0]; text !== undefined; text = waiting.current[0]) {
      const params = { path: { id: list.id }, ...makeKeyHeader() }
      dataOf(await api.POST('/checklists/{id}/items', { params, body: { text } }))
      waiting.current.shift()
      announce(t.announce.added(text))
      onChanged()
    }
  })
  return async (text: string) => {
    waiting.current.push(text)
    if (waiting.current.length > 1) return
    if (!(await add.run())) onLost(waiting.current.splice(0))
  }
}

/** The field is emptied at once, for the next item. Items that could not be added come back, before what was typed. */
function NewItem(props: NewItemProps) {
  const { task, list, isNew } = props
  const place = `${task}:item:${list.id}`
  const { text, write } = useEdit(place, '')
  const field = useRef<HTMLInputElement>(null)
  const add = useNewItems(props, (texts) => write([...texts, draftOf(place)].join(' ').trim()))
  useLayoutEffect(() => {
    if (isNew) field.current?.focus()
  }, [isNew])
  return (
    <Form
      class="inline-form"
      onSend={() => {
        write('')
        void add(text)
      }}
    >
      <input
        ref={field}
        value={text}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        aria-label={t.dialog.addItemTo(list.title)}
        placeholder={t.dialog.newItem}
        required
        maxLength={500}
        autocomplete="off"
      />
      <button type="submit" class="quiet">
        {t.add}
      </button>
    </Form>
  )
}

function Checklist({ task, list, isNew, editable, onChanged }: ListProps) {
  const [asking, setAsking] = useState(false)
  const path = { id: list.id }
  const remove = useAct(async () => {
    setAsking(false)
    dataOf(await api.DELETE('/checklists/{id}', { params: { path } }))
    onChanged()
  }, t.announce.deleted(list.title))
  const ask = () => (list.items.length > 0 ? setAsking(true) : void remove.run())
  return (
    <div class="part">
      <div class="part-head">
        <h4>{list.title}</h4>
        {editable && (
          <button
            type="button"
            class="quiet square"
            aria-label={t.dialog.deleteChecklist(list.title)}
            aria-disabled={remove.busy}
            onClick={ask}
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
      {editable && <NewItem task={task} list={list} isNew={isNew} onChanged={onChanged} />}
      {asking && (
        <Confirm
          title={t.dialog.deleteChecklist(list.title)}
          text={t.dialog.reallyDeleteChecklist(list.title, list.items.length)}
          onConfirm={() => void remove.run()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}

/**
 * Ticks an item, or takes the tick away. What was clicked last is shown until the list that is read has it, as a list
 * that was asked for earlier may still arrive. A click is sent when the one before it has its answer.
 */
function useTick(item: Item, onChanged: () => void) {
  const [shown, setShown] = useState<boolean>()
  const clicked = useRef(item.done)
  const answered = useRef(0) // the seq of the item in the last answer
  const sending = useRef(false) // a ref: effects of an earlier render must see a click at once
  const { run, busy } = useAct(async () => {
    let done: boolean
    try {
      do {
        done = clicked.current
        const params = { path: { id: item.id } }
        answered.current = dataOf(await api.PATCH('/checklist-items/{id}', { params, body: { done } })).seq
      } while (done !== clicked.current)
      onChanged()
    } catch (error) {
      setShown(undefined)
      throw error
    } finally {
      sending.current = false
    }
  })
  useEffect(() => {
    if (!sending.current && item.seq >= answered.current) setShown(undefined)
  }, [item, busy])
  const tick = (done: boolean) => {
    clicked.current = done
    sending.current = true
    setShown(done)
    void run() // while one is on its way, that one sends this too
  }
  return [shown ?? item.done, tick] as const
}

function ItemRow({ item, editable, onChanged }: { item: Item; editable: boolean; onChanged: () => void }) {
  const path = { id: item.id }
  const [done, tick] = useTick(item, onChanged)
  const remove = useAct(async () => {
    dataOf(await api.DELETE('/checklist-items/{id}', { params: { path } }))
    onChanged()
  }, t.announce.deleted(item.text))
  return (
    <li>
      <label class={done ? 'done' : ''}>
        <input
          type="checkbox"
          checked={done}
          disabled={!editable}
          onChange={({ currentTarget }) => tick(currentTarget.checked)}
        />
        {item.text}
      </label>
      {editable && (
        <button
          type="button"
          class="quiet square"
          aria-label={t.dialog.deleteItem(item.text)}
          aria-disabled={remove.busy}
          onClick={() => void remove.run()}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}
