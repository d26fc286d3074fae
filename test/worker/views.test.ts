import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readAllPages,
} from '../support/api.ts'

async function newScene() {
  const manager = await newPerson()
  const board = await newProject(manager.token)
  const people = {
    manager,
    viewer: await newMember(manager, board.id, 'viewer'),
    contributor: await newMember(manager, board.id, 'contributor'),
    editor: await newMember(manager, board.id, 'editor'),
  }
  const save = ({ token }: Person, body: object) =>
    call('POST', `/projects/${board.id}/views`, { token, body: { name: 'A view', query: {}, ...body } })
  const seen = async ({ token }: Person) =>
    (await readAllPages(`/projects/${board.id}/views?limit=1`, token)).map(({ name }: any) => name)
  return { ...people, board, save, seen }
}

it('stores a query that GET /tasks accepts, and returns it so that it can be sent again', async () => {
  const { contributor, board, save } = await newScene()
  const query = { status: ['todo', 'done'], priority: 'high', assignee_id: 'none', overdue: 'true', sort: '-title' }
  const { status, body, headers } = await save(contributor, { query })
  expect(status).toBe(201)
  expect(headers.get('Location')).toBe(`/views/${body.id}`)
  expect(body).toMatchObject({ project_id: board.id, created_by: contributor.id, name: 'A view', shared: false })
  expect(body.query).toEqual({ ...query, priority: ['high'], assignee_id: ['none'] })
  const search = new URLSearchParams(
    Object.entries<string | string[]>(body.query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
  )
  const found = await call('GET', `/tasks?project_id=${board.id}&${search}`, { token: contributor.token })
  expect(found.status).toBe(200)
  const again = await call('PATCH', `/views/${body.id}`, { token: contributor.token, body: { query: body.query } })
  expect(again.body.query).toEqual(body.query)
  expect(Date.parse(again.body.updated_at)).toBeGreaterThanOrEqual(Date.parse(body.updated_at))
})

it.each([
  [{ overdue: true }, 'query.overdue'],
  [{ sort: 'nonsense' }, 'query.sort'],
  [{ sort: 'position', status: ['todo', 'done'] }, 'query.sort'],
  [{ project_id: crypto.randomUUID() }, 'query.project_id'],
  [{ cursor: 'x' }, 'query.cursor'],
  [{ status: [] }, 'query.status'],
])('refuses a query that GET /tasks of a project would refuse: %j', async (query, path) => {
  const { viewer, save } = await newScene()
  expect(await save(viewer, { query })).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path }] },
  })
})

it('shows a view to its maker, and a shared view to all members', async () => {
  const { manager, viewer, contributor, editor, save, seen } = await newScene()
  await save(viewer, { name: 'own' })
  await save(contributor, { name: 'shared', shared: true })
  await save(contributor, { name: 'kept' })
  expect(await seen(viewer)).toEqual(['own', 'shared'])
  expect(await seen(contributor)).toEqual(['shared', 'kept'])
  for (const other of [manager, editor]) expect(await seen(other)).toEqual(['shared'])
})

