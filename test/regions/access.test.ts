import { afterEach, expect, it } from 'vitest'
import { call, database, newAdmin, newMember, newPerson, newProject, PASSWORD, type Person } from '../support/api.ts'
import { CLOSED_WITHIN_MS, FOUND_WITHIN_MS } from '../support/bounds.ts'
import { healRedis, redisState, workerIn } from '../support/regions.ts'
import type { LiveSocket } from '../support/socket.ts'

const europe = workerIn('weur')
const america = workerIn('enam')
const open: LiveSocket[] = []

/** Ada's board, with sockets of Grace in both regions, and one of Ada in Europe. */
async function openScene(role: 'member' | 'admin' = 'member') {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const grace = role === 'admin' ? await newAdmin() : await newMember(ada, id, 'viewer', 'Grace')
  const watch = async (region: typeof europe, who: Person) => {
    const socket = await region.connect(id, who)
    open.push(socket)
    await socket.message('hello')
    return socket
  }
  const [here, there] = [await watch(europe, grace), await watch(america, grace)]
  return { ada, grace, id, here, there, adas: await watch(europe, ada) }
}
type Scene = Awaited<ReturnType<typeof openScene>>

const signIn = async ({ email }: Person) =>
  (await call('POST', '/auth/login', { body: { email, password: PASSWORD } })).body.tokens.access

afterEach(async () => {
  await healRedis()
  for (const socket of open.splice(0)) socket.close()
  await expect.poll(async () => (await redisState()).streams).toBe(0)
})

/** Ways to end Grace's access to the board, each by a request in Europe. */
const ENDINGS: Record<string, { code: number; role?: 'admin'; end: (scene: Scene) => Promise<{ status: number }> }> = {
  'the membership is removed': {
    code: 4403,
    end: ({ ada, grace, id }) => europe.call('DELETE', `/projects/${id}/members/${grace.id}`, ada),
  },
  'the person is no longer an administrator, and not a member': {
    code: 4401, // her session goes on
    role: 'admin',
    end: async ({ grace }) => europe.call('PATCH', `/users/${grace.id}`, await newAdmin(), { role: 'member' }),
  },
  'the account is disabled': {
    code: 4403,
    end: async ({ grace }) => europe.call('PATCH', `/users/${grace.id}`, await newAdmin(), { is_active: false }),
  },
  'the session is revoked': {
    code: 4403,
    end: async ({ grace }) => europe.call('DELETE', '/auth/sessions', { token: await signIn(grace) }),
  },
  'the password is changed elsewhere': {
    code: 4403,
    end: async ({ grace }) => {
      const body = { current: PASSWORD, new: `${PASSWORD}!` }
      return europe.call('POST', '/auth/password', { token: await signIn(grace) }, body)
    },
  },
  'the person logs out': { code: 4403, end: ({ grace }) => europe.call('POST', '/auth/logout', grace) },
  'the project is deleted': { code: 4404, end: ({ ada, id }) => europe.call('DELETE', `/projects/${id}`, ada) },
}

it.each(Object.entries(ENDINGS))(
  'closes the sockets of a person in both regions when %s',
  async (_when, { code, role, end }) => {
    const view = await openScene(role)
    await expect.poll(async () => (await redisState()).streams).toBe(2)
    for (const region of [europe, america]) await region.withoutAlarms(view.id) // the announcements must be enough
    const { status } = await end(view)
    const ended = Date.now()
    expect(status).toBeLessThan(300)
    const after = await europe.call('POST', '/tasks', view.ada, { project_id: view.id, title: 'After it' })
    for (const where of ['here', 'there'] as const) {
      const closed = await view[where].end()
      expect(closed.code).toBe(code)
      expect(closed.at - ended).toBeLessThan(CLOSED_WITHIN_MS)
    }
    if (code === 4404) return
    await view.adas.seq(after.body.seq)
    for (const socket of [view.here, view.there]) expect(socket.events).toEqual([])
  },
)

/** The same endings by SQL: no hub is told, so only the relays' ticks can find them. */
const QUIET_ENDINGS: ((view: Scene) => Promise<unknown>)[] = [
  ({ grace, id }) =>
    database().transaction((sql) => [
      sql`select set_actor(null)`,
      sql`delete from project_members where project_id = ${id} and user_id = ${grace.id}`,
    ]),
  ({ grace }) => database()`update users set is_active = false where id = ${grace.id}`,
  ({ grace }) => database()`update sessions set revoked_at = now() where user_id = ${grace.id}`,
  ({ id }) =>
    database().transaction((sql) => [sql`select set_actor(null)`, sql`delete from projects where id = ${id}`]),
]

it('closes sockets at the next tick when access ended without an announcement', async () => {
  const views = await Promise.all(QUIET_ENDINGS.map(() => openScene()))
  const demoted = await openScene('admin')
  await Promise.all(QUIET_ENDINGS.map((end, i) => end(views[i] as Scene)))
  await database()`update users set role = 'member' where id = ${demoted.grace.id}`
  const ended = Date.now()
  for (const { here, there } of [...views, demoted]) {
    for (const socket of [here, there]) {
      const { code, at } = await socket.end()
      expect([4403, 4404]).toContain(code)
      expect(at - ended).toBeLessThan(FOUND_WITHIN_MS)
    }
  }
})
