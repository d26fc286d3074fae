import { expect, it } from 'vitest'
import { call, newPerson, ORIGIN, PASSWORD, problem } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

const OURS = { 'FlowTrack-Session': 'cookie', Origin: ORIGIN }

const cookieOf = (headers: Headers) => headers.get('Set-Cookie')?.split(';')[0] ?? ''
const isDeletion = (headers: Headers) =>
  /^__Host-flowtrack-refresh=; Max-Age=0; Path=\//.test(headers.get('Set-Cookie') ?? '')
const withCookie = (cookie: string, headers: object = OURS) => ({ headers: { ...headers, Cookie: cookie } })
const refresh = (cookie: string, headers?: object) => call('POST', '/auth/refresh', withCookie(cookie, headers))

/** A new person who has signed in on a page of our own origin, with the session's access token and cookie. */
async function newVisitor() {
  const { email, id } = await newPerson()
  const { body, headers } = await call('POST', '/auth/login', { body: { email, password: PASSWORD }, headers: OURS })
  return { id, email, token: body.tokens.access as string, cookie: cookieOf(headers) }
}

it.each([
  ['/auth/register', () => ({ email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: PASSWORD })],
  ['/auth/login', async () => ({ email: (await newPerson()).email, password: PASSWORD })],
])('sends the refresh token to a page of its own origin only in a cookie, at %s', async (path, input) => {
  const { status, body, headers, text } = await call('POST', path, { body: await input(), headers: OURS })
  expect(status).toBeLessThan(300)
  expect(body.tokens).toEqual({ access: expect.any(String), token_type: 'Bearer', expires_in: 900 })
  const [cookie = '', ...attributes] = headers.get('Set-Cookie')?.split('; ') ?? []
  expect(cookie).toMatch(/^__Host-flowtrack-refresh=[\w-]{22}\.[\w-]{43}\.[\w-]{22}$/)
  expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict', 'Secure'])
  expect(text).not.toContain(cookie.split('=')[1])
  expect((await refresh(cookie)).status).toBe(200)
})

it('sends no cookie to clients that do not ask for one, but the token in the body', async () => {
  const { email } = await newPerson()
  const { body, headers } = await call('POST', '/auth/login', {
    body: { email, password: PASSWORD },
    headers: { Origin: ORIGIN },
  })
  expect([typeof body.tokens.refresh, headers.get('Set-Cookie')]).toEqual(['string', null])
  const left = await call('POST', '/auth/logout', { token: body.tokens.access })
  expect([left.status, left.headers.get('Set-Cookie')]).toEqual([204, null])
})

it('rotates the token in the cookie', async () => {
  const { cookie, id } = await newVisitor()
  const { body, headers } = await refresh(cookie)
  expect(cookieOf(headers)).toMatch(/^__Host-flowtrack-refresh=[\w.-]+$/)
  expect(cookieOf(headers)).not.toBe(cookie)
  expect((await call('GET', '/users/me', { token: body.tokens.access })).body.id).toBe(id)
})

it('returns the signed-in user for a refresh by cookie, but not for a refresh by token', async () => {
  const { cookie, token } = await newVisitor()
  const { body: now } = await call('PATCH', '/users/me', { token, body: { name: 'Ada Lovelace' } })
  const { body } = await refresh(cookie)
  expect(body.user).toEqual(now)
  expect(Object.keys(body)).toEqual(['tokens', 'user'])
  const program = await newPerson()
  const answer = await call('POST', '/auth/refresh', { body: { refresh: program.refresh } })
  expect(Object.keys(answer.body)).toEqual(['tokens'])
})

it('gives concurrent refreshes with one cookie the same new token', async () => {
  const { cookie } = await newVisitor()
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(cookie)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ headers }) => cookieOf(headers))).size).toBe(1)
})

it.each([
  [
    'a page of another origin',
    { 'FlowTrack-Session': 'cookie', Origin: 'https://evil.example' },
    403,
    'origin_forbidden',
  ],
  ['a sandboxed page', { 'FlowTrack-Session': 'cookie', Origin: 'null' }, 403, 'origin_forbidden'],
  ['our host on another port', { 'FlowTrack-Session': 'cookie', Origin: `${ORIGIN}:8443` }, 403, 'origin_forbidden'],
  [
    'our host without TLS',
    { 'FlowTrack-Session': 'cookie', Origin: ORIGIN.replace('https', 'http') },
    403,
    'origin_forbidden',
  ],
  ['an unknown origin', { 'FlowTrack-Session': 'cookie' }, 403, 'origin_forbidden'],
  [
    'another site that sends no Origin',
    { 'FlowTrack-Session': 'cookie', 'Sec-Fetch-Site': 'cross-site' },
    403,
    'origin_forbidden',
  ],
  ['our own page without the header FlowTrack-Session', { Origin: ORIGIN }, 422, 'validation_failed'],
  [
    'our own page with another value in that header',
    { ...OURS, 'FlowTrack-Session': 'token' },
    422,
    'validation_failed',
  ],
])(
  'refuses the cookie from %s, and neither rotates the token nor ends the session',
  async (_, headers, status, code) => {
    const { cookie, token } = await newVisitor()
    const refused = await refresh(cookie, headers)
    expect(refused).toMatchObject(problem(status, code))
    expect(refused.headers.get('Set-Cookie')).toBeNull()
    if (code === 'origin_forbidden') {
      expect(await call('POST', '/auth/logout', withCookie(cookie, headers))).toMatchObject(problem(status, code))
      const body = { email: `${crypto.randomUUID()}@example.com`, name: 'Eve', password: PASSWORD }
      const forced = await call('POST', '/auth/register', { body, headers })
      expect([forced.status, forced.headers.get('Set-Cookie')]).toEqual([403, null])
    }
    expect((await call('GET', '/users/me', { token })).status).toBe(200)
    const strict = newWorker({ REFRESH_GRACE_SECONDS: '0' }) // a token that was rotated would now end the session
    expect((await strict.call('POST', '/auth/refresh', withCookie(cookie))).status).toBe(200)
  },
)

