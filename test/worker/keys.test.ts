import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { app } from '../../src/app.ts'
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
  type Person,
  problem,
  readAllPages,
} from '../support/api.ts'
import { laneOf } from '../support/lane.ts'
import { requestOf } from '../support/samples.ts'
import { connect } from '../support/socket.ts'

const whoami = (token: string) => call('GET', '/users/me', { token })
const create = ({ token }: Person, fields: object) =>
  call('POST', '/users/me/keys', { token, body: { name: 'A key', scopes: ['read'], ...fields } })
const inAYear = () => new Date(Date.now() + 365 * 86_400_000).toISOString()

it('shows a key once, and later only its prefix', async () => {
  const ada = await newPerson()
  const made = await create(ada, { name: 'Nightly', scopes: ['write', 'read'], expires_at: inAYear() })
  expect(made).toMatchObject({ status: 201, body: { name: 'Nightly', scopes: ['read', 'write'], project_ids: null } })
  const { key, ...shown } = made.body
  expect(key).toMatch(/^ft_[\w-]{87}$/)
  expect(key.startsWith(shown.prefix)).toBe(true)
  expect(await readAllPages('/users/me/keys', ada.token)).toEqual([shown])
  const [row] = await database()`select to_jsonb(k)::text as text from api_keys k where id = ${shown.id}`
  expect(row?.text).not.toContain(key.slice(-43))
  expect(row?.text).toContain(shown.prefix)
})

it('stores each scope and project once, however often it is named', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const { body } = await create(ada, { scopes: ['read', 'read'], project_ids: [id, id.toUpperCase(), id] })
  expect(body).toMatchObject({ scopes: ['read'], project_ids: [id] })
})

it('allows a key what its scopes include and its owner may do', async () => {
  const ada = await newPerson()
  const [reader, writer] = [await newApiKey(ada, { scopes: ['read'] }), await newApiKey(ada)]
  const board = await newProject(writer.key)
  expect((await call('GET', `/projects/${board.id}/board`, { token: reader.key })).status).toBe(200)
  const refused = await call('POST', '/tasks', { token: reader.key, body: { project_id: board.id, title: 'No' } })
  expect(refused).toMatchObject({ ...problem(403, 'scope_missing'), body: { scope: 'write' } })
  expect(refused.headers.get('WWW-Authenticate')).toBe('Bearer realm="flowtrack", error="insufficient_scope"')
  expect((await newTask(writer.key, board.id)).created_by).toBe(ada.id)

  const blind = await newApiKey(ada, { scopes: ['write'] })
  for (const { key, scope } of [
    { ...blind, scope: 'read' },
    { ...reader, scope: 'write' },
  ]) {
    const link = await call('POST', '/reports/links', { token: key, body: { project_id: board.id, report: 'summary' } })
    expect(link).toMatchObject({ ...problem(403, 'scope_missing'), body: { scope } })
  }
})

it('never allows a key more than its owner, also after its owner is no longer an administrator', async () => {
  const [root, ada, stranger] = [await newAdmin(), await newAdmin(), await newPerson()]
  const board = await newProject(stranger.token)
  const [plain, mighty] = [await newApiKey(ada), await newApiKey(ada, { scopes: ['read', 'admin'] })]
  const readBoard = (key: string) => call('GET', `/projects/${board.id}`, { token: key })
  expect(await readBoard(plain.key)).toMatchObject(problem(404, 'not_found'))
  expect((await readBoard(mighty.key)).status).toBe(200)
  expect(await call('GET', '/users', { token: plain.key })).toMatchObject(problem(403, 'scope_missing'))
  expect((await call('GET', '/users', { token: mighty.key })).status).toBe(200)
  const seen = async (key: string) => (await readAllPages('/projects', key)).some(({ id }) => id === board.id)
  expect([await seen(plain.key), await seen(mighty.key)]).toEqual([false, true])
  await call('PATCH', `/users/${ada.id}`, { token: root.token, body: { role: 'member' } })
  expect(await readBoard(mighty.key)).toMatchObject(problem(404, 'not_found'))
  expect(await call('GET', '/users', { token: mighty.key })).toMatchObject(problem(403, 'forbidden'))
})

