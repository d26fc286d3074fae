import { expect, it } from 'vitest'
import { call, database, newAdmin, newPerson } from '../support/api.ts'

it('applies a change of the administrator role to the very next request', async () => {
  const [root, ada] = [await newAdmin(), await newPerson()]
  const set = (role: string) => call('PATCH', `/users/${ada.id}`, { token: root.token, body: { role } })
  const list = () => call('GET', '/users?limit=1', { token: ada.token })
  expect((await list()).status).toBe(403)
  await set('admin')
  expect((await list()).status).toBe(200)
  await set('member')
  expect((await list()).status).toBe(403)
})

/** Everything happens in one transaction that the refusal rolls back: other tests keep their administrators. */
it.each(["role = 'member'", 'is_active = false'])(
  'never leaves a deployment without an administrator: %s',
  async (change) => {
    const { id } = await newAdmin()
    const sql = database()
    const attempt = sql.transaction([
      sql`update users set role = 'member' where role = 'admin' and id <> ${id}`,
      sql.query(`update users set ${change} where id = $1`, [id]),
    ])
    await expect(attempt).rejects.toMatchObject({ code: 'FT409', message: 'last_admin' })
  },
)
