import { expect, it } from 'vitest'
import { applyEvent } from '../../client/src/index.ts'
import { call, database, newPerson, newProject, newTask, readJournal } from '../support/api.ts'
import { connect } from '../support/socket.ts'

/** The most bytes that a frame may have: half of what a common client refuses. */
const MAX_SENT = 512 * 1024
const DESCRIPTION = 80_000
/**
 * A text of DESCRIPTION UTF-16 code units. With characters of three bytes each, it is almost as long as a request may
 * be.
 */
const longText = (text: string) => text.repeat(DESCRIPTION / text.length)

async function boardWithLongTask() {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const { id: task_id } = await newTask(ada.token, id, { title: 'Long', description: longText('漢字') })
  return { ada, id, task_id, get: () => call('GET', `/tasks/${task_id}`, { token: ada.token }) }
}

it('leaves out of a live event the fields that exceed the size of a frame, and names them', async () => {
  const { ada, id, task_id, get } = await boardWithLongTask()
  const snapshot = (await call('GET', `/projects/${id}/board`, { token: ada.token })).body
  const socket = await connect(id, { token: ada.token })
  await socket.message('hello')
  const body = { description: longText('かな'), priority: 'high' }
  const { seq } = (await call('PATCH', `/tasks/${task_id}`, { token: ada.token, body })).body
  await socket.seq(seq)
  const event = socket.events.at(-1)
  expect(event).toMatchObject({ seq, truncated: ['description'], changes: { priority: ['none', 'high'] } })
  expect(event.data).toMatchObject({ id: task_id, title: 'Long', priority: 'high' })
  expect([event.data, event.changes].some((fields) => 'description' in fields)).toBe(false)
  expect(socket.longest).toBeLessThan(MAX_SENT)

  // The row and the journal have the whole text, and our client says which field it lacks.
  expect((await get()).body.description).toBe(body.description)
  expect((await readJournal(ada.token, id, seq - 1))[0].changes.description).toEqual([
    longText('漢字'),
    body.description,
  ])
  const board = applyEvent(snapshot, event)
  const tasks = board.columns.flatMap((column) => column.tasks)
  expect(tasks).toMatchObject([
    { id: task_id, priority: 'high', description: longText('漢字'), truncated: ['description'] },
  ])
  const fixed = (await call('PATCH', `/tasks/${task_id}`, { token: ada.token, body: { description: 'short' } })).body
  await socket.seq(fixed.seq)
  const small = { ...socket.events.at(-1), data: fixed, changes: {}, truncated: undefined }
  const [after] = applyEvent(board, small).columns.flatMap((column) => column.tasks)
  expect(after).not.toHaveProperty('truncated')
})

it('replays any number of long events in frames below the size limit', async () => {
  const { ada, id, task_id } = await boardWithLongTask()
  for (let i = 0; i < 6; i++) {
    const description = i % 2 ? longText('漢字') : `${i}${'é'.repeat(40_000)}`
    await call('PATCH', `/tasks/${task_id}`, { token: ada.token, body: { description } })
  }
  const socket = await connect(id, { token: ada.token, query: '?since=0' })
  const { seq } = await socket.message('replayed')
  expect(socket.seqs).toEqual(Array.from({ length: seq }, (_, i) => i + 1))
  expect(socket.longest).toBeLessThan(MAX_SENT)
  expect(socket.longest).toBeGreaterThan(MAX_SENT / 4) // several events in one frame
  expect(socket.events.some(({ truncated }) => truncated)).toBe(true)
})

it('sends the new order of a very large column without ranks, so that clients read the board again', async () => {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const snapshot = (await call('GET', `/projects/${id}/board`, { token: ada.token })).body
  const positions = Object.fromEntries(
    Array.from({ length: 8_000 }, (_, i) => [crypto.randomUUID(), `${i}.5`.padEnd(40, '5')]),
  )
  const sql = database()
  await sql.transaction([
    sql`insert into activity_logs (project_id, seq, action, entity, entity_id, changes, data)
      select p.id, p.event_seq + 1, 'column.reordered', 'column', p.id, '{}', ${JSON.stringify({ positions })}::jsonb
      from projects p where p.id = ${id}`,
    sql`update projects set event_seq = event_seq + 1 where id = ${id}`,
  ])
  const socket = await connect(id, { token: ada.token, query: `?since=${snapshot.seq}` })
  await socket.message('replayed')
  expect(socket.events).toMatchObject([{ action: 'column.reordered', truncated: ['positions'] }])
  expect(() => applyEvent(snapshot, socket.events[0])).toThrow(RangeError)
})
