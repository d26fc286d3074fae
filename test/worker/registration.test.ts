import { expect, it } from 'vitest'
import { call, database, newAdmin, newPerson, PASSWORD, type Person, problem, readAllPages } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

/** Who may register, by the setting REGISTRATION: everybody, people with an invitation, or nobody. */

const invited = newWorker({ REGISTRATION: 'invite' })
const closed = newWorker({ REGISTRATION: 'closed' })
const newEmail = () => `${crypto.randomUUID()}@example.com`
const newAccount = (email = newEmail(), invitation?: string) => ({ email, name: 'New', password: PASSWORD, invitation })
const register = (body: object, worker = invited) => worker.call('POST', '/auth/register', { body })
const invite = async ({ token }: Person, email: string, fields: object = {}) =>
  (await call('POST', '/invitations', { token, body: { email, ...fields } })).body
const invalidInvitation = (reason: string) => ({ ...problem(403, 'invitation_invalid'), body: { reason } })

it('refuses registrations and invitations when closed, but lets administrators create accounts', async () => {
  const root = await newAdmin()
  const refused = await register(newAccount(), closed)
  expect(refused).toMatchObject(problem(403, 'registration_closed'))
  expect(refused.body.detail).toContain('administrator')
  const { token } = await invite(root, newEmail())
  expect(await register(newAccount(newEmail(), token), closed)).toMatchObject(problem(403, 'registration_closed'))
  expect((await closed.call('POST', '/users', { token: root.token, body: newAccount() })).status).toBe(201)
  const late = { token: root.token, body: { email: newEmail() } }
  expect(await closed.call('POST', '/invitations', late)).toMatchObject(problem(403, 'registration_closed'))
})

it('lets an invited person register once, with the invited e-mail address and role', async () => {
  const [root, email] = [await newAdmin(), newEmail()]
  expect(await register(newAccount(email))).toMatchObject(problem(403, 'invitation_required'))
  const { token, ...row } = await invite(root, email.toUpperCase(), { role: 'admin' })
  expect(row).toMatchObject({ email, role: 'admin', created_by: root.id, used_at: null, revoked_at: null })
  expect(await register(newAccount(newEmail(), token))).toMatchObject(invalidInvitation('unknown'))
  expect(await register(newAccount(email, `${token}A`))).toMatchObject(invalidInvitation('unknown'))
  const opened = await register(newAccount(email, token))
  expect(opened).toMatchObject({ status: 201, body: { user: { email, role: 'admin' } } })
  expect(await register(newAccount(email, token))).toMatchObject(invalidInvitation('used'))
  const listed = (await readAllPages('/invitations', root.token)).find(({ id }) => id === row.id)
  expect(listed).toEqual({ ...row, used_at: expect.any(String) })
  expect((await register(newAccount(), newWorker())).status).toBe(201) // open, as it is by default
})

it('opens only one account when several requests use one invitation at once', async () => {
  const email = newEmail()
  const { token } = await invite(await newAdmin(), email)
  const answers = await Promise.all([1, 2, 3].map(() => register(newAccount(email, token))))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403, 403])
})

it('keeps an invitation valid when the registration is refused', async () => {
  const email = newEmail()
  const { token } = await invite(await newAdmin(), email)
  expect(await register({ ...newAccount(email, token), password: 'password1' })).toMatchObject({ status: 422 })
  expect((await register(newAccount(email, token))).status).toBe(201)
})

const ENDINGS: Record<string, [reason: string, end: (root: Person, id: string, email: string) => Promise<unknown>]> = {
  'was withdrawn': ['revoked', ({ token }, id) => call('DELETE', `/invitations/${id}`, { token })],
  'was replaced by a newer one': ['revoked', (root, _, email) => invite(root, email)],
  'has expired': ['expired', (_, id) => database()`update invitations set expires_at = now() where id = ${id}`],
  'was made by a former administrator': [
    'revoked',
    async ({ id }) => call('PATCH', `/users/${id}`, { token: (await newAdmin()).token, body: { role: 'member' } }),
  ],
}
it.each(Object.entries(ENDINGS))('refuses an invitation that %s', async (_, [reason, end]) => {
  const [root, email] = [await newAdmin(), newEmail()]
  const { id, token } = await invite(root, email)
  await end(root, id, email)
  const refused = await register(newAccount(email, token))
  expect(refused).toMatchObject(invalidInvitation(reason))
  expect(refused.body.detail).toContain('administrator')
})

it('refuses an invitation for an existing account, and limits the pending invitations', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const ask = (email: string) => call('POST', '/invitations', { token: root.token, body: { email } })
  expect(await ask(ada.email)).toMatchObject(problem(409, 'email_taken'))
  expect((await ask(newEmail())).status).toBe(201)
  const one = newWorker({ QUOTA_INVITATIONS: '1' }) // other files make invitations at the same time
  const asked = await one.call('POST', '/invitations', { token: root.token, body: { email: newEmail() } })
  expect(asked).toMatchObject(problem(409, 'too_many_invitations'))
})

it('deletes the invitation of a deleted person, and stores its token only as a hash', async () => {
  const [root, email] = [await newAdmin(), newEmail()]
  const { id, token } = await invite(root, email)
  const kept = async () => database()`select to_jsonb(i)::text as text from invitations i where id = ${id}`
  expect((await kept())[0]?.text).not.toContain(token)
  const { user } = (await register(newAccount(email, token))).body
  await call('DELETE', `/users/${user.id}`, { token: root.token })
  expect(await kept()).toEqual([])
})
