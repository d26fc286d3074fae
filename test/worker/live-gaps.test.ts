import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { JOIN_HEADER } from '../../src/live/connection.ts'
import { call, database, newMember, newPerson, newProject, newTask, ORIGIN, ticketOf } from '../support/api.ts'
import {
  alarmOf,
  breakDatabase,
  changeQuietly,
  connect,
  hubOf,
  LiveSocket,
  stopTick,
  upgrade,
  watchQuestions,
} from '../support/socket.ts'

/**
 * A board at seq 7 with one task, and a socket that has received everything so far. The hub's tick is off, so the
 * socket gets later events only from announcements.
 */
async function newBoard() {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const { id: task_id } = await newTask(ada.token, id)
  const socket = await connect(id, { token: ada.token })
  await socket.message('hello')
  await stopTick(id)
  return { ada, id, task_id, socket }
}

/** Makes `count` changes that no hub is told of. Returns their events, as announcements would carry them. */
async function changeUnannounced(
  { ada, id, task_id }: { ada: { token: string }; id: string; task_id: string },
  since: number,
  count: number,
) {
  for (let i = 0; i < count; i++) await changeQuietly(task_id, `change ${since + i + 1}`)
  const { body } = await call('GET', `/projects/${id}/activity?since=${since}`, { token: ada.token })
  return body.items as any[]
}

it('sends a change that was not announced at the next tick', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const { id: task_id } = await newTask(ada.token, id)
  const socket = await connect(id, { token: ada.token })
  for (const seq of [8, 9]) {
    await changeQuietly(task_id, `change ${seq}`)
    await socket.seq(seq)
  }
  expect(socket.seqs).toEqual([8, 9])
})

it('sorts announcements that arrive out of order and twice, without reading the journal', async () => {
  const scene = await newBoard()
  const [e8, e9, e10, e11] = await changeUnannounced(scene, 7, 4)
  const broken = breakDatabase(scene.id) // the boards of other tests still tick
  // In one turn of the hub: it reads the journal when an event has been missing for 150 ms.
  await runInDurableObject(hubOf(scene.id), (hub) => {
    for (const event of [e9, e9, e11, e8, e10, e8, e11])
      void hub.announce({ project_id: scene.id, head: event.seq, events: [event] })
  })
  await scene.socket.seq(11)
  expect(broken.cut()).toBe(0)
  broken.end()
  expect(scene.socket.seqs).toEqual([8, 9, 10, 11])
})

it('waits 150 ms for lost announcements, then reads the journal once for all sockets', async () => {
  const scene = await newBoard()
  const sockets = [scene.socket, await connect(scene.id, { token: scene.ada.token })]
  await sockets[1]?.message('hello')
  await stopTick(scene.id)
  const [, , e10] = await changeUnannounced(scene, 7, 3)
  const reads = watchQuestions(scene.id, 'with recursive read')
  const started = Date.now()
  await hubOf(scene.id).announce({ project_id: scene.id, head: 10, events: [e10] })
  for (const socket of sockets) await socket.seq(10)
  expect(Date.now() - started).toBeGreaterThanOrEqual(149)
  expect(sockets.map(({ seqs }) => seqs)).toEqual([
    [8, 9, 10],
    [8, 9, 10],
  ])
  expect(reads.asked).toHaveLength(1)
})

it('reads events that were too large for their announcement', async () => {
  const scene = await newBoard()
  await changeUnannounced(scene, 7, 2)
  await hubOf(scene.id).announce({ project_id: scene.id, head: 9, events: [] })
  await scene.socket.seq(9)
  expect(scene.socket.seqs).toEqual([8, 9])
})

it('ignores a late announcement of an old head', async () => {
  const scene = await newBoard()
  const [e8, e9] = await changeUnannounced(scene, 7, 2)
  const hub = hubOf(scene.id)
  await hub.announce({ project_id: scene.id, head: 9, events: [e8, e9] })
  await hub.announce({ project_id: scene.id, head: 7, events: [] })
  await hub.announce({ project_id: scene.id, head: 8, events: [e8] })
  await newTask(scene.ada.token, scene.id)
  await scene.socket.seq(10)
  expect(scene.socket.seqs).toEqual([8, 9, 10])
})

