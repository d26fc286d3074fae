import { expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask, problem, readJournal } from '../support/api.ts'

async function newEditedTask() {
  const { token } = await newPerson()
  const board = await newProject(token)
  const row = await newTask(token, board.id, { title: 'First' })
  const patch = (body: object, headers = {}) => call('PATCH', `/tasks/${row.id}`, { token, body, headers })
  return { token, board, row, patch }
}

it('refuses a version condition on a resource without versions, and accepts a condition that holds', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const made = await call('POST', `/projects/${board.id}/views`, { token, body: { name: 'Mine', query: {} } })
  const change = (headers: Record<string, string>) =>
    call('PATCH', `/views/${made.body.id}`, { token, body: { name: 'Yours' }, headers })
  expect(await change({ 'If-Match': '"999"' })).toMatchObject(problem(422, 'validation_failed'))
  expect(await change({ 'If-None-Match': '*' })).toMatchObject(problem(422, 'validation_failed'))
  expect((await change({ 'If-Match': '*' })).status).toBe(200)
  expect((await change({ 'If-None-Match': '"999"' })).status).toBe(200)
  const look = (headers: Record<string, string>) => call('HEAD', `/projects/${board.id}`, { token, headers })
  expect((await look({ 'If-None-Match': '*' })).status).toBe(304) // a read has a version, whatever its method
  expect((await look({ 'If-None-Match': '"999"' })).status).toBe(200)
})

it('applies one of two writes with the same If-Match, and returns both version numbers to the other', async () => {
  const { row, patch } = await newEditedTask()
  const headers = { 'If-Match': `"${row.seq}"` }
  const answers = await Promise.all([patch({ title: 'A' }, headers), patch({ title: 'B' }, headers)])
  const won = answers.find(({ status }) => status === 200)
  expect(answers.find(({ status }) => status !== 200)).toMatchObject({
    ...problem(412, 'version_mismatch'),
    body: { expected: row.seq, actual: won?.body.seq },
  })
})

it.each(['If-None-Match: *', 'If-None-Match: "<seq>"', 'If-Match: "not-ours"', 'If-Match: W/"<seq>"'])(
  'returns no expected version when the writer named none: %s',
  async (line) => {
    const { row, patch } = await newEditedTask()
    const [name = '', tag = ''] = line.replace('<seq>', row.seq).split(': ')
    const refused = await patch({ title: 'A' }, { [name]: tag })
    expect(refused).toMatchObject({ ...problem(412, 'version_mismatch'), body: { actual: row.seq } })
    expect(refused.body).not.toHaveProperty('expected')
  },
)

it('lets only one of two writers change a profile that both had read', async () => {
  const { token } = await newPerson()
  const me = await call('GET', '/users/me', { token })
  const headers = { 'If-Match': me.headers.get('ETag') ?? '' }
  const names = Array.from({ length: 6 }, (_, i) => `Name ${i}`)
  const answers = await Promise.all(names.map((name) => call('PATCH', '/users/me', { token, headers, body: { name } })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412])
})

it('moves and deletes only the version that If-Match names', async () => {
  const { token, row, patch } = await newEditedTask()
  const stale = { 'If-Match': `"${row.seq}"` }
  const { body } = await patch({ title: 'Second' })
  expect(await call('PATCH', `/tasks/${row.id}/move?status=done`, { token, headers: stale })).toMatchObject(
    problem(412, 'version_mismatch'),
  )
  expect(await call('DELETE', `/tasks/${row.id}`, { token, headers: stale })).toMatchObject(
    problem(412, 'version_mismatch'),
  )
  const moved = await call('PATCH', `/tasks/${row.id}/move?status=done`, {
    token,
    headers: { 'If-Match': `"${body.seq}"` },
  })
  expect(moved.status).toBe(200)
  const gone = await call('DELETE', `/tasks/${row.id}`, {
    token,
    headers: { 'If-Match': moved.headers.get('ETag') ?? '' },
  })
  expect(gone.status).toBe(204)
})

it('merges edits of different fields that are based on the same version', async () => {
  const { token, row, patch } = await newEditedTask()
  const base_seq = row.seq
  const answers = await Promise.all([patch({ title: 'Mine', base_seq }), patch({ priority: 'high', base_seq })])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  const merged = await call('GET', `/tasks/${row.id}`, { token })
  expect(merged.body).toMatchObject({ title: 'Mine', priority: 'high' })
})

it('reports both values of every conflicting field, and writes none', async () => {
  const { token, row, patch } = await newEditedTask()
  await patch({ title: 'Theirs', estimate: 3, priority: 'low' })
  const clash = await patch({ title: 'Mine', estimate: 5, due_date: '2027-01-01', base_seq: row.seq })
  expect(clash).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { title: { yours: 'Mine', theirs: 'Theirs' }, estimate: { yours: 5, theirs: 3 } } },
  })
  expect(Object.keys(clash.body.conflicts)).toHaveLength(2)
  const { body } = await call('GET', `/tasks/${row.id}`, { token })
  expect(body).toMatchObject({ title: 'Theirs', due_date: null })
})

