import { expect, it } from 'vitest'
import { call, newPerson, newProject, newTask, problem, readJournal } from '../support/api.ts'

async function newBoard() {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const path = `/projects/${id}/columns`
  const keys = async () => (await call('GET', path, { token })).body.items.map((column: { key: string }) => column.key)
  const set = (key: string, body: object) => call('PATCH', `${path}/${key}`, { token, body })
  const drop = (key: string, query = '') => call('DELETE', `${path}/${key}${query}`, { token })
  const add = (key: string, fields = {}) =>
    call('POST', path, { token, body: { key, name: key, category: 'todo', ...fields } })
  const titlesIn = async (status: string) => {
    const { body } = await call('GET', `/tasks?project_id=${id}&status=${status}&sort=position`, { token })
    return body.items.map(({ title }: { title: string }) => title)
  }
  return { token, id, path, keys, set, drop, add, titlesIn }
}

it('starts with four columns, adds one at the end, and moves one before another', async () => {
  const { keys, add, set } = await newBoard()
  expect(await keys()).toEqual(['todo', 'in_progress', 'review', 'done'])
  expect(await add('later', { category: 'backlog', color: '#AAbb00', wip_limit: 3, wip_mode: 'block' })).toMatchObject({
    status: 201,
    body: { key: 'later', category: 'backlog', color: '#AAbb00', wip_limit: 3, wip_mode: 'block' },
  })
  await set('later', { before: 'todo' })
  expect(await keys()).toEqual(['later', 'todo', 'in_progress', 'review', 'done'])
  await set('later', { before: 'done' })
  expect(await keys()).toEqual(['todo', 'in_progress', 'review', 'later', 'done'])
  await set('todo', { before: null })
  expect(await keys()).toEqual(['in_progress', 'review', 'later', 'done', 'todo'])
})

it('refuses a key that is taken or malformed, and a neighbour that does not exist', async () => {
  const { add, set } = await newBoard()
  expect(await add('todo')).toMatchObject(problem(409, 'column_key_taken'))
  for (const key of ['', 'Todo', '1st', 'a-b', 'x'.repeat(41)])
    expect(await add(key)).toMatchObject(problem(422, 'validation_failed'))
  expect(await set('todo', { before: 'nowhere' })).toMatchObject({
    ...problem(422, 'column_not_found'),
    body: { errors: [{ path: 'before' }] },
  })
  expect(await set('todo', { before: 'todo' })).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'before', message: 'must be another column' }] },
  })
  expect(await set('nowhere', { name: 'X' })).toMatchObject(problem(404, 'not_found'))
})

it('keeps at least one column, and at most fifty', async () => {
  const { drop, add, keys } = await newBoard()
  for (const key of ['todo', 'review', 'done']) expect((await drop(key)).status).toBe(204)
  expect(await drop('in_progress')).toMatchObject(problem(409, 'last_column'))
  for (let i = 2; i <= 50; i += 1) expect((await add(`c${i}`)).status).toBe(201)
  expect(await add('c51')).toMatchObject(problem(409, 'too_many_columns'))
  expect(await keys()).toHaveLength(50)
})

it('deletes a column with tasks only if move_to names another column', async () => {
  const { token, id, drop } = await newBoard()
  const row = await newTask(token, id)
  await call('DELETE', `/tasks/${row.id}`, { token })
  expect(await drop('todo')).toMatchObject({ ...problem(409, 'column_not_empty'), body: { column: 'todo', count: 1 } })
  expect(await drop('todo', '?move_to=nowhere')).toMatchObject({
    ...problem(422, 'column_not_found'),
    body: { errors: [{ path: 'move_to' }] },
  })
  expect(await drop('todo', '?move_to=todo')).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'move_to', message: 'must be another column' }] },
  })
  expect((await drop('todo', '?move_to=done')).status).toBe(204)
  const restored = await call('POST', `/tasks/${row.id}/restore`, { token })
  expect(restored.body).toMatchObject({ status: 'done', completed_at: expect.any(String) })
})

it('appends the tasks of a deleted column in order, with one journalled move each', async () => {
  const { token, id, drop, titlesIn } = await newBoard()
  // The ranks of the two columns overlap: `a` and `x` have the same.
  for (const title of ['a', 'b', 'c']) await newTask(token, id, { title })
  for (const title of ['x', 'y', 'z', 'w']) await newTask(token, id, { title, status: 'review' })
  const { body } = await call('GET', `/tasks?project_id=${id}&status=review&sort=position`, { token })
  for (const i of [1, 2]) await call('DELETE', `/tasks/${body.items[i].id}`, { token })
  const { headers } = await drop('todo', '?move_to=review')
  expect(await titlesIn('review')).toEqual(['x', 'w', 'a', 'b', 'c'])
  const events = await readJournal(token, id, Number(headers.get('FlowTrack-Seq')) - 4)
  expect(events.map(({ action, data }: any) => [action, data.title ?? data.key])).toEqual([
    ['task.moved', 'a'],
    ['task.moved', 'b'],
    ['task.moved', 'c'],
    ['column.deleted', 'todo'],
  ])
})

