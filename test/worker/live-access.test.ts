import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newBoardWithViewer,
  newProject,
  newTask,
  PASSWORD,
  type Person,
} from '../support/api.ts'
import { CLOSED_WITHIN_MS, FOUND_WITHIN_MS } from '../support/bounds.ts'
import { addHistory, breakDatabase, connect, stopTick, tokenFor } from '../support/socket.ts'
import { newWorker } from '../support/worker.ts'

type Board = Awaited<ReturnType<typeof newBoardWithViewer>>

it('keeps the sockets of a person open when an update leaves the role unchanged', async () => {
  const [{ id, grace }, root] = [await newBoardWithViewer(), await newAdmin()]
  const socket = await connect(id, { token: grace.token })
  const changed = await call('PATCH', `/users/${grace.id}`, { token: root.token, body: { name: 'G', role: 'member' } })
  expect(changed.status).toBe(200)
  await call('PATCH', `/users/${grace.id}`, { token: root.token, body: { is_active: false } })
  expect(await socket.end()).toMatchObject({ reason: 'Your account was disabled' }) // and not 'Your role was changed'
})

it('closes the sockets of a former administrator so that the client can reconnect as a member', async () => {
  const [board, root, former] = [await newBoardWithViewer(), await newAdmin(), await newAdmin()]
  const own = await newProject(former.token)
  const sockets = [await connect(own.id, { token: former.token }), await connect(board.id, { token: former.token })]
  await call('PATCH', `/users/${former.id}`, { token: root.token, body: { role: 'member' } })
  for (const socket of sockets)
    expect(await socket.end()).toMatchObject({ code: 4401, reason: 'Your role was changed' })
  const again = await connect(own.id, { token: former.token })
  await again.message('hello')
  expect((await call('GET', `/projects/${board.id}`, { token: former.token })).status).toBe(404)
})

/** Ways for grace's session to end. The hub is told of each at once, and needs no tick. */
const ENDINGS: Record<string, (scene: Board & { root: Person }) => Promise<unknown>> = {
  'the person logs out': ({ grace }) => call('POST', '/auth/logout', { token: grace.token }),
  'the session is revoked from another device': async ({ grace }) => {
    const other = (await call('POST', '/auth/login', { body: { email: grace.email, password: PASSWORD } })).body.tokens
      .access
    await call('DELETE', '/auth/sessions', { token: other })
  },
  'the password is changed on another device': async ({ grace }) => {
    const other = (await call('POST', '/auth/login', { body: { email: grace.email, password: PASSWORD } })).body.tokens
      .access
    await call('POST', '/auth/password', { token: other, body: { current: PASSWORD, new: `${PASSWORD}!` } })
  },
  'an old refresh token is used again': async ({ grace }) => {
    const body = { refresh: grace.refresh }
    await call('POST', '/auth/refresh', { body })
    const strict = newWorker({ REFRESH_GRACE_SECONDS: '0' })
    expect((await strict.call('POST', '/auth/refresh', { body })).status).toBe(401)
  },
  'the password is recovered': async ({ grace, root }) => {
    const { token } = (await call('POST', `/users/${grace.id}/recovery-link`, { token: root.token })).body
    await call('POST', '/auth/recovery/confirm', { body: { token, password: `${PASSWORD}!` } })
  },
  'the account is disabled': ({ grace, root }) =>
    call('PATCH', `/users/${grace.id}`, { token: root.token, body: { is_active: false } }),
  'the account is deleted': ({ grace, root }) => call('DELETE', `/users/${grace.id}`, { token: root.token }),
}

/** The hubs in which a person's sockets are, as the person's UserHub has stored them. */
const hubsOf = ({ id }: Person) =>
  runInDurableObject(env.USER_HUB.getByName(id), (_hub, state) => [...state.storage.kv.list({ prefix: 'hub:' })])