it('detects a conflict with a value that was cleared, and with a move', async () => {
  const { token, row, patch } = await newEditedTask()
  const { body } = await patch({ estimate: 3 })
  await patch({ estimate: null })
  expect((await patch({ estimate: 4, base_seq: body.seq })).body.conflicts).toEqual({
    estimate: { yours: 4, theirs: null },
  })
  await call('PATCH', `/tasks/${row.id}/move?status=done`, { token })
  expect((await patch({ status: 'review', base_seq: row.seq })).body.conflicts).toEqual({
    status: { yours: 'review', theirs: 'done' },
  })
})

it('reports no conflict for equal values, and none with an edit before the base version', async () => {
  const { row, patch } = await newEditedTask()
  const { body } = await patch({ title: 'Same', assignee_ids: [] })
  expect((await patch({ title: 'Same', base_seq: row.seq })).status).toBe(200)
  expect((await patch({ title: 'Later', base_seq: body.seq })).status).toBe(200)
})

it('merges edits of projects and columns in the same way', async () => {
  const { token, board } = await newEditedTask()
  for (const path of [`/projects/${board.id}`, `/projects/${board.id}/columns/review`]) {
    const { body: before } = await call('GET', path, { token })
    await call('PATCH', path, { token, body: { name: 'Theirs' } })
    const clash = await call('PATCH', path, { token, body: { name: 'Mine', base_seq: before.seq } })
    expect(clash).toMatchObject({
      ...problem(409, 'edit_conflict'),
      body: { conflicts: { name: { yours: 'Mine', theirs: 'Theirs' } } },
    })
  }
  const { body } = await call('PATCH', `/projects/${board.id}`, { token, body: { description: 'Merged', base_seq: 1 } })
  expect(body).toMatchObject({ name: 'Theirs', description: 'Merged' })
})

it('does not journal an edit that changes nothing, and keeps the version', async () => {
  const { token, board, row, patch } = await newEditedTask()
  for (const body of [{}, { title: 'First' }, { status: 'todo', assignee_ids: [], estimate: null }]) {
    const same = await patch(body)
    expect(same).toMatchObject({ status: 200, body: { seq: row.seq, updated_at: row.updated_at } })
    expect(same.headers.get('FlowTrack-Seq')).toBe(String(row.seq))
  }
  await call('PATCH', `/tasks/${row.id}/move`, { token })
  await call('PATCH', `/projects/${board.id}`, { token, body: { name: board.name } })
  await call('PATCH', `/projects/${board.id}/columns/todo`, { token, body: {} })
  expect(await readJournal(token, board.id, row.seq)).toEqual([])
})

it('keeps the versions of tasks when a column is renumbered, and shows their new ranks to readers', async () => {
  const { token, board, row } = await newEditedTask()
  const others = [await newTask(token, board.id), await newTask(token, board.id), await newTask(token, board.id)]
  const sql = database()
  const tight = `1024.${'0'.repeat(37)}1`
  await sql.transaction([
    sql`select set_actor(null)`,
    sql`update tasks set position = ${tight}::numeric where id = ${others[0].id}`,
  ])
  const read = async () =>
    (await call('GET', `/tasks?project_id=${board.id}&status=todo&sort=position`, { token })).body.items
  const before = await read()
  const since = before[1].updated_at
  const moved = await call('PATCH', `/tasks/${others[2].id}/move?after=${row.id}`, { token })
  const events = await readJournal(token, board.id, before[1].seq)
  expect(events.map(({ action }: any) => action)).toEqual(['column.reordered', 'task.moved'])
  const now = await read()
  expect(now.map(({ id }: any) => id)).toEqual([row.id, others[2].id, others[0].id, others[1].id])
  for (const { id, seq, updated_at } of before) {
    if (id === others[2].id) continue
    const same = now.find((task: any) => task.id === id)
    expect({ seq: same.seq, updated_at: same.updated_at }).toEqual({ seq, updated_at })
  }
  const { body: changed } = await call('GET', `/tasks?project_id=${board.id}&updated_since=${since}`, { token })
  expect(changed.items.map(({ id }: any) => id).sort()).toEqual(now.map(({ id }: any) => id).sort())
  const later = `updated_since=${new Date(Date.parse(moved.body.updated_at) + 1).toISOString()}`
  expect((await call('GET', `/tasks?project_id=${board.id}&${later}`, { token })).body.items).toEqual([])
  const headers = { 'If-Match': `"${others[1].seq}"` }
  const written = await call('PATCH', `/tasks/${others[1].id}`, { token, headers, body: { title: 'Mine' } })
  expect(written.status).toBe(200)
})
