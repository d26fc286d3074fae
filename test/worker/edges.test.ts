import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { configOf, wrongSettings } from '../../src/config/config.ts'
import { log } from '../../src/lib/log.ts'
import { signAccessToken, verifyAccessToken } from '../../src/security/tokens.ts'
import { call, newPerson, newProject, ORIGIN, PASSWORD, problem } from '../support/api.ts'
import { ROUTES } from '../support/routes.ts'

const PAGE = 'https://app.example'
const withOrigins = { ...env, CORS_ORIGINS: `${PAGE}, https://other.example` }
const ask = (path: string, init: RequestInit = {}, vars: object = withOrigins) =>
  app.fetch(new Request(`${ORIGIN}${path}`, init), vars as typeof env, createExecutionContext())

it('allows pages of the listed origins to read answers, and no other pages', async () => {
  for (const origin of [PAGE, 'https://other.example']) {
    const { headers } = await ask('/healthz', { headers: { Origin: origin } })
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origin)
    expect(headers.get('Vary')).toContain('Origin')
  }
  const strangers = ['https://app.example.evil.example', 'https://evil-app.example', 'http://app.example', 'null', '*']
  for (const origin of [...strangers, `${PAGE}:8443`, PAGE.toUpperCase()]) {
    const { headers } = await ask('/healthz', { headers: { Origin: origin } })
    expect(headers.get('Access-Control-Allow-Origin'), origin).toBeNull()
  }
  const { headers } = await ask('/healthz', { headers: { Origin: PAGE } }, env)
  expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
})

it('sends no CORS headers to a page of its own origin, but varies by Origin', async () => {
  const { headers } = await ask('/healthz', { headers: { Origin: ORIGIN } })
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(headers.get('Vary')).toContain('Origin')
})

it('answers a preflight with the allowed methods and headers, and without credentials', async () => {
  const preflight = (origin: string) =>
    ask('/tasks', { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'PATCH' } })
  const { status, headers } = await preflight(PAGE)
  expect(status).toBe(204)
  expect(headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
  const allowed = headers.get('Access-Control-Allow-Headers')?.toLowerCase() ?? ''
  const names = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'flowtrack-seq', 'traceparent']
  for (const name of names) expect(allowed).toContain(name)
  expect(headers.get('Access-Control-Allow-Methods')).toContain('PATCH')
  expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
  expect((await preflight('https://evil.example')).headers.get('Access-Control-Allow-Origin')).toBeNull()
  const read = (await ask('/healthz', { headers: { Origin: PAGE } })).headers.get('Access-Control-Expose-Headers')
  for (const name of ['RateLimit', 'Retry-After', 'ETag', 'FlowTrack-Seq', 'Idempotency-Replayed'])
    expect(read).toContain(name)
})

it('lets pages of allowed origins read every answer, early refusals included', async () => {
  const { token } = await newPerson()
  const id = crypto.randomUUID()
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`X-${i}`, 'x']))
  const ASSETS = { fetch: () => Promise.reject(new Error('broken')) }
  const broken = vi.spyOn(console, 'error').mockImplementation(() => {})
  const asked: [number, string, RequestInit?, object?][] = [
    [414, `/tasks?q=${'x'.repeat(9_000)}`],
    [431, '/tasks', { headers: many }],
    [404, '/nothing'],
    [405, '/tasks', { method: 'PUT' }],
    [204, '/tasks', { method: 'OPTIONS' }],
    [401, '/tasks'],
    [426, `/ws/projects/${id}`],
    [404, `/projects/${id}`, { headers: { Authorization: `Bearer ${token}` } }],
    [413, '/auth/login', { method: 'POST', body: 'x'.repeat(300_000) }],
    [415, '/auth/login', { method: 'POST', body: 'x' }],
    [400, '/auth/login', { method: 'POST', body: 'x', headers: { 'Content-Type': 'application/json' } }],
    [422, '/healthz?x=1'],
    [500, '/docs', {}, { ...withOrigins, ASSETS }],
  ]
  for (const [status, path, init, vars] of asked) {
    const answer = await ask(path, { ...init, headers: { Origin: PAGE, ...init?.headers } }, vars)
    expect(answer.status, path.slice(0, 40)).toBe(status)
    expect(answer.headers.get('Access-Control-Allow-Origin'), String(status)).toBe(PAGE)
    expect(answer.headers.get('Access-Control-Expose-Headers')).toMatch(/Content-Disposition.*Location.*WWW-Auth/)
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
  }
  broken.mockRestore()
})

