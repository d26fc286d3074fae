import { expect, it } from 'vitest'
import {
  call,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  problem,
  readAllPages,
  readJournal,
} from '../support/api.ts'

async function newTeam() {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const path = `/projects/${board.id}/members`
  return { ada, board, path }
}

it('shows the role, the name and the e-mail address of a member', async () => {
  const { ada, board, path } = await newTeam()
  const bob = await newMember(ada, board.id, 'viewer', 'Bob')
  const { body } = await call('GET', `${path}/${bob.id}`, { token: bob.token })
  expect(body).toMatchObject({ user_id: bob.id, role: 'viewer', user: { id: bob.id, name: 'Bob', email: bob.email } })
  expect(JSON.stringify(body)).not.toContain('password')
})

it('adds a person once, and only with an active account', async () => {
  const { ada, board, path } = await newTeam()
  const [bob, gone, root] = [await newMember(ada, board.id, 'viewer'), await newPerson(), await newAdmin()]
  await call('PATCH', `/users/${gone.id}`, { token: root.token, body: { is_active: false } })
  const add = (user_id: string) => call('POST', path, { token: ada.token, body: { user_id } })
  expect(await add(bob.id)).toMatchObject(problem(409, 'already_member'))
  for (const id of [crypto.randomUUID(), gone.id])
    expect(await add(id)).toMatchObject({ ...problem(422, 'user_not_found'), body: { errors: [{ path: 'user_id' }] } })
  expect(await call('GET', `${path}/${gone.id}`, { token: ada.token })).toMatchObject(problem(404, 'not_found'))
  expect(await add((await newPerson()).id)).toMatchObject({ status: 201, body: { role: 'contributor' } })
})

it('keeps at least one manager', async () => {
  const { ada, board, path } = await newTeam()
  const demote = () => call('PATCH', `${path}/${ada.id}`, { token: ada.token, body: { role: 'editor' } })
  const leave = () => call('DELETE', `${path}/${ada.id}`, { token: ada.token })
  expect(await demote()).toMatchObject(problem(409, 'last_manager'))
  expect(await leave()).toMatchObject(problem(409, 'last_manager'))
  await newMember(ada, board.id, 'manager')
  expect((await demote()).status).toBe(200)
  expect((await leave()).status).toBe(204)
  expect(await leave()).toMatchObject(problem(404, 'not_found'))
})

it('does not count managers with disabled accounts as managers, but lets them be removed', async () => {
  const { ada, board, path } = await newTeam()
  const [bob, root] = [await newMember(ada, board.id, 'manager'), await newAdmin()]
  await call('PATCH', `/users/${bob.id}`, { token: root.token, body: { is_active: false } })
  const remove = (id: string) => call('DELETE', `${path}/${id}`, { token: ada.token })
  expect(await remove(ada.id)).toMatchObject(problem(409, 'last_manager'))
  expect(await call('DELETE', `/users/${ada.id}`, { token: root.token })).toMatchObject(problem(409, 'last_manager'))
  expect((await remove(bob.id)).status).toBe(204)
})

it('refuses one of the last two managers when both leave at once', async () => {
  const { ada, board, path } = await newTeam()
  const bob = await newMember(ada, board.id, 'manager')
  const answers = await Promise.all([ada, bob].map(({ id, token }) => call('DELETE', `${path}/${id}`, { token })))
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
})

it('applies a change of role to the very next request', async () => {
  const { ada, board, path } = await newTeam()
  const bob = await newMember(ada, board.id, 'viewer')
  const create = () => call('POST', '/tasks', { token: bob.token, body: { project_id: board.id, title: 'Mine' } })
  expect(await create()).toMatchObject({
    ...problem(403, 'forbidden'),
    body: { role: 'viewer', required: 'contributor' },
  })
  await call('PATCH', `${path}/${bob.id}`, { token: ada.token, body: { role: 'contributor' } })
  expect((await create()).status).toBe(201)
  await call('DELETE', `${path}/${bob.id}`, { token: ada.token })
  expect(await create()).toMatchObject(problem(404, 'not_found'))
})

it('lets anybody leave, but only a manager remove somebody else', async () => {
  const { ada, board, path } = await newTeam()
  const [bob, eve] = [await newMember(ada, board.id, 'viewer'), await newMember(ada, board.id, 'editor')]
  expect(await call('DELETE', `${path}/${bob.id}`, { token: eve.token })).toMatchObject(problem(403, 'forbidden'))
  expect((await call('DELETE', `${path}/${bob.id}`, { token: bob.token })).status).toBe(204)
})

