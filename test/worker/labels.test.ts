import { beforeEach, expect, it } from 'vitest'
import {
  call,
  database,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readAllPages,
  readJournal,
} from '../support/api.ts'
import { exportProject, freshKey, upload } from '../support/exports.ts'
import { connect } from '../support/socket.ts'

let ada: Person
let board: { id: string; key: string }
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
})

const send = (method: string, path: string, body?: object, { token }: { token: string } = ada) =>
  call(method, path, { token, body })
const add = (body: object, id = board.id) => send('POST', `/projects/${id}/labels`, body)
const newLabel = async (name: string) => (await add({ name })).body.id as string
const edit = (id: string, body: object, by = ada) => send('PATCH', `/tasks/${id}`, body, by)
const labelsOf = async (id: string) => (await send('GET', `/tasks/${id}`)).body.label_ids

it('creates, changes, lists and deletes labels, and journals each change', async () => {
  const made = await add({ name: ' Bug ', color: '#D93025' })
  expect(made).toMatchObject({ status: 201, body: { name: 'Bug', color: '#D93025', project_id: board.id } })
  const second = (await add({ name: 'Wish' })).body
  const changed = await send('PATCH', `/labels/${second.id}`, { name: 'Idea', base_seq: second.seq })
  expect(changed).toMatchObject({ status: 200, body: { name: 'Idea', color: null } })
  const listed = await send('GET', `/projects/${board.id}/labels`)
  expect(listed.body).toEqual({ items: [made.body, changed.body], next_cursor: null })
  expect((await send('DELETE', `/labels/${second.id}`)).status).toBe(204)
  expect(await send('DELETE', `/labels/${second.id}`)).toMatchObject(problem(404, 'not_found'))
  expect((await send('GET', `/projects/${board.id}/labels`)).body.items).toEqual([made.body])
  const told = await readJournal(ada.token, board.id, made.body.seq - 1)
  expect(told.map(({ action, changes, task_id }: any) => [action, changes, task_id])).toEqual([
    ['label.created', {}, null],
    ['label.created', {}, null],
    ['label.updated', { name: ['Wish', 'Idea'] }, null],
    ['label.deleted', {}, null],
  ])
  expect(told[2].data).toEqual(changed.body)
})

it('allows a label name once in a project, in whatever spelling, and says which label has it', async () => {
  const { body } = await add({ name: 'Straße' })
  const other = await newLabel('Road')
  const taken = { ...problem(409, 'label_name_taken'), body: { label: { id: body.id, name: 'Straße' } } }
  for (const name of ['STRASSE', 'ｓｔｒａßｅ']) expect(await add({ name })).toMatchObject(taken)
  expect(await send('PATCH', `/labels/${other}`, { name: 'strasse' })).toMatchObject(taken)
  expect((await send('PATCH', `/labels/${body.id}`, { name: 'STRASSE' })).status).toBe(200)
  expect((await add({ name: 'Straße' }, (await newProject(ada.token)).id)).status).toBe(201)
  const both = await Promise.all([add({ name: 'Twin' }), add({ name: 'twin' })])
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409])
})

it.each([{}, { name: '' }, { name: 'x'.repeat(81) }, { name: 'a\nb' }, { name: 'Red', color: 'red' }])(
  'refuses the label %j',
  async (body) => {
    expect(await add(body)).toMatchObject(problem(422, 'validation_failed'))
  },
)

it('sets, adds and removes the labels of a task, each once', async () => {
  const [bug, wish, late] = [await newLabel('Bug'), await newLabel('Wish'), await newLabel('Late')]
  const card = await newTask(ada.token, board.id, { label_ids: [bug, wish, bug.toUpperCase()] })
  expect(card.label_ids).toEqual([bug, wish])
  expect((await edit(card.id, { add_label_ids: [late, bug], remove_label_ids: [wish] })).body.label_ids).toEqual([
    bug,
    late,
  ])
  expect((await edit(card.id, { label_ids: [wish] })).body.label_ids).toEqual([wish])
  expect(await edit(card.id, { label_ids: [], add_label_ids: [bug] })).toMatchObject(problem(422, 'validation_failed'))
  const [last] = (await readJournal(ada.token, board.id, card.seq)).slice(-1)
  expect(last).toMatchObject({ action: 'task.updated', changes: { label_ids: [[bug, late], [wish]] } })
})