it('accepts any port of an origin that is listed with :*, and no other origin', async () => {
  const vars = { ...env, CORS_ORIGINS: 'http://localhost:*, http://[::1]:*, TAURI://localhost/' }
  const allowed = async (origin: string) =>
    (await ask('/healthz', { headers: { Origin: origin } }, vars)).headers.get('Access-Control-Allow-Origin')
  for (const origin of ['http://localhost', 'http://localhost:3000', 'http://[::1]:5173', 'tauri://localhost'])
    expect(await allowed(origin)).toBe(origin)
  const strangers = [
    'https://localhost:3000',
    'http://localhost.evil.example:80',
    'http://localhost:*',
    'http://localhost:',
  ]
  for (const origin of [
    ...strangers,
    'http://localhost:80.evil.example',
    'http://evil.example:3000',
    'tauri://localhost:1',
  ])
    expect(await allowed(origin), origin).toBeNull()
})

it.each(['app.example.com', 'https://app.example.com/path', '*', 'https://*', 'localhost:*', 'https://a b'])(
  'refuses to start with a malformed origin: %s',
  (origin) => {
    const message = expect.stringMatching(/^is wrong: each must be an origin with its scheme/)
    expect(wrongSettings({ ...env, CORS_ORIGINS: `${PAGE}, ${origin}` })).toEqual([{ name: 'CORS_ORIGINS', message }])
  },
)

it('sends the security headers with answers and refusals, and no cookie', async () => {
  const { token } = await newPerson()
  for (const path of ['/users/me', '/nothing', '/docs', '/healthz']) {
    const { headers } = await ask(path, { headers: { Authorization: `Bearer ${token}` } })
    expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff')
    expect(headers.get('Strict-Transport-Security'), path).toContain('max-age=')
    expect(headers.get('X-Frame-Options'), path).not.toBeNull()
    expect(headers.get('Referrer-Policy'), path).toBe('no-referrer')
    expect(headers.get('Set-Cookie'), path).toBeNull()
    expect(headers.get('Content-Type'), path).toMatch(/json|html; charset=utf-8/)
  }
})

it('sets no cookie at a sign-in that does not ask for one, and nothing may store the answer', async () => {
  const { email } = await newPerson()
  const { headers, status } = await call('POST', '/auth/login', { body: { email, password: PASSWORD } })
  expect([status, headers.get('Set-Cookie'), headers.get('Cache-Control')]).toEqual([200, null, 'no-store'])
})

it('sends no redirects, not even for requests over plain HTTP', async () => {
  for (const path of Object.keys(ROUTES)
    .filter((name) => name.startsWith('GET '))
    .map((name) => name.slice(4))) {
    const { status } = await exports.default.fetch(`http://flowtrack.test${path}`, { redirect: 'manual' })
    expect(status < 300 || status >= 400, path).toBe(true)
  }
})

it('refuses a URL or headers that are too large', async () => {
  const long = await call('GET', `/healthz?q=${'x'.repeat(9_000)}`)
  expect(long).toMatchObject(problem(414, 'uri_too_long'))
  expect(await call('GET', '/healthz', { headers: { 'X-Large': 'x'.repeat(33_000) } })).toMatchObject(
    problem(431, 'headers_too_large'),
  )
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`X-${i}`, 'x']))
  expect(await call('GET', '/healthz', { headers: many })).toMatchObject(problem(431, 'headers_too_large'))
  // Not too long: only its query is refused.
  expect((await call('GET', `/healthz?q=${'x'.repeat(8_000)}`)).status).toBe(422)
})

it('refuses JSON that is nested as deeply as a body allows, and keeps serving', async () => {
  const { token } = await newPerson()
  const deep = 128 * 1024 - 20
  for (const body of [
    '['.repeat(deep),
    '['.repeat(deep) + ']'.repeat(deep),
    `{"name":${'['.repeat(deep)}${']'.repeat(deep)}}`,
  ]) {
    const { status } = await call('POST', '/projects', { token, body })
    expect([400, 422]).toContain(status)
  }
  expect((await call('GET', '/healthz')).status).toBe(200)
})

it('uses the last of two members with the same name in JSON, as JSON.parse does', async () => {
  const { token } = await newPerson()
  const { body } = await call('POST', '/projects', { token, body: '{"name":"First","name":"Last"}' })
  expect(body.name).toBe('Last')
})

it('returns 415 for a body that is compressed, or that is not JSON in UTF-8', async () => {
  const { token } = await newPerson()
  const body = { name: 'Odd' }
  const odd: Record<string, string>[] = [
    { 'Content-Encoding': 'gzip' },
    { 'Content-Type': 'application/json; charset=utf-16' },
    { 'Content-Type': 'application/json; charset=iso-8859-1' },
    { 'Content-Type': 'application/jsonp' },
    { 'Content-Type': 'text/plain; application/json' },
  ]
  for (const headers of odd)
    expect(await call('POST', '/projects', { token, body, headers })).toMatchObject(
      problem(415, 'unsupported_media_type'),
    )
})

