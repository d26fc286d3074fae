import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  call,
  database,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  problem,
  readJournal,
} from '../support/api.ts'
import { connect } from '../support/socket.ts'
import { newWorker } from '../support/worker.ts'

async function newScene(tasks = 3) {
  const ada = await newPerson('Ada')
  const { token } = ada
  const board = await newProject(token)
  const ids: string[] = []
  for (let i = 0; i < tasks; i += 1) ids.push((await newTask(token, board.id, { title: `Task ${i}` })).id)
  const bulk = (operations: object[], more: object = {}, as = token, headers = {}) =>
    call('POST', '/tasks/bulk', { token: as, body: { project_id: board.id, operations, ...more }, headers })
  const head = async () => (await call('GET', `/projects/${board.id}/board`, { token })).body.seq as number
  const get = async (id?: string) => (await call('GET', `/tasks/${id}`, { token })).body
  return { ada, token, board, ids, bulk, head, get }
}

it('creates, edits, moves and deletes in the order of the list', async () => {
  const { token, board, ids, bulk, head, get } = await newScene()
  const since = await head()
  const answer = await bulk([
    { op: 'create', title: 'New', priority: 'high' },
    { op: 'update', id: ids[0], title: 'Renamed' },
    { op: 'move', id: ids[0], status: 'done' },
    { op: 'delete', id: ids[1] },
  ])
  expect(answer).toMatchObject({
    status: 200,
    body: {
      results: [
        { op: 'create', status: 201, task: { title: 'New', priority: 'high', status: 'todo', project_id: board.id } },
        { op: 'update', status: 200, task: { title: 'Renamed', status: 'todo' } },
        { op: 'move', status: 200, task: { title: 'Renamed', status: 'done' } },
        { op: 'delete', status: 204 },
      ],
    },
  })
  expect(answer.headers.get('FlowTrack-Seq')).toBe(String(since + 4))
  const events = await readJournal(token, board.id, since)
  expect(events.map(({ seq, action }: any) => [seq, action])).toEqual([
    [since + 1, 'task.created'],
    [since + 2, 'task.updated'],
    [since + 3, 'task.moved'],
    [since + 4, 'task.deleted'],
  ])
  expect(await get(ids[0])).toEqual(answer.body.results[2].task)
  expect(await get(answer.body.results[0].task.id)).toEqual(answer.body.results[0].task)
})

it('applies all operations or none, and names the operation that is refused', async () => {
  const { token, board, ids, bulk, head, get } = await newScene()
  const since = await head()
  const good = { op: 'update', id: ids[0], title: 'Renamed' }
  const refused = [
    [422, 'column_not_found', '1.status', { op: 'move', id: ids[1], status: 'nowhere' }],
    [422, 'task_not_found', '1.id', { op: 'delete', id: crypto.randomUUID() }],
    [422, 'task_not_found', '1.after', { op: 'move', id: ids[1], after: crypto.randomUUID() }],
    [422, 'assignee_not_member', '1.assignee_ids', { op: 'create', title: 'New', assignee_ids: [crypto.randomUUID()] }],
    [412, 'version_mismatch', '1', { op: 'delete', id: ids[1], seq: 1 }],
    [422, 'validation_failed', '1.base_seq', { op: 'update', id: ids[1], title: 'Late', base_seq: 9999 }],
    [
      422,
      'validation_failed',
      '1.due_date',
      { op: 'update', id: ids[1], start_date: '2026-12-02', due_date: '2026-12-01' },
    ],
  ] as const
  for (const [status, code, path, operation] of refused) {
    const errors = [{ path: `operations.${path}`, message: expect.stringMatching(/./) }]
    expect(await bulk([good, operation]), code).toMatchObject({ ...problem(status, code), body: { code, errors } })
  }
  expect(await head()).toBe(since)
  expect((await get(ids[0])).title).toBe('Task 0')
  expect(await readJournal(token, board.id, since)).toEqual([])
})