it('sends events that a new socket has read to all sockets before any tick', async () => {
  const scene = await newBoard()
  await changeQuietly(scene.task_id, 'unheard')
  const newcomer = await connect(scene.id, { token: scene.ada.token, query: '?since=7' })
  await stopTick(scene.id)
  await newcomer.message('replayed')
  await scene.socket.seq(8)
  await newTask(scene.ada.token, scene.id)
  await Promise.all([scene.socket.seq(9), newcomer.seq(9)])
  expect(scene.socket.seqs).toEqual([8, 9])
  expect(newcomer.seqs).toEqual([8, 9])
})

it('sends a new socket that read an old head the events that were announced meanwhile', async () => {
  const { ada, id, task_id, socket } = await newBoard()
  const { epoch } = await socket.message('hello')
  await changeQuietly(task_id, 'announced before the joiner comes')
  await hubOf(id).announce({ project_id: id, head: 8, events: [] })
  const holder = { user_id: ada.id, session_id: crypto.randomUUID(), expires_at: Date.now() + 60_000 }
  const join = {
    project_id: id,
    place: 'global',
    ...holder,
    by_key: false,
    epoch,
    head: 7,
    since: null,
    snapshot_required: false,
  }
  const headers = { Upgrade: 'websocket', [JOIN_HEADER]: JSON.stringify(join) }
  const { webSocket } = await hubOf(id).fetch(ORIGIN, { headers })
  if (!webSocket) throw new Error('The upgrade opened no socket')
  const joiner = new LiveSocket(webSocket)
  await joiner.seq(8)
  expect(joiner.seqs).toEqual([8])
})

it('tries again while the database is unavailable, and then sends everything', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const { id: task_id } = await newTask(ada.token, id)
  const live = await connect(id, { token: ada.token })
  await live.message('hello')
  const broken = breakDatabase('with recursive read')
  const replaying = await connect(id, { token: ada.token, query: '?since=6' })
  await changeQuietly(task_id, 'during the outage')
  await expect.poll(broken.cut).toBeGreaterThanOrEqual(3)
  expect([live.closed, replaying.closed]).toEqual([null, null])
  broken.end()
  await Promise.all([live.seq(8), replaying.message('replayed')])
  await newTask(ada.token, id)
  await Promise.all([live.seq(9), replaying.seq(9)])
  expect(live.seqs).toEqual([8, 9])
  expect(replaying.seqs).toEqual([7, 8, 9])
})

it('sets an alarm only while the hub has sockets', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const sockets = [await connect(id, { token: ada.token }), await connect(id, { token: ada.token })]
  for (let tick = 0; tick < 2; tick++) {
    const alarm = await alarmOf(id)
    expect(alarm).not.toBeNull()
    expect((alarm ?? 0) - Date.now()).toBeLessThanOrEqual(1_000)
    await expect.poll(() => alarmOf(id)).toBeGreaterThan(alarm ?? 0)
  }
  for (const socket of sockets) socket.close()
  await expect.poll(() => alarmOf(id)).toBeNull()
})

it('checks existing sockets even while new ones are opened all the time', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const grace = await newMember(ada, id, 'viewer')
  const hers = await connect(id, { token: grace.token })
  await call('PATCH', `/projects/${id}`, { token: ada.token, body: { description: 'seen' } })
  await hers.seq(8)
  await database()`update sessions set revoked_at = now() where user_id = ${grace.id}`
  const started = Date.now()
  while (!hers.closed && Date.now() - started < 8_000) (await connect(id, { token: ada.token })).close()
  expect(hers.closed).toMatchObject({ code: 4403 })
  expect((hers.closed?.at ?? 0) - started).toBeLessThan(6_000)
})

it('returns 503 with Retry-After to new sockets while the database is unavailable, and keeps open ones', async () => {
  const { ada, id, socket } = await newBoard()
  const ticket = await ticketOf(ada.token)
  const broken = breakDatabase()
  const answers = [
    await upgrade(id, { token: ada.token, query: '?since=7' }),
    await upgrade(id, { query: `?ticket=${ticket}` }),
  ]
  broken.end()
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  }
  await newTask(ada.token, id)
  await socket.seq(8)
  expect(socket.closed).toBeNull()
})
