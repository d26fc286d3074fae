import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { call, newPerson, newProject, newTask, ORIGIN, problem, readJournal } from '../support/api.ts'

async function newColumn(tasks = 4) {
  const { token } = await newPerson()
  const board = await newProject(token)
  const ids: string[] = []
  for (let i = 0; i < tasks; i += 1) ids.push((await newTask(token, board.id, { title: `Task ${i}` })).id)
  const move = (id: string | undefined, body: object) => call('PATCH', `/tasks/${id}/move`, { token, body })
  const order = async (status = 'todo') => {
    const { body } = await call('GET', `/tasks?project_id=${board.id}&status=${status}&sort=position`, { token })
    return body.items.map(({ id }: { id: string }) => id)
  }
  return { token, board, ids, move, order }
}

it('accepts a move without a body and a content type', async () => {
  const { token, ids } = await newColumn(1)
  const response = await exports.default.fetch(`${ORIGIN}/tasks/${ids[0]}/move?status=done`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ status: 'done', completed_at: expect.any(String) })
  expect(response.headers.get('FlowTrack-Seq')).toBe('8')
})

it('puts a task right before or right after its neighbour, or at the bottom', async () => {
  const { ids, move, order } = await newColumn()
  const [a, b, c, d] = ids
  await move(d, { before: b })
  expect(await order()).toEqual([a, d, b, c])
  await move(a, { after: b })
  expect(await order()).toEqual([d, b, a, c])
  await move(c, { before: d })
  expect(await order()).toEqual([c, d, b, a])
  await move(c, {})
  expect(await order()).toEqual([d, b, a, c])
})

it('prefers after to before, and the JSON body to the query', async () => {
  const { token, ids, move, order } = await newColumn()
  const [a, b, c, d] = ids
  await move(d, { after: a, before: c })
  expect(await order()).toEqual([a, d, b, c])
  const answer = await call('PATCH', `/tasks/${a}/move?status=review`, { token, body: { status: 'done' } })
  expect(answer.body.status).toBe('done')
})

it('writes one row and one event for one move', async () => {
  const { token, board, ids, move } = await newColumn()
  const { body } = await move(ids[3], { status: 'review' })
  const events = await readJournal(token, board.id, body.seq - 1)
  expect(events).toMatchObject([
    {
      seq: body.seq,
      action: 'task.moved',
      entity_id: ids[3],
      changes: { status: ['todo', 'review'] },
      data: { status: 'review' },
    },
  ])
})

it('moves a task to the bottom when its neighbour has left the column or is in the trash', async () => {
  const { token, ids, move, order } = await newColumn()
  const [a, b, c, d] = ids
  await move(b, { status: 'review' })
  expect((await move(a, { before: b })).status).toBe(200)
  expect(await order()).toEqual([c, d, a])
  await call('DELETE', `/tasks/${d}`, { token })
  expect((await move(c, { after: d })).status).toBe(200)
  expect(await order()).toEqual([a, c])
})

it('looks for the neighbour in the column to which the task moves', async () => {
  const { ids, move, order } = await newColumn()
  const [a, b, c] = ids
  await move(a, { status: 'review' })
  await move(b, { status: 'review' })
  await move(c, { status: 'review', before: b })
  expect(await order('review')).toEqual([a, c, b])
})

it('refuses a neighbour of another project, and an unknown one', async () => {
  const { token, ids, move } = await newColumn(1)
  const elsewhere = await newTask(token, (await newProject(token)).id)
  for (const neighbour of [elsewhere.id, crypto.randomUUID()]) {
    for (const side of ['before', 'after']) {
      const answer = await move(ids[0], { [side]: neighbour })
      expect(answer).toMatchObject({ ...problem(422, 'task_not_found'), body: { errors: [{ path: side }] } })
    }
  }
})

it('refuses a task as its own neighbour', async () => {
  const { token, ids, move, order } = await newColumn(2)
  const [first] = ids
  const { number } = (await call('GET', `/tasks/${first}`, { token })).body
  for (const [name, side] of [first, number].flatMap((name) => [[name, 'before'] as const, [name, 'after'] as const])) {
    const answer = await move(name, { [side]: first })
    expect(answer).toMatchObject({ ...problem(422, 'validation_failed'), body: { errors: [{ path: side }] } })
  }
  expect(await order()).toEqual(ids)
})

it('refuses a column that the board does not have', async () => {
  const { ids, move } = await newColumn(1)
  for (const status of ['nowhere', '', "'; drop table tasks"]) {
    expect(await move(ids[0], { status })).toMatchObject({
      ...problem(422, 'column_not_found'),
      body: { errors: [{ path: 'status' }] },
    })
  }
})

it('gives ten concurrent moves to one place the same order for all readers', async () => {
  const { token, board, ids, move, order } = await newColumn(11)
  const [anchor, ...rest] = ids
  const answers = await Promise.all(rest.map((id) => move(id, { after: anchor })))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  const seen = await order()
  expect(new Set(seen)).toEqual(new Set(ids))
  expect(seen[0]).toBe(anchor)
  const shown = await call('GET', `/projects/${board.id}/board`, { token })
  expect(shown.body.columns[0].tasks.map(({ id }: { id: string }) => id)).toEqual(seen)
})

it('moves a task to the bottom of a column that PATCH names, unless it is already in that column', async () => {
  const { token, board, ids, order } = await newColumn()
  await newTask(token, board.id, { status: 'review' })
  const patch = (status: string) => call('PATCH', `/tasks/${ids[0]}`, { token, body: { status } })
  await patch('todo')
  expect((await order())[0]).toBe(ids[0])
  await patch('review')
  expect((await order('review'))[1]).toBe(ids[0])
})

it('changes nothing when the task is already in the requested place', async () => {
  const { token, board, ids, move } = await newColumn(3)
  const [a, b, c] = ids
  const { body } = await move(c, { after: a })
  const trashed = await call('DELETE', `/tasks/${b}`, { token })
  for (const place of [{}, { after: a }, { status: 'todo' }]) expect((await move(c, place)).body.seq).toBe(body.seq)
  expect(await readJournal(token, board.id, Number(trashed.headers.get('FlowTrack-Seq')))).toEqual([])
})