it('with partial, undoes only refused operations, without a gap in the journal', async () => {
  const { token, board, ids, bulk, head } = await newScene()
  const since = await head()
  const { status, body } = await bulk(
    [
      { op: 'move', id: ids[0], status: 'review' },
      { op: 'create', title: 'Where?', status: 'nowhere' },
      { op: 'update', id: ids[1], due_date: '2026-12-01', start_date: '2026-12-02' },
      { op: 'create', title: 'New' },
      { op: 'update', id: ids[2], title: 'Mine', seq: 1 },
      { op: 'delete', id: ids[2] },
    ],
    { partial: true },
  )
  expect(status).toBe(200)
  expect(body.results.map((result: any) => [result.op, result.status, result.problem?.code])).toEqual([
    ['move', 200, undefined],
    ['create', 422, 'column_not_found'],
    ['update', 422, 'validation_failed'],
    ['create', 201, undefined],
    ['update', 412, 'version_mismatch'],
    ['delete', 204, undefined],
  ])
  expect(body.results[3].task.number).toBe(`${board.key}-4`)
  const alone = await call('POST', '/tasks', {
    token,
    body: { project_id: board.id, title: 'Where?', status: 'nowhere' },
  })
  const { instance, ...told } = alone.body
  const errors = told.errors.map(({ message }: any) => ({ path: 'operations.1.status', message }))
  expect(body.results[1].problem).toEqual({ ...told, errors, instance: expect.any(String) })
  expect(body.results[4].problem).toMatchObject({ expected: 1, actual: expect.any(Number) })
  const events = await readJournal(token, board.id, since)
  expect(events.map(({ seq, action }: any) => [seq - since, action])).toEqual([
    [1, 'task.moved'],
    [2, 'task.created'],
    [3, 'task.deleted'],
  ])
})

it('refuses invalid operations, an empty list and more than 100 operations, and changes nothing', async () => {
  const { ids, bulk, head } = await newScene(1)
  const since = await head()
  const move = { op: 'move', id: ids[0] }
  const bad: [string, object[]][] = [
    ['operations', []],
    ['operations', Array(101).fill(move)],
    ['operations.0.op', [{ op: 'archive', id: ids[0] }]],
    ['operations.0.op', [{ id: ids[0] }]],
    ['operations.1.id', [move, { op: 'move', id: 'Apollo' }]],
    ['operations.1.id', [move, { op: 'delete' }]],
    ['operations.0.title', [{ op: 'create' }]],
    ['operations.0.title', [{ ...move, title: 'New' }]],
    ['operations.0.id', [{ op: 'create', id: ids[0], title: 'New' }]],
    ['operations.0.assignee_ids', [{ op: 'update', id: ids[0], assignee_ids: [], add_assignee_ids: [ids[0]] }]],
  ]
  for (const partial of [false, true])
    for (const [path, operations] of bad) {
      const answer = await bulk(operations, { partial })
      expect(answer, path).toMatchObject({ ...problem(422, 'validation_failed'), body: { errors: [{ path }] } })
    }
  expect(await head()).toBe(since)
  expect((await bulk(Array(100).fill(move))).body.results).toHaveLength(100)
})

it('announces the moves of 100 tasks together, with their events in order', async () => {
  const { token, board, bulk, head } = await newScene(0)
  const made = await bulk(Array.from({ length: 100 }, (_, n) => ({ op: 'create', title: `Task ${n}` })))
  const ids: string[] = made.body.results.map((result: any) => result.task.id)
  expect(ids.toSorted()).toEqual(ids)
  const since = await head()
  const socket = await connect(board.id, { token })
  await socket.message('hello')
  const answer = await bulk(ids.map((id) => ({ op: 'move', id, status: 'done' })))
  expect(answer.headers.get('Server-Timing')).toMatch(/^db;dur=\d+;desc="1", cache;dur=\d+;desc="[01]"$/)
  await socket.seq(since + 100)
  expect(socket.seqs).toEqual(ids.map((_, n) => since + 1 + n))
  expect(socket.events.map(({ entity_id }) => entity_id)).toEqual(ids)
})

