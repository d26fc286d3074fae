import { useState } from 'preact/hooks'
import { api, type Board, type BoardColumn, dataOf } from '../client.ts'
import { useAct, useWhileShown } from '../hooks.ts'
import { Dialog, Field, Form, Select } from '../parts.tsx'
import { SaveActions } from '../save-actions.tsx'
import { t } from '../strings.ts'
import { fieldsOf, hintOf, useValues } from '../values.ts'

type Props = { board: Board; column: BoardColumn | undefined; onClose: () => void }
type Category = BoardColumn['category']
type Mode = BoardColumn['wip_mode']
type Name = 'name' | 'category' | 'wip_limit' | 'wip_mode'
type Values = Record<Name, string>

/** The choice of a place that leaves the column where it is. */
const SAME_PLACE = 'same'

/** A key for a new column, made of its name: none of the board's columns has it. */
function makeKey(board: Board, name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 34)
  const base = plain || 'column'
  const taken = new Set(board.columns.map(({ key }) => key))
  let key = base
  for (let n = 2; taken.has(key); n += 1) key = `${base}_${n}`
  return key
}

const valuesOf = (column: BoardColumn | undefined): Values => ({
  name: column?.name ?? '',
  category: column?.category ?? 'in_progress',
  wip_limit: column?.wip_limit?.toString() ?? '',
  wip_mode: column?.wip_mode ?? 'warn',
})

const limitOf = (text: string) => (text ? Number(text) : null)

async function addColumn(board: Board, { name, category, wip_limit, wip_mode }: Values): Promise<void> {
  const body = {
    key: makeKey(board, name),
    name,
    category: category as Category,
    wip_limit: limitOf(wip_limit),
    wip_mode: wip_mode as Mode,
  }
  dataOf(await api.POST('/projects/{id}/columns', { params: { path: { id: board.project.id } }, body }))
}

/** Saves what was changed. With `base_seq`, nothing is overwritten that others have written since this copy. */
async function saveColumn(board: Board, { key, seq }: BoardColumn, changes: Partial<Values>, place: string) {
  const { name, category, wip_limit, wip_mode } = changes
  const body = {
    ...(name !== undefined && { name }),
    ...(category && { category: category as Category }),
    ...(wip_limit !== undefined && { wip_limit: limitOf(wip_limit) }),
    ...(wip_mode && { wip_mode: wip_mode as Mode }),
    ...(place !== SAME_PLACE && { before: place || null }),
  }
  if (Object.keys(body).length === 0) return
  const params = { path: { id: board.project.id, key } }
  dataOf(await api.PATCH('/projects/{id}/columns/{key}', { params, body: { ...body, base_seq: seq } }))
}

const Options = ({ words, chosen }: { words: Record<string, string>; chosen: string }) => (
  <>
    {Object.entries(words).map(([key, text]) => (
      <option key={key} value={key} selected={key === chosen}>
        {text}
      </option>
    ))}
  </>
)

type FieldsProps = { values: Values; theirs: Partial<Values>; onWrite: (name: Name, text: string) => void }

function Fields({ values, theirs, onWrite }: FieldsProps) {
  const props = fieldsOf(values, onWrite)
  const choice = (name: 'category' | 'wip_mode', label: string, words: Record<string, string>) => (
    <Field label={label} hint={hintOf(theirs[name] && (words[theirs[name]] ?? theirs[name]))}>
      {(id, hint) => (
        <select id={id} aria-describedby={hint} {...props(name)}>
          <Options words={words} chosen={values[name]} />
        </select>
      )}
    </Field>
  )
  return (
    <>
      <Field label={t.column.name} hint={hintOf(theirs.name)}>
        {(id, hint) => <input id={id} required maxLength={80} autofocus aria-describedby={hint} {...props('name')} />}
      </Field>
      {choice('category', t.column.category, t.column.categories)}
      <Field label={t.column.limit} hint={hintOf(theirs.wip_limit, t.column.limitHint)}>
        {(id, hint) => (
          <input id={id} type="number" min={1} max={10_000} aria-describedby={hint} {...props('wip_limit')} />
        )}
      </Field>
      {choice('wip_mode', t.column.mode, t.column.modes)}
    </>
  )
}

function PlaceField({ board, column }: { board: Board; column: BoardColumn }) {
  const others = board.columns.filter(({ key }) => key !== column.key)
  return (
    <Field label={t.column.place}>
      {(id) => (
        <select id={id} name="before">
          <option value={SAME_PLACE}>–</option>
          {others.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
          <option value="">{t.column.last}</option>
        </select>
      )}
    </Field>
  )
}

/** Deletes a column; its cards go to another one. */
function DeleteColumn({ board, column, onClose }: Props & { column: BoardColumn }) {
  const others = board.columns.filter(({ key }) => key !== column.key)
  const [target, setTarget] = useState(others[0]?.key ?? '')
  const { run, busy } = useAct(async () => {
    const params = { path: { id: board.project.id, key: column.key }, query: { move_to: target } }
    dataOf(await api.DELETE('/projects/{id}/columns/{key}', { params }))
    onClose()
  }, t.announce.deleted(column.name))
  if (others.length === 0) return null
  return (
    <details>
      <summary>{t.column.delete}</summary>
      <Select
        label={t.column.moveTo}
        value={target}
        options={others.map(({ key, name }): [string, string] => [key, name])}
        onPick={setTarget}
      />
      <button type="button" class="danger" aria-disabled={busy} onClick={() => void run()}>
        {t.column.delete}
      </button>
    </details>
  )
}

/** Makes a column, or changes one. If somebody else changes the same field meanwhile, both values are shown. */
export function ColumnDialog(props: Props) {
  const { board, onClose } = props
  const column = board.columns.find(({ id }) => id === props.column?.id) ?? props.column // as it is now
  const { values, changes, theirs, write, forget } = useValues(valuesOf(column))
  const close = useWhileShown(onClose)
  const { run, busy } = useAct(async ({ before = SAME_PLACE }: Record<string, string>) => {
    await (column ? saveColumn(board, column, changes, before) : addColumn(board, values))
    close()
  }, t.announce.saved)
  return (
    <Dialog title={column ? t.column.title(column.name) : t.column.new} onClose={onClose}>
      <Form onSend={(fields) => void run(fields)}>
        <Fields values={values} theirs={theirs} onWrite={write} />
        {column && <PlaceField board={board} column={column} />}
        <SaveActions theirs={theirs} busy={busy} forget={forget} />
      </Form>
      {column && <DeleteColumn {...props} column={column} />}
    </Dialog>
  )
}
