import { expect, it, vi } from 'vitest'
import {
  type Answer,
  call,
  database,
  newAdmin,
  newApiKey,
  newPerson,
  newProject,
  PASSWORD,
  type Person,
  problem,
} from '../support/api.ts'
import { CLOSED_WITHIN_MS } from '../support/bounds.ts'
import { connect } from '../support/socket.ts'
import { newWorker } from '../support/worker.ts'

const NEW = 'staple horse battery'
const invalid = problem(403, 'recovery_invalid')

const makeLink = ({ id }: Pick<Person, 'id'>, root: Pick<Person, 'token'>) =>
  call('POST', `/users/${id}/recovery-link`, { token: root.token })
const confirm = (token: string, password = NEW, headers = {}) =>
  call('POST', '/auth/recovery/confirm', { body: { token, password }, headers })
const login = ({ email }: Person, password: string) => call('POST', '/auth/login', { body: { email, password } })
const statusOf = ({ status }: Answer) => status

/** `root`: an administrator; `ada`: somebody who forgot her password; `token`: that of a recovery link for her. */
async function newRecovery() {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const { body } = await makeLink(ada, root)
  return { root, ada, token: body.token as string }
}

it('makes a token that is valid for 30 minutes, and stores only its hash', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const { status, body } = await makeLink(ada, root)
  expect(status).toBe(201)
  expect(Object.keys(body).sort()).toEqual(['expires_at', 'token'])
  const left = new Date(body.expires_at).getTime() - Date.now()
  expect(Math.abs(left - 30 * 60_000)).toBeLessThan(10_000)
  const stored = JSON.stringify(await database()`select * from recovery_links where user_id = ${ada.id}`)
  expect(stored).toContain(root.id)
  expect(stored).not.toContain(body.token)
})

it('sets the owner’s new password, and refuses the old one', async () => {
  const { ada, token } = await newRecovery()
  const answer = await confirm(token)
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect(await login(ada, PASSWORD)).toMatchObject(problem(401, 'credentials_invalid'))
  expect((await login(ada, NEW)).status).toBe(200)
})