it('merges the labels of a task as sets with base_seq', async () => {
  const [bug, wish, late] = [await newLabel('Bug'), await newLabel('Wish'), await newLabel('Late')]
  const { id, seq } = await newTask(ada.token, board.id, { label_ids: [bug] })
  await edit(id, { label_ids: [bug, wish] })
  expect((await edit(id, { label_ids: [late], base_seq: seq })).body.label_ids).toEqual([wish, late])
  const head = await readJournal(ada.token, board.id, seq)
  await edit(id, { label_ids: [late, wish] }) // another order is no change
  expect(await readJournal(ada.token, board.id, seq)).toEqual(head)
})

it('refuses labels of another project, unknown labels, and more than 50', async () => {
  const elsewhere = (await add({ name: 'Bug' }, (await newProject(ada.token)).id)).body.id
  const { id } = await newTask(ada.token, board.id)
  for (const stranger of [elsewhere, crypto.randomUUID()]) {
    const refused = { ...problem(422, 'label_not_found'), body: { ids: [stranger], errors: [{ path: 'label_ids' }] } }
    expect(await edit(id, { label_ids: [stranger] })).toMatchObject(refused)
    expect(await edit(id, { add_label_ids: [stranger] })).toMatchObject(refused)
    const body = { project_id: board.id, title: 'New', label_ids: [stranger] }
    expect(await send('POST', '/tasks', body)).toMatchObject(refused)
  }
  const many: string[] = []
  for (let n = 0; n < 51; n += 1) many.push(await newLabel(`Label ${n}`))
  expect(await edit(id, { label_ids: many })).toMatchObject(problem(422, 'validation_failed'))
  await edit(id, { label_ids: many.slice(0, 50) })
  expect(await edit(id, { add_label_ids: many.slice(50) })).toMatchObject(problem(422, 'validation_failed'))
  expect(await labelsOf(id)).toEqual(many.slice(0, 50))
})

it('finds the tasks that have a label, or one of several', async () => {
  const [bug, wish] = [await newLabel('Bug'), await newLabel('Wish')]
  const marked = await newTask(ada.token, board.id, { label_ids: [bug] })
  const wished = await newTask(ada.token, board.id, { label_ids: [wish] })
  await newTask(ada.token, board.id)
  const find = async (...ids: string[]) => {
    const query = ids.map((id) => `&label_id=${id}`).join('')
    return (await readAllPages(`/tasks?project_id=${board.id}${query}`, ada.token)).map(({ id }) => id)
  }
  expect(await find(bug)).toEqual([marked.id])
  expect(await find(bug, wish)).toEqual([wished.id, marked.id])
  await send('DELETE', `/labels/${bug}`)
  expect(await find(bug)).toEqual([])
})

it('shows the labels on the board as in the list', async () => {
  const bug = await newLabel('Bug')
  await newTask(ada.token, board.id, { label_ids: [bug] })
  const { body } = await send('GET', `/projects/${board.id}/board`)
  expect(body.labels).toEqual((await send('GET', `/projects/${board.id}/labels`)).body.items)
  expect(body.columns[0].tasks[0].label_ids).toEqual([bug])
})

/** Makes tasks with two labels, and deletes one of these (`bug`). `head`: the seq before the deletion. */
async function deleteUsedLabel() {
  const [bug, wish] = [await newLabel('Bug'), await newLabel('Wish')]
  const cards = []
  for (let n = 0; n < 4; n += 1) cards.push(await newTask(ada.token, board.id, { label_ids: [bug, wish] }))
  await send('DELETE', `/tasks/${cards[3].id}`)
  const { head } = (await database()`select event_seq::int as head from projects where id = ${board.id}`)[0] as any
  expect((await send('DELETE', `/labels/${bug}`)).status).toBe(204)
  return { bug, wish, head, cards: cards.map(({ id }) => id as string) }
}

it('treats the addition of a deleted label as no change', async () => {
  const [kept, gone] = [await newLabel('Kept'), await newLabel('Gone')]
  const task = await newTask(ada.token, board.id, { label_ids: [kept] })
  await send('DELETE', `/labels/${gone}`)
  const edited = await edit(task.id, { add_label_ids: [gone] })
  expect(edited).toMatchObject({ status: 200, body: { seq: task.seq, label_ids: [kept] } })
})

