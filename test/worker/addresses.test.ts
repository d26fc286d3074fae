import { expect, it } from 'vitest'
import { email } from '../../src/features/users/schema.ts'
import { addressOf } from '../../src/lib/email-address.ts'
import { call, newAdmin, PASSWORD, problem } from '../support/api.ts'
import { freshKey, JournalBuilder, toNdjson, upload } from '../support/exports.ts'

/** All spellings of an e-mail address mean the same account. */

const uniqueWord = () => crypto.randomUUID().slice(0, 8)
const register = (email: string) => call('POST', '/auth/register', { body: { email, name: 'Ada', password: PASSWORD } })
const login = (email: string) => call('POST', '/auth/login', { body: { email, password: PASSWORD } })

it('signs in with spaces around the e-mail address or capital letters in it', async () => {
  const typed = `Ada-${uniqueWord()}@Example.com`
  expect((await register(`${typed} `)).body.user.email).toBe(typed.toLowerCase())
  for (const email of [typed, ` ${typed}`, `${typed}\n`, typed.toUpperCase()])
    expect((await login(email)).status).toBe(200)
})

it('accepts addresses in any script, and stores the domain in DNS form and the rest in one Unicode form', async () => {
  const [domain, local] = [`ada-${uniqueWord()}@bücher.example`, `ädä-${uniqueWord()}@example.com`]
  const made = await register(domain.normalize('NFD'))
  expect([made.status, made.body.user.email]).toEqual([201, domain.replace('bücher', 'xn--bcher-kva')])
  for (const email of [domain, domain.toUpperCase(), domain.replace('bücher.', 'BÜCHER。'), made.body.user.email])
    expect((await login(email)).status).toBe(200)
  expect(await register(domain.replace('bücher', 'xn--bcher-kva'))).toMatchObject(problem(409, 'email_taken'))
  expect((await register(local.normalize('NFD'))).body.user.email).toBe(local)
  for (const form of ['NFC', 'NFD']) expect((await login(local.toUpperCase().normalize(form))).status).toBe(200)
})

it('uses the same normal form for new accounts, searches for people and imports', async () => {
  const { token } = await newAdmin()
  const typed = `Ädä-${uniqueWord()}@Bücher.example`
  const body = { email: ` ${typed.normalize('NFD')}`, name: 'Ädä', password: PASSWORD }
  const { body: made } = await call('POST', '/users', { token, body })
  const { body: found } = await call('GET', `/users?q=${encodeURIComponent(typed)}`, { token })
  expect(found.items.map(({ id }: any) => id)).toEqual([made.id])
  const file = new JournalBuilder(freshKey())
  file.column('todo', 'todo')
  const users = [{ id: crypto.randomUUID(), email: typed.normalize('NFD'), name: 'Ädä' }]
  const { body: imported } = await upload(toNdjson(file.lines(users)), { token })
  expect(imported.unmatched).toEqual([])
})

it.each([
  ...['no address', '@example.com', 'a@', 'a@b', 'a b@example.com', 'a@exa mple.com', 'a@[127.0.0.1]', 'a@ü/x.example'],
  ...['a..b@example.com', 'a@x.example?ü', 'a@ü#.example', '☃@example.com', `${'x'.repeat(320)}@example.com`, 'a@ü@b'],
])('refuses an invalid address: %s', (typed) => {
  expect(email.safeParse(typed).success).toBe(false)
})

it('does not change an address that is already in normal form', () => {
  for (const typed of ['ada@example.com', 'ada+tag@xn--bcher-kva.example', 'o’neill@example.com', 'deleted-1@invalid'])
    expect(addressOf(addressOf(typed))).toBe(typed)
})