it('ends all sessions, API keys and cached access, and closes their sockets within 2 s', async () => {
  const { ada, token } = await newRecovery()
  const { id } = await newProject(ada.token)
  const { key } = await newApiKey(ada)
  const sockets = [await connect(id, { token: ada.token }), await connect(id, { token: key })]
  await Promise.all(sockets.map((socket) => socket.message('hello')))
  for (const holder of [ada.token, key]) await call('GET', `/projects/${id}/board`, { token: holder })
  await confirm(token)
  const at = Date.now()
  for (const path of [`/projects/${id}/board`, '/users/me']) {
    expect(await call('GET', path, { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
    expect(await call('GET', path, { token: key })).toMatchObject(problem(401, 'key_invalid'))
  }
  expect(await call('POST', '/auth/refresh', { body: { refresh: ada.refresh } })).toMatchObject(
    problem(401, 'refresh_invalid'),
  )
  for (const socket of sockets) {
    const end = await socket.end()
    expect(end.code).toBe(4403)
    expect(end.at - at).toBeLessThan(CLOSED_WITHIN_MS)
  }
})

it('shows the owner in the list of sessions who made the link, and from where it was used', async () => {
  const { root, ada, token } = await newRecovery()
  expect((await call('GET', '/auth/sessions', { token: ada.token })).body.recovery).toBeNull()
  await confirm(token, NEW, { 'CF-Connecting-IP': '203.0.113.77', 'User-Agent': 'A phone' })
  const back = (await login(ada, NEW)).body.tokens.access
  const { body } = await call('GET', '/auth/sessions', { token: back })
  expect(body.items.map(({ revoke_reason }: any) => revoke_reason)).toEqual([null, 'recovered'])
  expect(body.recovery).toEqual({
    created_by: root.id,
    created_at: expect.any(String),
    used_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    ip: '203.0.113.77',
    user_agent: 'A phone',
  })
  expect((await call('GET', '/auth/sessions', { token: root.token })).body.recovery).toBeNull()
})

it('lets a recovery link be used once, also when 10 requests use it at the same time', async () => {
  const { ada, token } = await newRecovery()
  const passwords = Array.from({ length: 10 }, (_, n) => `${NEW} ${n}`)
  const answers = await Promise.all(passwords.map((password) => confirm(token, password)))
  expect(answers.map(statusOf).sort()).toEqual([204, ...new Array(9).fill(403)])
  const worked = await Promise.all(passwords.map((password) => login(ada, password)))
  expect(worked.map(statusOf).indexOf(200)).toBe(answers.map(statusOf).indexOf(204))
  expect(await confirm(token)).toMatchObject(invalid)
})

it('gives the same answer to unknown, used, expired and replaced tokens', async () => {
  const { root, ada, token: replaced } = await newRecovery()
  const used = (await makeLink(ada, root)).body.token
  expect((await confirm(used)).status).toBe(204)
  const expired = (await makeLink(ada, root)).body.token
  await database()`update recovery_links set expires_at = now() where user_id = ${ada.id} and used_at is null`
  const seen = async (token: string) => {
    const { status, body, headers } = await confirm(token)
    return { status, body: { ...body, instance: '' }, challenge: headers.get('WWW-Authenticate') }
  }
  const unknown = await seen('A'.repeat(43))
  expect(unknown).toMatchObject({ ...invalid, challenge: null })
  for (const token of [replaced, used, expired, '', 'x', ada.token.slice(0, 200)])
    expect(await seen(token)).toEqual(unknown)
})

it('refuses weak passwords, and keeps the link valid', async () => {
  const { ada, token } = await newRecovery()
  for (const weak of ['short', 'password1', `${ada.email.split('@')[0]}12`, 'x'.repeat(129)])
    expect(await confirm(token, weak)).toMatchObject(problem(422, 'validation_failed'))
  expect((await call('GET', '/users/me', { token: ada.token })).status).toBe(200)
  expect((await confirm(token)).status).toBe(204)
})

it('refuses a recovery link when the account is disabled, also after it is enabled again', async () => {
  const [root, disabled, deleted] = [await newAdmin(), await newPerson(), await newPerson()]
  const tokens = []
  for (const somebody of [disabled, deleted]) tokens.push((await makeLink(somebody, root)).body.token)
  const enable = (is_active: boolean) =>
    call('PATCH', `/users/${disabled.id}`, { token: root.token, body: { is_active } })
  await enable(false)
  expect(await confirm(tokens[0])).toMatchObject(invalid)
  expect(await makeLink(disabled, root)).toMatchObject(problem(409, 'account_disabled'))
  await enable(true)
  expect(await confirm(tokens[0])).toMatchObject(invalid)
  await call('DELETE', `/users/${deleted.id}`, { token: root.token })
  expect(await makeLink(deleted, root)).toMatchObject(problem(404, 'not_found'))
  for (const token of tokens) expect(await confirm(token)).toMatchObject(invalid)
})

it('accepts a recovery link after a thief has changed the password', async () => {
  const { ada, token } = await newRecovery()
  const body = { current: PASSWORD, new: `${PASSWORD}!` }
  expect((await call('POST', '/auth/password', { token: ada.token, body })).status).toBe(204)
  expect((await confirm(token)).status).toBe(204)
  expect((await login(ada, `${PASSWORD}!`)).status).toBe(401)
})

// Only with DATABASE_URL do these run at the same time: the embedded Postgres runs one transaction at a time.
it('ends every session and key that a thief makes at the same time', async () => {
  const { ada, token } = await newRecovery()
  const body = { current: PASSWORD, new: `${PASSWORD}!` }
  const [confirmed, ...stolen] = await Promise.all([
    confirm(token),
    ...Array.from({ length: 5 }, () => login(ada, PASSWORD)),
    ...Array.from({ length: 5 }, () => call('POST', '/auth/refresh', { body: { refresh: ada.refresh } })),
    ...Array.from({ length: 5 }, () =>
      call('POST', '/users/me/keys', { token: ada.token, body: { name: 'A key', scopes: ['read'] } }),
    ),
    call('POST', '/auth/password', { token: ada.token, body }),
  ])
  expect(confirmed.status).toBe(204)
  const held = stolen.flatMap(({ body }) => body?.tokens?.access ?? body?.key ?? [])
  for (const holder of held) expect((await call('GET', '/users/me', { token: holder })).status).toBe(401)
  expect((await login(ada, NEW)).status).toBe(200)
})

it('refuses a recovery link when its maker is no longer an administrator', async () => {
  const { root, token } = await newRecovery()
  const boss = await newAdmin()
  await call('PATCH', `/users/${root.id}`, { token: boss.token, body: { role: 'member' } })
  expect(await confirm(token)).toMatchObject(invalid)
})

it('lets only administrators make a recovery link, and only for people who exist', async () => {
  const [root, ada, bob] = [await newAdmin(), await newPerson(), await newPerson()]
  expect(await makeLink(bob, ada)).toMatchObject(problem(403, 'forbidden'))
  expect(await makeLink(ada, ada)).toMatchObject(problem(403, 'forbidden'))
  expect(await makeLink({ id: crypto.randomUUID() }, root)).toMatchObject(problem(404, 'not_found'))
  const { key } = await newApiKey(root, { scopes: ['read', 'write', 'admin'] })
  expect((await makeLink(bob, { token: key })).status).toBe(201)
})

it('does not let an administrator set the password of an existing account', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  for (const fields of [{ password: NEW }, { password_hash: 'x' }])
    expect(await call('PATCH', `/users/${ada.id}`, { token: root.token, body: fields })).toMatchObject(
      problem(422, 'validation_failed'),
    )
  const again = { email: ada.email.toUpperCase(), name: 'Ada', password: NEW }
  expect(await call('POST', '/users', { token: root.token, body: again })).toMatchObject(problem(409, 'email_taken'))
  expect((await login(ada, PASSWORD)).status).toBe(200)
})

it('limits attempts by address, and lets a locked owner sign in after the recovery', async () => {
  const [{ ada, token }, worker] = [await newRecovery(), newWorker({ LIMIT_ADDRESS: '13/60' })]
  const headers = { 'CF-Connecting-IP': `2001:db8:${crypto.randomUUID().slice(0, 4)}::1` }
  const signIn = (password: string) =>
    worker.call('POST', '/auth/login', { body: { email: ada.email, password }, headers })
  for (let n = 0; n < 10; n += 1) await signIn('not the password')
  expect((await signIn(PASSWORD)).status).toBe(429)
  const body = { token, password: NEW }
  const path = '/auth/recovery/confirm'
  expect((await worker.call('POST', path, { body, headers })).status).toBe(204)
  expect((await signIn(NEW)).status).toBe(200)
  expect(await worker.call('POST', path, { body, headers })).toMatchObject({
    ...problem(429, 'too_many_requests'),
    body: { policy: 'address' },
  })
})

it('logs who made a link for whom and that it was used, but not the token', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { root, ada, token } = await newRecovery()
  await confirm(token)
  const lines = warn.mock.calls.map(String)
  warn.mockRestore()
  expect(lines.find((line) => line.includes('recovery_link_made'))).toMatch(new RegExp(`${ada.id}.*${root.id}`))
  expect(lines.find((line) => line.includes('"recovered"'))).toContain(ada.id)
  expect(lines.join()).not.toContain(token)
})
