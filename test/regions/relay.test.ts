import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { shardOf } from '../../src/live/places.ts'
import { call, database, newAdmin, newMember, newPerson, newProject, newTask, type Person } from '../support/api.ts'
import { range } from '../support/range.ts'
import { breakRedis, healRedis, redisState, SHARDS, workerIn } from '../support/regions.ts'
import { breakDatabase, changeQuietly, type LiveSocket } from '../support/socket.ts'

const europe = workerIn('weur')
const america = workerIn('enam')
const open: LiveSocket[] = []
/** An alarm comes each second here. The rest is for a busy machine. */
const BY_ALARM_MS = 6_000

/** A board of Ada's, with her socket in Europe, where the relay listens already. */
async function boardInEurope() {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const socket = await watch(ada, board.id)
  return { ada, board, socket }
}

async function watch(who: Person, project_id: string, query = ''): Promise<LiveSocket> {
  const socket = await europe.connect(project_id, who, query)
  open.push(socket)
  await socket.message('hello')
  await expect.poll(async () => (await redisState()).streams).toBeGreaterThan(0)
  return socket
}

const createTask = (who: Person, project_id: string, title = 'A task') =>
  america.call('POST', '/tasks', who, { project_id, title })

const expectInOrder = (socket: LiveSocket, from: number, to: number) =>
  expect(socket.events.map(({ seq }) => seq)).toEqual(range(from, to))

afterEach(async () => {
  await healRedis()
  for (const socket of open.splice(0)) socket.close()
  await expect.poll(async () => (await redisState()).streams).toBe(0)
})

it('delivers an event from one region to a socket in another by Redis alone', async () => {
  const { ada, board, socket } = await boardInEurope()
  expect(await socket.message('hello')).toMatchObject({ region: 'weur', seq: 6 })
  await europe.withoutAlarms(board.id)
  for (let i = 0; i < 5; i++) expect((await createTask(ada, board.id, `Task ${i}`)).status).toBe(201)
  await socket.seq(11)
  expectInOrder(socket, 7, 11)
})

it('delivers an event in the writer’s own region without Redis and without an alarm', async () => {
  const { ada, board, socket } = await boardInEurope()
  await europe.withoutAlarms(board.id)
  await breakRedis({ down: true })
  expect((await europe.call('POST', '/tasks', ada, { project_id: board.id, title: 'Here' })).status).toBe(201)
  await socket.seq(7)
})

it('finds at the next alarm an event that was not announced', async () => {
  const { ada, board, socket } = await boardInEurope()
  const { id } = await newTask(ada.token, board.id)
  await changeQuietly(id, 'By a script')
  await socket.seq(8)
  expectInOrder(socket, 7, 8)
})

it('finds at the next alarm the events that Redis lost, and delivers duplicate and late ones once and in order', async () => {
  const { ada, board, socket } = await boardInEurope()
  await breakRedis({ seed: 7, pubsub: { lose: 0.5, duplicate: 0.5, reorder: 0.5, reorder_ms: 300 } })
  for (let i = 0; i < 40; i++) await createTask(ada, board.id)
  await socket.seq(46)
  expectInOrder(socket, 7, 46)
  const { injected } = await redisState()
  expect(injected).toMatchObject({
    lose: expect.any(Number),
    duplicate: expect.any(Number),
    reorder: expect.any(Number),
  })
})

it('opens its stream again after it was closed, and finds the events that it missed', async () => {
  const { ada, board, socket } = await boardInEurope()
  await europe.withoutAlarms(board.id)
  await breakRedis({ close_streams: true })
  await createTask(ada, board.id)
  await socket.seq(7)
  await expect.poll(async () => (await redisState()).streams).toBe(1)
  await createTask(ada, board.id)
  await socket.seq(8)
  expectInOrder(socket, 7, 8)
})

it('replaces a stream that stays open but sends nothing', async () => {
  const { ada, board, socket } = await boardInEurope()
  await breakRedis({ half_open: true })
  await createTask(ada, board.id)
  await socket.seq(7) // by the alarm
  await expect.poll(async () => (await redisState()).streams).toBe(2)
  await breakRedis({ half_open: false, close_streams: true })
  await expect.poll(async () => (await redisState()).streams).toBe(1)
  await europe.withoutAlarms(board.id)
  await createTask(ada, board.id)
  await socket.seq(8)
  expectInOrder(socket, 7, 8)
})

