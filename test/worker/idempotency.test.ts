import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  PASSWORD,
  problem,
} from '../support/api.ts'

const newKeyHeader = () => ({ 'Idempotency-Key': crypto.randomUUID() })

async function sendTwice(method: string, path: string, token: string, body?: unknown) {
  const headers = newKeyHeader()
  const first = await call(method, path, { token, body, headers })
  const second = await call(method, path, { token, body, headers })
  return { first, second }
}

it('answers a repeat with the same bytes, and runs the write once', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const { first, second } = await sendTwice('POST', '/tasks', ada.token, { project_id: board.id, title: 'Once' })
  expect(first.status).toBe(201)
  expect(first.headers.get('Idempotency-Replayed')).toBeNull()
  expect(second).toMatchObject({ status: 201, text: first.text })
  expect(second.headers.get('Idempotency-Replayed')).toBe('true')
  for (const name of ['ETag', 'FlowTrack-Seq']) expect(second.headers.get(name)).toBe(first.headers.get(name))
  expect((await call('GET', `/tasks/${first.body.id}`, { token: ada.token })).body).toEqual(first.body)
  expect((await call('GET', `/tasks?project_id=${board.id}`, { token: ada.token })).body.items).toHaveLength(1)
})

it('repeats the answer for new projects, users, members and columns, and for moves and restores', async () => {
  const [root, friend] = [await newAdmin(), await newPerson()]
  const { token } = root
  const board = await newProject(token)
  const { id } = await newTask(token, board.id)
  const user = { email: `${crypto.randomUUID()}@example.com`, name: 'New', password: 'correct horse battery' }
  const pairs = [
    await sendTwice('POST', '/projects', token, { name: 'Keyed' }),
    await sendTwice('POST', '/users', token, user),
    await sendTwice('POST', `/projects/${board.id}/members`, token, { user_id: friend.id, role: 'viewer' }),
    await sendTwice('POST', `/projects/${board.id}/columns`, token, { key: 'extra', name: 'Extra', category: 'todo' }),
    await sendTwice('PATCH', `/tasks/${id}/move?status=done`, token),
  ]
  await call('DELETE', `/tasks/${id}`, { token })
  pairs.push(await sendTwice('POST', `/tasks/${id}/restore`, token))
  for (const { first, second } of pairs) {
    expect(first.status).toBeLessThan(300)
    expect([second.status, second.text]).toEqual([first.status, first.text])
    expect(second.headers.get('Idempotency-Replayed')).toBe('true')
    expect(first.text).not.toContain('password_hash')
  }
})

it('creates one task for 50 concurrent requests with the same key, and gives all of them the same answer', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const headers = newKeyHeader()
  const body = { project_id: board.id, title: 'Once' }
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => call('POST', '/tasks', { token: ada.token, body, headers })),
  )
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers.filter((answer) => answer.headers.get('Idempotency-Replayed') === null)).toHaveLength(1)
  expect((await call('GET', `/projects/${board.id}/activity?since=6`, { token: ada.token })).body.items).toHaveLength(1)
})

it('refuses a key that is reused for another request, and a malformed key', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const headers = newKeyHeader()
  const post = (title: string, own = headers) =>
    call('POST', '/tasks', { token: ada.token, body: { project_id: board.id, title }, headers: own })
  expect((await post('One')).status).toBe(201)
  expect(await post('Two')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  expect((await post('One', { 'Idempotency-Key': 'has space' })).status).toBe(422)
  expect((await post('One', { 'Idempotency-Key': 'x'.repeat(256) })).status).toBe(422)
})

it('frees the key of a failed write, and keeps the keys of different people apart', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'contributor')
  const headers = newKeyHeader()
  const post = (token: string, title: string, status?: string) =>
    call('POST', '/tasks', { token, body: { project_id: board.id, title, status }, headers })
  expect((await post(ada.token, 'Task', 'nowhere')).status).toBe(422)
  expect((await post(ada.token, 'Task')).status).toBe(201)
  expect((await post(bob.token, 'Other')).status).toBe(201)
})

it('returns a stored answer only to callers who may do the same now', async () => {
  const [ada, root, boss] = [await newPerson(), await newAdmin(), await newAdmin()]
  const board = await newProject(ada.token)
  const send = (path: string, body: unknown, headers: Record<string, string>) => (token: string) =>
    call('POST', path, { token, body, headers })

  const calendar = send('/reports/links', { report: 'calendar' }, newKeyHeader())
  expect((await calendar(ada.token)).status).toBe(201)
  const bound = await newApiKey(ada, { scopes: ['read', 'write'], project_ids: [board.id] })
  expect(await calendar(bound.key)).toMatchObject(problem(403, 'scope_missing'))

  const picture = send('/reports/links', { report: 'summary', project_id: board.id }, newKeyHeader())
  expect((await picture(ada.token)).status).toBe(201)
  const writer = await newApiKey(ada, { scopes: ['write'] })
  expect(await picture(writer.key)).toMatchObject(problem(403, 'scope_missing'))

  const account = { email: `${crypto.randomUUID()}@example.com`, name: 'New', password: PASSWORD }
  const opens = send('/users', account, newKeyHeader())
  expect((await opens(root.token)).status).toBe(201)
  const lesser = await newApiKey(root, { scopes: ['read', 'write'] })
  expect(await opens(lesser.key)).toMatchObject(problem(403, 'scope_missing'))
  await call('PATCH', `/users/${root.id}`, { token: boss.token, body: { role: 'member' } })
  expect(await opens(root.token)).toMatchObject(problem(403, 'forbidden'))
})

it('repeats the warnings of a write, too', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  await call('PATCH', `/projects/${board.id}/columns/todo`, { token: ada.token, body: { wip_limit: 1 } })
  await newTask(ada.token, board.id)
  const headers = newKeyHeader()
  const post = () =>
    call('POST', '/tasks', { token: ada.token, body: { project_id: board.id, title: 'Second' }, headers })
  const [first, second] = [await post(), await post()]
  expect(first.body.warnings).toMatchObject([{ code: 'wip_limit_exceeded', limit: 1, count: 2 }])
  expect(second.text).toBe(first.text)
})

it('keeps a key for 24 hours, and runs the same request again after that', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const headers = newKeyHeader()
  const post = () => call('POST', '/tasks', { token: ada.token, body: { project_id: board.id, title: 'A' }, headers })
  expect((await post()).body.number).toBe(`${board.key}-1`)
  const [kept] = await database()`select extract(epoch from expires_at)::float as until from idempotency_keys
    where user_id = ${ada.id} and key = ${headers['Idempotency-Key']}`
  expect(Math.abs(kept?.until - (Date.now() / 1_000 + 24 * 3_600))).toBeLessThan(60)
  await database()`update idempotency_keys set expires_at = now() where user_id = ${ada.id}`
  expect((await post()).body.number).toBe(`${board.key}-2`)
})
