import { expect, it } from 'vitest'
import { call, database, newPerson, PASSWORD, problem } from '../support/api.ts'

const login = (email: string, password = PASSWORD) => call('POST', '/auth/login', { body: { email, password } })
const register = (fields: object) => {
  const body = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: PASSWORD, ...fields }
  return call('POST', '/auth/register', { body })
}

it('creates an account with a session, and never shows a password hash', async () => {
  const answer = await register({ name: 'Ada' })
  expect(answer).toMatchObject({
    status: 201,
    body: {
      tokens: { token_type: 'Bearer', expires_in: 900 },
      user: { name: 'Ada', is_active: true, timezone: 'UTC' },
    },
  })
  expect(answer.text).not.toMatch(/password|hash|scrypt/)
  expect((await call('GET', '/users/me', { token: answer.body.tokens.access })).body).toEqual(answer.body.user)
})

it('creates an account in the given time zone, and refuses an unknown one', async () => {
  const { body } = await register({ timezone: 'Asia/Tokyo' })
  expect(body.user.timezone).toBe('Asia/Tokyo')
  const refused = await register({ timezone: 'Mars/Olympus' })
  expect(refused).toMatchObject(problem(422, 'validation_failed'))
  expect(refused.body.errors[0].path).toBe('timezone')
})

it('allows one account for an e-mail address, whatever its case', async () => {
  const { email } = await newPerson()
  expect(await register({ email: email.toUpperCase() })).toMatchObject(problem(409, 'email_taken'))
  expect((await login(email.toUpperCase())).status).toBe(200)
})

it.each([
  { email: 'ada' },
  { email: '' },
  { password: 'short' },
  { password: 'x'.repeat(129) },
  { password: 'e\u0301'.repeat(7) }, // seven characters, typed as fourteen
  { name: ' ' },
  { role: 'admin' },
])('refuses a registration with %j', async (fields) => {
  expect(await register(fields)).toMatchObject(problem(422, 'validation_failed'))
})

it('does not reveal whether the e-mail address or the password was wrong', async () => {
  const { email } = await newPerson()
  const [wrong, unknown] = [await login(email, 'not my password'), await login('nobody@example.com')]
  expect(wrong).toMatchObject(problem(401, 'credentials_invalid'))
  expect({ ...unknown.body, instance: '' }).toEqual({ ...wrong.body, instance: '' })
  // No token was checked, so none may be called invalid: clients would discard theirs.
  expect(wrong.headers.get('WWW-Authenticate')).not.toMatch(/bearer|invalid_token/i)
})

it('does not call the access token invalid when the refresh token is invalid', async () => {
  const answer = await call('POST', '/auth/refresh', { body: { refresh: 'x' } })
  expect(answer).toMatchObject(problem(401, 'refresh_invalid'))
  expect(answer.headers.get('WWW-Authenticate')).toBe('FlowTrack-Body realm="flowtrack"')
})

it('stores passwords as scrypt hashes, and refresh tokens and tickets only as hashes', async () => {
  const ada = await newPerson()
  const { body } = await call('POST', '/auth/ws-ticket', { token: ada.token })
  const sql = database()
  const [row] = await sql`select password_hash from users where id = ${ada.id}`
  expect(row?.password_hash).toMatch(/^\$scrypt\$ln=\d+,r=8,p=3\$/)
  const stored = JSON.stringify([
    await sql`select * from sessions where user_id = ${ada.id}`,
    await sql`select * from ws_tickets where user_id = ${ada.id}`,
  ])
  expect(stored).not.toContain(ada.refresh.split('.')[1])
  expect(stored).not.toContain(body.ticket)
})

it('accepts a password in every Unicode form of its accents', async () => {
  const email = `${crypto.randomUUID()}@example.com`
  await register({ email, password: 'Passwörter' })
  expect((await login(email, 'Passwörter'.normalize('NFD'))).status).toBe(200)
})

it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Token x'])(
  'refuses a request with the Authorization header "%s"',
  async (header) => {
    const answer = await call('GET', '/users/me', { headers: { Authorization: header } })
    expect(answer).toMatchObject(problem(401, 'token_missing'))
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="flowtrack"')
  },
)

const toBase64 = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')

it('refuses tokens that are altered or that it has not signed', async () => {
  const { token, refresh } = await newPerson()
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
  const head = JSON.parse(atob(header))
  const forged = [
    `${toBase64({ ...head, alg: 'none' })}.${payload}.`,
    `${toBase64({ ...head, kid: 'other' })}.${payload}.${signature}`,
    `${header}.${toBase64({ ...claims, role: 'admin' })}.${signature}`,
    `${header}.${toBase64({ ...claims, exp: claims.exp + 60 })}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    refresh,
  ]
  for (const bad of forged) {
    const answer = await call('GET', '/users/me', { token: bad })
    expect(answer).toMatchObject(problem(401, 'token_invalid'))
    expect(answer.headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
  }
})

it('refuses the second of two concurrent password changes with the same current password', async () => {
  const ada = await newPerson()
  const change = (fresh: string) =>
    call('POST', '/auth/password', { token: ada.token, body: { current: PASSWORD, new: fresh } })
  const answers = await Promise.all([change('another fine password'), change('one more fine password')])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 403])
  expect(answers.find(({ status }) => status === 403)).toMatchObject(problem(403, 'password_wrong'))
})

it('changes a password only with the current password, and ends all other sessions at once', async () => {
  const ada = await newPerson()
  const other = (await login(ada.email)).body.tokens
  const change = (current: string, fresh = 'another fine password') =>
    call('POST', '/auth/password', { token: ada.token, body: { current, new: fresh } })
  expect(await change('not my password')).toMatchObject(problem(403, 'password_wrong'))
  expect((await change(PASSWORD)).status).toBe(204)
  expect(await call('GET', '/users/me', { token: other.access })).toMatchObject(problem(401, 'token_revoked'))
  expect(await call('POST', '/auth/refresh', { body: { refresh: other.refresh } })).toMatchObject(
    problem(401, 'refresh_invalid'),
  )
  expect((await call('GET', '/users/me', { token: ada.token })).status).toBe(200)
  expect(await login(ada.email)).toMatchObject(problem(401, 'credentials_invalid'))
  expect((await login(ada.email, 'another fine password')).status).toBe(200)
})