it('shows a key only the projects that it is bound to, also in lists', async () => {
  const ada = await newAdmin()
  const [here, there] = [await newProject(ada.token), await newProject(ada.token)]
  const key = { token: (await newApiKey(ada, { scopes: ['read', 'write', 'admin'], project_ids: [here.id] })).key }
  for (const board of [here, there]) await newTask(ada.token, board.id, { assignee_ids: [ada.id] })
  expect((await call('GET', `/projects/${here.id}`, key)).status).toBe(200)
  expect(await call('GET', `/projects/${there.id}`, key)).toMatchObject(problem(404, 'not_found'))
  const body = { project_id: there.id, title: 'No' }
  expect(await call('POST', '/tasks', { ...key, body })).toMatchObject(problem(404, 'not_found'))
  expect((await readAllPages('/projects', key.token)).map(({ id }) => id)).toEqual([here.id])
  expect((await readAllPages('/tasks', key.token)).map(({ project_id }) => project_id)).toEqual([here.id])
  const overview = (await call('GET', '/reports/overview', key)).body
  expect(overview.projects.map(({ id }: any) => id)).toEqual([here.id])
  const activity = async (query: string) => (await call('GET', `/reports/activity?${query}`, key)).body.by_action
  expect(await activity('')).toEqual(await activity(`project_id=${here.id}`))
  expect(await call('GET', '/notifications', key)).toMatchObject(problem(403, 'scope_missing'))
})

it('refuses access to accounts for a key that is bound to projects, even changes of its owner’s account', async () => {
  const [root, vera] = [await newAdmin(), await newPerson()]
  const here = await newProject(root.token)
  const key = { token: (await newApiKey(root, { scopes: ['read', 'write', 'admin'], project_ids: [here.id] })).key }
  const body = { email: `${crypto.randomUUID()}@example.com`, name: 'Robot', password: PASSWORD, role: 'admin' }
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const refused = problem(403, 'scope_missing')
  const answer = await call('POST', '/users', { ...key, body })
  expect(answer).toMatchObject({ ...refused, body: { detail: expect.stringContaining('project_ids') } })
  expect((await call('POST', '/users', { token: root.token, body, headers })).status).toBe(201)
  expect(await call('POST', '/users', { ...key, body, headers })).toMatchObject(refused) // nor the kept answer
  expect(await call('PATCH', '/users/me', { ...key, body: { name: 'Robot' } })).toMatchObject(refused)
  expect(await call('PATCH', `/users/${vera.id}`, { ...key, body: { is_active: false } })).toMatchObject(refused)
  expect(await call('GET', '/users?q=ro', key)).toMatchObject(refused)
  expect((await whoami(key.token)).body.id).toBe(root.id)
  expect((await call('PATCH', `/projects/${here.id}`, { ...key, body: { name: 'Robotic' } })).status).toBe(200)
})

it('creates no key that survives the disabling of its owner, and never exceeds the quota', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const set = (is_active: boolean) => call('PATCH', `/users/${ada.id}`, { token: root.token, body: { is_active } })
  const makers = Array.from({ length: 12 }, () => create(ada, {}))
  await set(false)
  const keys = (await Promise.all(makers)).flatMap(({ status, body }) => (status === 201 ? [body.key] : []))
  await set(true)
  for (const key of keys) expect(await whoami(key)).toMatchObject(problem(401, 'key_invalid'))

  const eve = await newPerson()
  await database()`insert into api_keys (id, user_id, name, prefix, hash, scopes)
    select gen_random_uuid(), ${eve.id}, 'Many', '', '', '{read}' from generate_series(1, 46)`
  const made = await Promise.all(Array.from({ length: 12 }, () => create(eve, {})))
  expect(made.filter(({ status }) => status === 201)).toHaveLength(4)
})

it('refuses a key for a project without access, with a past expiry, or beyond the quota', async () => {
  const [ada, eve] = [await newPerson(), await newPerson()]
  const board = await newProject(eve.token)
  const paths = ({ status, body }: any) => [status, body.errors?.map(({ path }: any) => path)]
  expect(paths(await create(ada, { project_ids: [board.id] }))).toEqual([422, ['project_ids']])
  expect(paths(await create(ada, { expires_at: '2020-01-01T00:00:00Z' }))).toEqual([422, ['expires_at']])
  expect(paths(await create(ada, { scopes: [] }))).toEqual([422, ['scopes']])
  expect(paths(await create(ada, { scopes: ['root'] }))).toEqual([422, ['scopes.0']])
  await database()`insert into api_keys (id, user_id, name, prefix, hash, scopes)
    select gen_random_uuid(), ${ada.id}, 'Many', '', '', '{read}' from generate_series(1, 49)`
  expect((await create(ada, {})).status).toBe(201)
  expect(await create(ada, {})).toMatchObject(problem(409, 'too_many_keys'))
})

