import { expect, it } from 'vitest'
import {
  call,
  newAdmin,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  PASSWORD,
  problem,
  readAllPages,
  readJournal,
} from '../support/api.ts'

const uniqueWord = () => crypto.randomUUID().slice(0, 13)

it('lets me change my own profile, but neither my role nor my e-mail address', async () => {
  const ada = await newPerson()
  const edit = (body: object) => call('PATCH', '/users/me', { token: ada.token, body })
  const profile = { name: 'Ada L.', timezone: 'Europe/Kyiv', avatar_url: 'https://example.com/ada.png' }
  expect(await edit(profile)).toMatchObject({ status: 200, body: { ...profile, seq: 2 } })
  expect(await edit({})).toMatchObject({ status: 200, body: { seq: 2 } })
  expect((await edit({ avatar_url: null })).body.avatar_url).toBeNull()
  for (const bad of [
    { role: 'admin' },
    { email: 'new@example.com' },
    { is_active: false },
    { name: '' },
    { timezone: 'Mars/Base' },
  ]) {
    expect(await edit(bad)).toMatchObject(problem(422, 'validation_failed'))
  }
  for (const bad of [
    { timezone: '+02:00' },
    { avatar_url: 'javascript:alert(1)' },
    ...[
      'http://example.com/a',
      'https:x',
      'https:/x',
      'https:///x.com',
      'https:\\\\x.com',
      'https://ada:pw@x.com/',
    ].map((avatar_url) => ({ avatar_url })),
  ]) {
    expect(await edit(bad)).toMatchObject(problem(422, 'validation_failed'))
  }
})

it('refuses a time zone that the database does not know', async () => {
  const { token } = await newPerson()
  const set = (timezone: string) => call('PATCH', '/users/me', { token, body: { timezone } })
  for (const bad of ['CAT', 'VST', 'US/Pacific-New', 'Etc/GMT+99']) {
    expect(await set(bad)).toMatchObject({
      ...problem(422, 'validation_failed'),
      body: { errors: [{ path: 'timezone' }] },
    })
  }
  const { id } = await newProject(token)
  for (const good of ['America/Argentina/Buenos_Aires', 'asia/kolkata', 'Etc/GMT-14', 'UTC']) {
    expect((await set(good)).status).toBe(200)
    expect((await call('GET', `/projects/${id}/progress`, { token })).status).toBe(200)
  }
})

it('lets members search for exactly the beginning of a word of a name, or of an e-mail address', async () => {
  const owner = await newPerson()
  const { id } = await newProject(owner.token)
  const { token } = await newMember(owner, id, 'viewer')
  const mark = uniqueWord()
  const names = [`${mark} Zoë`, `${mark}%`, `${mark}_x`, `x ${mark}`]
  for (const name of names) await newMember(owner, id, 'viewer', name)
  const email = `${mark}@example.com`
  const other = await call('POST', '/auth/register', { body: { email, name: 'Other', password: PASSWORD } })
  await call('POST', `/projects/${id}/members`, { token: owner.token, body: { user_id: other.body.user.id } })
  const search = async (q: string) =>
    (await call('GET', `/users?q=${encodeURIComponent(q)}`, { token })).body.items.map((user: any) => user.name)
  expect(await search(mark)).toEqual([`${mark} Zoë`, `${mark}%`, `${mark}_x`, `x ${mark}`, 'Other'])
  expect(await search(`${mark.toUpperCase()} ZO`)).toEqual([`${mark} Zoë`])
  expect(await search(`${mark}%`)).toEqual([`${mark}%`])
  expect(await search(`${mark}_`)).toEqual([`${mark}_x`])
  expect(await search(`${mark}\\`)).toEqual([])
  expect(await search(`${mark}@`)).toEqual(['Other'])
})

it('lets people find those who share a project with them, and managers find anybody by e-mail address', async () => {
  const mark = uniqueWord()
  const found = async ({ token }: { token: string }, q: string) =>
    (await call('GET', `/users?q=${encodeURIComponent(q)}`, { token })).body.items.map(({ id }: any) => id)
  const [root, owner, stranger] = [
    await newAdmin(),
    await newPerson(`${mark} Owner`),
    await newPerson(`${mark} Stranger`),
  ]
  const board = await newProject(owner.token)
  const [viewer, gone] = [
    await newMember(owner, board.id, 'viewer', `${mark} V`),
    await newMember(owner, board.id, 'viewer', `${mark} G`),
  ]
  await call('PATCH', `/users/${gone.id}`, { token: root.token, body: { is_active: false } })

  expect(await found(stranger, mark)).toEqual([stranger.id])
  expect(await found(stranger, viewer.email)).toEqual([])
  expect(await found(viewer, mark)).toEqual([owner.id, viewer.id])
  expect(await found(viewer, stranger.email)).toEqual([])
  expect(await found(owner, stranger.email.toUpperCase())).toEqual([stranger.id])
  expect(await found(owner, stranger.email.slice(0, -1))).toEqual([])
  expect(await found(owner, gone.email)).toEqual([])
  expect(await found(root, mark)).toEqual([owner.id, stranger.id, viewer.id, gone.id])
  await call('DELETE', `/projects/${board.id}/members/${viewer.id}`, { token: owner.token })
  expect(await found(viewer, mark)).toEqual([viewer.id])
})

