import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { newMember, newPerson, newProject, newTask } from '../support/api.ts'
import { connect, connectAt, hubOf, type LiveSocket } from '../support/socket.ts'

const LIMIT = 64 * 1024

async function newBoard() {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const [odd, other] = [await connect(id, { token: ada.token }), await connect(id, { token: ada.token })]
  await Promise.all([odd.message('hello'), other.message('hello')])
  return { ada, id, odd, other }
}

const errorsOf = ({ messages }: LiveSocket) => messages.flatMap(({ type, code }) => (type === 'error' ? [code] : []))

it.each([
  ['text', 'x'.repeat(LIMIT + 1)],
  ['text of many bytes and few characters', '€'.repeat(LIMIT / 3 + 1)],
  ['binary', new ArrayBuffer(LIMIT + 1)],
  ['very long text', 'x'.repeat(900_000)],
])('closes a socket after a frame over 64 KiB (%s), and no other socket', async (_what, frame) => {
  const { ada, id, odd, other } = await newBoard()
  odd.send(frame)
  expect(await odd.end()).toMatchObject({ code: 4429 })
  expect(errorsOf(odd)).toEqual(['message_too_long'])
  await newTask(ada.token, id)
  await other.seq(7)
  expect(errorsOf(other)).toEqual([])
  expect(other.closed).toBeNull()
})

it('answers 100 invalid messages in a minute, and closes the socket at the next one', async () => {
  const { ada, id, odd, other } = await newBoard()
  for (let i = 0; i < 100; i++) odd.send(i % 2 ? 'garbage' : new ArrayBuffer(4))
  await odd.until(() => errorsOf(odd).length === 100)
  expect(odd.closed).toBeNull()
  odd.send('garbage')
  expect(await odd.end()).toMatchObject({ code: 4429, reason: 'Too many messages' })
  expect(errorsOf(odd).slice(99)).toEqual(['message_invalid', 'too_many_messages'])
  await newTask(ada.token, id)
  await other.seq(7)
  expect(other.closed).toBeNull()
})

it('counts valid messages, too', async () => {
  const { odd } = await newBoard()
  for (let i = 0; i <= 100; i++) odd.send({ type: 'presence', task_id: null })
  expect(await odd.end()).toMatchObject({ code: 4429 })
  expect(errorsOf(odd)).toEqual(['too_many_messages'])
})

it('does not count pings', async () => {
  const { odd } = await newBoard()
  for (let i = 0; i < 300; i++) odd.send('ping')
  await odd.until(() => odd.messages.filter((message) => message === 'pong').length === 300)
  odd.send('garbage')
  await odd.message('error')
  expect(odd.closed).toBeNull()
})

it('counts the messages of a socket in memory only', async () => {
  const { id, odd } = await newBoard()
  const before = await storedKeys(id)
  for (let i = 0; i < 60; i++) odd.send('garbage')
  await odd.until(() => errorsOf(odd).length === 60)
  expect(await storedKeys(id)).toEqual(before)
  await evictDurableObject(hubOf(id))
  for (let i = 0; i < 60; i++) odd.send('garbage')
  await odd.until(() => errorsOf(odd).length === 120)
  expect(odd.closed).toBeNull()
})

it('lets a client reconnect after its socket was closed', async () => {
  const { ada, id, odd } = await newBoard()
  odd.send('x'.repeat(LIMIT + 1))
  await odd.end()
  const back = await connect(id, { token: ada.token, query: '?since=6' })
  await back.message('replayed')
})

it('limits the messages of inbox sockets, too', async () => {
  const { ada } = await newBoard()
  const bob = await newMember(ada, (await newProject(ada.token)).id, 'viewer')
  const inbox = () => connectAt(`notifications/${bob.id}`, { token: bob.token })
  const [flood, huge] = [await inbox(), await inbox()]
  for (let i = 0; i <= 100; i++) flood.send({ type: 'presence' })
  expect(await flood.end()).toMatchObject({ code: 4429 })
  expect(errorsOf(flood).at(0)).toBe('message_invalid')
  huge.send('x'.repeat(LIMIT + 1))
  expect(await huge.end()).toMatchObject({ code: 4429 })
})

const storedKeys = (project_id: string) =>
  runInDurableObject(hubOf(project_id), (_hub, state) => [...state.storage.kv.list()].map(([key]) => key))

it('closes the longest silent socket of an account that opens 21 sockets on a board, and no other', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const grace = await connect(id, { token: (await newMember(ada, id, 'viewer')).token })
  const sockets: LiveSocket[] = []
  const openNext = async () => {
    const socket = await connect(id, { token: ada.token })
    await socket.message('hello')
    sockets.push(socket)
  }
  for (let n = 0; n < 20; n += 1) await openNext()
  const [first, second] = sockets as [LiveSocket, LiveSocket]
  first.send('ping') // the oldest, and alive
  await expect.poll(() => first.frames.includes('pong')).toBe(true)
  await openNext()
  expect(await second.end()).toMatchObject({ code: 4430, reason: 'Too many sockets: close one, then open this again' })
  // What the hub knows of its sockets must be in their attachments.
  await evictDurableObject(hubOf(id)).catch(() => undefined)
  await openNext()
  expect(await sockets[2]?.end()).toMatchObject({ code: 4430 })
  expect(sockets.filter(({ closed }) => closed)).toHaveLength(2)
  expect(grace.closed).toBeNull()
})

it('closes the longest silent socket of an account that opens 101 sockets on boards and its inbox', {
  timeout: 300_000,
}, async () => {
  const ada = await newPerson()
  const boards = await Promise.all(Array.from({ length: 5 }, () => newProject(ada.token)))
  const grace = await connect(boards[0].id, { token: (await newMember(ada, boards[0].id, 'viewer')).token })
  const sockets: LiveSocket[] = []
  const openNext = async (path: string) => {
    const socket = await connectAt(path, { token: ada.token })
    await socket.message('hello')
    sockets.push(socket)
  }
  const path = (n: number) => (n % 6 === 5 ? `notifications/${ada.id}` : `projects/${boards[n % 6].id}`)
  for (let n = 0; n < 100; n += 1) await openNext(path(n))
  const [first, second, third] = sockets as [LiveSocket, LiveSocket, LiveSocket]
  first.send('ping') // the oldest, and alive
  await expect.poll(() => first.frames.includes('pong')).toBe(true)
  await openNext(path(5))
  expect(await second.end()).toMatchObject({ code: 4430, reason: 'Too many sockets: close one, then open this again' })
  third.close()
  await expect.poll(() => socketsOf(boards[2].id)).toBe(16) // there were 17
  await openNext(path(0)) // in place of the one that has ended
  await Promise.all([openNext(path(1)), openNext(path(2)), openNext(path(3))]) // these are three too many
  await expect.poll(() => sockets.filter(({ closed }) => closed?.code === 4430).length).toBe(4)
  expect(sockets.filter(({ closed }) => !closed)).toHaveLength(100)
  expect(sockets.slice(3, 6).map(({ closed }) => closed?.code)).toEqual([4430, 4430, 4430])
  expect([first.closed, grace.closed]).toEqual([null, null])
})

const socketsOf = (project_id: string) =>
  runInDurableObject(hubOf(project_id), (_hub, state) => state.getWebSockets().filter((s) => s.readyState === 1).length)