it('fails no request while Redis is down, and delivers all events at the next alarm', async () => {
  const { ada, board, socket } = await boardInEurope()
  await breakRedis({ down: true, close_streams: true })
  for (let i = 0; i < 5; i++) expect((await createTask(ada, board.id)).status).toBe(201)
  const last = Date.now()
  await socket.seq(11)
  expect(Date.now() - last).toBeLessThan(BY_ALARM_MS)
  expectInOrder(socket, 7, 11)
})

it('starts again at its alarm after it was killed, with the hubs that it knew', async () => {
  const { ada, board, socket } = await boardInEurope()
  await europe.killRelay(board.id)
  const killed = Date.now()
  const { id } = await newTask(ada.token, board.id)
  await changeQuietly(id, 'While nobody listens')
  await socket.seq(8)
  expect(Date.now() - killed).toBeLessThan(BY_ALARM_MS)
  await expect.poll(async () => (await redisState()).streams).toBe(1)
  await europe.withoutAlarms(board.id)
  await createTask(ada, board.id)
  await socket.seq(9)
  expectInOrder(socket, 7, 9)
})

it('delivers an event to a hub that hibernates', async () => {
  const { ada, board, socket } = await boardInEurope()
  await vi.waitFor(() => evictDurableObject(europe.hub(board.id)), 60_000)
  await europe.withoutAlarms(board.id)
  await createTask(ada, board.id)
  await socket.seq(7)
  expect(socket.closed).toBeNull()
})

it('lets a hub with 50 sockets hibernate while nothing happens, and wakes it for the next event', async () => {
  const { ada, board, socket } = await boardInEurope()
  const sockets = [socket, ...(await Promise.all(Array.from({ length: 49 }, () => watch(ada, board.id))))]
  const hub = europe.hub(board.id)
  const ticks = async (count: number) => {
    for (let tick = 0; tick < count; tick++) {
      const next = await europe.alarm(board.id)
      await expect.poll(async () => await europe.alarm(board.id)).not.toBe(next)
    }
  }
  await ticks(4) // a relay that has just started tells the hub again about the journal and about other regions
  await vi.waitFor(() => evictDurableObject(hub), 60_000)
  await ticks(2)
  await expect(evictDurableObject(hub)).rejects.toThrow(/not.*running/i) // the relay's ticks let it sleep
  await createTask(ada, board.id)
  for (const each of sockets) {
    await each.seq(7)
    expectInOrder(each, 7, 7)
    expect(each.closed).toBeNull()
  }
})

it('gives the hub of a region no alarm of its own before the token expires', async () => {
  const { board } = await boardInEurope()
  const hub = europe.hub(board.id)
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(hub) // until the check after the join is over
    const next = await runInDurableObject(hub, (_hub, state) => state.storage.getAlarm())
    expect(next).toBeGreaterThan(Date.now() + 60_000) // when the token expires
  }, 60_000)
})

it('completes a replay that a database failure interrupted, without a further write', async () => {
  const { ada, board } = await boardInEurope()
  for (let i = 0; i < 3; i++) await createTask(ada, board.id)
  const cut = breakDatabase('activity_logs')
  const late = await watch(ada, board.id, '?since=3')
  await expect.poll(cut.cut).toBeGreaterThan(0)
  cut.end()
  await late.message('replayed')
  expectInOrder(late, 4, 9)
})

it('keeps no stream and no alarm while no hub has sockets', async () => {
  const { board, socket } = await boardInEurope()
  expect(await europe.alarm(board.id)).not.toBeNull()
  socket.close()
  await vi.waitFor(async () => {
    expect((await redisState()).streams).toBe(0)
    expect(await europe.alarm(board.id)).toBeNull()
  }, 60_000)
})