it('announces events up to 1 MiB, and sockets receive the remaining events, too', async () => {
  const { token, board } = await newScene(0)
  const worker = newWorker({ LIMIT_USER: '600/3600' })
  const left = async () =>
    Number(/r=(\d+)/.exec((await worker.call('GET', '/users/me', { token })).headers.get('RateLimit') ?? '')?.[1])
  const ids: string[] = []
  for (let n = 0; n < 32; n += 1) ids.push((await newTask(token, board.id, { description: 'x'.repeat(99_000) })).id)
  const { body: before } = await call('GET', `/projects/${board.id}/board`, { token })
  const socket = await connect(board.id, { token })
  await socket.message('hello')
  const had = await left()
  const operations = ids.map((id) => ({ op: 'move', id, status: 'done' }))
  const answer = await worker.call('POST', '/tasks/bulk', { token, body: { project_id: board.id, operations } })
  expect(answer.status).toBe(200)
  expect(had - (await left())).toBeLessThanOrEqual(2 + 32 / 4 + 17) // 3.1 MB would have been 48 more
  await call('PATCH', `/tasks/${ids[0]}`, { token, body: { title: 'After' } })
  await socket.seq(before.seq + 33)
  expect(socket.events.slice(0, 32).map(({ entity_id }) => entity_id)).toEqual(ids)
})

it('never exceeds a hard WIP limit, and warns for each operation that exceeds a soft limit', async () => {
  const { token, board, ids, bulk } = await newScene(4)
  const limit = (body: object) => call('PATCH', `/projects/${board.id}/columns/review`, { token, body })
  await limit({ wip_limit: 2, wip_mode: 'block' })
  const moves = ids.map((id) => ({ op: 'move', id, status: 'review' }))
  expect(await bulk(moves)).toMatchObject({
    ...problem(409, 'wip_limit_reached'),
    body: { column: 'review', limit: 2, count: 2, errors: [{ path: 'operations.2' }] },
  })
  const both = await Promise.all([bulk(moves, { partial: true }), bulk([...moves].reverse(), { partial: true })])
  for (const { body } of both) expect(body.results.filter(({ status }: any) => status === 200)).toHaveLength(2)
  await limit({ wip_limit: 3, wip_mode: 'warn' })
  const soft = await bulk(moves, {}, token, { 'Idempotency-Key': crypto.randomUUID() })
  expect(soft.body.results.map(({ warnings }: any) => warnings?.length ?? 0).sort()).toEqual([0, 0, 0, 1])
  expect(soft.body).not.toHaveProperty('warnings')
  const full = await bulk([
    ...moves,
    { op: 'create', title: 'New' },
    { op: 'create', title: 'One more', status: 'review' },
  ])
  expect(full.body.results[5].warnings).toEqual([{ code: 'wip_limit_exceeded', column: 'review', limit: 3, count: 5 }])
})

it('moves a blocker together with the task that it blocks, and journals the final rows', async () => {
  const { token, board, ids, bulk, head, get } = await newScene(4)
  await call('POST', `/tasks/${ids[0]}/links`, { token, body: { kind: 'blocks', task_id: ids[1] } })
  await call('POST', `/tasks/${ids[2]}/links`, { token, body: { kind: 'blocks', task_id: ids[3] } })
  const since = await head()
  expect((await get(ids[1])).is_blocked).toBe(true)
  const { body } = await bulk(ids.slice(0, 3).map((id) => ({ op: 'move', id, status: 'done' })))
  const rows = await Promise.all(ids.slice(0, 3).map(get))
  expect(body.results).toEqual(rows.map((task) => ({ op: 'move', status: 200, task })))
  const events = await readJournal(token, board.id, since)
  expect(events.map(({ seq }: any) => seq)).toEqual([1, 2, 3, 4, 5].map((n) => since + n))
  expect(await head()).toBe(since + 5)
  for (const id of ids) {
    const row = await get(id)
    expect(row.is_blocked).toBe(false)
    expect(events.findLast(({ entity_id }: any) => entity_id === id).data).toEqual(row)
  }
})

