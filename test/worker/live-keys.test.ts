import { expect, it } from 'vitest'
import {
  call,
  database,
  newApiKey,
  newPerson,
  newProject,
  newTask,
  PASSWORD,
  problem,
  ticketOf,
} from '../support/api.ts'
import { CLOSED_WITHIN_MS } from '../support/bounds.ts'
import { connect, connectAt, stopTick, upgrade, upgradeAt } from '../support/socket.ts'

async function newBoard(fields: object = {}) {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  return { ada, id, key: await newApiKey(ada, { scopes: ['read'], ...fields }) }
}

it('opens boards and the inbox with a key, by header and by ticket', async () => {
  const { ada, id, key } = await newBoard()
  const sockets = [
    await connect(id, { token: key.key }),
    await connect(id, { query: `?ticket=${await ticketOf(key.key)}` }),
  ]
  const { seq } = await newTask(ada.token, id)
  for (const socket of sockets) await socket.seq(seq)
  const inbox = await connectAt(`notifications/${ada.id}`, { token: key.key })
  expect(await inbox.message('hello')).toMatchObject({ type: 'hello' })
})

it('closes a key’s sockets within 2 s of its end, and no others', async () => {
  const { ada, id, key } = await newBoard()
  const [own, other] = [await connect(id, { token: ada.token }), await newApiKey(ada)]
  const lasting = await connect(id, { token: other.key })
  const ending = [
    await connect(id, { token: key.key }),
    await connect(id, { query: `?ticket=${await ticketOf(key.key)}` }),
    await connectAt(`notifications/${ada.id}`, { token: key.key }),
  ]
  await ending[2]?.message('hello')
  await stopTick(id)
  await call('DELETE', `/users/me/keys/${key.id}`, { token: ada.token })
  const ended = Date.now()
  for (const socket of ending) {
    const { code, at } = await socket.end()
    expect(code).toBe(4403)
    expect(at - ended).toBeLessThan(CLOSED_WITHIN_MS)
  }
  const { seq } = await newTask(ada.token, id)
  for (const socket of [own, lasting]) await socket.seq(seq)
})

it('closes a key’s sockets within 1 s of its expiry', async () => {
  const { id, key } = await newBoard({ expires_at: new Date(Date.now() + 10_000).toISOString() })
  for (const socket of [
    await connect(id, { token: key.key }),
    await connect(id, { query: `?ticket=${await ticketOf(key.key)}` }),
  ]) {
    const { expires_at } = await socket.message('hello')
    const { code, at } = await socket.end()
    expect(code).toBe(4401)
    expect(Math.abs(at - Date.parse(expires_at))).toBeLessThan(1_000)
  }
})

it('closes the sockets of a key that was revoked without an announcement', async () => {
  const { id, key } = await newBoard()
  const socket = await connect(id, { token: key.key })
  await database()`update api_keys set revoked_at = now() where id = ${key.id}`
  expect(await socket.end()).toMatchObject({ code: 4403 })
})

it('limits the sockets of a key that expires later to one year', async () => {
  const { id, key } = await newBoard({ expires_at: '9999-12-31T23:59:59Z' })
  const { expires_at } = await (await connect(id, { token: key.key })).message('hello')
  expect(Date.parse(expires_at) - Date.now()).toBeLessThan(366 * 24 * 3_600_000)
})

it('keeps a key’s sockets when its owner changes their password', async () => {
  const { ada, id, key } = await newBoard()
  const elsewhere = (await call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })).body.tokens
  const [byKey, bySession] = [await connect(id, { token: key.key }), await connect(id, { token: elsewhere.access })]
  await call('POST', '/auth/password', { token: ada.token, body: { current: PASSWORD, new: `${PASSWORD}!` } })
  expect(await bySession.end()).toMatchObject({ code: 4403 })
  const { seq } = await newTask(ada.token, id)
  await byKey.seq(seq)
  expect(byKey.closed).toBeNull()
})

it('refuses a socket that the scopes or the projects of a key do not allow', async () => {
  const { ada, id, key } = await newBoard({ scopes: ['write'] })
  expect(await (await upgrade(id, { token: key.key })).json()).toMatchObject(problem(403, 'scope_missing').body)
  const bound = await newApiKey(ada, { project_ids: [(await newProject(ada.token)).id] })
  for (const how of [{ token: bound.key }, { query: `?ticket=${await ticketOf(bound.key)}` }]) {
    expect((await upgrade(id, how)).status).toBe(404)
  }
  expect((await upgradeAt(`notifications/${ada.id}`, { token: bound.key })).status).toBe(403)
})

it('refuses a ticket of a revoked key, and does not extend a socket with a key', async () => {
  const { ada, id, key } = await newBoard()
  const ticket = await ticketOf(key.key)
  const socket = await connect(id, { token: ada.token })
  socket.send({ type: 'auth', access: key.key })
  await socket.until(() => socket.messages.some(({ code }) => code === 'token_invalid'))
  await call('DELETE', `/users/me/keys/${key.id}`, { token: ada.token })
  expect((await upgrade(id, { query: `?ticket=${ticket}` })).status).toBe(401)
})
