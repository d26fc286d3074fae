import { beforeEach, expect, it } from 'vitest'
import { call, database, newMember, newPerson, newProject, newTask, type Person, problem } from '../support/api.ts'
import { exportProject, freshKey, upload } from '../support/exports.ts'
import { avoidMidnight } from '../support/midnight.ts'
import { connectAt } from '../support/socket.ts'

let ada: Person
let grace: Person
let linus: Person
let board: any
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
  grace = await newMember(ada, board.id, 'contributor', 'Grace')
  linus = await newMember(ada, board.id, 'viewer', 'Linus')
})

type Card = { id: string }
const say = async (who: Person, card: Card, body = 'Hello') =>
  (await call('POST', `/tasks/${card.id}/comments`, { token: who.token, body: { body } })).body
const watch = (who: Person, card: Card) => call('PUT', `/tasks/${card.id}/watch`, { token: who.token })
const unwatch = (who: Person, card: Card) => call('DELETE', `/tasks/${card.id}/watch`, { token: who.token })
const watchersOf = async (card: Card) =>
  (await call('GET', `/tasks/${card.id}/watchers`, { token: ada.token })).body.items.map(({ user }: any) => user.name)
const mentionOf = ({ id }: Person) => `@[Somebody](user:${id})`
const PREFERENCES = '/users/me/notification-preferences'
const mute = (who: Person, body: object) =>
  call('PUT', PREFERENCES, { token: who.token, body: { muted_kinds: [], muted_project_ids: [], ...body } })

/** The kinds of a person's notifications of this board, without invitations, oldest first. */
async function kindsOf({ token }: Person) {
  const { items } = (await call('GET', '/notifications', { token })).body
  return items
    .filter(({ kind, project_id }: any) => project_id === board.id && kind !== 'project_invited')
    .map(({ kind }: any) => kind)
    .toReversed()
}

it('makes people watchers when they create a task, are assigned, comment, or ask for it', async () => {
  const card = await newTask(ada.token, board.id)
  expect(await watchersOf(card)).toEqual(['Ada'])
  await call('PATCH', `/tasks/${card.id}`, { token: ada.token, body: { assignee_ids: [grace.id] } })
  expect(await watchersOf(card)).toEqual(['Ada', 'Grace'])
  expect([(await watch(linus, card)).status, (await watch(linus, card)).status]).toEqual([204, 204])
  expect(await watchersOf(card)).toEqual(['Ada', 'Grace', 'Linus'])
  const other = await newTask(ada.token, board.id, { assignee_ids: [linus.id] })
  await say(grace, other)
  expect(await watchersOf(other)).toEqual(['Ada', 'Grace', 'Linus'])
})

it('makes members watch what they created, commented on or are assigned to in an imported project', async () => {
  const mine = await newTask(ada.token, board.id, { title: 'Mine' })
  const theirs = await newTask(grace.token, board.id, { title: 'Theirs' })
  await call('PATCH', `/tasks/${mine.id}`, { token: ada.token, body: { assignee_ids: [linus.id] } })
  await say(grace, mine)
  await say(ada, theirs)
  const { text } = await exportProject(board.id, ada.token)
  const { id } = (await upload(text, ada, `?key=${freshKey()}`)).body.project
  const { items } = (await call('GET', `/tasks?project_id=${id}`, { token: ada.token })).body
  const titled = (wanted: string) => items.find(({ title }: any) => title === wanted)
  expect(await watchersOf(titled('Mine'))).toEqual(['Grace', 'Linus'])
  expect(await watchersOf(titled('Theirs'))).toEqual(['Ada', 'Grace'])
})

it('notifies watchers of a comment once, and never its author', async () => {
  const card = await newTask(ada.token, board.id)
  await watch(linus, card)
  const first = await say(grace, card)
  expect([await kindsOf(ada), await kindsOf(grace), await kindsOf(linus)]).toEqual([['commented'], [], ['commented']])
  const [row] = (await call('GET', '/notifications', { token: linus.token })).body.items
  expect(row).toMatchObject({ kind: 'commented', task_id: card.id, actor_id: grace.id, data: { comment_id: first.id } })
  await call('PATCH', `/comments/${first.id}`, { token: grace.token, body: { body: 'Edited' } })
  await say(ada, card)
  expect([await kindsOf(ada), await kindsOf(grace), await kindsOf(linus)]).toEqual([
    ['commented'],
    ['commented'],
    ['commented', 'commented'],
  ])
})