it('requires the role editor for deletions, and contributor for other operations', async () => {
  const { ada, board, ids, bulk } = await newScene(2)
  const [editor, contributor] = [
    await newMember(ada, board.id, 'editor'),
    await newMember(ada, board.id, 'contributor'),
  ]
  const operations = [
    { op: 'move', id: ids[0], status: 'done' },
    { op: 'delete', id: ids[1] },
  ]
  expect(await bulk(operations, {}, contributor.token)).toMatchObject({
    ...problem(403, 'forbidden'),
    body: { role: 'contributor', required: 'editor', errors: [{ path: 'operations.1' }] },
  })
  const partial = await bulk(operations, { partial: true }, contributor.token)
  expect(partial.body.results).toMatchObject([{ status: 200 }, { status: 403, problem: { code: 'forbidden' } }])
  expect((await bulk(operations, {}, editor.token)).body.results).toMatchObject([{ status: 200 }, { status: 204 }])
})

it('does not find tasks of other projects and tasks in the trash', async () => {
  const { token, ids, bulk } = await newScene(2)
  const other = await newProject(token)
  const elsewhere = await newTask(token, other.id)
  await call('DELETE', `/tasks/${ids[1]}`, { token })
  for (const id of [elsewhere.id, elsewhere.number, ids[1], crypto.randomUUID(), 'NOWHERE-1'])
    for (const op of ['update', 'move', 'delete']) {
      const answer = await bulk([{ op, id }])
      expect(answer).toMatchObject({
        ...problem(422, 'task_not_found'),
        body: { errors: [{ path: 'operations.0.id' }] },
      })
    }
  const stranger = await newPerson()
  expect(await bulk([{ op: 'move', id: ids[0] }], {}, stranger.token)).toMatchObject(problem(404, 'not_found'))
  const { key } = await newApiKey({ token }, { project_ids: [other.id] })
  expect(await bulk([{ op: 'move', id: ids[0] }], {}, key)).toMatchObject(problem(404, 'not_found'))
})

it('refuses operations in an archived project', async () => {
  const { token, board, ids, bulk } = await newScene(1)
  await call('PATCH', `/projects/${board.id}`, { token, body: { status: 'archived' } })
  for (const partial of [false, true])
    expect(await bulk([{ op: 'move', id: ids[0] }], { partial })).toMatchObject(problem(409, 'project_archived'))
})

it('creates no more tasks than the quota of the project allows', async () => {
  const { board, bulk } = await newScene(1)
  await database()`update projects set quotas = '{"tasks": 2}' where id = ${board.id}`
  const create = { op: 'create', title: 'New' }
  expect(await bulk([create, create])).toMatchObject({
    ...problem(409, 'too_many_tasks'),
    body: { limit: 2, errors: [{ path: 'operations.1' }] },
  })
  expect((await bulk([create, create], { partial: true })).body.results).toMatchObject([
    { status: 201 },
    { status: 409 },
  ])
})

it('merges an edit with other changes since base_seq, and refuses one that would overwrite them', async () => {
  const { token, ids, bulk, get } = await newScene(1)
  const { seq } = await get(ids[0])
  await call('PATCH', `/tasks/${ids[0]}`, { token, body: { title: 'Theirs' } })
  const merged = await bulk([{ op: 'update', id: ids[0], priority: 'low', base_seq: seq }])
  expect(merged.body.results).toMatchObject([{ status: 200, task: { title: 'Theirs', priority: 'low' } }])
  const late = [{ op: 'update', id: ids[0], title: 'Mine', base_seq: seq }]
  const conflict = { conflicts: { title: { yours: 'Mine', theirs: 'Theirs' } } }
  expect(await bulk(late)).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { ...conflict, errors: [{ path: 'operations.0' }] },
  })
  const partial = await bulk(late, { partial: true })
  expect(partial.body.results).toMatchObject([{ status: 409, problem: { code: 'edit_conflict', ...conflict } }])
  expect(await get(ids[0])).toEqual(merged.body.results[0].task)
})

