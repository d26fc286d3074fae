import { useState } from 'preact/hooks'
import { api, type Board, type BoardColumn, dataOf } from '../client.ts'
import { useAct } from '../hooks.ts'
import { Dialog, Field, Form, Select } from '../parts.tsx'
import { t } from '../strings.ts'

type Props = { board: Board; column: BoardColumn | undefined; onClose: () => void }
type Category = BoardColumn['category']
type Mode = BoardColumn['wip_mode']

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

const fieldsOf = ({ name = '', category, wip_limit, wip_mode }: Record<string, string>) => ({
  name,
  category: category as Category,
  wip_limit: wip_limit ? Number(wip_limit) : null,
  wip_mode: wip_mode as Mode,
})

async function saveColumn({ board, column }: Props, given: Record<string, string>): Promise<void> {
  const fields = fieldsOf(given)
  const id = board.project.id
  if (!column) {
    const body = { ...fields, key: makeKey(board, fields.name) }
    return void dataOf(await api.POST('/projects/{id}/columns', { params: { path: { id } }, body }))
  }
  const { before } = given
  const place = before === undefined || before === 'same' ? {} : { before: before === '' ? null : before }
  const body = { ...fields, ...place, base_seq: column.seq }
  dataOf(await api.PATCH('/projects/{id}/columns/{key}', { params: { path: { id, key: column.key } }, body }))
}

const Options = <T extends string>({ words, chosen }: { words: Record<T, string>; chosen: T }) => (
  <>
    {(Object.keys(words) as T[]).map((key) => (
      <option key={key} value={key} selected={key === chosen}>
        {words[key]}
      </option>
    ))}
  </>
)

function Fields({ board, column }: Omit<Props, 'onClose'>) {
  const others = board.columns.filter(({ key }) => key !== column?.key)
  return (
    <>
      <Field label={t.column.name}>
        {(id) => <input id={id} name="name" required maxLength={80} defaultValue={column?.name ?? ''} autofocus />}
      </Field>
      <Field label={t.column.category}>
        {(id) => (
          <select id={id} name="category">
            <Options words={t.column.categories} chosen={column?.category ?? 'in_progress'} />
          </select>
        )}
      </Field>
      <Field label={t.column.limit} hint={t.column.limitHint}>
        {(id, hint) => (
          <input
            id={id}
            name="wip_limit"
            type="number"
            min={1}
            max={10_000}
            aria-describedby={hint}
            defaultValue={column?.wip_limit?.toString() ?? ''}
          />
        )}
      </Field>
      <Field label={t.column.mode}>
        {(id) => (
          <select id={id} name="wip_mode">
            <Options words={t.column.modes} chosen={column?.wip_mode ?? 'warn'} />
          </select>
        )}
      </Field>
      {column && (
        <Field label={t.column.place}>
          {(id) => (
            <select id={id} name="before">
              <option value="same">–</option>
              {others.map(({ key, name }) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
              <option value="">{t.column.last}</option>
            </select>
          )}
        </Field>
      )}
    </>
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
  })
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
      <button type="button" class="danger" disabled={busy} onClick={() => void run()}>
        {t.column.delete}
      </button>
    </details>
  )
}

export function ColumnDialog(props: Props) {
  const { column, onClose } = props
  const { run, busy } = useAct(async (fields: Record<string, string>) => {
    await saveColumn(props, fields)
    onClose()
  }, t.announce.saved)
  return (
    <Dialog title={column ? t.column.title(column.name) : t.column.new} onClose={onClose}>
      <Form onSend={(fields) => void run(fields)}>
        <Fields {...props} />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {t.save}
          </button>
        </div>
      </Form>
      {column && <DeleteColumn {...props} column={column} />}
    </Dialog>
  )
}