it('lets contributors share a view, and only its maker and managers change it while shared', async () => {
  const { manager, viewer, contributor, editor, board, save } = await newScene()
  expect(await save(viewer, { shared: true })).toMatchObject(problem(403, 'forbidden'))
  const own = (await save(viewer, {})).body
  const share = (who: Person, id: string) => call('PATCH', `/views/${id}`, { token: who.token, body: { shared: true } })
  expect(await share(viewer, own.id)).toMatchObject(problem(403, 'forbidden'))
  const { id } = (await save(contributor, {})).body
  for (const other of [manager, editor, viewer]) expect(await share(other, id)).toMatchObject(problem(404, 'not_found'))
  expect((await share(contributor, id)).body.shared).toBe(true)
  const rename = (who: Person) => call('PATCH', `/views/${id}`, { token: who.token, body: { name: 'Renamed' } })
  for (const other of [editor, viewer]) expect(await rename(other)).toMatchObject(problem(403, 'forbidden'))
  const boss = await newAdmin()
  for (const who of [manager, boss, contributor]) expect((await rename(who)).body.name).toBe('Renamed')
  const hide = (who: Person) => call('PATCH', `/views/${id}`, { token: who.token, body: { shared: false } })
  expect(await hide(manager)).toMatchObject(problem(403, 'forbidden'))
  expect((await hide(contributor)).body.shared).toBe(false)
  await share(contributor, id)
  const role = (to: string) =>
    call('PATCH', `/projects/${board.id}/members/${contributor.id}`, { token: manager.token, body: { role: to } })
  await role('viewer')
  expect(await rename(contributor)).toMatchObject(problem(403, 'forbidden'))
  expect((await hide(contributor)).body.shared).toBe(false)
  expect(await share(contributor, id)).toMatchObject(problem(403, 'forbidden'))
  await role('contributor')
  await share(contributor, id)
  await role('viewer')
  const other = (await save(manager, { shared: true })).body
  for (const [view, status] of [
    [other.id, 403],
    [id, 204],
  ] as const)
    expect((await call('DELETE', `/views/${view}`, { token: contributor.token })).status).toBe(status)
})

it('lets only its maker and managers delete a shared view', async () => {
  const { manager, contributor, editor, save } = await newScene()
  const { id } = (await save(contributor, { shared: true })).body
  expect((await call('DELETE', `/views/${id}`, { token: editor.token })).status).toBe(403)
  expect((await call('DELETE', `/views/${id}`, { token: manager.token })).status).toBe(204)
  expect((await call('DELETE', `/views/${id}`, { token: manager.token })).status).toBe(404)
})

it('deletes private views with the membership, and keeps shared ones', async () => {
  const { manager, contributor, board, save, seen } = await newScene()
  await save(contributor, { name: 'kept' })
  const shared = (await save(contributor, { name: 'shared', shared: true })).body
  await call('DELETE', `/projects/${board.id}/members/${contributor.id}`, { token: manager.token })
  const left = await database()`select name from views where project_id = ${board.id}`
  expect(left.map(({ name }) => name)).toEqual(['shared'])
  expect(await seen(manager)).toEqual(['shared'])
  const gone = await call('PATCH', `/views/${shared.id}`, { token: contributor.token, body: { name: 'mine' } })
  expect(gone).toMatchObject(problem(404, 'not_found'))
  const back = { user_id: contributor.id, role: 'viewer' }
  await call('POST', `/projects/${board.id}/members`, { token: manager.token, body: back })
  expect(await seen(contributor)).toEqual(['shared'])
})

it('deletes private views with the account, also those of an administrator in other projects', async () => {
  const { board, save } = await newScene()
  const [boss, other] = [await newAdmin(), await newAdmin()]
  await save(boss, { name: 'kept' })
  await save(boss, { name: 'shared', shared: true })
  await call('DELETE', `/users/${boss.id}`, { token: other.token })
  const left = await database()`select name from views where project_id = ${board.id}`
  expect(left.map(({ name }) => name)).toEqual(['shared'])
})

it('does not journal views, and allows changes of them in an archived project', async () => {
  const { manager, viewer, board, save } = await newScene()
  await newTask(manager.token, board.id)
  await call('PATCH', `/projects/${board.id}`, { token: manager.token, body: { status: 'archived' } })
  const head = async () =>
    (await call('GET', `/projects/${board.id}/activity`, { token: manager.token })).body.items[0].seq
  const before = await head()
  const { id } = (await save(viewer, {})).body
  await save(manager, { shared: true })
  await call('PATCH', `/views/${id}`, { token: viewer.token, body: { name: 'Other' } })
  await call('DELETE', `/views/${id}`, { token: viewer.token })
  expect(await head()).toBe(before)
})
