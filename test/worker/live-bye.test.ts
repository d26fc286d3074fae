import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newApiKey,
  newBoardWithViewer,
  newTask,
  PASSWORD,
  type Person,
} from '../support/api.ts'
import { connect, connectAt, hubOf, type LiveSocket, stopTick, tokenFor } from '../support/socket.ts'

type Scene = Awaited<ReturnType<typeof newBoardWithViewer>> & { root: Person; hers: LiveSocket }

const removed = 'You were removed from the project'
const ENDINGS: [string, number, string, (scene: Scene) => Promise<unknown>][] = [
  [
    'the person is removed from the project',
    4403,
    removed,
    ({ ada, grace, id }) => call('DELETE', `/projects/${id}/members/${grace.id}`, { token: ada.token }),
  ],
  [
    'the person logs out',
    4403,
    'Your session was ended',
    ({ grace }) => call('POST', '/auth/logout', { token: grace.token }),
  ],
  [
    'the password is changed elsewhere',
    4403,
    'Your password was changed',
    async ({ grace }) => {
      const credentials = { email: grace.email, password: PASSWORD }
      const token = (await call('POST', '/auth/login', { body: credentials })).body.tokens.access
      await call('POST', '/auth/password', { token, body: { current: PASSWORD, new: `${PASSWORD}!` } })
    },
  ],
  [
    'the account is disabled',
    4403,
    'Your account was disabled',
    ({ grace, root }) => call('PATCH', `/users/${grace.id}`, { token: root.token, body: { is_active: false } }),
  ],
  [
    'the project is deleted',
    4404,
    'The project was deleted',
    ({ ada, id }) => call('DELETE', `/projects/${id}`, { token: ada.token }),
  ],
  [
    'the client sends too much',
    4429,
    'The message is too long',
    async ({ hers }) => hers.send('x'.repeat(64 * 1024 + 1)),
  ],
  [
    'a check finds that a script has removed the person',
    4403,
    removed,
    async ({ grace, id }) => {
      const sql = database()
      await sql.transaction([
        sql`select set_actor(null)`,
        sql`delete from project_members where project_id = ${id} and user_id = ${grace.id}`,
      ])
      await hubOf(id).recheck()
    },
  ],
  [
    'a check finds that a script has ended the session',
    4403,
    'Your session was ended',
    async ({ grace, id }) => {
      await database()`update sessions set revoked_at = now() where user_id = ${grace.id}`
      await hubOf(id).recheck()
    },
  ],
]

it.each(ENDINGS)('sends `bye` before it closes a socket when %s', async (_when, code, reason, end) => {
  const scene = { ...(await newBoardWithViewer()), root: await newAdmin() }
  const hers = await connect(scene.id, { token: scene.grace.token })
  await hers.message('hello')
  await stopTick(scene.id)
  await end({ ...scene, hers })
  expect(await hers.end()).toMatchObject({ code, reason })
  expect(hers.messages.at(-1)).toEqual({ type: 'bye', code, reason })
})

it('sends `bye` to the sockets of a key that is revoked, also to its inbox socket', async () => {
  const { grace, id } = await newBoardWithViewer()
  const { id: key_id, key } = await newApiKey(grace)
  const sockets = [await connect(id, { token: key }), await connectAt(`notifications/${grace.id}`, { token: key })]
  for (const socket of sockets) await socket.message('hello')
  await call('DELETE', `/users/me/keys/${key_id}`, { token: grace.token })
  for (const socket of sockets) {
    await socket.end()
    expect(socket.messages.at(-1)).toEqual({ type: 'bye', code: 4403, reason: 'Your API key was revoked' })
  }
})

it('answers `auth` with the new time of expiry, and sends `bye` at that time', async () => {
  const { grace, id } = await newBoardWithViewer()
  const hers = await connect(id, { token: grace.token })
  hers.send({ type: 'auth', access: await tokenFor(grace, 6) })
  const { expires_at } = await hers.message('authenticated')
  expect(Math.abs(Date.parse(expires_at) - Date.now() - 6_000)).toBeLessThan(5_500)
  hers.send({ type: 'auth', access: 'not a token' })
  expect(await hers.message('error')).toMatchObject({ code: 'token_invalid' })
  expect(await hers.end()).toMatchObject({ code: 4401 })
  expect(hers.messages.at(-1)).toEqual({ type: 'bye', code: 4401, reason: 'The access token has expired' })
})

/** How many sockets of a hub the runtime lists as open. */
const countOpen = (project_id: string) =>
  runInDurableObject(
    hubOf(project_id),
    (_hub, state) => state.getWebSockets().filter(({ readyState }) => readyState === WebSocket.READY_STATE_OPEN).length,
  )

it('does not list a removed member whose client never answered the close, even after hibernation', async () => {
  const { ada, grace, id } = await newBoardWithViewer()
  const hers = await connect(id, { token: grace.token, mute: true })
  const adas = await connect(id, { token: ada.token })
  await adas.until(() => adas.presence.at(-1)?.length === 2)
  await call('DELETE', `/projects/${id}/members/${grace.id}`, { token: ada.token })
  await hers.message('bye')
  await adas.until(() => adas.presence.at(-1)?.length === 1)
  const before = adas.presence.length
  for (let sleeps = 0; sleeps < 3; sleeps++) {
    await evictDurableObject(hubOf(id))
    await countOpen(id)
  }
  expect(await countOpen(id)).toBe(2) // the runtime has forgotten that it closed hers
  const { seq } = await newTask(ada.token, id)
  await adas.seq(seq)
  const late = await connect(id, { token: ada.token })
  await late.until(() => late.presence.length > 0)
  expect(late.presence.at(-1)).toEqual([{ user_id: ada.id, task_id: null }])
  expect(hers.seqs).not.toContain(seq)
  expect(hers.messages.at(-1)).toMatchObject({ type: 'bye' })
  expect(
    adas.presence
      .slice(before)
      .flat()
      .map(({ user_id }) => user_id),
  ).not.toContain(grace.id)
})