it.each(Object.entries(ENDINGS))(
  'closes the sockets of a person within 2 s, and no others, when %s',
  async (_when, end) => {
    const scene = { ...(await newBoardWithViewer()), root: await newAdmin() } // made before the time is taken
    const [hers, another, adas] = [
      await connect(scene.id, { token: scene.grace.token }),
      await connect(scene.id, { token: scene.grace.token }),
      await connect(scene.id, { token: scene.ada.token }),
    ]
    await adas.message('hello')
    await stopTick(scene.id)
    await end(scene)
    const ended = Date.now()
    for (const socket of [hers, another]) {
      const { code, at } = await socket.end()
      expect(code).toBe(4403)
      expect(at - ended).toBeLessThan(CLOSED_WITHIN_MS)
    }
    const { seq } = await newTask(scene.ada.token, scene.id)
    await adas.seq(seq)
    expect(hers.seqs).not.toContain(seq)
  },
)

it('keeps the socket of the session that changed the password', async () => {
  const { grace, id } = await newBoardWithViewer()
  const socket = await connect(id, { token: grace.token })
  const elsewhere = (await call('POST', '/auth/login', { body: { email: grace.email, password: PASSWORD } })).body
    .tokens.access
  const other = await connect(id, { token: elsewhere })
  await stopTick(id)
  await call('POST', '/auth/password', { token: grace.token, body: { current: PASSWORD, new: `${PASSWORD}!` } })
  expect(await other.end()).toMatchObject({ code: 4403 })
  socket.send('ping')
  await socket.until(() => socket.messages.includes('pong'))
  expect(socket.closed).toBeNull()
})

it('still closes the sockets of a person who left the board and came back when the session ends', async () => {
  const { grace, id } = await newBoardWithViewer()
  for (let i = 0; i < 3; i++) {
    const gone = await connect(id, { token: grace.token })
    await gone.message('hello')
    gone.close() // while the next one opens
    const socket = await connect(id, { token: grace.token })
    await socket.message('hello')
    await gone.end()
    if (i < 2) socket.close()
    else {
      await stopTick(id)
      await call('POST', '/auth/logout', { token: grace.token })
      expect(await socket.end()).toMatchObject({ code: 4403, reason: 'Your session was ended' })
    }
  }
})

it('closes a socket whose session ended during its opening without an announcement', async () => {
  const { grace, id } = await newBoardWithViewer()
  const socket = await connect(id, { token: grace.token })
  const ended = Date.now()
  await database()`update sessions set revoked_at = now() where user_id = ${grace.id}`
  const { code, at } = await socket.end()
  expect(code).toBe(4403)
  expect(at - ended).toBeLessThan(FOUND_WITHIN_MS)
})

it('closes the sockets of a removed member, who receives no later event', async () => {
  const { ada, grace, id } = await newBoardWithViewer()
  const [hers, adas] = [await connect(id, { token: grace.token }), await connect(id, { token: ada.token })]
  await adas.message('hello')
  await stopTick(id)
  await newTask(ada.token, id)
  await call('DELETE', `/projects/${id}/members/${grace.id}`, { token: ada.token })
  await newTask(ada.token, id)
  expect(await hers.end()).toMatchObject({ code: 4403 })
  await adas.seq(10)
  expect(adas.seqs).toEqual([8, 9, 10])
  expect(hers.seqs).toEqual([8])
})

it('ends the replay of a member who is removed during it at the removal', async () => {
  const { ada, grace, id } = await newBoardWithViewer()
  await addHistory(id, 600)
  const broken = breakDatabase('with recursive read')
  const hers = await connect(id, { token: grace.token, query: '?since=7' })
  await hers.message('hello')
  await stopTick(id)
  await call('DELETE', `/projects/${id}/members/${grace.id}`, { token: ada.token })
  broken.end()
  await newTask(ada.token, id)
  expect(await hers.end()).toMatchObject({ code: 4403, reason: 'You were removed from the project' })
  expect(hers.seqs).toEqual(Array.from({ length: 600 }, (_, i) => 8 + i))
})

it('replays an earlier removal to a person who is a member again', async () => {
  const { ada, grace, id } = await newBoardWithViewer()
  await call('DELETE', `/projects/${id}/members/${grace.id}`, { token: ada.token })
  await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: grace.id, role: 'viewer' } })
  const hers = await connect(id, { token: grace.token, query: '?since=7' })
  await hers.message('replayed')
  expect(hers.events.map(({ action }) => action)).toEqual(['member.removed', 'member.added'])
  expect(hers.closed).toBeNull()
})

