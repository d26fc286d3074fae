import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { call, newPerson, newProject, newTask, PASSWORD } from '../support/api.ts'
import { addHistory, breakDatabase, changeQuietly, connect, hubOf, stopTick, tokenFor } from '../support/socket.ts'

/** A board at seq 7, with one task. */
async function newBoard() {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const { id: task_id } = await newTask(ada.token, id)
  return { ada, id, task_id }
}

it('wakes up for an event and sends it once to every socket', async () => {
  const { ada, id } = await newBoard()
  const sockets = [await connect(id, { token: ada.token }), await connect(id, { token: ada.token, query: '?since=6' })]
  await sockets[1]?.message('replayed')
  for (let round = 0; round < 3; round++) {
    await evictDurableObject(hubOf(id))
    const { seq } = await newTask(ada.token, id)
    for (const socket of sockets) await socket.seq(seq)
  }
  expect(sockets.map(({ seqs }) => seqs)).toEqual([
    [8, 9, 10],
    [7, 8, 9, 10],
  ])
})

it('sends events that happened during hibernation before newer events', async () => {
  const { ada, id, task_id } = await newBoard()
  const socket = await connect(id, { token: ada.token })
  await socket.message('hello')
  await stopTick(id)
  await evictDurableObject(hubOf(id))
  await changeQuietly(task_id, 'unheard')
  await newTask(ada.token, id)
  await socket.seq(9)
  expect(socket.seqs).toEqual([8, 9])
})

it('sends missed events to the old sockets when a new socket wakes the hub', async () => {
  const { ada, id, task_id } = await newBoard()
  const sleeper = await connect(id, { token: ada.token })
  await sleeper.message('hello')
  await stopTick(id)
  await evictDurableObject(hubOf(id))
  await changeQuietly(task_id, 'unheard')
  const newcomer = await connect(id, { token: ada.token })
  await newcomer.message('hello')
  await stopTick(id)
  await newTask(ada.token, id)
  await Promise.all([sleeper.seq(9), newcomer.seq(9)])
  expect(sleeper.seqs).toEqual([8, 9])
  expect(newcomer.seqs).toEqual([9])
})

it('completes a replay that hibernation interrupted', async () => {
  const { ada, id } = await newBoard()
  await addHistory(id, 1_200)
  const broken = breakDatabase('with recursive read', { spare: 1 })
  const socket = await connect(id, { token: ada.token, query: '?since=7' })
  await expect.poll(broken.cut).toBeGreaterThan(0)
  await evictDurableObject(hubOf(id))
  expect(socket.seqs).toHaveLength(500)
  broken.end()
  await socket.message('replayed')
  expect(socket.seqs).toEqual(Array.from({ length: 1_200 }, (_, i) => 8 + i))
})

it('still knows the session of each socket after hibernation', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token })
  const other = (await call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })).body.tokens
    .access
  const kept = await connect(id, { token: other })
  await kept.message('hello')
  await evictDurableObject(hubOf(id))
  await call('POST', '/auth/logout', { token: ada.token })
  expect(await socket.end()).toMatchObject({ code: 4403, reason: 'Your session was ended' })
  expect(kept.closed).toBeNull()
})

it('closes a socket at the end of its token, also after hibernation', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token })
  socket.send({ type: 'auth', access: await tokenFor(ada, 6) }) // the token of an upgrade might expire before it
  const { expires_at } = await socket.message('authenticated')
  await evictDurableObject(hubOf(id))
  const { code, at } = await socket.end()
  expect(code).toBe(4401)
  expect(at).toBeGreaterThanOrEqual(Date.parse(expires_at))
  expect(at).toBeLessThan(Date.parse(expires_at) + 5_000)
})

it('stores less than 512 bytes for a socket, well below the limit of 16 KiB', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token, query: '?since=0' })
  await socket.message('replayed')
  const sizes = await runInDurableObject(hubOf(id), (_hub, state) =>
    state.getWebSockets().map((ws) => JSON.stringify(ws.deserializeAttachment()).length),
  )
  expect(sizes).toHaveLength(1)
  expect(sizes[0]).toBeLessThan(512)
})
