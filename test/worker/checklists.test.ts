import { beforeAll, expect, it } from 'vitest'
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

import { connect } from '../support/socket.ts'

let ada: Person
let grace: Person
let linus: Person
let board: any
beforeAll(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
  grace = await newMember(ada, board.id, 'contributor', 'Grace')
  linus = await newMember(ada, board.id, 'viewer', 'Linus')
})

const send = (method: string, path: string, body?: object, { token }: { token: string } = grace, headers = {}) =>
  call(method, path, { token, body, headers })
const add = async (card: { id: string }, title = 'List') =>
  (await send('POST', `/tasks/${card.id}/checklists`, { title })).body
const addItem = async (list: { id: string }, text: string, more: object = {}) =>
  (await send('POST', `/checklists/${list.id}/items`, { text, ...more })).body
const tick = (id: string, body: object = { done: true }, headers = {}) =>
  send('PATCH', `/checklist-items/${id}`, body, grace, headers)
const readLists = (card: { id: string }, query = '') =>
  readAllPages(`/tasks/${card.id}/checklists${query}`, linus.token)
const textsOf = async (card: { id: string }) =>
  (await readLists(card)).map(({ items }: any) => items.map(({ text }: any) => text))
const countsOf = async (card: { id: string }) => {
  const { checklist_done, checklist_total } = (await send('GET', `/tasks/${card.id}`)).body
  return [checklist_done, checklist_total]
}

/** A card with one list of these items. */
async function listOf(...names: string[]) {
  const card = await newTask(ada.token, board.id)
  const list = await add(card)
  const items: any[] = []
  for (const name of names) items.push(await addItem(list, name))
  return { card, list, items }
}

it('creates lists and items, shows them in order, and counts them on the task', async () => {
  const card = await newTask(ada.token, board.id)
  const made = await send('POST', `/tasks/${card.number.toLowerCase()}/checklists`, { title: ' To do ' })
  expect(made).toMatchObject({ status: 201, body: { project_id: board.id, task_id: card.id, title: 'To do' } })
  expect(made.headers.get('Location')).toBe(`/tasks/${card.id}/checklists`)
  const first = await send('POST', `/checklists/${made.body.id}/items`, {
    text: 'One',
    assignee_id: linus.id,
    due_date: '2026-12-24',
  })
  const fields = { text: 'One', done: false, assignee_id: linus.id, due_date: '2026-12-24', checklist_id: made.body.id }
  expect(first).toMatchObject({ status: 201, body: { ...fields, task_id: card.id, project_id: board.id } })
  const second = await addItem(made.body, 'Two')
  const ticked = await tick(first.body.id)
  expect(ticked).toMatchObject({ status: 200, body: { ...fields, done: true } })
  expect(ticked.headers.get('ETag')).toBe(`"${ticked.body.seq}"`)
  const other = await add(card, 'Other')
  expect(await readLists({ id: card.number })).toEqual([
    { ...made.body, items: [ticked.body, second] },
    { ...other, items: [] },
  ])
  expect(await countsOf(card)).toEqual([1, 2])
  const { columns } = (await send('GET', `/projects/${board.id}/board`)).body
  const onBoard = columns[0].tasks.find(({ id }: any) => id === card.id)
  expect(onBoard).toMatchObject({ checklist_done: 1, checklist_total: 2 })
})

it('journals each change, and the new counts right after it', async () => {
  const { card, list, items } = await listOf('One')
  await tick(items[0].id)
  await tick(items[0].id) // no change
  await tick(items[0].id, { text: 'First', assignee_id: grace.id, due_date: '2026-12-01' })
  await send('PATCH', `/checklists/${list.id}`, { title: 'Renamed' })
  await send('DELETE', `/checklist-items/${items[0].id}`)
  await addItem(list, 'Two')
  await send('DELETE', `/checklists/${list.id}`)
  const told = await readJournal(ada.token, board.id, card.seq)
  expect(told.map(({ action, changes, task_id }: any) => [action, changes, task_id === card.id])).toEqual([
    ['checklist.created', {}, true],
    ['checklist_item.created', {}, true],
    ['task.updated', { checklist_total: [0, 1] }, true],
    ['checklist_item.updated', { done: [false, true] }, true],
    ['task.updated', { checklist_done: [0, 1] }, true],
    [
      'checklist_item.updated',
      { text: ['One', 'First'], assignee_id: [null, grace.id], due_date: [null, '2026-12-01'] },
      true,
    ],
    ['checklist.updated', { title: ['List', 'Renamed'] }, true],
    ['checklist_item.deleted', {}, true],
    ['task.updated', { checklist_done: [1, 0], checklist_total: [1, 0] }, true],
    ['checklist_item.created', {}, true],
    ['task.updated', { checklist_total: [0, 1] }, true],
    ['checklist.deleted', {}, true],
    ['task.updated', { checklist_total: [1, 0] }, true],
  ])
  expect(told[0].data).toEqual(list)
  expect(told[1].data).toEqual(items[0])
})