it('notifies a watcher who is mentioned only once, of the mention', async () => {
  const card = await newTask(ada.token, board.id)
  await say(grace, card, `${mentionOf(ada)} ${mentionOf(linus)}`)
  expect([await kindsOf(ada), await kindsOf(linus)]).toEqual([['mentioned'], ['mentioned']])
  await mute(ada, { muted_kinds: ['mentioned'] })
  await say(grace, card, mentionOf(ada))
  expect(await kindsOf(ada)).toEqual(['mentioned', 'commented'])
})

it('lets people stop watching until they comment or are assigned again', async () => {
  const card = await newTask(ada.token, board.id, { assignee_ids: [grace.id] })
  await unwatch(ada, card)
  await unwatch(grace, card)
  await call('PATCH', `/tasks/${card.id}`, { token: ada.token, body: { title: 'Other' } })
  expect(await watchersOf(card)).toEqual([])
  await say(ada, card)
  expect(await watchersOf(card)).toEqual(['Ada'])
  expect(await kindsOf(grace)).toEqual(['assigned'])
  await call('PATCH', `/tasks/${card.id}`, { token: ada.token, body: { assignee_ids: [] } })
  await call('PATCH', `/tasks/${card.id}`, { token: ada.token, body: { assignee_ids: [grace.id] } })
  expect(await watchersOf(card)).toEqual(['Ada', 'Grace'])
})

it('ends watching together with the membership, in that project only', async () => {
  const card = await newTask(ada.token, board.id)
  const other = await newProject(ada.token)
  await call('POST', `/projects/${other.id}/members`, { token: ada.token, body: { user_id: linus.id, role: 'viewer' } })
  const elsewhere = await newTask(ada.token, other.id)
  await Promise.all([watch(linus, card), watch(linus, elsewhere)])
  await mute(linus, { muted_project_ids: [board.id, other.id] })
  await call('DELETE', `/projects/${board.id}/members/${linus.id}`, { token: linus.token })
  expect(await watchersOf(card)).toEqual(['Ada'])
  expect(await watchersOf(elsewhere)).toEqual(['Ada', 'Linus'])
  expect((await call('GET', PREFERENCES, { token: linus.token })).body.muted_project_ids).toEqual([other.id])
  await call('POST', `/projects/${board.id}/members`, { token: ada.token, body: { user_id: linus.id, role: 'viewer' } })
  await say(ada, card)
  expect(await kindsOf(linus)).toEqual([])
})

it('returns 404 for a card in the trash', async () => {
  const card = await newTask(ada.token, board.id)
  await call('DELETE', `/tasks/${card.id}`, { token: ada.token })
  const list = await call('GET', `/tasks/${card.id}/watchers`, { token: ada.token })
  for (const answer of [await watch(ada, card), await unwatch(ada, card), list])
    expect(answer).toMatchObject(problem(404, 'not_found'))
})

it('allows 100 watchers of a task, and still accepts comments of others', async () => {
  const card = await newTask(ada.token, board.id)
  const sql = database()
  const crowd = Array.from({ length: 99 }, () => ({
    id: crypto.randomUUID(),
    email: `${crypto.randomUUID()}@example.com`,
  }))
  await sql`insert into users (id, email, name) select id, email, 'One of many'
    from jsonb_to_recordset(${JSON.stringify(crowd)}::jsonb) as many(id uuid, email text)`
  await sql`insert into task_watchers (task_id, user_id, project_id) select ${card.id}, id, ${board.id}
    from jsonb_to_recordset(${JSON.stringify(crowd)}::jsonb) as many(id uuid)`
  expect(await watch(linus, card)).toMatchObject({ ...problem(409, 'too_many_watchers'), body: { limit: 100 } })
  expect((await watch(ada, card)).status).toBe(204)
  expect((await say(grace, card)).user_id).toBe(grace.id)
  expect(await watchersOf(card)).toHaveLength(100)
})

