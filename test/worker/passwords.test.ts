import { Buffer } from 'node:buffer'
import { hashSync } from 'bcryptjs'
import { expect, it } from 'vitest'
import { hashPassword, isKnownHash, isOutdated, verifyPassword } from '../../src/security/passwords.ts'
import { call, database, newAdmin, newPerson, PASSWORD, problem } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

const login = (email: string, password = PASSWORD) => call('POST', '/auth/login', { body: { email, password } })
const newEmail = () => `${crypto.randomUUID()}@example.com`

/** A new account with this stored password hash. */
async function personWithHash(hash: string) {
  const ada = await newPerson()
  await database()`update users set password_hash = ${hash} where id = ${ada.id}`
  return ada
}
async function hashOf(id: string): Promise<string> {
  const [row] = await database()`select password_hash from users where id = ${id}`
  return row?.password_hash
}

/** The end of the bcrypt hash of PASSWORD, and a whole hash of LONG, both made by libxcrypt, another implementation. */
const TAIL = '05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.'
const LONG = `pässwörd ✓ ${'0123456789'.repeat(6)}` // bcrypt only uses its first 72 bytes
const OF_LONG = '$2b$05$abcdefghijklmnopqrstuuaUA.POOSjT3XNT9IZlTShmcqRWVgynm'

it.each([
  [`$2a$${TAIL}`, PASSWORD],
  [`$2b$${TAIL}`, PASSWORD],
  [`$2y$${TAIL}`, PASSWORD],
  [OF_LONG, LONG],
])(
  'accepts a hash of the former backend, %s, and replaces it by a scrypt hash at the sign-in',
  async (bcrypt, password) => {
    const ada = await personWithHash(bcrypt)
    expect(await login(ada.email, `!${password}`)).toMatchObject(problem(401, 'credentials_invalid'))
    expect(await hashOf(ada.id)).toBe(bcrypt)
    const { status, body } = await login(ada.email, password)
    expect(status).toBe(200)
    const upgraded = await hashOf(ada.id)
    expect(upgraded).toMatch(/^\$scrypt\$ln=10,r=8,p=3\$/)
    expect((await call('GET', '/users/me', { token: body.tokens.access })).body).toEqual(body.user)
    expect((await login(ada.email, password)).status).toBe(200)
    expect(await hashOf(ada.id)).toBe(upgraded)
  },
)

it('lets several devices sign in at once with a hash of the former backend', async () => {
  const ada = await personWithHash(`$2b$${TAIL}`)
  const answers = await Promise.all(Array.from({ length: 6 }, () => login(ada.email)))
  expect(answers.map(({ status }) => status)).toEqual(new Array(6).fill(200))
})

it('does not replace the hash of a disabled account, even if the password is right', async () => {
  const ada = await personWithHash(`$2b$${TAIL}`)
  await database()`update users set is_active = false where id = ${ada.id}`
  expect(await login(ada.email)).toMatchObject(problem(401, 'credentials_invalid'))
  expect(await hashOf(ada.id)).toBe(`$2b$${TAIL}`)
})

it('renews a hash that costs less than the setting requires, without an extra request', async () => {
  const ada = await newPerson() // her hash has the cost 2^10
  const worker = newWorker({ SCRYPT_LOG2_N: '11' })
  const signIn = () => worker.call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })
  expect((await signIn()).headers.get('Server-Timing')).toMatch(/db;dur=\d+;desc="2"/)
  const upgraded = await hashOf(ada.id)
  expect(upgraded).toMatch(/^\$scrypt\$ln=11,r=8,p=3\$/)
  await signIn()
  await login(ada.email) // a lower setting does not weaken it again
  expect(await hashOf(ada.id)).toBe(upgraded)
})

it('recognises the hashes that it can verify, and those that it would replace', () => {
  const [scrypt, bcrypt] = [hashPassword(PASSWORD, 10), hashSync(PASSWORD, 4)]
  expect([scrypt, bcrypt].map(isKnownHash)).toEqual([true, true])
  const unknown = [
    '',
    PASSWORD,
    bcrypt.slice(0, -1),
    bcrypt.replace('$04$', '$15$'), // would take seconds of CPU
    bcrypt.replace('$04$', '$03$'),
    bcrypt.replace('$2b$', '$2x$'),
    scrypt.replace('ln=10', 'ln=21'),
    scrypt.replace('ln=10', 'ln=0'),
    scrypt.replace('r=8', 'r=0'),
    scrypt.replace('$scrypt', '$argon2id'),
  ]
  expect(unknown.filter(isKnownHash)).toEqual([])
  for (const hash of unknown) expect(verifyPassword(PASSWORD, hash, 10)).toBe(false)
  expect([isOutdated(scrypt, 10), isOutdated(scrypt, 11), isOutdated(bcrypt, 10)]).toEqual([false, true, true])
  expect(isOutdated(scrypt.replace('p=3', 'p=1'), 10)).toBe(true)
})

it('verifies a hash of another scrypt implementation', () => {
  // RFC 7914, section 12: P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1, the first 32 bytes.
  const key = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex').toString('base64')
  const salt = Buffer.from('SodiumChloride').toString('base64')
  const hash = `$scrypt$ln=14,r=8,p=1$${salt.replaceAll('=', '')}$${key.replaceAll('=', '')}`
  expect([verifyPassword('pleaseletmein', hash, 10), verifyPassword('pleaseletmeout', hash, 10)]).toEqual([true, false])
})

const common = ['12345678', 'password', 'PassWord', 'iloveyou', 'qwertyuiop', 'ｐａｓｓｗｏｒｄ', '1qaz2wsx']
it.each(common)('refuses the common password %s wherever one is chosen', async (password) => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const account = { email: newEmail(), name: 'New', password }
  const refused = [
    ['password', await call('POST', '/auth/register', { body: account })],
    ['password', await call('POST', '/users', { token: root.token, body: account })],
    ['new', await call('POST', '/auth/password', { token: ada.token, body: { current: PASSWORD, new: password } })],
  ] as const
  for (const [path, answer] of refused) {
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining('common') }])
  }
  expect((await login(ada.email)).status).toBe(200)
})

it('refuses a password that is mostly the user’s name or e-mail address, or the product name', async () => {
  const register = (password: string) =>
    call('POST', '/auth/register', {
      body: { email: `grace.hopper.${crypto.randomUUID()}@navy.example`, name: 'Grace Hopper', password },
    })
  for (const weak of ['grace.hopper', 'HopperGrace1', 'FlowTrack2026', 'navy-grace-99', 'flowtrackflowtrack']) {
    const answer = await register(weak)
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
    expect(answer.body.errors[0].path).toBe('password')
  }
  for (const good of ['grace likes cobol', 'my flowtrack board', PASSWORD])
    expect((await register(good)).status).toBe(201)
})

it('does not serve the list of common passwords', async () => {
  for (const path of [
    '/vendor/common-passwords.txt',
    '/docs/../vendor/common-passwords.txt',
    '/docs/%2e%2e/vendor/common-passwords.txt',
  ])
    expect((await call('GET', path)).status).toBe(404)
})