it('does not allow a page of an allowed origin to send the header FlowTrack-Session', async () => {
  const { call: ask } = newWorker({ CORS_ORIGINS: 'https://app.example' })
  const preflight = await ask('OPTIONS', '/auth/refresh', {
    headers: {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'flowtrack-session',
    },
  })
  expect(preflight.headers.get('Access-Control-Allow-Headers')).not.toMatch(/flowtrack-session/i)
  expect(preflight.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  const { cookie } = await newVisitor()
  const sent = await ask('POST', '/auth/refresh', withCookie(cookie, { ...OURS, Origin: 'https://app.example' }))
  expect(sent).toMatchObject(problem(403, 'origin_forbidden'))
})

it('accepts the origin of PUBLIC_URL, and requests without Origin that the browser marks as same-origin', async () => {
  const { cookie } = await newVisitor()
  const { call: ask } = newWorker({ PUBLIC_URL: 'https://flow.example.com' })
  const proxied = await ask(
    'POST',
    '/auth/refresh',
    withCookie(cookie, { ...OURS, Origin: 'https://flow.example.com' }),
  )
  expect(proxied.status).toBe(200)
  const silent = { 'FlowTrack-Session': 'cookie', 'Sec-Fetch-Site': 'same-origin' }
  expect((await refresh(cookieOf(proxied.headers), silent)).status).toBe(200)
})

it('refuses a token in the body together with the cookie, and rotates neither', async () => {
  const { cookie } = await newVisitor()
  const ada = await newPerson()
  const both = await call('POST', '/auth/refresh', { ...withCookie(cookie), body: { refresh: ada.refresh } })
  expect(both).toMatchObject(problem(422, 'validation_failed'))
  const strict = newWorker({ REFRESH_GRACE_SECONDS: '0' })
  expect((await strict.call('POST', '/auth/refresh', withCookie(cookie))).status).toBe(200)
  expect((await strict.call('POST', '/auth/refresh', { body: { refresh: ada.refresh } })).status).toBe(200)
})

it('does not accept the cookie on any other route', async () => {
  const { cookie } = await newVisitor()
  for (const [method, path] of [
    ['GET', '/users/me'],
    ['GET', '/projects'],
    ['POST', '/auth/ws-ticket'],
    ['DELETE', '/auth/sessions'],
  ] as const)
    expect(await call(method, path, withCookie(cookie))).toMatchObject(problem(401, 'token_missing'))
})

it('ends the session of the cookie at a logout, and deletes the cookie', async () => {
  const { cookie, token } = await newVisitor()
  const left = await call('POST', '/auth/logout', withCookie(cookie))
  expect([left.status, isDeletion(left.headers)]).toEqual([204, true])
  expect(await call('GET', '/users/me', { token })).toMatchObject(problem(401, 'token_revoked'))
})

it('sends one request to Postgres for a logout by cookie, even when the session has ended', async () => {
  const { cookie } = await newVisitor()
  const { call: ask, requests } = newWorker()
  expect((await ask('POST', '/auth/logout', withCookie(cookie))).status).toBe(204)
  expect((await ask('POST', '/auth/logout', withCookie(cookie))).status).toBe(401)
  expect((await requests()).neon).toBe(2)
})

it('ends the session at a logout with a cookie that is no longer the newest', async () => {
  const { cookie, token } = await newVisitor()
  await refresh((await refresh(cookie)).headers.get('Set-Cookie')?.split(';')[0] ?? '')
  expect((await call('POST', '/auth/logout', withCookie(cookie))).status).toBe(204)
  expect(await call('GET', '/users/me', { token })).toMatchObject(problem(401, 'token_revoked'))
})

it('does not end a session at a logout with a forged cookie', async () => {
  const { cookie, token } = await newVisitor()
  const [session, , tag] = cookie.split('=')[1]?.split('.') ?? []
  const forged = `__Host-flowtrack-refresh=${session}.${'A'.repeat(43)}.${tag}`
  expect(await call('POST', '/auth/logout', withCookie(forged))).toMatchObject(problem(401, 'refresh_invalid'))
  expect((await call('GET', '/users/me', { token })).status).toBe(200)
})

it.each(['/auth/refresh', '/auth/logout'])(
  'refuses the cookie of an ended session at %s, and deletes it',
  async (path) => {
    const { cookie, token } = await newVisitor()
    await call('POST', '/auth/logout', { token })
    const refused = await call('POST', path, withCookie(cookie))
    expect(refused).toMatchObject(problem(401, 'refresh_invalid'))
    expect(isDeletion(refused.headers)).toBe(true)
  },
)

it('deletes the cookie when its replay ends the session', async () => {
  const { cookie } = await newVisitor()
  await refresh(cookie)
  const strict = newWorker({ REFRESH_GRACE_SECONDS: '0' })
  const replayed = await strict.call('POST', '/auth/refresh', withCookie(cookie))
  expect(replayed).toMatchObject(problem(401, 'refresh_reused'))
  expect(isDeletion(replayed.headers)).toBe(true)
})

it('reports that there is no session cookie when a page sends none', async () => {
  const answer = await call('POST', '/auth/refresh', { headers: OURS })
  expect(answer).toMatchObject(problem(401, 'refresh_invalid'))
  expect(answer.body.detail).toBe('There is no session cookie: sign in')
  expect(answer.headers.get('Set-Cookie')).toBeNull() // another tab may have signed in meanwhile
})

it('ends the session of the access token when a page signs out without a cookie', async () => {
  const ada = await newPerson()
  expect((await call('POST', '/auth/logout', { token: ada.token, headers: OURS })).status).toBe(204)
  expect(await call('GET', '/users/me', { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
})

const signOut = ({ token, cookie }: { token?: string; cookie: string }) =>
  call('POST', '/auth/logout', { token, ...withCookie(cookie) })
const isSignedIn = async (token: string) => (await call('GET', '/users/me', { token })).status === 200

it('ends both sessions when the access token and the cookie of a logout belong to different ones', async () => {
  const [ada, bob] = [await newVisitor(), await newVisitor()]
  expect((await signOut({ token: ada.token, cookie: bob.cookie })).status).toBe(204)
  expect([await isSignedIn(ada.token), await isSignedIn(bob.token)]).toEqual([false, false])
})

it('signs out with a valid access token or a valid cookie, and refuses a logout with neither', async () => {
  const [ada, bob, eve] = [await newVisitor(), await newVisitor(), await newVisitor()]
  await call('POST', '/auth/logout', { token: bob.token })
  expect((await signOut({ token: ada.token, cookie: bob.cookie })).status).toBe(204)
  expect(await isSignedIn(ada.token)).toBe(false)
  expect((await signOut({ token: ada.token, cookie: eve.cookie })).status).toBe(204)
  expect(await isSignedIn(eve.token)).toBe(false)
  expect((await signOut({ token: 'forged', cookie: (await newVisitor()).cookie })).status).toBe(204)
  expect(await signOut({ token: ada.token, cookie: bob.cookie })).toMatchObject(problem(401, 'refresh_invalid'))
})

it('limits the refreshes of all pages of a network together, even of sessions that have ended', async () => {
  const { call: ask } = newWorker({ LIMIT_ADDRESS: '1/60' }) // for its pages, 20 times as many
  const from = { ...OURS, 'CF-Connecting-IP': '203.0.113.78' }
  const { email } = await newPerson()
  const statuses = []
  for (let n = 0; n < 21; n += 1) {
    const signed = await call('POST', '/auth/login', { body: { email, password: PASSWORD }, headers: OURS })
    await call('POST', '/auth/logout', { token: signed.body.tokens.access })
    statuses.push((await ask('POST', '/auth/refresh', withCookie(cookieOf(signed.headers), from))).status)
  }
  expect(statuses).toEqual([...Array(20).fill(401), 429])
})

it('limits refreshes and logouts of a page, but not by the sign-ins of its network', async () => {
  const { call: ask } = newWorker({ LIMIT_ADDRESS: '3/60' })
  const from = { 'CF-Connecting-IP': '203.0.113.77' }
  const { email } = await newPerson()
  const { headers, body } = await ask('POST', '/auth/login', {
    body: { email, password: PASSWORD },
    headers: { ...OURS, ...from },
  })
  for (let n = 0; n < 4; n += 1) await ask('POST', '/auth/refresh', { body: { refresh: 'made-up' }, headers: from })
  const page = withCookie(cookieOf(headers), { ...OURS, ...from })
  const statuses = []
  for (let n = 0; n < 2; n += 1) statuses.push((await ask('POST', '/auth/refresh', page)).status)
  const left = await ask('POST', '/auth/logout', { token: body.tokens.access, ...page })
  expect([...statuses, left.status, isDeletion(left.headers)]).toEqual([200, 200, 204, true])
  expect((await ask('POST', '/auth/refresh', page)).status).toBe(429)
})