it('places items and lists after or before others, and leaves the others unchanged', async () => {
  const { card, list, items } = await listOf('a', 'b', 'c', 'd')
  const [a, b, c, d] = items
  const place = async (id: string, where: object) => {
    expect((await tick(id, where)).status).toBe(200)
    return (await textsOf(card))[0].join('')
  }
  expect(await place(d.id, { after: a.id })).toBe('adbc')
  expect(await place(a.id, { before: c.id })).toBe('dbac')
  expect(await place(d.id, { after: c.id })).toBe('bacd')
  expect(await place(b.id, { after: a.id, before: c.id })).toBe('abcd')
  const seq = (await readLists(card))[0].items[1].seq
  expect(await place(b.id, { after: a.id })).toBe('abcd')
  expect((await readLists(card))[0].items[1].seq).toBe(seq)
  await addItem(list, 'e', { before: a.id })
  await addItem(list, 'f', { after: b.id })
  expect((await textsOf(card))[0].join('')).toBe('eabfcd')
  const [second, third] = [await add(card, 'Second'), await add(card, 'Third')]
  await send('PATCH', `/checklists/${third.id}`, { before: list.id })
  await send('PATCH', `/checklists/${list.id}`, { after: second.id })
  expect((await readLists(card)).map(({ id }: any) => id)).toEqual([third.id, second.id, list.id])
})

it('ignores a neighbour that was deleted, and refuses one of another list or task', async () => {
  const { list, items, card } = await listOf('a', 'b', 'gone')
  const other = await listOf('x')
  const [a, b, gone] = items
  await send('DELETE', `/checklist-items/${gone.id}`)
  expect((await tick(a.id, { after: gone.id })).status).toBe(200)
  expect(await textsOf(card)).toEqual([['b', 'a']])
  for (const path of ['before', 'after'])
    for (const neighbour of [other.items[0].id, list.id, crypto.randomUUID(), a.id]) {
      const refused = { ...problem(422, 'validation_failed'), body: { errors: [{ path }] } }
      expect(await tick(a.id, { [path]: neighbour })).toMatchObject(refused)
      if (neighbour !== a.id)
        expect(await send('POST', `/checklists/${list.id}/items`, { text: 'New', [path]: neighbour })).toMatchObject(
          refused,
        )
    }
  expect(await send('PATCH', `/checklists/${list.id}`, { after: other.list.id })).toMatchObject(
    problem(422, 'validation_failed'),
  )
  expect(await tick(b.id, { after: a.id, text: 'last' })).toMatchObject({ status: 200, body: { text: 'last' } })
})

it('renews the ranks of a list before they become too long, and keeps its order', async () => {
  const { card, items } = await listOf('a', 'b', 'c')
  let [low, high] = [items[1], items[2]]
  for (let n = 0; n < 180; n += 1) {
    expect((await tick(high.id, { after: items[0].id })).status).toBe(200)
    ;[low, high] = [high, low]
  }
  const [{ items: ranked }] = await readLists(card)
  expect(ranked.map(({ text }: any) => text)).toEqual(['a', ...(high.text === 'b' ? ['c', 'b'] : ['b', 'c'])])
  for (const { position } of ranked) expect(position.replace('.', '').length).toBeLessThanOrEqual(40)
  const told = await readAllPages(`/projects/${board.id}/activity?task_id=${card.id}`, ada.token)
  const renumbered = told.filter(
    ({ changes }: any) => changes.position?.[0].length > 30 && changes.position[1] === '2048',
  )
  expect(renumbered.length).toBeGreaterThan(0)
})