it('sends no notifications that are muted by kind or by project', async () => {
  expect((await call('GET', PREFERENCES, { token: grace.token })).body).toEqual({
    muted_kinds: [],
    muted_project_ids: [],
  })
  const set = { muted_kinds: ['assigned', 'commented'], muted_project_ids: [] }
  expect(await mute(grace, { ...set, muted_kinds: ['assigned', 'commented', 'assigned'] })).toMatchObject({
    status: 200,
    body: set,
  })
  expect((await call('GET', PREFERENCES, { token: grace.token })).body).toEqual(set)
  const card = await newTask(ada.token, board.id, { assignee_ids: [grace.id, linus.id] })
  await say(ada, card)
  await call('PATCH', `/tasks/${card.id}/move?status=done`, { token: ada.token })
  expect(await kindsOf(grace)).toEqual(['moved'])
  expect(await kindsOf(linus)).toEqual(['assigned', 'commented', 'moved'])
  await mute(grace, { muted_project_ids: [board.id] })
  await call('PATCH', `/tasks/${card.id}/move?status=todo`, { token: ada.token })
  await say(ada, card, mentionOf(grace))
  expect(await kindsOf(grace)).toEqual(['moved'])
})

it('sends no reminders that are muted', async () => {
  await avoidMidnight()
  const today = new Date().toISOString().slice(0, 10)
  await newTask(ada.token, board.id, { assignee_ids: [grace.id, linus.id], due_date: today })
  await mute(grace, { muted_kinds: ['assigned', 'due_soon', 'overdue'] })
  await mute(linus, { muted_project_ids: [board.id] })
  const sql = database()
  const remind = () =>
    sql.transaction([sql`select set_actor(null)`, sql`select * from remind_project(${board.id}, now())`])
  await remind()
  expect(await kindsOf(grace)).toEqual(['assigned'])
  expect(await kindsOf(linus)).toEqual(['assigned'])
  await mute(linus, {})
  await remind()
  expect(await kindsOf(linus)).toEqual(['assigned', 'due_soon'])
})

it.each([
  ['an unknown kind', { muted_kinds: ['shouted'], muted_project_ids: [] }],
  ['incomplete preferences', { muted_kinds: [] }],
  ['a project that is not an id', { muted_kinds: [], muted_project_ids: ['x'] }],
])('refuses %s', async (_, body) => {
  expect(await call('PUT', PREFERENCES, { token: ada.token, body })).toMatchObject(problem(422, 'validation_failed'))
})

it('allows muting at most 1,000 projects, and only those of which the person is a member', async () => {
  const strange = await newProject((await newPerson()).token)
  const foreign = {
    errors: [{ path: 'muted_project_ids', message: 'contains a project of which you are not a member: leave it out' }],
  }
  for (const id of [strange.id, crypto.randomUUID()])
    expect(await mute(ada, { muted_project_ids: [board.id, id] })).toMatchObject({ status: 422, body: foreign })
  const many = Array.from({ length: 1_001 }, () => crypto.randomUUID())
  expect(await mute(ada, { muted_project_ids: many })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'muted_project_ids', message: expect.stringContaining('1000') }] },
  })
  expect(await mute(ada, { muted_project_ids: [board.id, board.id] })).toMatchObject({
    status: 200,
    body: { muted_project_ids: [board.id] },
  })
})

it('sends the notifications of watchers to their sockets', async () => {
  const card = await newTask(ada.token, board.id)
  await watch(linus, card)
  const { epoch, seq } = (await call('GET', '/notifications', { token: linus.token })).body
  const socket = await connectAt(`notifications/${linus.id}`, { ...linus, query: `?since=${epoch}:${seq}` })
  await say(grace, card)
  await socket.until(() => socket.notifications.length > 0)
  expect(socket.notifications).toMatchObject([{ kind: 'commented', actor_id: grace.id }])
  socket.close()
})