it('reads a time in UTC as the day in the time zone of the writer', async () => {
  const { token, bulk } = await newScene(0)
  await call('PATCH', '/users/me', { token, body: { timezone: 'Pacific/Auckland' } })
  const created = await bulk([{ op: 'create', title: 'New', due_date: '2026-12-24T20:00:00Z' }])
  const [{ task }] = created.body.results
  expect(task.due_date).toBe('2026-12-25')
  const updated = await bulk([{ op: 'update', id: task.number, start_date: '2026-12-01T20:00:00+01:00' }])
  expect(updated.body.results[0].task).toMatchObject({ id: task.id, start_date: '2026-12-01', due_date: '2026-12-25' })
})

it('shortens a long description in its results, and says so', async () => {
  const { bulk, get } = await newScene(0)
  const description = 'é'.repeat(501)
  const { body } = await bulk([
    { op: 'create', title: 'Long', description },
    { op: 'create', title: 'Short', description: 'é'.repeat(500) },
  ])
  expect(body.results).toMatchObject([
    { task: { description: 'é'.repeat(500), description_truncated: true } },
    { task: { description: 'é'.repeat(500) } },
  ])
  expect(body.results[1].task).not.toHaveProperty('description_truncated')
  expect((await get(body.results[0].task.id)).description).toBe(description)
})

it('runs a bulk once under an Idempotency-Key, and repeats its answer, including refusals', async () => {
  const { token, ids, bulk, head } = await newScene(1)
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const operations = [
    { op: 'create', title: 'New' },
    { op: 'move', id: ids[0], status: 'nowhere' },
  ]
  const first = await bulk(operations, { partial: true }, token, headers)
  const after = await head()
  const again = await bulk(operations, { partial: true }, token, headers)
  expect(first.body.results).toMatchObject([{ status: 201 }, { status: 422, problem: { code: 'column_not_found' } }])
  expect([again.status, again.text]).toEqual([200, first.text])
  expect(again.headers.get('Idempotency-Replayed')).toBe('true')
  expect(again.headers.get('FlowTrack-Seq')).toBe(first.headers.get('FlowTrack-Seq'))
  expect(await head()).toBe(after)
  const refused = await bulk(operations, {}, token, { 'Idempotency-Key': 'refused' })
  expect(refused).toMatchObject(problem(422, 'column_not_found'))
  expect((await bulk(operations.slice(0, 1), {}, token, { 'Idempotency-Key': 'refused' })).status).toBe(200)
})

it('sends the same notifications as single writes', async () => {
  const { ada, board, ids, bulk } = await newScene(2)
  const grace = await newMember(ada, board.id, 'contributor')
  await bulk(ids.map((id) => ({ op: 'update', id, assignee_ids: [grace.id] })))
  const { body } = await call('GET', '/notifications', { token: grace.token })
  const assigned = body.items.filter(({ kind }: any) => kind === 'assigned')
  expect(assigned.map(({ task_id }: any) => task_id)).toEqual([...ids].reverse())
})

it('counts as one request for every 4 operations', async () => {
  const { ids, bulk } = await newScene(1)
  const standing = async (many: number) => {
    const { headers } = await bulk(Array(many).fill({ op: 'move', id: ids[0] }))
    return Number(/r=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1])
  }
  const before = await standing(1)
  await standing(100)
  expect(before - (await standing(1))).toBeGreaterThanOrEqual(26)
  expect(before - (await standing(1))).toBeLessThanOrEqual(40)
})

/*
 * Bulk requests do the same as single ones: random operations, sent one by one to a project and in bulk to its twin,
 * must leave the same rows and the same journal.
 */

