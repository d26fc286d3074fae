import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, problem } from '../support/api.ts'

it('gives a new task the next number, and puts it at the bottom of the first column', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token, { name: 'Zeus' })
  const first = await newTask(ada.token, board.id)
  const second = await newTask(ada.token, board.id)
  expect([first.number, second.number]).toEqual([`${board.key}-1`, `${board.key}-2`])
  expect(first).toMatchObject({ status: 'todo', seq: 7, created_by: ada.id, started_at: null, completed_at: null })
  expect(Number(second.position)).toBeGreaterThan(Number(first.position))
})

it('numbers concurrent new tasks without a gap or a duplicate', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const rows = await Promise.all(Array.from({ length: 12 }, () => newTask(token, board.id)))
  const numbers = rows.map(({ number }) => Number(number.split('-').at(-1))).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
})

it('accepts every field that it shows', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const parent = await newTask(ada.token, board.id)
  const fields = {
    title: 'All of it',
    description: '# Markdown\n\n* `"quotes"` and \\ and 🎈',
    status: 'review',
    priority: 'urgent',
    assignee_ids: [ada.id],
    parent_id: parent.id,
    estimate: 2.5,
    start_date: '2026-12-01',
    due_date: '2026-12-24',
  }
  const created = await call('POST', '/tasks', { token: ada.token, body: { project_id: board.id, ...fields } })
  expect(created).toMatchObject({ status: 201, body: fields })
  expect(await call('GET', `/tasks/${created.body.id}`, { token: ada.token })).toMatchObject({
    status: 200,
    body: created.body,
  })
})

it('keeps the date of a date-time, and refuses a task that is due before it starts', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const row = await newTask(token, board.id, { start_date: '2026-12-10T23:30:00-05:00' })
  expect(row.start_date).toBe('2026-12-10')
  const early = await call('PATCH', `/tasks/${row.id}`, { token, body: { due_date: '2026-12-09' } })
  expect(early).toMatchObject({ ...problem(422, 'validation_failed'), body: { errors: [{ path: 'due_date' }] } })
})

it.each([
  { title: '' },
  { title: '   ' },
  { title: 'x'.repeat(501) },
  { title: null },
  { priority: 'huge' },
  { estimate: -1 },
  { estimate: 'three' },
  { due_date: '2026-02-30' },
  { due_date: 'soon' },
  { due_date: '0000-01-01' },
  { assignee_ids: ['x'] },
  { parent_id: 'x' },
])('refuses %j, and names the field', async (fields) => {
  const { token } = await newPerson()
  const { id } = await newTask(token, (await newProject(token)).id)
  const answer = await call('PATCH', `/tasks/${id}`, { token, body: fields })
  expect(answer).toMatchObject(problem(422, 'validation_failed'))
  expect(answer.body.errors[0].path).toMatch(Object.keys(fields)[0] ?? '')
})

it('assigns only members, each once', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const [bob, stranger] = [await newMember(ada, board.id, 'viewer'), await newPerson()]
  const row = await newTask(ada.token, board.id, { assignee_ids: [bob.id, ada.id, bob.id.toUpperCase()] })
  expect(row.assignee_ids).toEqual([bob.id, ada.id])
  const refused = await call('PATCH', `/tasks/${row.id}`, {
    token: ada.token,
    body: { assignee_ids: [ada.id, stranger.id] },
  })
  expect(refused).toMatchObject({
    ...problem(422, 'assignee_not_member'),
    body: { ids: [stranger.id], errors: [{ path: 'assignee_ids' }] },
  })
})

it('records the first start and the completion of a task, and clears the completion when it is reopened', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const { id } = await newTask(token, board.id)
  const to = async (status: string) => (await call('PATCH', `/tasks/${id}/move?status=${status}`, { token })).body
  const started = await to('in_progress')
  expect(started).toMatchObject({ started_at: expect.any(String), completed_at: null })
  const done = await to('done')
  expect(done).toMatchObject({ started_at: started.started_at, completed_at: expect.any(String) })
  expect(await to('review')).toMatchObject({ completed_at: null })
  expect(await to('in_progress')).toMatchObject({ started_at: started.started_at })
  expect(await newTask(token, board.id, { status: 'done' })).toMatchObject({ completed_at: expect.any(String) })
  expect(await newTask(token, board.id, { status: 'in_progress' })).toMatchObject({ started_at: expect.any(String) })
})

it('refuses a parent of another project or in the trash', async () => {
  const { token } = await newPerson()
  const [board, other] = [await newProject(token), await newProject(token)]
  const [elsewhere, trashed, row] = [
    await newTask(token, other.id),
    await newTask(token, board.id),
    await newTask(token, board.id),
  ]
  await call('DELETE', `/tasks/${trashed.id}`, { token })
  for (const parent_id of [elsewhere.id, trashed.id, crypto.randomUUID()]) {
    const answer = await call('PATCH', `/tasks/${row.id}`, { token, body: { parent_id } })
    expect(answer).toMatchObject({ ...problem(422, 'parent_not_found'), body: { errors: [{ path: 'parent_id' }] } })
    const created = await call('POST', '/tasks', { token, body: { project_id: board.id, title: 'Child', parent_id } })
    expect(created).toMatchObject(problem(422, 'parent_not_found'))
  }
})

it('refuses a parent that is the task itself or below it', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const top = await newTask(token, board.id)
  const middle = await newTask(token, board.id, { parent_id: top.id })
  const bottom = await newTask(token, board.id, { parent_id: middle.id })
  for (const parent_id of [top.id, middle.id, bottom.id]) {
    const answer = await call('PATCH', `/tasks/${top.id}`, { token, body: { parent_id } })
    expect(answer).toMatchObject(problem(422, 'parent_is_descendant'))
  }
  expect((await call('PATCH', `/tasks/${bottom.id}`, { token, body: { parent_id: top.id } })).status).toBe(200)
})

it('accepts a repeated archiving with the same base version, and reports a conflict with a restore', async () => {
  const { token } = await newPerson()
  const { id: project_id } = await newProject(token)
  const row = await newTask(token, project_id)
  const edit = (archived_at: string | null, base_seq: number) =>
    call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at, base_seq } })
  const christmas = '2026-12-24T00:00:00Z'
  const first = await edit(christmas, row.seq)
  expect(first.status).toBe(200)
  expect(await edit(christmas, row.seq)).toMatchObject({ status: 200, body: first.body })
  const operations = [{ op: 'update', id: row.id, archived_at: christmas, base_seq: row.seq }]
  const bulk = await call('POST', '/tasks/bulk', { token, body: { project_id, operations } })
  expect(bulk).toMatchObject({ status: 200, body: { results: [{ status: 200, task: first.body }] } })
  const theirs = first.body.archived_at
  expect(await edit(null, row.seq)).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { archived_at: { yours: null, theirs } } },
  })
  const back = await edit(null, first.body.seq)
  expect(back.body.archived_at).toBeNull()
  expect((await edit(christmas, first.body.seq)).body).toMatchObject(problem(409, 'edit_conflict').body)
})