it('refuses every incomplete or altered key, and says how to make a new one', async () => {
  const [ada, eve] = [await newPerson(), await newPerson()]
  const [mine, hers] = [await newApiKey(ada), await newApiKey(eve)]
  const [id, owner, secret] = [mine.key.slice(0, 25), mine.key.slice(25, 47), mine.key.slice(47)]
  const bad = {
    'its prefix alone': id,
    'its prefix and owner': id + owner,
    'another secret': id + owner + hers.key.slice(47),
    'another owner': id + hers.key.slice(25, 47) + secret,
    'another id': hers.key.slice(0, 25) + owner + secret,
    'one character less': mine.key.slice(0, -1),
    'something more': `${mine.key}A`,
    'nothing but the mark': 'ft_',
  }
  for (const [what, key] of Object.entries(bad)) {
    const answer = await whoami(key)
    expect(answer, what).toMatchObject(problem(401, 'key_invalid'))
    expect(answer.body.detail, what).toContain('Make a new key with POST /users/me/keys')
    expect(answer.headers.get('WWW-Authenticate'), what).toBe('Bearer realm="flowtrack", error="invalid_token"')
  }
  expect((await whoami(mine.key)).body.id).toBe(ada.id)
})

it('returns no cached answer to a key with a wrong secret, or to a revoked key', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const { id, key } = await newApiKey(ada)
  const read = (token: string) => call('GET', `/projects/${board.id}/board`, { token })
  for (let i = 0; i < 3; i += 1) expect((await read(key)).status).toBe(200)
  expect(await read(`${key.slice(0, -43)}${'A'.repeat(43)}`)).toMatchObject(problem(401, 'key_invalid'))
  await database()`update api_keys set revoked_at = now() where id = ${id}`
  expect(await read(key)).toMatchObject(problem(401, 'key_invalid'))
})

/** Ways for a key to end. */
const ENDINGS: Record<string, (ada: Person, id: string) => Promise<unknown>> = {
  'it is revoked': ({ token }, id) => call('DELETE', `/users/me/keys/${id}`, { token }),
  'it expires': (_, id) => database()`update api_keys set expires_at = now() where id = ${id}`,
  'its owner is disabled, and enabled again': async ({ id }) => {
    const { token } = await newAdmin()
    await call('PATCH', `/users/${id}`, { token, body: { is_active: false } })
    await call('PATCH', `/users/${id}`, { token, body: { is_active: true } })
  },
  'its owner is deleted': async ({ id }) => call('DELETE', `/users/${id}`, { token: (await newAdmin()).token }),
}

it.each(Object.entries(ENDINGS))('refuses a key from the moment that %s', async (_when, end) => {
  const ada = await newPerson()
  const { id, key } = await newApiKey(ada)
  expect((await whoami(key)).status).toBe(200)
  await end(ada, id)
  const refused = await whoami(key)
  expect(refused).toMatchObject(problem(401, 'key_invalid'))
  expect(refused.headers.get('WWW-Authenticate')).toContain('Bearer')
  expect(await call('POST', '/projects', { token: key, body: { name: 'Late' } })).toMatchObject({ status: 401 })
})

it('revokes only keys of the same person, and each only once', async () => {
  const [ada, eve] = [await newPerson(), await newPerson()]
  const { id, key } = await newApiKey(ada)
  const revoke = ({ token }: Person) => call('DELETE', `/users/me/keys/${id}`, { token })
  expect(await revoke(eve)).toMatchObject(problem(404, 'not_found'))
  expect((await whoami(key)).status).toBe(200)
  expect((await revoke(ada)).status).toBe(204)
  expect(await revoke(ada)).toMatchObject(problem(404, 'not_found'))
  expect((await readAllPages('/users/me/keys', ada.token))[0].revoked_at).not.toBeNull()
})