it('allows leaving, removals and changes of roles in an archived project, but no new members', async () => {
  const { ada, board, path } = await newTeam()
  const [bob, eve] = [await newMember(ada, board.id, 'viewer'), await newMember(ada, board.id, 'manager')]
  const { id } = await newTask(ada.token, board.id, { assignee_ids: [bob.id, eve.id] })
  const on = (method: string, who: string, token: string, body?: object) =>
    call(method, `${path}/${who}`, { token, body })
  const archived = await call('PATCH', `/projects/${board.id}`, { token: ada.token, body: { status: 'archived' } })
  expect(archived.status).toBe(200)
  expect((await on('PATCH', eve.id, ada.token, { role: 'editor' })).status).toBe(200)
  expect((await on('DELETE', eve.id, ada.token)).status).toBe(204)
  expect((await on('DELETE', bob.id, bob.token)).status).toBe(204)
  expect(await on('DELETE', ada.id, ada.token)).toMatchObject(problem(409, 'last_manager'))
  const body = { user_id: (await newPerson()).id }
  expect(await call('POST', path, { token: ada.token, body })).toMatchObject(problem(409, 'project_archived'))
  for (const { token } of [bob, eve])
    expect((await call('GET', `/projects/${board.id}/board`, { token })).status).toBe(404)
  const events = await readJournal(ada.token, board.id, Number(archived.headers.get('FlowTrack-Seq')))
  expect(events.map(({ action }: any) => action)).toEqual([
    'member.updated',
    ...['member.removed', 'task.updated'],
    ...['member.removed', 'task.updated'],
  ])
  expect((await call('GET', `/tasks/${id}`, { token: ada.token })).body.assignee_ids).toEqual([])
  expect(await call('PATCH', `/tasks/${id}`, { token: ada.token, body: { title: 'No' } })).toMatchObject(
    problem(409, 'project_archived'),
  )
})

it('unassigns a removed member from all tasks, also in the trash, and journals it', async () => {
  const { ada, board, path } = await newTeam()
  const bob = await newMember(ada, board.id, 'viewer')
  const [both, only, trashed] = [
    await newTask(ada.token, board.id, { assignee_ids: [ada.id, bob.id] }),
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] }),
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] }),
  ]
  await call('DELETE', `/tasks/${trashed.id}`, { token: ada.token })
  const { headers } = await call('DELETE', `${path}/${bob.id}`, { token: ada.token })
  const events = await readJournal(ada.token, board.id, trashed.seq + 1)
  expect(events.at(-1).seq).toBe(Number(headers.get('FlowTrack-Seq')))
  expect(events[0]).toMatchObject({
    action: 'member.removed',
    user_id: ada.id,
    data: { user_id: bob.id, role: 'viewer' },
  })
  const changes = Object.fromEntries(events.slice(1).map((event: any) => [event.task_id, event.changes.assignee_ids]))
  expect(changes).toEqual({
    [both.id]: [[ada.id, bob.id], [ada.id]],
    [only.id]: [[bob.id], []],
    [trashed.id]: [[bob.id], []],
  })
  expect((await call('GET', `/tasks/${both.id}`, { token: ada.token })).body.assignee_ids).toEqual([ada.id])
})

it('lists every member once over all pages while others join', async () => {
  const { ada, board, path } = await newTeam()
  const there = [
    ada,
    await newMember(ada, board.id, 'viewer'),
    await newMember(ada, board.id, 'viewer'),
    await newMember(ada, board.id, 'viewer'),
  ]
  const seen = await readAllPages(`${path}?limit=1`, ada.token, async () => {
    if (there.length < 6) there.push(await newMember(ada, board.id, 'viewer'))
  })
  const ids = seen.map(({ user_id }) => user_id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(expect.arrayContaining(there.slice(0, 4).map(({ id }) => id)))
})

it('accepts a repeated removal from anybody, but returns 404 for people who were never members', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const [bob, carol, stranger] = [
    await newMember(ada, board.id, 'viewer'),
    await newMember(ada, board.id, 'manager'),
    await newPerson(),
  ]
  const remove = (by: { token: string }, whom: { id: string }, headers = {}) =>
    call('DELETE', `/projects/${board.id}/members/${whom.id}`, { token: by.token, headers })
  const first = await remove(ada, bob)
  const repeats = [await remove(ada, bob), await remove(carol, bob)]
  expect([first, ...repeats].map(({ status }) => status)).toEqual([204, 204, 204])
  expect(repeats[1]?.headers.get('FlowTrack-Seq')).toBe(first.headers.get('FlowTrack-Seq'))
  expect(await remove(ada, stranger)).toMatchObject(problem(404, 'not_found'))
  expect(await remove(bob, bob)).toMatchObject(problem(404, 'not_found')) // the project does not exist for him
})