it('tells everybody that the project was deleted, and closes their sockets', async () => {
  const { ada, grace, id } = await newBoardWithViewer()
  const sockets = [await connect(id, { token: grace.token }), await connect(id, { token: ada.token })]
  await stopTick(id)
  await call('DELETE', `/projects/${id}`, { token: ada.token })
  for (const socket of sockets) {
    expect(await socket.end()).toMatchObject({ code: 4404 })
    expect(socket.events.map(({ action }) => action)).toEqual(['project.deleted'])
  }
})

it('closes the sockets of a project that was deleted without an announcement', async () => {
  const { ada, id } = await newBoardWithViewer()
  const socket = await connect(id, { token: ada.token })
  const sql = database()
  await sql.transaction([sql`select set_actor(null)`, sql`delete from projects where id = ${id}`])
  expect(await socket.end()).toMatchObject({ code: 4404 })
})

it('closes a socket within 1 s after its token expires, unless it has received a new token', async () => {
  const { ada, id } = await newBoardWithViewer()
  const token = await tokenFor(ada, 6)
  const [expiring, extended] = [await connect(id, { token }), await connect(id, { token })]
  const { expires_at } = await expiring.message('hello')
  extended.send({ type: 'auth', access: ada.token })
  const { code, at } = await expiring.end()
  expect(code).toBe(4401)
  expect(at - Date.parse(expires_at)).toBeGreaterThanOrEqual(0)
  expect(at - Date.parse(expires_at)).toBeLessThan(1_000)
  const { seq } = await newTask(ada.token, id)
  await extended.seq(seq)
  expect(extended.messages.map(({ type }) => type)).toEqual(['hello', 'authenticated', 'event'])
})

it('closes a socket within 1 s after its token expires, even without the database', async () => {
  const { ada, id } = await newBoardWithViewer()
  const socket = await connect(id, { token: await tokenFor(ada, 6) })
  const { expires_at } = await socket.message('hello')
  const broken = breakDatabase('has_access')
  const { code, at } = await socket.end()
  broken.end()
  expect(code).toBe(4401)
  expect(at - Date.parse(expires_at)).toBeLessThan(1_000)
  expect(broken.cut()).toBeGreaterThan(0)
})

it('does not extend a socket with a token of another person or session, or an expired token', async () => {
  const { ada, grace, id } = await newBoardWithViewer()
  const otherSession = (await call('POST', '/auth/login', { body: { email: grace.email, password: PASSWORD } })).body
    .tokens.access
  const socket = await connect(id, { token: await tokenFor(grace, 6) })
  for (const access of [ada.token, otherSession, await tokenFor(grace, -1), 'nonsense'])
    socket.send({ type: 'auth', access })
  await socket.until(() => socket.messages.filter(({ code }) => code === 'token_invalid').length === 4)
  expect(await socket.end()).toMatchObject({ code: 4401 })
})

it('removes the record of a hub when the last socket of the person there is closed', async () => {
  const { grace, id } = await newBoardWithViewer()
  const [first, second] = [await connect(id, { token: grace.token }), await connect(id, { token: grace.token })]
  await expect.poll(() => hubsOf(grace)).toHaveLength(1)
  first.close()
  await first.end()
  second.send({ type: 'auth', access: grace.token })
  await second.message('authenticated')
  expect(await hubsOf(grace)).toHaveLength(1)
  second.close()
  await expect.poll(() => hubsOf(grace)).toEqual([])
})

it('removes the record of a hub without sockets of the person, even if that hub never reported it', async () => {
  const { grace, id } = await newBoardWithViewer()
  const socket = await connect(id, { token: grace.token })
  await socket.message('hello')
  await expect.poll(() => hubsOf(grace)).toHaveLength(1)
  const left = `hub:${crypto.randomUUID()}@global`
  const stub = env.USER_HUB.getByName(grace.id)
  await runInDurableObject(stub, (_hub, state) => state.storage.kv.put(left, 'gone'))
  const other = (await call('POST', '/auth/login', { body: { email: grace.email, password: PASSWORD } })).body.tokens
  await call('POST', '/auth/logout', { token: other.access })
  await expect.poll(async () => (await hubsOf(grace)).map(([key]) => key)).not.toContain(left)
  expect(await hubsOf(grace)).toHaveLength(1) // the one where she still is
  expect(socket.closed).toBeNull()
})