it('keeps one order when several people tick and move items at the same time', async () => {
  const { card, list, items } = await listOf('a', 'b', 'c', 'd', 'e', 'f')
  await Promise.all([
    ...items.map(({ id }) => tick(id)),
    ...items.slice(1).map(({ id }) => tick(id, { after: items[0].id })),
    ...items.slice(1).map(({ id }) => send('PATCH', `/checklist-items/${id}`, { before: items[0].id }, ada)),
    ...['g', 'h', 'i'].map((text) => addItem(list, text, { before: items[0].id })),
  ])
  const [{ items: now }] = await readLists(card)
  expect(now).toHaveLength(9)
  expect(new Set(now.map(({ position }: any) => position)).size).toBe(9)
  expect(await countsOf(card)).toEqual([6, 9])
  const last = (await readJournal(ada.token, board.id, card.seq)).filter(
    ({ entity }: any) => entity === 'checklist_item',
  )
  expect(now.map(({ id, seq }: any) => [id, seq])).toEqual(
    now.map(({ id }: any) => [
      id,
      Math.max(...last.filter((event: any) => event.entity_id === id).map(({ seq }: any) => seq)),
    ]),
  )
})

it('merges edits of different fields, and reports both values of a conflict', async () => {
  const { list, items } = await listOf('a')
  const { id, seq } = items[0]
  await tick(id, { text: 'b', base_seq: seq })
  expect(await tick(id, { done: true, base_seq: seq })).toMatchObject({ status: 200, body: { text: 'b', done: true } })
  expect(await tick(id, { text: 'c', base_seq: seq })).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { text: { yours: 'c', theirs: 'b' } } },
  })
  expect(await tick(id, { text: 'c' }, { 'If-Match': `"${seq}"` })).toMatchObject(problem(412, 'version_mismatch'))
  const old = { 'If-Match': `"${list.seq}"` }
  await send('PATCH', `/checklists/${list.id}`, { title: 'New', base_seq: list.seq })
  expect(await send('DELETE', `/checklists/${list.id}`, undefined, grace, old)).toMatchObject(
    problem(412, 'version_mismatch'),
  )
  expect(await send('DELETE', `/checklist-items/${id}`, undefined, grace, old)).toMatchObject(
    problem(412, 'version_mismatch'),
  )
})

it('reads a due date with a time as the day in the time zone of its sender', async () => {
  const { items } = await listOf('a')
  await send('PATCH', '/users/me', { timezone: 'Asia/Tokyo' })
  const { body } = await tick(items[0].id, { due_date: '2026-12-23T15:00:00Z', base_seq: items[0].seq })
  expect(body.due_date).toBe('2026-12-24')
  const again = { due_date: '2026-12-23T15:00:00Z', base_seq: items[0].seq }
  expect(await tick(items[0].id, again)).toMatchObject({ status: 200, body: { seq: body.seq } })
})

it('creates a checklist or an item once for one Idempotency-Key', async () => {
  const card = await newTask(ada.token, board.id)
  const key = { 'Idempotency-Key': crypto.randomUUID() }
  const make = () => send('POST', `/tasks/${card.id}/checklists`, { title: 'Once' }, grace, key)
  const [one, two] = [await make(), await make()]
  expect([two.status, two.text]).toEqual([201, one.text])
  const other = { 'Idempotency-Key': crypto.randomUUID() }
  const fill = () => send('POST', `/checklists/${one.body.id}/items`, { text: 'Once' }, grace, other)
  const [three, four] = [await fill(), await fill()]
  expect([four.status, four.text]).toEqual([201, three.text])
  expect(await readLists(card)).toEqual([{ ...one.body, items: [three.body] }])
})

