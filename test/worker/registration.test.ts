import { expect, it } from 'vitest'
import { admin, call, database, PASSWORD, type Person, person, problem, walk } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

/** Who may register, as the setting REGISTRATION says: everybody, who was invited, or nobody. */

const invited = newWorker({ REGISTRATION: 'invite' })
const closed = newWorker({ REGISTRATION: 'closed' })
const newEmail = () => `${crypto.randomUUID()}@example.com`
const account = (email = newEmail(), invitation?: string) => ({ email, name: 'New', password: PASSWORD, invitation })
const register = (body: object, worker = invited) => worker.call('POST', '/auth/register', { body })
const invite = async ({ token }: Person, email: string, fields: object = {}) =>
  (await call('POST', '/invitations', { token, body: { email, ...fields } })).body
const invalid = (reason: string) => ({ ...problem(403, 'invitation_invalid'), body: { reason } })

it('lets nobody register where that is closed, and says whom to ask; administrators open accounts', async () => {
  const root = await admin()
  const refused = await register(account(), closed)
  expect(refused).toMatchObject(problem(403, 'registration_closed'))
  expect(refused.body.detail).toContain('administrator')
  const { token } = await invite(root, newEmail())
  expect(await register(account(newEmail(), token), closed)).toMatchObject(problem(403, 'registration_closed'))
  expect((await closed.call('POST', '/users', { token: root.token, body: account() })).status).toBe(201)
  const late = { token: root.token, body: { email: newEmail() } }
  expect(await closed.call('POST', '/invitations', late)).toMatchObject(problem(403, 'registration_closed'))
})

it('lets who was invited register once, with that e-mail and in that role', async () => {
  const [root, email] = [await admin(), newEmail()]
  expect(await register(account(email))).toMatchObject(problem(403, 'invitation_required'))
  const { token, ...row } = await invite(root, email.toUpperCase(), { role: 'admin' })
  expect(row).toMatchObject({ email, role: 'admin', created_by: root.id, used_at: null, revoked_at: null })
  expect(await register(account(newEmail(), token))).toMatchObject(invalid('unknown'))
  expect(await register(account(email, `${token}A`))).toMatchObject(invalid('unknown'))
  const opened = await register(account(email, token))
  expect(opened).toMatchObject({ status: 201, body: { user: { email, role: 'admin' } } })
  expect(await register(account(email, token))).toMatchObject(invalid('used'))
  const listed = (await walk('/invitations', root.token)).find(({ id }) => id === row.id)
  expect(listed).toEqual({ ...row, used_at: expect.any(String) })
  expect((await register(account(), newWorker())).status).toBe(201) // open, as it is by default
})

it('opens one account of two that come with one invitation at once', async () => {
  const email = newEmail()
  const { token } = await invite(await admin(), email)
  const answers = await Promise.all([1, 2, 3].map(() => register(account(email, token))))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403, 403])
})

it('leaves an invitation as it is when the account is refused', async () => {
  const email = newEmail()
  const { token } = await invite(await admin(), email)
  expect(await register({ ...account(email, token), password: 'password1' })).toMatchObject({ status: 422 })
  expect((await register(account(email, token))).status).toBe(201)
})

const ENDINGS: Record<string, [reason: string, end: (root: Person, id: string, email: string) => Promise<unknown>]> = {
  'was withdrawn': ['revoked', ({ token }, id) => call('DELETE', `/invitations/${id}`, { token })],
  'was replaced by a newer one': ['revoked', (root, _, email) => invite(root, email)],
  'has expired': ['expired', (_, id) => database()`update invitations set expires_at = now() where id = ${id}`],
  'is of somebody who is no administrator any more': [
    'revoked',
    async ({ id }) => call('PATCH', `/users/${id}`, { token: (await admin()).token, body: { role: 'member' } }),
  ],
}
it.each(Object.entries(ENDINGS))('refuses an invitation that %s', async (_, [reason, end]) => {
  const [root, email] = [await admin(), newEmail()]
  const { id, token } = await invite(root, email)
  await end(root, id, email)
  const refused = await register(account(email, token))
  expect(refused).toMatchObject(invalid(reason))
  expect(refused.body.detail).toContain('administrator')
})

it('invites nobody who has an account, and bounds how many invitations wait', async () => {
  const [root, ada] = [await admin(), await person()]
  const ask = (email: string) => call('POST', '/invitations', { token: root.token, body: { email } })
  expect(await ask(ada.email)).toMatchObject(problem(409, 'email_taken'))
  const sql = database()
  await sql`insert into invitations (id, email, role, token_hash, created_by, expires_at)
    select gen_random_uuid(), 'many', 'member', gen_random_uuid(), ${root.id}, now() + interval '1 day' from generate_series(1, 500)`
  expect(await ask(newEmail())).toMatchObject(problem(409, 'too_many_invitations'))
  await sql`delete from invitations where email = 'many'`
  expect((await ask(newEmail())).status).toBe(201)
})

it('keeps no e-mail of a deleted person in an invitation, nor any token but as a hash', async () => {
  const [root, email] = [await admin(), newEmail()]
  const { id, token } = await invite(root, email)
  const kept = async () => database()`select to_jsonb(i)::text as text from invitations i where id = ${id}`
  expect((await kept())[0]?.text).not.toContain(token)
  const { user } = (await register(account(email, token))).body
  await call('DELETE', `/users/${user.id}`, { token: root.token })
  expect(await kept()).toEqual([])
})
