import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  problem,
  readAllPages,
} from '../support/api.ts'

it('makes the creator a manager, and derives the key from the name', async () => {
  const { id, token } = await newPerson()
  const board = await newProject(token, { name: 'Über-Rocket 9' })
  expect(board).toMatchObject({ status: 'active', created_by: id, seq: 1, name: 'Über-Rocket 9' })
  expect(board.key).toMatch(/^UBERRO\d*$|^BERROC\d*$/)
  expect(board).not.toHaveProperty('event_seq')
  const member = await call('GET', `/projects/${board.id}/members/${id}`, { token })
  expect(member.body.role).toBe('manager')
})

it('gives concurrent projects with the same name different keys', async () => {
  const { token } = await newPerson()
  const name = `Z${Math.random().toString(36).slice(2, 7)}`
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call('POST', '/projects', { token, body: { name } })),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201))
  expect(new Set(answers.map(({ body }) => body.key)).size).toBe(8)
})

it('derives a default key from a name without Latin letters', async () => {
  const { token } = await newPerson()
  for (const name of ['火箭', '42', '🚀']) expect((await newProject(token, { name })).key).toMatch(/^BOARD\d*$/)
})

it('refuses a key that is taken or malformed, a due date before the start, and a new project that is archived', async () => {
  const { token } = await newPerson()
  const { key } = await newProject(token)
  const create = (fields: object) => call('POST', '/projects', { token, body: { name: 'New', ...fields } })
  expect(await create({ key })).toMatchObject(problem(409, 'key_taken'))
  for (const bad of ['a', 'A', 'abc', '1AB', 'ABCDEFGHIJK'])
    expect(await create({ key: bad })).toMatchObject(problem(422, 'validation_failed'))
  expect(await create({ start_date: '2027-01-02', due_date: '2027-01-01' })).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'due_date' }] },
  })
  expect(await create({ status: 'archived' })).toMatchObject(problem(422, 'validation_failed'))
})

it('refuses a change of the key', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  expect(await call('PATCH', `/projects/${id}`, { token, body: { key: 'OTHER' } })).toMatchObject(
    problem(422, 'validation_failed'),
  )
})

it('makes an archived project read-only until it is opened again', async () => {
  const ada = await newPerson()
  const { token } = ada
  const board = await newProject(token)
  const row = await newTask(token, board.id)
  const bob = await newPerson()
  const edit = (body: object) => call('PATCH', `/projects/${board.id}`, { token, body })
  expect(await edit({ status: 'archived' })).toMatchObject({ status: 200, body: { status: 'archived' } })
  const refused = [
    await call('POST', '/tasks', { token, body: { project_id: board.id, title: 'Late' } }),
    await call('PATCH', `/tasks/${row.id}`, { token, body: { title: 'Late' } }),
    await call('PATCH', `/tasks/${row.id}/move?status=done`, { token }),
    await call('DELETE', `/tasks/${row.id}`, { token }),
    await call('POST', `/projects/${board.id}/columns`, {
      token,
      body: { key: 'late', name: 'Late', category: 'todo' },
    }),
    await call('PATCH', `/projects/${board.id}/columns/todo`, { token, body: { name: 'Late' } }),
    await call('DELETE', `/projects/${board.id}/columns/done`, { token }),
    await call('POST', `/projects/${board.id}/members`, { token, body: { user_id: bob.id } }),
    await edit({ name: 'Late' }),
    await edit({ name: 'Late', status: 'archived' }),
  ]
  for (const answer of refused) expect(answer).toMatchObject(problem(409, 'project_archived'))
  expect(await edit({ status: 'archived' })).toMatchObject({ status: 200, body: { status: 'archived' } })
  expect((await call('GET', `/projects/${board.id}/board`, { token })).status).toBe(200)
  expect(await edit({ status: 'active', name: 'Again' })).toMatchObject({
    status: 200,
    body: { status: 'active', name: 'Again' },
  })
  expect((await call('PATCH', `/tasks/${row.id}/move?status=done`, { token })).status).toBe(200)
})

it('deletes a project, archived or not, with its contents, and keeps its journal', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const row = await newTask(token, board.id)
  await newTask(token, board.id, { parent_id: row.id })
  await call('PATCH', `/projects/${board.id}`, { token, body: { status: 'archived' } })
  const deleted = await call('DELETE', `/projects/${board.id}`, { token })
  expect(deleted.status).toBe(204)
  for (const path of [
    `/projects/${board.id}`,
    `/projects/${board.id}/board`,
    `/tasks/${row.id}`,
    `/tasks?project_id=${board.id}`,
  ]) {
    expect(await call('GET', path, { token })).toMatchObject(problem(404, 'not_found'))
  }
  const journal =
    await database()`select action, seq::int from activity_logs where project_id = ${board.id} order by seq`
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1))
  expect(journal.at(-1)).toEqual({ action: 'project.deleted', seq: Number(deleted.headers.get('FlowTrack-Seq')) })
})

it('lists own projects, newest first and by status, and all projects for an administrator', async () => {
  const [ada, eve] = [await newPerson(), await newPerson()]
  const mine = [await newProject(ada.token), await newProject(ada.token, { status: 'planning' })]
  const foreign = await newProject(eve.token)
  await newMember(eve, foreign.id, 'viewer')
  const list = async (token: string, query = '') =>
    (await call('GET', `/projects${query}`, { token })).body.items.map(({ id }: any) => id)
  expect(await list(ada.token)).toEqual([mine[1].id, mine[0].id])
  expect(await list(ada.token, '?status=planning')).toEqual([mine[1].id])
  // Reads all pages, since other tests make more than one page of projects meanwhile.
  const all = (await readAllPages('/projects?limit=100', (await newAdmin()).token)).map(({ id }) => id)
  expect(all).toEqual(expect.arrayContaining([foreign.id, mine[0].id]))
})

it('shortens a page of long descriptions, and returns every project over all pages', async () => {
  const { token } = await newPerson()
  const made: string[] = []
  for (let n = 0; n < 30; n++)
    made.push((await newProject(token, { description: '💡'.repeat(n % 7 ? 20_000 / 2 : 0) })).id)
  const { text, body } = await call('GET', '/projects?limit=100', { token })
  expect(new TextEncoder().encode(text).length).toBeLessThan(1024 * 1024 + 100_000)
  expect(body.items.length).toBeLessThan(45)
  expect(body.items[0]).not.toHaveProperty('found')
  expect((await readAllPages('/projects?limit=100', token)).map(({ id }) => id)).toEqual(made.toReversed())
})

it('returns every project over all pages while new ones are created', async () => {
  const { token } = await newPerson()
  const ids = [await newProject(token), await newProject(token), await newProject(token)].map(({ id }) => id)
  const seen = await readAllPages('/projects?limit=1', token, async () => void (await newProject(token)))
  expect(seen.map(({ id }) => id)).toEqual(ids.reverse())
})

it('finds a free key for the next of thousands of projects with the same name', async () => {
  const { id, token } = await newPerson()
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${id})`,
    sql`insert into projects (id, key, name, created_by) select gen_random_uuid(), numbered_key('MANYX', n), 'Many', ${id} from generate_series(1, 2000) n`,
  ])
  expect((await newProject(token, { name: 'Manyx' })).key).toBe('MANYX2001')
  const made = await Promise.all(Array.from({ length: 8 }, () => newProject(token, { name: 'Manyx' })))
  expect(new Set(made.map(({ key }) => key)).size).toBe(8)
})