it.each(['done', 'cancelled'])(
  'completes the tasks of a column whose category becomes %s, and reopens them afterwards',
  async (category) => {
    const { token, id, set } = await newBoard()
    const row = await newTask(token, id, { status: 'review' })
    const look = async () => (await call('GET', `/tasks/${row.id}`, { token })).body
    expect(await look()).toMatchObject({ completed_at: null })
    await set('review', { category })
    expect(await look()).toMatchObject({ completed_at: expect.any(String) })
    await set('review', { category: 'in_progress' })
    expect(await look()).toMatchObject({ completed_at: null, started_at: expect.any(String) })
    const actions = (await readJournal(token, id, row.seq)).map(({ action }: any) => action)
    expect(actions).toEqual(['column.updated', 'task.updated', 'column.updated', 'task.updated'])
  },
)

it('refuses moves, edits, creations and restores that exceed a hard WIP limit, and changes nothing', async () => {
  const { token, id, set, drop, titlesIn } = await newBoard()
  await set('review', { wip_limit: 1, wip_mode: 'block' })
  const inside = await newTask(token, id, { title: 'inside', status: 'review' })
  const outside = await newTask(token, id, { title: 'outside' })
  const refusals = [
    await call('PATCH', `/tasks/${outside.id}/move?status=review`, { token }),
    await call('PATCH', `/tasks/${outside.id}`, { token, body: { status: 'review' } }),
    await call('POST', '/tasks', { token, body: { project_id: id, title: 'new', status: 'review' } }),
    await drop('todo', '?move_to=review'),
  ]
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({
      ...problem(409, 'wip_limit_reached'),
      body: { column: 'review', limit: 1, count: 1 },
    })
  }
  expect([await titlesIn('todo'), await titlesIn('review')]).toEqual([['outside'], ['inside']])
  expect((await call('GET', `/projects/${id}`, { token })).headers.get('ETag')).toBe('"1"')
  expect(await readJournal(token, id, outside.seq)).toEqual([])
  await call('DELETE', `/tasks/${inside.id}`, { token })
  expect((await call('PATCH', `/tasks/${outside.id}/move?status=review`, { token })).status).toBe(200)
  expect(await call('POST', `/tasks/${inside.id}/restore`, { token })).toMatchObject(problem(409, 'wip_limit_reached'))
})

it('allows moves and edits of tasks within a column that exceeds its hard WIP limit', async () => {
  const { token, id, set } = await newBoard()
  const [first, second] = [await newTask(token, id), await newTask(token, id)]
  await set('todo', { wip_limit: 1, wip_mode: 'block' })
  expect((await call('PATCH', `/tasks/${second.id}/move`, { token, body: { before: first.id } })).status).toBe(200)
  expect((await call('PATCH', `/tasks/${second.id}`, { token, body: { title: 'Edited' } })).status).toBe(200)
})

it('allows a write that exceeds a soft WIP limit, with a warning', async () => {
  const { token, id, set } = await newBoard()
  await set('review', { wip_limit: 1, wip_mode: 'warn' })
  expect(await newTask(token, id, { status: 'review' })).not.toHaveProperty('warnings')
  const { id: second } = await newTask(token, id)
  const moved = await call('PATCH', `/tasks/${second}/move?status=review`, { token })
  expect(moved).toMatchObject({
    status: 200,
    body: { status: 'review', warnings: [{ code: 'wip_limit_exceeded', column: 'review', limit: 1, count: 2 }] },
  })
})

it('does not treat the version of a deleted column as a version of a new column with its key', async () => {
  const { add, drop, set } = await newBoard()
  const { body: old } = await add('later', { name: 'Old' })
  await drop('later')
  const { body: fresh } = await add('later', { name: 'Fresh' })
  expect(await set('later', { name: 'Mine', category: 'todo', base_seq: old.seq })).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { name: { yours: 'Mine', theirs: 'Fresh' } } },
  })
  expect((await set('later', { name: 'Fresh', base_seq: old.seq })).status).toBe(200)
  expect((await set('later', { name: 'Mine', base_seq: fresh.seq })).body.name).toBe('Mine')
})