const LIST = '/tasks/$card/checklists'
it.each([
  ['POST', LIST, {}],
  ['POST', LIST, { title: ' ' }],
  ['POST', LIST, { title: 'x'.repeat(201) }],
  ['POST', LIST, { title: 'x', color: 'red' }],
  ['PATCH', '/checklists/$list', { title: null }],
  ['PATCH', '/checklists/$list', { task_id: crypto.randomUUID() }],
  ['POST', '/checklists/$list/items', {}],
  ['POST', '/checklists/$list/items', { text: '' }],
  ['POST', '/checklists/$list/items', { text: 'a\nb' }],
  ['POST', '/checklists/$list/items', { text: 'x'.repeat(501) }],
  ['POST', '/checklists/$list/items', { text: 'x', done: true }],
  ['POST', '/checklists/$list/items', { text: 'x', due_date: 'soon' }],
  ['PATCH', '/checklist-items/$item', { text: null }],
  ['PATCH', '/checklist-items/$item', { done: 'yes' }],
  ['PATCH', '/checklist-items/$item', { done: null }],
  ['PATCH', '/checklist-items/$item', { due_date: '2026-02-30' }],
  ['PATCH', '/checklist-items/$item', { assignee_id: 'ada' }],
  ['PATCH', '/checklist-items/$item', { checklist_id: crypto.randomUUID() }],
  ['PATCH', '/checklist-items/$item', { base_seq: 1e9 }],
])('refuses %s %s %j', async (method, path, body) => {
  const { card, list, items } = await listOf('a')
  const ids: Record<string, string> = { card: card.id, list: list.id, item: items[0].id }
  const named = path.replace(/\$(\w+)/, (_, name) => ids[name] ?? '')
  expect(await send(method, named, body)).toMatchObject(problem(422, 'validation_failed'))
  expect(await readLists(card)).toEqual([{ ...list, items }])
})

it('accepts item texts of 500 characters in any script', async () => {
  const { items } = await listOf('a')
  expect((await tick(items[0].id, { text: '火'.repeat(500) })).status).toBe(200)
})

it('assigns items only to members', async () => {
  const { list, items } = await listOf('a')
  const stranger = await newPerson()
  const refused = {
    ...problem(422, 'assignee_not_member'),
    body: { ids: [stranger.id], errors: [{ path: 'assignee_id' }] },
  }
  expect(await tick(items[0].id, { assignee_id: stranger.id })).toMatchObject(refused)
  expect(await send('POST', `/checklists/${list.id}/items`, { text: 'b', assignee_id: stranger.id })).toMatchObject(
    refused,
  )
})

it('returns 404 for lists of a card in the trash, and refuses changes in an archived project', async () => {
  const shelf = await newProject(ada.token)
  const [card, other] = [await newTask(ada.token, shelf.id), await newTask(ada.token, shelf.id)]
  const make = async ({ id }: { id: string }) => {
    const list = (await send('POST', `/tasks/${id}/checklists`, { title: 'List' }, ada)).body
    return { list, one: (await send('POST', `/checklists/${list.id}/items`, { text: 'One' }, ada)).body }
  }
  const [{ list, one }, kept] = [await make(card), await make(other)]
  const all = async (list_id: string, item_id: string, id: string) => [
    await send('POST', `/tasks/${id}/checklists`, { title: 'More' }, ada),
    await send('PATCH', `/checklists/${list_id}`, { title: 'New' }, ada),
    await send('POST', `/checklists/${list_id}/items`, { text: 'More' }, ada),
    await send('PATCH', `/checklist-items/${item_id}`, { done: true }, ada),
    await send('DELETE', `/checklist-items/${item_id}`, undefined, ada),
    await send('DELETE', `/checklists/${list_id}`, undefined, ada),
  ]
  const read = ({ id }: { id: string }) => send('GET', `/tasks/${id}/checklists`, undefined, ada)
  await send('DELETE', `/tasks/${card.id}`, undefined, ada)
  for (const answer of [...(await all(list.id, one.id, card.id)), await read(card)])
    expect(answer).toMatchObject(problem(404, 'not_found'))
  await send('POST', `/tasks/${card.id}/restore`, undefined, ada)
  expect((await read(card)).body.items).toEqual([{ ...list, items: [one] }])
  await send('PATCH', `/projects/${shelf.id}`, { status: 'archived' }, ada)
  for (const answer of await all(kept.list.id, kept.one.id, other.id))
    expect(answer).toMatchObject(problem(409, 'project_archived'))
  expect((await read(other)).body.items).toEqual([{ ...kept.list, items: [kept.one] }])
})