const STATUSES = ['todo', 'in_progress', 'review', 'done', 'nowhere']
const text = fc.constantFrom('', 'A', 'Ünï', 'x'.repeat(600))
const dates = fc.constantFrom(null, '2026-12-01', '2026-12-24T23:30:00Z', '2026-11-30T01:00:00+02:00')
/** Some of the three labels or people, by their index. (Tasks are named by the order in which they were made.) */
const some = fc.uniqueArray(fc.nat(2), { maxLength: 3 })
const fields = {
  title: fc.constantFrom('One', 'Two'),
  description: text,
  status: fc.constantFrom(...STATUSES),
  priority: fc.constantFrom('none', 'urgent'),
  estimate: fc.constantFrom(null, 0, 0.1, 3),
  parent_id: fc.option(fc.nat(6)),
  start_date: dates,
  due_date: dates,
}
const sets = { assignee_ids: some, label_ids: some }
const changes = { add_assignee_ids: some, remove_assignee_ids: some, add_label_ids: some, remove_label_ids: some }
const target = {
  task: fc.nat(8),
  by_number: fc.boolean(),
  seq: fc.option(fc.integer({ min: 0, max: 40 }), { freq: 6 }),
}
const operation = fc.oneof(
  fc.record({ op: fc.constant('create'), ...fields, ...sets }, { requiredKeys: ['op', 'title'] }),
  fc.record(
    { op: fc.constant('update'), ...target, ...fields, ...sets },
    { requiredKeys: ['op', 'task', 'by_number', 'seq'] },
  ),
  fc.record({ op: fc.constant('update'), ...target, ...changes }, { requiredKeys: ['op', 'task', 'by_number', 'seq'] }),
  fc.record(
    { op: fc.constant('update'), ...target, base_seq: fc.nat(40), title: fields.title, ...sets },
    { requiredKeys: ['op', 'task', 'by_number', 'seq', 'base_seq'] },
  ),
  fc.record(
    { op: fc.constant('move'), ...target, status: fields.status, before: fc.nat(8), after: fc.nat(8) },
    { requiredKeys: ['op', 'task', 'by_number', 'seq'] },
  ),
  fc.record({ op: fc.constant('delete'), ...target }),
)

/** Whether validation accepts an operation: no id that is both added and removed. */
const isValid = (o: any) =>
  !['assignee_ids', 'label_ids'].some((set) => o[`add_${set}`]?.some((n: number) => o[`remove_${set}`]?.includes(n)))

/** Moves of several tasks to the bottom of one column, which one statement does. */
const together = fc
  .tuple(
    fc.constantFrom('done', 'todo', 'review', 'nowhere'),
    fc.array(fc.record({ ...target, seq: fc.constant(null) }), { minLength: 2, maxLength: 4 }),
  )
  .map(([status, targets]) => targets.map((one) => ({ op: 'move', ...one, task: one.task % 5, status })))

