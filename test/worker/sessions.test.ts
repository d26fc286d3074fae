import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newPerson,
  newProject,
  PASSWORD,
  type Person,
  problem,
  readAllPages,
} from '../support/api.ts'
import { CLOSED_WITHIN_MS } from '../support/bounds.ts'
import { connect } from '../support/socket.ts'
import { newWorker } from '../support/worker.ts'

const login = async ({ email }: Person, headers = {}) =>
  (await call('POST', '/auth/login', { body: { email, password: PASSWORD }, headers })).body.tokens
const refresh = (token: string) => call('POST', '/auth/refresh', { body: { refresh: token } })
/** A Worker without a grace period: each token that is used a second time is a replay. */
const strict = newWorker({ REFRESH_GRACE_SECONDS: '0' })
const replay = (token: string) => strict.call('POST', '/auth/refresh', { body: { refresh: token } })
const whoami = (token: string) => call('GET', '/users/me', { token })

it('exchanges a refresh token for new tokens of the same session', async () => {
  const ada = await newPerson()
  const { status, body } = await refresh(ada.refresh)
  expect(status).toBe(200)
  expect(body.tokens.refresh).not.toBe(ada.refresh)
  expect((await whoami(body.tokens.access)).body.id).toBe(ada.id)
  expect(await readAllPages('/auth/sessions', body.tokens.access)).toHaveLength(1)
})

it('gives concurrent refreshes of one token the same new token', async () => {
  const ada = await newPerson()
  const answers = await Promise.all([refresh(ada.refresh), refresh(ada.refresh), refresh(ada.refresh)])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(answers.map(({ body }) => body.tokens.refresh)).size).toBe(1)
  expect((await refresh(answers[0]?.body.tokens.refresh)).status).toBe(200)
})

it('gives 50 concurrent refreshes of one token at two Workers the same new token, and ends no session', async () => {
  const [ada, workers] = [await newPerson(), [newWorker(), newWorker()] as const]
  const body = { refresh: ada.refresh }
  const racing = Array.from({ length: 50 }, (_, n) => workers[n % 2 ? 1 : 0].call('POST', '/auth/refresh', { body }))
  const answers = await Promise.all(racing)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  const successors = new Set<string>(answers.map((answer) => answer.body.tokens.refresh))
  expect(successors.size).toBe(1)
  const [session] = await readAllPages('/auth/sessions', ada.token)
  expect(session).toMatchObject({ current: true, revoked_at: null, revoke_reason: null })
  expect((await refresh([...successors][0] ?? '')).status).toBe(200)
})

it('ends the session and its sockets within 2 s when an old token is replayed', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const other = await login(ada)
  const [socket, elsewhere] = [await connect(id, { token: ada.token }), await connect(id, { token: other.access })]
  await Promise.all([socket.message('hello'), elsewhere.message('hello')])
  const newest = (await refresh((await refresh(ada.refresh)).body.tokens.refresh)).body.tokens
  expect(await replay(ada.refresh)).toMatchObject(problem(401, 'refresh_reused'))
  const replayed = Date.now()
  expect(await whoami(newest.access)).toMatchObject(problem(401, 'token_revoked'))
  expect(await refresh(newest.refresh)).toMatchObject(problem(401, 'refresh_invalid'))
  const { code, at } = await socket.end()
  expect(code).toBe(4403)
  expect(at - replayed).toBeLessThan(CLOSED_WITHIN_MS)
  expect(elsewhere.closed).toBeNull()
  elsewhere.close()
})

it('gives a slow tab the newest tokens after other tabs have refreshed, and does not end the session', async () => {
  const ada = await newPerson()
  const tabs = [await refresh(ada.refresh), await refresh(ada.refresh)]
  const newest = (await refresh(tabs[0]?.body.tokens.refresh)).body.tokens
  const latest = (await refresh(newest.refresh)).body.tokens
  for (const old of [ada.refresh, tabs[0]?.body.tokens.refresh, newest.refresh]) {
    const { status, body } = await refresh(old)
    expect([status, body.tokens.refresh]).toEqual([200, latest.refresh])
    expect((await whoami(body.tokens.access)).status).toBe(200)
  }
  for (const { access } of [ada, newest, latest].map((held) => ({
    access: 'token' in held ? held.token : held.access,
  })))
    expect((await whoami(access)).status).toBe(200)
  expect((await refresh(latest.refresh)).status).toBe(200)
})