it('shows members only the id, name and picture of a person', async () => {
  const [root, owner] = [await newAdmin(), await newPerson('Owner')]
  await newProject(owner.token)
  const search = async (token: string, q: string) => (await call('GET', `/users?q=${q}`, { token })).body.items
  const shown = { id: root.id, name: 'Admin', avatar_url: null }
  expect(await search(owner.token, root.email)).toEqual([shown])
  expect(await search(root.token, root.email)).toMatchObject([
    { ...shown, email: root.email, role: 'admin', is_active: true },
  ])
  const plain = await newApiKey(root, { scopes: ['read'] })
  expect(await search(plain.key, root.email)).toEqual([shown])
})

it('requires two letters for a search, and lets only an administrator list everybody', async () => {
  const [{ token }, root] = [await newPerson(), await newAdmin()]
  for (const q of ['a', ' a ', '']) {
    expect(await call('GET', `/users?q=${q}`, { token })).toMatchObject(problem(422, 'validation_failed'))
  }
  expect(await call('GET', '/users', { token })).toMatchObject(problem(403, 'forbidden'))
  expect((await call('GET', '/users', { token: root.token })).status).toBe(200)
})

it('returns every person of a search over all pages while people join', async () => {
  const owner = await newPerson()
  const board = await newProject(owner.token)
  const mark = uniqueWord()
  const ids = []
  for (const n of [1, 2, 3]) ids.push((await newMember(owner, board.id, 'viewer', `${mark} ${n}`)).id)
  let joined = 0
  const seen = await readAllPages(`/users?q=${mark}&limit=1`, owner.token, async () => {
    joined += 1
    if (joined === 1) await newMember(owner, board.id, 'viewer', `${mark} late`)
  })
  expect(seen.map(({ id }) => id).slice(0, 3)).toEqual(ids)
  expect(seen).toHaveLength(4)
})

it('lets an administrator create an account that can sign in', async () => {
  const root = await newAdmin()
  const body = { email: `${uniqueWord()}@example.com`, name: 'New', password: PASSWORD }
  const opened = await call('POST', '/users', { token: root.token, body })
  expect(opened).toMatchObject({ status: 201, body: { role: 'member', email: body.email } })
  expect(await call('POST', '/users', { token: root.token, body })).toMatchObject(problem(409, 'email_taken'))
  expect((await call('POST', '/auth/login', { body: { email: body.email, password: PASSWORD } })).status).toBe(200)
  const taken = await call('PATCH', `/users/${opened.body.id}`, { token: root.token, body: { email: root.email } })
  expect(taken).toMatchObject(problem(409, 'email_taken'))
})

it('refuses a disabled account at once, in every session, until it is enabled again', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const set = (is_active: boolean) => call('PATCH', `/users/${ada.id}`, { token: root.token, body: { is_active } })
  const login = () => call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })
  expect(await set(false)).toMatchObject({ status: 200, body: { is_active: false } })
  expect(await call('GET', '/users/me', { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
  expect(await call('POST', '/auth/refresh', { body: { refresh: ada.refresh } })).toMatchObject(
    problem(401, 'refresh_invalid'),
  )
  expect(await login()).toMatchObject(problem(401, 'credentials_invalid'))
  await set(true)
  expect((await login()).status).toBe(200)
  expect(await call('GET', '/users/me', { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
})

it('removes the personal data of a deleted account, and keeps what it did', async () => {
  const [root, owner] = [await newAdmin(), await newPerson()]
  const board = await newProject(owner.token)
  const ada = await newMember(owner, board.id, 'editor', 'Ada Secret')
  const row = await newTask(ada.token, board.id, { assignee_ids: [ada.id] })
  expect((await call('DELETE', `/users/${ada.id}`, { token: root.token })).status).toBe(204)
  const { body } = await call('GET', `/users/${ada.id}`, { token: root.token })
  expect(body).toMatchObject({ name: 'Deleted user', is_active: false, role: 'member', avatar_url: null })
  expect(JSON.stringify(body)).not.toContain(ada.email)
  expect(await call('GET', '/users/me', { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
  expect((await call('GET', `/tasks/${row.id}`, { token: owner.token })).body).toMatchObject({
    assignee_ids: [],
    created_by: ada.id,
  })
  const events = await readJournal(owner.token, board.id, row.seq - 1)
  expect(events.map(({ action, user_id }: any) => [action, user_id])).toEqual([
    ['task.created', ada.id],
    ['member.removed', root.id],
    ['task.updated', root.id],
  ])
  const again = { email: ada.email, name: 'Ada', password: PASSWORD }
  expect((await call('POST', '/auth/register', { body: again })).status).toBe(201)
})

it('refuses to delete the only manager of a project, and changes nothing', async () => {
  const [root, ada] = [await newAdmin(), await newPerson('Ada')]
  const board = await newProject(ada.token)
  expect(await call('DELETE', `/users/${ada.id}`, { token: root.token })).toMatchObject({
    ...problem(409, 'last_manager'),
    body: { project_id: board.id },
  })
  expect((await call('GET', '/users/me', { token: ada.token })).body.name).toBe('Ada')
  expect(await call('DELETE', `/users/${crypto.randomUUID()}`, { token: root.token })).toMatchObject(
    problem(404, 'not_found'),
  )
})
