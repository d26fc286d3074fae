import { env } from 'cloudflare:workers'
import { createSecretKey } from 'node:crypto'
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { call, database, newApiKey, newPerson, newProject, type Person, problem, ticketOf } from '../support/api.ts'
import { connect, tokenFor, upgrade } from '../support/socket.ts'

/** Tokens forged by an attacker who knows everything but the secret. Some are even signed with the secret. */
const SECRET = createSecretKey(Buffer.from((env as unknown as { JWT_SECRET: string }).JWT_SECRET))
const OTHER = createSecretKey(Buffer.from('another secret of more than 32 characters'))

let ada: Person
let board: { id: string }
beforeAll(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
})

const partsOf = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))

type Change = { header?: object; claims?: object; key?: Parameters<SignJWT['sign']>[0] }

/** Ada's own token with a changed header, claims or key, signed again. */
function signChanged({ header = {}, claims = {}, key = SECRET }: Change = {}): Promise<string> {
  const [head, body] = partsOf(ada.token)
  const whole = Object.entries({ ...body, ...claims }).filter(([, value]) => value !== undefined)
  const heads = Object.entries({ ...head, ...header }).filter(([, value]) => value !== undefined)
  return new SignJWT(Object.fromEntries(whole) as JWTPayload)
    .setProtectedHeader(Object.fromEntries(heads) as { alg: string })
    .sign(key)
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const newAsymmetricKey = async () => (await generateKeyPair('RS256')).privateKey

const ATTACKS: Record<string, () => string | Promise<string>> = {
  'alg none': () => new UnsecuredJWT(partsOf(ada.token)[1]).encode(),
  'alg none with the right typ and kid, and no signature': () => {
    const [head, body] = partsOf(ada.token)
    return `${encode({ ...head, alg: 'none' })}.${encode(body)}.`
  },
  'alg none before the old signature': () => {
    const [head, body] = partsOf(ada.token)
    return `${encode({ ...head, alg: 'none' })}.${encode(body)}.${ada.token.split('.')[2]}`
  },
  'alg HS512 with our own secret': () => signChanged({ header: { alg: 'HS512' } }),
  'alg HS384 with our own secret': () => signChanged({ header: { alg: 'HS384' } }),
  'alg RS256 with a key of the attacker': async () =>
    signChanged({ header: { alg: 'RS256' }, key: await newAsymmetricKey() }),
  'a key of the attacker in the header': () => {
    const k = OTHER.export().toString('base64url')
    return signChanged({ header: { jwk: { kty: 'oct', k } }, key: OTHER })
  },
  'the typ of an ID token': () => signChanged({ header: { typ: 'JWT' } }),
  'no typ': () => signChanged({ header: { typ: undefined } }),
  'another audience': () => signChanged({ claims: { aud: 'somebody-else' } }),
  'no audience': () => signChanged({ claims: { aud: undefined } }),
  'another issuer': () => signChanged({ claims: { iss: 'https://evil.example' } }),
  'no issuer': () => signChanged({ claims: { iss: undefined } }),
  'an unknown kid': () => signChanged({ header: { kid: 'AAAAAAAAAAAAAAAA' } }),
  'no kid': () => signChanged({ header: { kid: undefined } }),
  'a kid that is a path': () => signChanged({ header: { kid: '../../dev/null' } }),
  'no expiry': () => signChanged({ claims: { exp: undefined } }),
  'a start of validity in the future': () => signChanged({ claims: { nbf: inSeconds(120) } }),
  'a time of issue in the future': () => signChanged({ claims: { iat: inSeconds(120) } }),
  'no time of issue': () => signChanged({ claims: { iat: undefined } }),
  'the signature of another key': () => signChanged({ key: OTHER }),
  'another person under the old signature': async () => {
    const [head, body, signature] = ada.token.split('.')
    const eve = await newPerson()
    const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString())
    return [head, encode({ ...claims, sub: eve.id }), signature].join('.')
  },
  'a session that is no id': () => signChanged({ claims: { sid: "' or true --" } }),
  'a refresh token': () => ada.refresh,
  'a socket ticket': () => ticketOf(ada.token),
  'a token cut short': () => ada.token.slice(0, -1),
  'dots and nothing else': () => '..',
}