it('ends the session when a token is used after its own grace time, however recent the last rotation is', async () => {
  const ada = await newPerson()
  const second = (await refresh(ada.refresh)).body.tokens
  await database()`update sessions set rotated_at = rotated_at - interval '20 seconds' where user_id = ${ada.id}`
  const third = (await refresh(second.refresh)).body.tokens
  // It was rotated 20 s ago, and its use does not change that.
  expect((await refresh(ada.refresh)).body.tokens.refresh).toBe(third.refresh)
  const elder = newWorker({ REFRESH_GRACE_SECONDS: '15' })
  expect((await elder.call('POST', '/auth/refresh', { body: { refresh: second.refresh } })).status).toBe(200)
  expect(await elder.call('POST', '/auth/refresh', { body: { refresh: ada.refresh } })).toMatchObject(
    problem(401, 'refresh_reused'),
  )
  for (const access of [ada.token, second.access, third.access]) {
    expect(await whoami(access)).toMatchObject(problem(401, 'token_revoked'))
  }
  expect(await refresh(third.refresh)).toMatchObject(problem(401, 'refresh_invalid'))
})

it('stores at most 20 old tokens, and only for their grace time', async () => {
  const ada = await newPerson()
  let newest = ada.refresh
  for (let n = 0; n < 25; n += 1) newest = (await refresh(newest)).body.tokens.refresh
  const kept = async () => {
    const [row] = await database()`select retired from sessions where user_id = ${ada.id}`
    return Object.keys(row?.retired).length
  }
  expect(await kept()).toBe(20)
  newest = (await replay(newest)).body.tokens.refresh // no replay: this was the current token
  expect(await kept()).toBe(0)
  expect((await refresh(newest)).status).toBe(200)
})

it('does not end the session when a token within its grace time has successors of another secret', async () => {
  const ada = await newPerson()
  const { JWT_SECRET } = env
  const rotated = newWorker({ JWT_SECRET: 'another secret of at least 32 characters', JWT_SECRET_PREVIOUS: JWT_SECRET })
  const next = (await refresh(ada.refresh)).body.tokens
  const body = { refresh: ada.refresh }
  expect(await rotated.call('POST', '/auth/refresh', { body })).toMatchObject(problem(401, 'refresh_superseded'))
  expect((await rotated.call('POST', '/auth/refresh', { body: { refresh: next.refresh } })).status).toBe(200)
})

it('ends the session when a token is used after its grace time', async () => {
  const ada = await newPerson()
  const next = (await refresh(ada.refresh)).body.tokens
  await database()`update sessions set rotated_at = rotated_at - interval '31 seconds' where user_id = ${ada.id}`
  expect(await refresh(ada.refresh)).toMatchObject(problem(401, 'refresh_reused'))
  expect(await whoami(next.access)).toMatchObject(problem(401, 'token_revoked'))
  const sessions = await readAllPages('/auth/sessions', (await login(ada)).access)
  expect(sessions.map(({ revoke_reason }) => revoke_reason)).toEqual([null, 'refresh_reuse'])
})

it('ends no other session after a replay', async () => {
  const ada = await newPerson()
  const other = await login(ada)
  await refresh(ada.refresh)
  expect(await replay(ada.refresh)).toMatchObject(problem(401, 'refresh_reused'))
  expect((await whoami(other.access)).status).toBe(200)
})

it('refuses an invalid refresh token, and one of an expired session', async () => {
  const ada = await newPerson()
  for (const bad of ['', 'x', ada.token.slice(0, 200), `${'A'.repeat(22)}.${'A'.repeat(43)}`]) {
    expect(await refresh(bad)).toMatchObject(problem(401, 'refresh_invalid'))
  }
  await database()`update sessions set expires_at = now() - interval '1 second' where user_id = ${ada.id}`
  expect(await refresh(ada.refresh)).toMatchObject(problem(401, 'refresh_invalid'))
  expect(await whoami(ada.token)).toMatchObject(problem(401, 'token_revoked'))
})