async function newTwin(people: { id: string; token: string }[]) {
  const [ada, grace] = people as [{ id: string; token: string }, { id: string; token: string }]
  const { token } = ada
  const board = await newProject(token)
  await call('POST', `/projects/${board.id}/members`, { token, body: { user_id: grace.id, role: 'contributor' } })
  const labels: string[] = []
  for (const name of ['Bug', 'Wish'])
    labels.push((await call('POST', `/projects/${board.id}/labels`, { token, body: { name } })).body.id)
  await call('PATCH', `/projects/${board.id}/columns/review`, { token, body: { wip_limit: 2, wip_mode: 'block' } })
  await call('PATCH', `/projects/${board.id}/columns/in_progress`, { token, body: { wip_limit: 1, wip_mode: 'warn' } })
  const tasks: string[] = []
  for (let n = 0; n < 4; n += 1) tasks.push((await newTask(token, board.id, { title: `Task ${n}` })).id)
  const [stranger, nowhere] = [crypto.randomUUID(), crypto.randomUUID()]
  const idOf = (n: number, unknown = stranger) => tasks[n] ?? unknown
  const resolve = ({ task: n, by_number, seq, ...rest }: any) => ({
    ...rest,
    ...(n !== undefined && { id: by_number ? `${board.key}-${n + 1}` : idOf(n) }),
    ...(seq !== undefined && seq !== null && { seq }),
    ...(typeof rest.parent_id === 'number' && { parent_id: idOf(rest.parent_id) }),
    ...(rest.before !== undefined && { before: idOf(rest.before, nowhere) }),
    ...(rest.after !== undefined && { after: idOf(rest.after, nowhere) }),
    ...Object.fromEntries(
      Object.entries(rest).flatMap(([key, value]) => {
        if (!key.endsWith('_ids')) return []
        const known = key.includes('label') ? labels : people.map(({ id }) => id)
        return [[key, (value as number[]).map((i) => known[i] ?? stranger)]]
      }),
    ),
  })
  /** Replaces what differs between any two projects, ids and times, by fixed names. */
  const plain = (value: unknown) => {
    const ids: [string, string][] = [
      [board.id, 'project'],
      [stranger, 'nobody'],
      [`${board.key}-`, 'KEY-'],
    ]
    labels.forEach((id, n) => {
      ids.push([id, `label ${n}`])
    })
    tasks.forEach((id, n) => {
      ids.push([id, `task ${n}`])
    })
    const json = ids.reduce((text, [id, name]) => text.replaceAll(id, name), JSON.stringify(value))
    return JSON.parse(json.replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, 'then'))
  }
  const state = async () => {
    const rows = await database()`select to_jsonb(t) as row from tasks t where project_id = ${board.id} order by id`
    const events = await database()`select seq, action, entity_id, task_id, changes, data from activity_logs
      where project_id = ${board.id} and entity = 'task' order by seq`
    const told = await database()`select user_id, kind, event_seq, data - 'project_key' as data from notifications
      where project_id = ${board.id} and kind <> 'project_invited' order by seq`
    return plain({ rows, events, told })
  }
  return { token, board, tasks, resolve, plain, state }
}

type Twin = Awaited<ReturnType<typeof newTwin>>

/** Sends an operation as a request for one task. */
function sendAlone({ token, board }: Twin, { op, id, seq, ...rest }: any) {
  const headers: Record<string, string> = seq === undefined ? {} : { 'If-Match': `"${seq}"` }
  if (op === 'create') return call('POST', '/tasks', { token, body: { project_id: board.id, ...rest } })
  if (op === 'update') return call('PATCH', `/tasks/${id}`, { token, headers, body: rest })
  if (op === 'move') return call('PATCH', `/tasks/${id}/move`, { token, headers, body: rest })
  return call('DELETE', `/tasks/${id}`, { token, headers })
}

it('has the same effect as the same operations sent one by one', async () => {
  const people = [await newPerson('Ada'), await newPerson('Grace')]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.array(operation as fc.Arbitrary<object>, { minLength: 1, maxLength: 8 }), together), {
        minLength: 1,
        maxLength: 4,
      }),
      async (lists) => {
        const [single, many] = [await newTwin(people), await newTwin(people)]
        for (const list of lists) {
          const asked = list.filter(isValid)
          if (asked.length === 0) continue
          const { body } = await call('POST', '/tasks/bulk', {
            token: many.token,
            body: { project_id: many.board.id, operations: asked.map(many.resolve), partial: true },
          })
          const results: any[] = body.results
          const one = asked.map(single.resolve) // only now: a bulk request cannot name by id the tasks that it makes
          for (const [n, result] of results.entries()) {
            const answer = await sendAlone(single, one[n])
            if (result.op === 'create' && result.status === 201) {
              single.tasks.push(answer.body.id)
              many.tasks.push(result.task.id)
            }
            const missing = answer.status === 404 && result.problem?.code === 'task_not_found'
            expect([result.op, missing ? 404 : result.status]).toEqual([(asked[n] as any).op, answer.status])
            if (!missing) expect(result.problem?.code).toBe(answer.body?.code)
            expect(many.plain(result.warnings ?? [])).toEqual(single.plain(answer.body?.warnings ?? []))
          }
        }
        expect(await many.state()).toEqual(await single.state())
      },
    ),
    { numRuns: 15 },
  )
})