it('still serves a board after the sockets of another board are closed', async () => {
  const [first, second] = [await boardInEurope(), await boardInEurope()]
  first.socket.close()
  await createTask(second.ada, second.board.id)
  await second.socket.seq(7)
  expect(await europe.alarm(second.board.id)).not.toBeNull()
})

it('removes a hub that ended without notice after its last token has expired', async () => {
  const { ada, board } = await boardInEurope()
  const dead = { user_id: ada.id, session_id: crypto.randomUUID(), epoch: crypto.randomUUID() }
  const at = { region: 'afr', shard: shardOf(board.id, SHARDS) } as const
  const africa = workerIn('afr')
  await africa
    .relay(board.id)
    .register(at, { project_id: board.id, holders: [dead], until: Date.now() - 1, sockets: 1 })
  expect(await africa.alarm(board.id)).not.toBeNull()
  await runDurableObjectAlarm(africa.relay(board.id))
  expect(await africa.alarm(board.id)).toBeNull()
})

it('closes sockets in other regions at once when the session ends', async () => {
  const { ada, board, socket } = await boardInEurope()
  await europe.withoutAlarms(board.id)
  expect((await america.call('POST', '/auth/logout', ada)).status).toBe(204)
  await socket.until(() => socket.closed !== null)
  expect(socket.closed).toMatchObject({ code: 4403 })
})

it('keeps no alarm after the last client was removed, even if that client never answers the close', async () => {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const bob = await newMember(ada, id, 'viewer', 'Bob')
  const his = await europe.connect(id, bob, '', { mute: true })
  await his.message('hello')
  await expect.poll(async () => await europe.alarm(id)).not.toBeNull()
  await call('DELETE', `/projects/${id}/members/${bob.id}`, { token: ada.token })
  await his.message('bye')
  await expect.poll(async () => await europe.alarm(id)).toBeNull()
})

it('closes sockets at the next tick when a session ended without an announcement', async () => {
  const { ada, socket } = await boardInEurope()
  const ended = Date.now()
  await database()`update sessions set revoked_at = now() where user_id = ${ada.id}`
  await socket.until(() => socket.closed !== null)
  expect(socket.closed).toMatchObject({ code: 4403 })
  expect(Date.now() - ended).toBeLessThan(BY_ALARM_MS)
})

it('sends no more events to a member who was removed in another region', async () => {
  const { ada, board, socket } = await boardInEurope()
  const bob = await newMember(ada, board.id, 'viewer', 'Bob')
  const his = await watch(bob, board.id)
  await america.call('DELETE', `/projects/${board.id}/members/${bob.id}`, ada)
  await createTask(ada, board.id)
  await his.until(() => his.closed !== null)
  expect(his.closed).toMatchObject({ code: 4403 })
  await socket.seq(9)
  expect(his.events).toEqual([])
})

it('closes sockets in other regions when the project is deleted', async () => {
  const { ada, board, socket } = await boardInEurope()
  expect((await america.call('DELETE', `/projects/${board.id}`, ada)).status).toBe(204)
  await socket.until(() => socket.closed !== null)
  expect([4403, 4404]).toContain(socket.closed?.code)
})

it('makes the hubs of other regions check the journal when an account is deleted', async () => {
  const { ada, board, socket } = await boardInEurope()
  const [root, bob] = [await newAdmin(), await newMember(ada, board.id, 'viewer', 'Bob')]
  await socket.seq(7) // he has joined
  await europe.withoutAlarms(board.id)
  expect((await america.call('DELETE', `/users/${bob.id}`, root)).status).toBe(204)
  await socket.until(() => socket.events.some(({ action }) => action === 'member.removed'))
})

it('replays missed events to a client that reconnects in another region', async () => {
  const { ada, board, socket } = await boardInEurope()
  const { epoch } = await socket.message('hello')
  socket.close()
  for (let i = 0; i < 3; i++) await createTask(ada, board.id)
  const moved = await america.connect(board.id, ada, `?since=${epoch}:6`)
  open.push(moved)
  await moved.message('replayed')
  expect((await moved.message('hello')).region).toBe('enam')
  expectInOrder(moved, 7, 9)
  expect((await call('GET', `/projects/${board.id}/board`, { token: ada.token })).body.seq).toBe(9)
})