describe.each(Object.entries(ATTACKS))('%s', (_what, forge) => {
  it('is refused on a route', async () => {
    const answer = await call('GET', '/users/me', { token: await forge() })
    expect(answer).toMatchObject(problem(401, 'token_invalid'))
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="flowtrack", error="invalid_token"')
  })

  it('is refused for a socket', async () => {
    const answer = await upgrade(board.id, { token: await forge() })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer')
  })
})

it('accepts the unchanged token, so each forged token was refused only for its change', async () => {
  expect((await call('GET', '/users/me', { token: await signChanged() })).body.id).toBe(ada.id)
  expect((await call('GET', '/users/me', { token: await signChanged({ claims: { role: 'admin' } }) })).body.role).toBe(
    'member',
  )
})

it('ignores a role that the token claims', async () => {
  const token = await signChanged({ claims: { role: 'admin' } })
  expect(await call('GET', '/users', { token })).toMatchObject(problem(403, 'forbidden'))
})

it('refuses an access token that has expired', async () => {
  const answer = await call('GET', '/users/me', { token: await tokenFor(ada, -1) })
  expect(answer).toMatchObject(problem(401, 'token_expired'))
  expect(answer.headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
})

it('refuses a token with the session of another person', async () => {
  const eve = await newPerson()
  const { sid } = partsOf(eve.token)[1]
  expect(await call('GET', '/users/me', { token: await signChanged({ claims: { sid } }) })).toMatchObject(
    problem(401, 'token_revoked'),
  )
})

it('refuses a token with the id of an API key in place of a session', async () => {
  const { id } = await newApiKey(ada)
  expect(await call('GET', '/users/me', { token: await signChanged({ claims: { sid: id } }) })).toMatchObject(
    problem(401, 'token_revoked'),
  )
})

it('refuses a request without a bearer token, whatever else it sends', async () => {
  for (const Authorization of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${btoa('ada:secret')}`,
    ada.token,
    `Token ${ada.token}`,
  ]) {
    const answer = await call('GET', '/users/me', { headers: { Authorization } })
    expect(answer).toMatchObject(problem(401, 'token_missing'))
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="flowtrack"')
  }
  expect(await call('GET', `/users/me?access_token=${ada.token}`)).toMatchObject(problem(401, 'token_missing'))
  expect(await call('GET', '/users/me', { headers: { Cookie: `access=${ada.token}` } })).toMatchObject({ status: 401 })
})

it('opens one socket for a ticket, and never a second one', async () => {
  const ticket = await ticketOf(ada.token)
  const answers = await Promise.all(Array.from({ length: 5 }, () => upgrade(board.id, { query: `?ticket=${ticket}` })))
  expect(answers.map(({ status }) => status).sort()).toEqual([101, 401, 401, 401, 401])
  for (const { webSocket } of answers) {
    webSocket?.accept()
    webSocket?.close(1000, 'done')
  }
  const late = await upgrade(board.id, { query: `?ticket=${ticket}` })
  expect([late.status, late.headers.get('WWW-Authenticate')]).toEqual([
    401,
    'Bearer realm="flowtrack", error="invalid_token"',
  ])
})

it('refuses an expired or forged ticket, and an access token as a ticket', async () => {
  const ticket = await ticketOf(ada.token)
  await database()`update ws_tickets set expires_at = now() where user_id = ${ada.id}`
  for (const bad of [ticket, 'A'.repeat(43), ada.token.slice(0, 128)]) {
    expect((await upgrade(board.id, { query: `?ticket=${bad}` })).status).toBe(401)
  }
})

it('does not extend a socket with a forged token', async () => {
  const socket = await connect(board.id, { token: ada.token })
  const forged = [await signChanged({ key: OTHER }), await signChanged({ header: { typ: 'JWT' } }), ada.refresh]
  for (const access of forged) socket.send({ type: 'auth', access })
  await socket.until(() => socket.messages.filter(({ code }) => code === 'token_invalid').length === forged.length)
})

it('refuses an access token in place of a refresh token', async () => {
  expect(await call('POST', '/auth/refresh', { body: { refresh: ada.token.slice(0, 256) } })).toMatchObject(
    problem(401, 'refresh_invalid'),
  )
})