it('accepts tokens of the current and the previous secret, and of no other secret', async () => {
  const { token } = await newPerson()
  const { JWT_SECRET } = configOf(env as Env)
  const next = 'the next secret, which has 32 characters and more'
  const rotated = { ...env, JWT_SECRET: next, JWT_SECRET_PREVIOUS: JWT_SECRET }
  const headers = { Authorization: `Bearer ${token}` }
  expect((await ask('/users/me', { headers }, rotated)).status).toBe(200)
  expect((await ask('/users/me', { headers }, { ...env, JWT_SECRET: next })).status).toBe(401)
  const config = configOf(rotated as unknown as Env)
  const fresh = await signAccessToken(config, await verifyAccessToken(config, token, new Date()), new Date())
  expect((await call('GET', '/users/me', { token: fresh })).status).toBe(401)
})

it('writes each log entry on one line, whatever a client sends', async () => {
  const written: string[] = []
  const spies = (['info', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((text: string) => void written.push(text)),
  )
  const evil = 'x\n{"level":"error","event":"forged"}\r\u2028\u2029\u001b[2J\u009b2J\u0085\0'
  await call('GET', `/users/${encodeURIComponent(evil)}`, { headers: { 'X-Request-Id': 'forged id' } })
  await call('GET', '/users/me', { headers: { Authorization: 'Bearer \u0085{"level":"error"}' } })
  log.warn('test', { evil })
  for (const spy of spies) spy.mockRestore()
  expect(written.length).toBeGreaterThanOrEqual(3)
  for (const text of written) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be there
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    expect(JSON.parse(text).event).not.toBe('forged')
  }
  expect(JSON.parse(written.at(-1) ?? '{}').evil).toBe(evil)
})

it('logs sign-ins and refusals, without secrets', async () => {
  const written: string[] = []
  const spy = vi.spyOn(console, 'info').mockImplementation((text: string) => void written.push(text))
  const ada = await newPerson()
  await call('POST', '/auth/login', { body: { email: ada.email, password: 'wrong battery horse' } })
  await call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })
  await call('GET', '/users', { token: ada.token })
  await call('GET', '/users/me', { token: `${ada.token.slice(0, -6)}AAAAAA` })
  spy.mockRestore()
  const entries = written.map((text) => JSON.parse(text))
  expect(entries.filter(({ event }) => event === 'signed_in').map(({ user_id }) => user_id)).toEqual([ada.id, ada.id])
  expect(entries.filter(({ event }) => event === 'refused')).toMatchObject([
    { code: 'credentials_invalid', path: '/auth/login' },
    { code: 'forbidden', path: '/users', user_id: ada.id },
    { code: 'token_invalid', path: '/users/me' },
  ])
  for (const { request_id } of entries) expect(request_id).toMatch(/^[\w-]{8,64}$/)
  for (const secret of [PASSWORD, 'wrong battery', ada.email, ada.token.split('.')[2] ?? '', ada.refresh])
    expect(written.join()).not.toContain(secret)
})

it('takes the client’s address only from the header of Cloudflare', async () => {
  const { token } = await newPerson()
  const { email } = await newPerson()
  const headers = { 'X-Forwarded-For': '198.51.100.1', 'X-Real-IP': '198.51.100.2', Forwarded: 'for=198.51.100.3' }
  const other = (await call('POST', '/auth/login', { body: { email, password: PASSWORD }, headers })).body.tokens.access
  const [session] = (await call('GET', '/auth/sessions', { token: other })).body.items
  expect(String(session.ip)).not.toContain('198.51.100')
  expect((await newProject(token)).id).toBeDefined()
})

it('shows only the request id after an unexpected failure, and logs the details', async () => {
  const written: string[] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((text: string) => void written.push(text))
  const ASSETS = { fetch: () => Promise.reject(new Error('the secret of /srv/vault')) }
  const answer = await ask('/docs', { headers: { 'X-Request-Id': 'a-request-that-fails' } }, { ...env, ASSETS })
  spy.mockRestore()
  const body = await answer.text()
  expect(answer.status).toBe(500)
  expect(JSON.parse(body)).toMatchObject({ code: 'internal', instance: 'a-request-that-fails' })
  expect(body).not.toMatch(/secret|srv|at .*\.ts/)
  expect(JSON.parse(written[0] ?? '{}')).toMatchObject({
    request_id: 'a-request-that-fails',
    error: { message: 'the secret of /srv/vault' },
  })
})
