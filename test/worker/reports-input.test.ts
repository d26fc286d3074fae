import { expect, it } from 'vitest'
import { forecastCount, forecastDays, HORIZON_DAYS, RUNS } from '../../src/features/reports/forecast.ts'
import { addProjects, call, database, newPerson, newProject, newTask, problem } from '../support/api.ts'
import { avoidMidnight } from '../support/midnight.ts'

/** Queries that reports refuse, reports of empty projects, and reports of a few known tasks. */

const ALL = [
  'summary',
  'burndown',
  'burnup',
  'cumulative-flow',
  'cycle-time',
  'lead-time',
  'throughput',
  'time-in-column',
  'aging',
  'workload',
  'forecast',
]

const refusals: [query: string, path: string][] = [
  ['from=2024-05-02&to=2024-05-01', 'to'],
  ['from=2021-01-01&to=2024-01-02', 'from'],
  ['from=2024-13-01', 'from'],
  ['to=soon', 'to'],
  ['to=9999-12-31', 'to'],
  ['to=0001-01-01', 'to'],
  ['from=3000-01-01', 'from'],
  ['tz=Mars/Olympus', 'tz'],
  ['tz=%2B02:00', 'tz'],
  ['interval=year', 'interval'],
  ['column=nowhere', 'column'],
  ['assignee_id=me', 'assignee_id'],
  ['priority=huge', 'priority'],
]

it.each(refusals)('refuses %s, and names the parameter', async (query, path) => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  for (const report of ALL) {
    const answer = await call('GET', `/reports/projects/${id}/${report}?${query}`, { token })
    expect({ report, ...answer }).toMatchObject({
      status: 422,
      body: { errors: [{ path, message: expect.stringMatching(/\w/) }] },
    })
  }
})

it('accepts a period of three whole years, but not one day more', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const ask = (query: string) => call('GET', `/reports/projects/${id}/throughput?${query}`, { token })
  expect((await ask('from=2021-01-01&to=2024-01-01')).body.points).toHaveLength(1096)
  expect(await ask('from=2020-12-31&to=2024-01-01')).toMatchObject({ status: 422 })
})

it.each([
  ['items=1&by=2099-01-01', 'by'],
  ['by=2001-01-01', 'by'],
  ['by=2001-01-01T00:00:00Z', 'by'],
  ['by=2999-01-01', 'by'],
  ['items=-1', 'items'],
  ['items=', 'items'],
  ['items=%20', 'items'],
  ['seed=', 'seed'],
  ['seed=x', 'seed'],
])('refuses a forecast with %s', async (query, path) => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const answer = await call('GET', `/reports/projects/${id}/forecast?${query}`, { token })
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } })
})

it('refuses an empty number in every query', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const board = `/projects/${id}`
  for (const [method, path, name] of [
    ['GET', `${board}/activity`, 'since'],
    ['GET', `${board}/activity`, 'limit'],
    ['GET', `${board}/board`, 'per_column'],
    ['POST', '/notifications/read-all', 'until'],
  ] as const) {
    const ask = (value: string) => call(method, `${path}?${name}=${value}`, { token })
    expect(await ask('')).toMatchObject({ status: 422, body: { errors: [{ path: name }] } })
    expect(await ask('1')).toMatchObject({ status: expect.toSatisfy((status: number) => status < 300) })
  }
})

it('returns 404 without access, whatever else is wrong', async () => {
  const { id } = await newProject((await newPerson()).token)
  const { token } = await newPerson()
  for (const report of ALL)
    expect(await call('GET', `/reports/projects/${id}/${report}?column=nowhere`, { token })).toMatchObject(
      problem(404, 'not_found'),
    )
  expect(await call('GET', `/reports/activity?project_id=${id}`, { token })).toMatchObject(problem(404, 'not_found'))
})