it('refuses the access token at once after a logout', async () => {
  const ada = await newPerson()
  expect((await call('POST', '/auth/logout', { token: ada.token })).status).toBe(204)
  expect(await whoami(ada.token)).toMatchObject(problem(401, 'token_revoked'))
  expect(await call('POST', '/projects', { token: ada.token, body: { name: 'Late' } })).toMatchObject(
    problem(401, 'token_revoked'),
  )
  expect(await refresh(ada.refresh)).toMatchObject(problem(401, 'refresh_invalid'))
  expect(await call('POST', '/auth/logout', { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
})

it('lists my sessions with their devices, newest first, and marks the current one', async () => {
  const ada = await newPerson()
  const phone = await login(ada, { 'User-Agent': 'Phone', 'CF-Connecting-IP': '203.0.113.9' })
  const sessions = await readAllPages('/auth/sessions?limit=1', phone.access)
  expect(sessions).toMatchObject([
    { current: true, user_agent: 'Phone', ip: '203.0.113.9', revoked_at: null },
    { current: false },
  ])
  expect(JSON.stringify(sessions)).not.toContain('hash')
})

it('shows why each session ended, from where it was used, and when it was used last', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const from = (device: string) => login(ada, { 'User-Agent': device, 'CF-Connecting-IP': '2001:db8::7' })
  const loggedOut = await from('logged out')
  await call('POST', '/auth/logout', { token: loggedOut.access })
  const replayed = await from('replayed')
  await refresh(replayed.refresh)
  await replay(replayed.refresh)
  await from('ended elsewhere')
  const [{ id }] = await readAllPages('/auth/sessions', ada.token)
  await call('DELETE', `/auth/sessions/${id}`, { token: ada.token })
  await from('password changed')
  await call('POST', '/auth/password', { token: ada.token, body: { current: PASSWORD, new: `${PASSWORD}!` } })
  await call('POST', '/auth/password', { token: ada.token, body: { current: `${PASSWORD}!`, new: PASSWORD } })
  await from('disabled')
  for (const is_active of [false, true])
    await call('PATCH', `/users/${ada.id}`, { token: root.token, body: { is_active } })
  const sessions = await readAllPages('/auth/sessions', (await from('now')).access)
  expect(sessions.map(({ user_agent, revoke_reason }) => [user_agent, revoke_reason])).toEqual([
    ['now', null],
    ['disabled', 'account_disabled'],
    ['password changed', 'password_changed'],
    ['ended elsewhere', 'revoked'],
    ['replayed', 'refresh_reuse'],
    ['logged out', 'logout'],
    [null, 'account_disabled'],
  ])
  for (const { user_agent, ip, revoked_at, revoke_reason, last_used_at, created_at } of sessions) {
    if (user_agent) expect(ip).toBe('2001:db8::7')
    expect(revoked_at === null).toBe(revoke_reason === null)
    if (user_agent !== 'replayed') expect(last_used_at).toBe(created_at)
  }
  const [used] = sessions.filter(({ user_agent }) => user_agent === 'replayed')
  expect(used.last_used_at > used.created_at).toBe(true)
})

it('ends one of my sessions, but nobody else’s', async () => {
  const [ada, eve] = [await newPerson(), await newPerson()]
  const phone = await login(ada)
  const [newest] = await readAllPages('/auth/sessions', ada.token)
  expect(await call('DELETE', `/auth/sessions/${newest.id}`, { token: eve.token })).toMatchObject(
    problem(404, 'not_found'),
  )
  expect((await whoami(phone.access)).status).toBe(200)
  expect((await call('DELETE', `/auth/sessions/${newest.id}`, { token: ada.token })).status).toBe(204)
  expect(await whoami(phone.access)).toMatchObject(problem(401, 'token_revoked'))
  expect(await call('DELETE', `/auth/sessions/${newest.id}`, { token: ada.token })).toMatchObject(
    problem(404, 'not_found'),
  )
})

it('ends all my other sessions', async () => {
  const ada = await newPerson()
  const others = [await login(ada), await login(ada)]
  expect((await call('DELETE', '/auth/sessions', { token: ada.token })).status).toBe(204)
  for (const { access } of others) expect(await whoami(access)).toMatchObject(problem(401, 'token_revoked'))
  expect((await whoami(ada.token)).status).toBe(200)
})
