import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { applyEvent, type Board } from '../../client/src/index.ts'
import { call, newPerson, newProject, newTask, type Person } from '../support/api.ts'
import { connect, hubOf } from '../support/socket.ts'

const ROUNDS = 50

const readBoard = async (ada: Person, id: string, per_column = 100): Promise<Board> =>
  (await call('GET', `/projects/${id}/board?per_column=${per_column}`, { token: ada.token })).body

/** Creates, edits, moves, trashes and restores tasks, almost without a pause, until `stop` is called. */
function startWriter(ada: Person, project_id: string, task_ids: string[]) {
  const { token } = ada
  let running = true
  let writes = 0
  const columns = ['todo', 'in_progress', 'review', 'done']
  const step = async (n: number) => {
    const id = task_ids[n % task_ids.length] ?? ''
    if (n % 17 === 0) return newTask(token, project_id, { title: `New ${n}` })
    if (n % 11 === 0) await call('DELETE', `/tasks/${id}`, { token })
    if (n % 11 === 0) return call('POST', `/tasks/${id}/restore`, { token })
    if (n % 5 === 0) return call('PATCH', `/tasks/${id}`, { token, body: { title: `Edit ${n}`, priority: 'high' } })
    const neighbour = task_ids[(n * 7) % task_ids.length] ?? ''
    const before = neighbour === id ? '' : `&before=${neighbour}`
    return call('PATCH', `/tasks/${id}/move?status=${columns[n % 4]}${before}`, { token })
  }
  const done = (async () => {
    while (running) await step(++writes)
  })()
  return {
    stop: async () => {
      running = false
      await done
      return writes
    },
  }
}

it('rebuilds the current board from a snapshot and later events during concurrent writes', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const task_ids: string[] = []
  for (let i = 0; i < 8; i++) task_ids.push((await newTask(ada.token, id)).id)
  const writer = startWriter(ada, id, task_ids)
  let resumedBehind = 0

  for (let round = 0; round < ROUNDS; round++) {
    const snapshot = await readBoard(ada, id)
    if (round % 5 === 1)
      await evictDurableObject(hubOf(id), { webSockets: round % 2 ? 'hibernate' : 'close' }).catch(() => {})
    const socket = await connect(id, { token: ada.token, query: `?since=${snapshot.epoch}:${snapshot.seq}` })
    const { seq: head } = await socket.message('hello')
    resumedBehind += head > snapshot.seq ? 1 : 0
    await socket.seq(head + 2)
    if (round % 5 === 2) await evictDurableObject(hubOf(id))
    const now = await readBoard(ada, id)
    await socket.seq(now.seq)
    const { events } = socket
    expect(socket.seqs).toEqual(events.map((_, i) => snapshot.seq + 1 + i))
    const rebuilt = events.filter(({ seq }) => seq <= now.seq).reduce(applyEvent, snapshot)
    expect(rebuilt).toEqual(now)
    socket.close()
  }

  expect(await writer.stop()).toBeGreaterThan(ROUNDS)
  expect(resumedBehind).toBeGreaterThan(0)
})

it('loses no event when sockets break and clients resume where they ended', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const task_ids = [(await newTask(ada.token, id)).id, (await newTask(ada.token, id)).id]
  const snapshot = await readBoard(ada, id)
  const writer = startWriter(ada, id, task_ids)
  let board = snapshot
  for (let round = 0; round < 8; round++) {
    const socket = await connect(id, { token: ada.token, query: `?since=${board.epoch}:${board.seq}` })
    await socket.seq(board.seq + 3)
    await evictDurableObject(hubOf(id), { webSockets: 'close' })
    await socket.end()
    board = socket.events.reduce(applyEvent, board)
  }
  await writer.stop()
  const now = await readBoard(ada, id)
  const last = await connect(id, { token: ada.token, query: `?since=${board.epoch}:${board.seq}` })
  await last.message('replayed')
  expect(last.events.reduce(applyEvent, board)).toEqual(now)
})