it('returns valid reports of an empty project', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const ask = async (report: string) => (await call('GET', `/reports/projects/${id}/${report}`, { token })).body
  expect(await ask('summary')).toMatchObject({
    total: 0,
    percent: 0,
    by_status: { todo: 0, done: 0 },
    created: { current: 0, previous: 0 },
  })
  expect((await ask('burndown')).points).toHaveLength(90)
  expect((await ask('burndown')).points[0]).toMatchObject({ remaining: 0, done: 0, scope: 0, ideal: null })
  expect((await ask('cumulative-flow')).points.at(-1).counts).toEqual({ todo: 0, in_progress: 0, review: 0, done: 0 })
  expect(await ask('cycle-time')).toMatchObject({ count: 0, p50: null, p85: null, p95: null, mean: null, tasks: [] })
  expect((await ask('time-in-column')).columns[0]).toMatchObject({ key: 'todo', count: 0, p50: null })
  expect(await ask('aging')).toMatchObject({ p85: null, tasks: [] })
  expect(await ask('forecast')).toMatchObject({ items: 0, by: null })
})

it("uses days of the reader's own time zone", async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  await call('PATCH', '/users/me', { token, body: { timezone: 'Pacific/Kiritimati' } })
  const { body } = await call('GET', `/reports/projects/${id}/summary`, { token })
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Kiritimati' }).format(new Date(body.generated_at))
  expect(body).toMatchObject({ tz: 'Pacific/Kiritimati', to: today })
})

it('counts tasks that were just created, moved, reopened, deleted, restored or created as done', async () => {
  const me = await newPerson()
  const { token } = me
  const { id } = await newProject(token)
  const ask = async (report: string, query = '') =>
    (await call('GET', `/reports/projects/${id}/${report}?${query}`, { token })).body
  const at = (task_id: string, status: string) => call('PATCH', `/tasks/${task_id}/move?status=${status}`, { token })
  const [plain, reopened, trashed, born] = [
    await newTask(token, id),
    await newTask(token, id),
    await newTask(token, id),
    await newTask(token, id, { status: 'done' }),
  ]
  await at(plain.id, 'in_progress')
  for (const status of ['done', 'review', 'done', 'todo']) await at(reopened.id, status)
  await at(trashed.id, 'done')
  await call('DELETE', `/tasks/${trashed.id}`, { token })
  expect((await ask('throughput')).points.at(-1).completed).toBe(1)
  expect((await ask('lead-time')).tasks).toMatchObject([{ task_id: born.id, hours: 0 }])
  await call('POST', `/tasks/${trashed.id}/restore`, { token })
  await at(reopened.id, 'done')
  expect(await ask('lead-time')).toMatchObject({ count: 3 })
  const moved = (await call('GET', `/tasks/${trashed.id}`, { token })).body.completed_at
  expect((await ask('lead-time')).tasks.find((t: any) => t.task_id === trashed.id).completed_at.slice(0, 19)).toBe(
    moved.slice(0, 19),
  )
  expect((await ask('cumulative-flow')).points.at(-1).counts).toEqual({ todo: 0, in_progress: 1, review: 0, done: 3 })
  expect((await ask('burndown', 'interval=week')).points.at(-1)).toMatchObject({ remaining: 1, done: 3, scope: 4 })
  expect(await ask('aging')).toMatchObject({ tasks: [{ task_id: plain.id, status: 'in_progress' }] })
})

