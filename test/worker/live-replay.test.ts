import { expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask } from '../support/api.ts'
import { range } from '../support/range.ts'
import { addHistory, connect, upgrade } from '../support/socket.ts'

/** A board at seq 8: made (1 to 6), and two tasks. */
async function newBoard() {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const tasks = [await newTask(ada.token, id), await newTask(ada.token, id)]
  const { epoch } = (await call('GET', `/projects/${id}/board`, { token: ada.token })).body
  return { ada, id, epoch, tasks }
}

it('replays the events after `since`, reports the end of the replay, and continues live', async () => {
  const { ada, id, epoch } = await newBoard()
  for (const since of ['6', `${epoch}:6`, `${epoch.toUpperCase()}:6`]) {
    const socket = await connect(id, { token: ada.token, query: `?since=${since}` })
    expect(await socket.message('replayed')).toEqual({ type: 'replayed', seq: 8 })
    expect(socket.messages.map(({ type }) => type)).toEqual(['hello', 'events', 'replayed'])
    expect(socket.seqs).toEqual([7, 8])
    socket.close()
  }
  const socket = await connect(id, { token: ada.token, query: '?since=7' })
  await newTask(ada.token, id)
  await socket.seq(9)
  expect(socket.seqs).toEqual([8, 9])
})

it('replays nothing to a client at the head, and all events to a client that asks from 0', async () => {
  const { ada, id } = await newBoard()
  const upToDate = await connect(id, { token: ada.token, query: '?since=8' })
  await upToDate.message('replayed')
  expect(upToDate.seqs).toEqual([])
  const fromStart = await connect(id, { token: ada.token, query: '?since=0' })
  await fromStart.message('replayed')
  expect(fromStart.seqs).toEqual(range(1, 8))
})

it('gives an event the same content live, replayed and in the activity list', async () => {
  const { ada, id } = await newBoard()
  const live = await connect(id, { token: ada.token })
  await newTask(ada.token, id, { title: 'Zoë "quotes" 💡', estimate: 1.5, due_date: '2027-01-02' })
  await live.seq(9)
  const replayed = await connect(id, { token: ada.token, query: '?since=8' })
  await replayed.message('replayed')
  const { type: _, ...event } = live.events[0]
  expect(replayed.events).toEqual([event])
  const { body } = await call('GET', `/projects/${id}/activity?since=8`, { token: ada.token })
  expect(body.items).toEqual([event])
})

it.each(['abc', '-1', '1.5', '1e3', '', ':5', '6:6', 'x'.repeat(65)])('refuses since=%s', async (since) => {
  const { ada, id } = await newBoard()
  const response = await upgrade(id, { token: ada.token, query: `?since=${since}` })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ errors: [{ path: 'since' }] })
})

it.each([
  ['a point in the future', () => '9'],
  ['another epoch', () => `${crypto.randomUUID()}:7`],
])('asks for a snapshot instead of a replay from %s, and continues live from the hello', async (_what, since) => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token, query: `?since=${since()}` })
  expect(await socket.message('snapshot_required')).toEqual({ type: 'snapshot_required', seq: 8 })
  await newTask(ada.token, id)
  await socket.seq(9)
  expect(socket.messages.map(({ type, seq }) => [type, seq])).toEqual([
    ['hello', 8],
    ['snapshot_required', 8],
    ['event', 9],
  ])
})

it('replays up to 10,000 events in pages of at most 500, and asks for a snapshot for more', async () => {
  const { ada, id } = await newBoard()
  await addHistory(id, 10_000)
  const enough = await connect(id, { token: ada.token, query: '?since=8' })
  const tooFar = await connect(id, { token: ada.token, query: '?since=7' })
  expect(await tooFar.message('snapshot_required')).toEqual({ type: 'snapshot_required', seq: 10_008 })
  expect(await enough.message('replayed')).toEqual({ type: 'replayed', seq: 10_008 })
  expect(enough.seqs).toEqual(range(9, 10_008))
  const pages = enough.messages.flatMap(({ type, events }) => (type === 'events' ? [events.length] : []))
  expect(Math.max(...pages)).toBe(500)
  await newTask(ada.token, id)
  await Promise.all([enough.seq(10_009), tooFar.seq(10_009)])
  expect(tooFar.seqs).toEqual([10_009])
})

it('keeps the pages in a replay of long tasks below 1.3 MB', async () => {
  const { ada, id } = await newBoard()
  await addHistory(id, 60, { description: 'long '.repeat(20_000) })
  const socket = await connect(id, { token: ada.token, query: '?since=8' })
  await socket.message('replayed')
  expect(socket.seqs).toEqual(range(9, 68))
  const bytes = socket.messages.map((message) => JSON.stringify(message).length)
  expect(Math.max(...bytes)).toBeLessThan(1_300_000)
})

it('replays events that happen during the replay', async () => {
  const { ada, id } = await newBoard()
  await addHistory(id, 2_000)
  const socket = await connect(id, { token: ada.token, query: '?since=8' })
  await Promise.all([1, 2, 3, 4, 5].map(() => newTask(ada.token, id)))
  await socket.seq(2_013)
  expect(socket.seqs).toEqual(range(9, 2_013))
})

it('asks clients to read the board again after the database was restored to an earlier state', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token })
  await database()`update projects set stream_epoch = gen_random_uuid(), event_seq = 6 where id = ${id}`
  expect(await socket.end()).toMatchObject({ code: 1012 })
  const again = await connect(id, { token: ada.token, query: `?since=${(await socket.message('hello')).epoch}:8` })
  expect(await again.message('snapshot_required')).toMatchObject({ seq: 6 })
})