it('removes a deleted label from all tasks with one journal row', async () => {
  const { bug, wish, head, cards } = await deleteUsedLabel()
  const [first = '', second = '', third = '', trashed = ''] = cards
  expect(await readJournal(ada.token, board.id, head)).toMatchObject([{ action: 'label.deleted', entity_id: bug }])
  const everywhere = async () => {
    const reads = [`/projects/${board.id}/board`, `/tasks?project_id=${board.id}`, `/tasks/${first}`]
    const answers = await Promise.all(reads.map((path) => send('GET', path)))
    return answers.map(({ text }) => text).join()
  }
  expect(await everywhere()).not.toContain(bug)
  expect((await send('GET', `/tasks?project_id=${board.id}&deleted=true`)).body.items[0].label_ids).toEqual([wish])

  const since = head + 1
  const writes = [
    await edit(first, { title: 'Other' }),
    await send('PATCH', `/tasks/${second}/move?status=done`),
    await send('POST', `/tasks/${trashed}/restore`),
    await edit(third, { add_label_ids: [bug] }), // sent by a client that still shows the label
    await edit(third, { label_ids: [bug], base_seq: 1 }),
  ]
  expect(writes.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(writes.map(({ text }) => text).join()).not.toContain(bug)
  expect(JSON.stringify(await readJournal(ada.token, board.id, since))).not.toContain(bug)
  expect(await everywhere()).not.toContain(bug)
})

it('treats the same labels as unchanged after another label was deleted', async () => {
  const { wish, head, cards } = await deleteUsedLabel()
  expect((await edit(cards[0] ?? '', { label_ids: [wish] })).status).toBe(200)
  expect((await edit(cards[1] ?? '', {})).status).toBe(200)
  expect(await readJournal(ada.token, board.id, head + 1)).toEqual([])
})

it('purges and imports tasks without their deleted labels', async () => {
  const { bug, wish, head, cards } = await deleteUsedLabel()
  const sql = database()
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${cards[3] ?? ''}`])
  expect(await readJournal(ada.token, board.id, head + 1)).toMatchObject([
    { action: 'task.purged', data: { label_ids: [wish] } },
  ])
  const { text } = await exportProject(board.id, ada.token)
  const { body } = await upload(text, ada, `?key=${freshKey()}`)
  const copy = (await send('GET', `/projects/${body.project.id}/board`)).body
  const [kept] = copy.labels
  expect(copy.labels).toHaveLength(1)
  expect(copy.columns[0].tasks.map(({ label_ids }: any) => label_ids)).toEqual([[kept.id], [kept.id], [kept.id]])
  const [moved] = copy.columns[0].tasks
  expect((await send('PATCH', `/tasks/${moved.id}/move?status=done`)).body.label_ids).toEqual([kept.id])
  expect(text).toContain(bug) // the journal still has it
})

it('lets contributors put labels on tasks but not create any, and refuses label changes in an archived project', async () => {
  const bug = await newLabel('Bug')
  const { id } = await newTask(ada.token, board.id)
  const bob = await newMember(ada, board.id, 'contributor')
  expect((await edit(id, { add_label_ids: [bug] }, bob)).body.label_ids).toEqual([bug])
  expect(await send('POST', `/projects/${board.id}/labels`, { name: 'Wish' }, bob)).toMatchObject(
    problem(403, 'forbidden'),
  )
  await send('PATCH', `/projects/${board.id}`, { status: 'archived' })
  expect(await add({ name: 'Wish' })).toMatchObject(problem(409, 'project_archived'))
  expect(await send('DELETE', `/labels/${bug}`)).toMatchObject(problem(409, 'project_archived'))
})

it('sends changes of labels to sockets', async () => {
  const socket = await connect(board.id, { token: ada.token })
  await socket.message('hello')
  const { body } = await add({ name: 'Bug' })
  await socket.seq(body.seq)
  expect(socket.events).toMatchObject([{ action: 'label.created', entity: 'label', data: body }])
})

it('merges an edit of a label with edits by others, and refuses conflicts', async () => {
  const { id, seq } = (await add({ name: 'Bug' })).body
  await send('PATCH', `/labels/${id}`, { color: '#ff0000' })
  expect((await send('PATCH', `/labels/${id}`, { name: 'Defect', base_seq: seq })).body).toMatchObject({
    name: 'Defect',
    color: '#ff0000',
  })
  await send('PATCH', `/labels/${id}`, { name: 'Fault' })
  expect(await send('PATCH', `/labels/${id}`, { name: 'Flaw', base_seq: seq })).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { name: { yours: 'Flaw', theirs: 'Fault' } } },
  })
})