it('draws the ideal line between the dates of the project, and gives future days no value', async () => {
  await avoidMidnight()
  const { token } = await newPerson()
  const day = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
  const { id } = await newProject(token, { start_date: day(-4), due_date: day(5) })
  for (let n = 0; n < 10; n += 1) await newTask(token, id)
  const points = async (kind: string) =>
    (await call('GET', `/reports/projects/${id}/${kind}?from=${day(-4)}&to=${day(5)}&tz=UTC`, { token })).body.points
  const down = await points('burndown')
  expect(down.map(({ ideal }: any) => ideal)).toEqual([null, null, null, null, 10, 8, 6, 4, 2, 0])
  expect(down.map(({ remaining }: any) => remaining)).toEqual([0, 0, 0, 0, 10, null, null, null, null, null])
  expect((await points('burnup')).map(({ ideal }: any) => ideal)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

it('shows each reader their own projects and the progress of these', async () => {
  const [me, other] = [await newPerson(), await newPerson()]
  const [mine, late] = [
    await newProject(me.token, { name: 'Mine' }),
    await newProject(me.token, { name: 'Late', due_date: '2024-01-01' }),
  ]
  await newProject(other.token, { name: 'Theirs' })
  await newTask(me.token, mine.id, { status: 'done' })
  await newTask(me.token, late.id, { due_date: '2024-01-01' })
  const { body } = await call('GET', '/reports/overview', { token: me.token })
  expect(body).toMatchObject({ project_id: null, seq: null })
  expect(body.projects).toEqual([
    {
      id: late.id,
      key: late.key,
      name: 'Late',
      percent: 0,
      overdue: 1,
      health: 'late',
      last_activity_at: expect.any(String),
    },
    {
      id: mine.id,
      key: mine.key,
      name: 'Mine',
      percent: 100,
      overdue: 0,
      health: 'done',
      last_activity_at: expect.any(String),
    },
  ])
  const activity = (await call('GET', '/reports/activity', { token: me.token })).body
  expect(activity.by_action).toMatchObject({ 'project.created': 2, 'task.created': 2 })
  expect(activity.by_user).toEqual([{ user_id: me.id, name: 'Somebody', count: expect.any(Number) }])
  await database()`update users set role = 'admin' where id = ${other.id}`
  const all = (await call('GET', '/reports/overview', { token: other.token })).body.projects
  expect(all.map(({ id }: any) => id)).toEqual(expect.arrayContaining([mine.id, late.id]))
})

it('forecasts the exact day for a constant throughput', () => {
  expect(forecastDays(10, [1, 1, 1], 1)).toMatchObject({ p50: 10, p85: 10, p95: 10 })
  expect(forecastCount(10, [2, 2], 1)).toMatchObject({ p50: 20, p85: 20, p95: 20 })
  expect(forecastDays(0, [], 1)).toMatchObject({ p50: 0, p95: 0 })
})

it('forecasts a random throughput as the binomial distribution predicts', () => {
  const { p50, p85, p95, all } = forecastCount(100, [0, 1], 7) // mean 50, deviation 5
  expect(all).toHaveLength(RUNS)
  expect(p50).toBeCloseTo(50, -0.5)
  expect(p85).toBeCloseTo(45, -0.5)
  expect(p95).toBeCloseTo(42, -0.5)
})

it('forecasts no end without a finished task in the past', () => {
  expect(forecastDays(3, [0, 0], 1).p50).toBe(Number.POSITIVE_INFINITY)
  expect(forecastDays(3, [], 1).p50).toBe(Number.POSITIVE_INFINITY)
  expect(forecastCount(30, [], 1).p50).toBe(0)
  expect(forecastDays(HORIZON_DAYS + 1, [1], 1).p50).toBe(Number.POSITIVE_INFINITY)
})

it('gives the same forecast for the same seed', () => {
  expect(forecastDays(20, [0, 1, 3], 5)).toEqual(forecastDays(20, [0, 1, 3], 5))
  expect(forecastDays(20, [0, 1, 3], 5).all).not.toEqual(forecastDays(20, [0, 1, 3], 6).all)
})

it('counts the tasks and projects that a report leaves out', async () => {
  const me = await newPerson()
  const { id } = await newProject(me.token)
  const aging = async () => (await call('GET', `/reports/projects/${id}/aging`, { token: me.token })).body
  await database()`
    with who as (select set_config('flowtrack.actor', ${me.id}, true))
    insert into tasks (id, project_id, number, title, status, position)
    select gen_random_uuid(), ${id}, 'A-' || n, 'Begun', 'in_progress', n from who, generate_series(1, 5000) n`
  expect((await aging()).task_count).toBe(undefined)
  await newTask(me.token, id, { status: 'in_progress' })
  const { task_count, tasks } = await aging()
  expect([task_count, tasks.length]).toEqual([5_001, 5_000])

  const overview = async () => (await call('GET', '/reports/overview', { token: me.token })).body
  expect((await overview()).project_count).toBe(undefined)
  await addProjects(me, 500)
  const { project_count, projects } = await overview()
  expect([project_count, projects.length]).toEqual([501, 500])
})