it('returns 404 for checklists without access to the project, and after their deletion', async () => {
  const { card, list, items } = await listOf('a')
  const stranger = await newPerson()
  const paths = [`/checklists/${list.id}`, `/checklist-items/${items[0].id}`]
  for (const path of paths)
    for (const by of [stranger, grace]) {
      const named = by === grace ? path.replace(/[^/]+$/, crypto.randomUUID()) : path
      expect(await send('PATCH', named, {}, by)).toMatchObject(problem(404, 'not_found'))
      expect(await send('DELETE', named, undefined, by)).toMatchObject(problem(404, 'not_found'))
    }
  expect(await send('POST', `/checklists/${list.id}/items`, { text: 'b' }, stranger)).toMatchObject(
    problem(404, 'not_found'),
  )
  expect(await send('GET', `/tasks/${card.number}/checklists`, undefined, stranger)).toMatchObject(
    problem(404, 'not_found'),
  )
  await send('DELETE', paths[0] as string)
  for (const path of paths) expect(await send('PATCH', path, {})).toMatchObject(problem(404, 'not_found'))
  expect(await tick(items[0].id)).toMatchObject(problem(404, 'not_found'))
  expect(await readLists(card)).toEqual([])
})

it('shortens a page with long items, and returns all lists over all pages', async () => {
  const card = await newTask(ada.token, board.id)
  const lists: any[] = []
  for (let n = 0; n < 8; n += 1) lists.push(await add(card, `List ${n}`))
  const text = '火'.repeat(500)
  await database().transaction([
    database()`select set_actor(${ada.id})`,
    database()`insert into checklist_items (id, project_id, task_id, checklist_id, text, position)
      select gen_random_uuid(), project_id, task_id, id, ${text}, n from checklists, generate_series(1, 100) n where task_id = ${card.id}`,
  ])
  const { body } = await call('GET', `/tasks/${card.id}/checklists`, { token: ada.token })
  expect(body.items.length).toBeGreaterThan(3)
  expect(body.items.length).toBeLessThan(8)
  const all = await readLists(card)
  expect(all.map(({ id, items }: any) => [id, items.length])).toEqual(lists.map(({ id }) => [id, 100]))
  expect((await readLists(card, '?limit=1')).length).toBe(8)
  expect(await countsOf(card)).toEqual([0, 800])
})

it('unassigns a member who leaves from all items, with journal rows but without notifications', async () => {
  const shelf = await newProject(ada.token)
  const guest = await newMember(ada, shelf.id, 'contributor')
  const [card, trashed] = [await newTask(ada.token, shelf.id), await newTask(ada.token, shelf.id)]
  const ids: string[] = []
  for (const { id } of [card, trashed]) {
    const list = (await send('POST', `/tasks/${id}/checklists`, { title: 'List' }, ada)).body
    const made = await send('POST', `/checklists/${list.id}/items`, { text: 'One', assignee_id: guest.id }, ada)
    ids.push(made.body.id)
    await send('POST', `/checklists/${list.id}/items`, { text: 'Two', assignee_id: ada.id }, ada)
  }
  await send('DELETE', `/tasks/${trashed.id}`, undefined, ada)
  const head = (await readJournal(ada.token, shelf.id, 0)).length
  expect((await send('DELETE', `/projects/${shelf.id}/members/${guest.id}`, undefined, ada)).status).toBe(204)
  const told = await readJournal(ada.token, shelf.id, head)
  expect(told.map(({ action, changes }: any) => [action, changes])).toEqual([
    ['member.removed', {}],
    ['checklist_item.updated', { assignee_id: [guest.id, null] }],
    ['checklist_item.updated', { assignee_id: [guest.id, null] }],
  ])
  expect(
    told
      .slice(1)
      .map(({ entity_id }: any) => entity_id)
      .toSorted(),
  ).toEqual(ids.toSorted())
})