it('keeps keys valid when the sessions of their owner end', async () => {
  const ada = await newPerson()
  const { key } = await newApiKey(ada)
  await call('POST', '/auth/password', { token: ada.token, body: { current: PASSWORD, new: `${PASSWORD}!` } })
  await call('POST', '/auth/logout', { token: ada.token })
  expect((await whoami(key)).status).toBe(200)
})

it('names the key in the events of its writes as long as the key is stored', async () => {
  const ada = await newPerson()
  const { id, key } = await newApiKey(ada, { name: 'Nightly CI' })
  const board = await newProject(ada.token)
  const socket = await connect(board.id, { token: ada.token })
  const { seq } = await newTask(key, board.id)
  await socket.seq(seq)
  expect(socket.events.at(-1)).toMatchObject({ user_id: ada.id, api_key: 'Nightly CI' })
  const path = `/projects/${board.id}/activity?since=0`
  const keys = async () => new Set((await readAllPages(path, ada.token)).map(({ api_key }) => api_key))
  expect(await keys()).toEqual(new Set([null, 'Nightly CI']))
  await database()`delete from api_keys where id = ${id}`
  expect(await keys()).toEqual(new Set([null, 'a deleted key']))
})

it('deletes the keys of a deleted person', async () => {
  const ada = await newPerson()
  await newApiKey(ada, { name: 'Ada’s laptop' })
  await call('DELETE', `/users/${ada.id}`, { token: (await newAdmin()).token })
  expect(await database()`select * from api_keys where user_id = ${ada.id}`).toEqual([])
})

it('runs a keyed write once when different credentials of a person repeat it', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const [key, bound] = [await newApiKey(ada), await newApiKey(ada, { project_ids: [(await newProject(ada.token)).id] })]
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const post = (token: string) =>
    call('POST', '/tasks', { token, body: { project_id: board.id, title: 'Once' }, headers })
  const first = await post(key.key)
  expect(first.status).toBe(201)
  for (const token of [key.key, ada.token]) expect(await post(token)).toMatchObject({ status: 201, text: first.text })
  expect(await post(bound.key)).toMatchObject(problem(404, 'not_found'))
  expect(await readAllPages(`/tasks?project_id=${board.id}`, ada.token)).toHaveLength(1)

  const link = (token: string) =>
    call('POST', '/reports/links', { token, body: { project_id: board.id, report: 'summary' }, headers: linkHeaders })
  const linkHeaders = { 'Idempotency-Key': crypto.randomUUID() }
  const made = await link(ada.token)
  expect(await link(key.key)).toMatchObject({ status: 201, text: made.text })
  expect(await link(bound.key)).toMatchObject(problem(404, 'not_found'))
})

it('needs one database request for a key, and records its use at most once a minute', async () => {
  const ada = await newPerson()
  const { id, key } = await newApiKey(ada)
  const lane = laneOf(crypto.randomUUID())
  const used = async () => (await database()`select last_used_at from api_keys where id = ${id}`)[0]?.last_used_at
  const read = async () => {
    const execution = createExecutionContext()
    const { status, headers } = await app.fetch(
      requestOf('GET', { path: '/users/me' }, key),
      { ...env, ...lane.vars },
      execution,
    )
    await waitOnExecutionContext(execution)
    return { status, spent: headers.get('Server-Timing') }
  }
  expect(await used()).toBeNull()
  expect(await read()).toMatchObject({ status: 200, spent: expect.stringContaining('desc="1"') })
  const first = await used()
  expect(first).not.toBeNull()
  expect(await lane.requests()).toMatchObject({ neon: 2 }) // the second one notes the use, after the answer
  expect((await read()).status).toBe(200)
  expect(await lane.requests()).toMatchObject({ neon: 3 })
  expect(await used()).toEqual(first)
  expect((await readAllPages('/users/me/keys', ada.token))[0].last_used_at).not.toBeNull()
})

it('shows a board only to the keys of its members', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const grace = await newMember(ada, board.id, 'viewer')
  const { key } = await newApiKey(grace)
  expect((await call('GET', `/projects/${board.id}`, { token: key })).status).toBe(200)
  const post = await call('POST', '/tasks', { token: key, body: { project_id: board.id, title: 'No' } })
  expect(post).toMatchObject(problem(403, 'forbidden'))
  await call('DELETE', `/projects/${board.id}/members/${grace.id}`, { token: ada.token })
  expect(await call('GET', `/projects/${board.id}`, { token: key })).toMatchObject(problem(404, 'not_found'))
})