it('unassigns a former member from over 500 items in steps, but not from items assigned after rejoining', async () => {
  const shelf = await newProject(ada.token)
  const guest = await newMember(ada, shelf.id, 'contributor')
  const card = await newTask(ada.token, shelf.id)
  const list = async () => (await send('POST', `/tasks/${card.id}/checklists`, { title: 'List' }, ada)).body
  for (let n = 0; n < 6; n += 1) await list()
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into checklist_items (id, project_id, task_id, checklist_id, text, position, assignee_id)
      select gen_random_uuid(), project_id, task_id, id, 'Item', n, ${guest.id} from checklists, generate_series(1, 99) n where task_id = ${card.id}`,
  ])
  const held = async () =>
    (await sql`select id from checklist_items where project_id = ${shelf.id} and assignee_id = ${guest.id}`).length
  expect(await held()).toBe(594)
  await send('DELETE', `/projects/${shelf.id}/members/${guest.id}`, undefined, ada)
  await send('POST', `/projects/${shelf.id}/members`, { user_id: guest.id, role: 'viewer' }, ada)
  const fresh = await send(
    'POST',
    `/checklists/${(await list()).id}/items`,
    { text: 'New', assignee_id: guest.id },
    ada,
  )
  expect(fresh.status).toBe(201)
  await expect.poll(held).toBe(1)
  const [told] =
    await sql`select count(*)::int as events, count(distinct user_id)::int as people, max(user_id::text) as by from activity_logs
    where project_id = ${shelf.id} and changes ? 'assignee_id'`
  expect(told).toEqual({ events: 594, people: 1, by: ada.id })
})

it('notifies people when an item is assigned to them or unassigned, and makes them watchers', async () => {
  const card = await newTask(ada.token, board.id)
  const list = await add(card)
  const [one, two] = [
    await addItem(list, 'One', { assignee_id: linus.id }),
    await addItem(list, 'Mine', { assignee_id: grace.id }),
  ]
  await tick(one.id, { text: 'First', done: true })
  await tick(one.id, { assignee_id: ada.id })
  const told = await database()`select user_id, kind, data from notifications
    where data ->> 'checklist_item_id' = any(${[one.id, two.id]}) order by kind, data ->> 'text' desc`
  const data = { checklist_item_id: one.id, number: card.number, title: card.title }
  expect(told).toMatchObject([
    { user_id: linus.id, kind: 'assigned', data: { ...data, text: 'One' } },
    { user_id: ada.id, kind: 'assigned', data: { ...data, text: 'First' } },
    { user_id: linus.id, kind: 'unassigned', data },
  ])
  const { items } = (await send('GET', `/tasks/${card.number}/watchers`)).body
  expect(items.map(({ user_id }: any) => user_id).toSorted()).toEqual([ada.id, grace.id, linus.id].toSorted())
})

it('sends changes of items to sockets', async () => {
  const { card, items } = await listOf('a')
  const socket = await connect(board.id, linus)
  await socket.message('hello')
  const { body } = await tick(items[0].id)
  await socket.until(() => socket.events.length === 2)
  const [ticked, counted] = socket.events
  expect(ticked).toMatchObject({ action: 'checklist_item.updated', task_id: card.id, data: body })
  expect(counted).toMatchObject({ action: 'task.updated', changes: { checklist_done: [0, 1] } })
  socket.close()
})

it('deletes the checklists of a purged task in one event, and counts them as rows of a batch', async () => {
  const shelf = await newProject(ada.token)
  const cards = [
    await newTask(ada.token, shelf.id),
    await newTask(ada.token, shelf.id),
    await newTask(ada.token, shelf.id),
  ]
  for (const { id } of cards) {
    const list = (await send('POST', `/tasks/${id}/checklists`, { title: 'List' }, ada)).body
    for (const text of ['a', 'b']) await send('POST', `/checklists/${list.id}/items`, { text }, ada)
    await send('DELETE', `/tasks/${id}`, undefined, ada)
  }
  const sql = database()
  const head = (await readJournal(ada.token, shelf.id, 0)).length
  const purge = async () => {
    const [, rows] = await sql.transaction([
      sql`select set_actor(${ada.id})`,
      sql`select purge_trash(${shelf.id}, now(), 4) as rows`,
    ])
    return rows?.[0]?.rows
  }
  expect([await purge(), await purge(), await purge()]).toEqual([6, 3, 0])
  const told = await readJournal(ada.token, shelf.id, head)
  expect(told.map(({ action }: any) => action)).toEqual(['task.purged', 'task.purged', 'task.purged'])
  expect(await sql`select item_total from projects where id = ${shelf.id}`).toEqual([{ item_total: 0 }])
  expect(await sql`select 1 from checklists where project_id = ${shelf.id}`).toEqual([])
  expect(await sql`select 1 from checklist_items where project_id = ${shelf.id}`).toEqual([])
})

it('deletes checklists with their project', async () => {
  const shelf = await newProject(ada.token)
  const card = await newTask(ada.token, shelf.id)
  const list = (await send('POST', `/tasks/${card.id}/checklists`, { title: 'List' }, ada)).body
  await send('POST', `/checklists/${list.id}/items`, { text: 'One' }, ada)
  expect((await send('DELETE', `/projects/${shelf.id}`, undefined, ada)).status).toBe(204)
  expect(await database()`select 1 from checklist_items where project_id = ${shelf.id}`).toEqual([])
})
