import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { drawFlow } from '../../src/features/reports/pictures/bands.ts'
import { drawSummary } from '../../src/features/reports/pictures/rows.ts'
import { flowPointsOf } from '../../src/features/reports/series.ts'
import { call, newPerson, newProject, newTask } from '../support/api.ts'
import { exportProject, freshKey, upload } from '../support/exports.ts'

/** A column key may be the name of a member that every JavaScript object has, such as `constructor`. */

const WORDS = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']

it('supports a column with the key constructor in tasks, board, reports, export and import', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token, { key: freshKey() })
  const column = { key: 'constructor', name: 'Builders', category: 'in_progress' }
  expect((await call('POST', `/projects/${id}/columns`, { token, body: column })).status).toBe(201)
  await newTask(token, id, { status: 'constructor' })
  const moved = await newTask(token, id)
  expect((await call('PATCH', `/tasks/${moved.id}/move?status=constructor`, { token })).body.status).toBe('constructor')
  const get = async (path: string) => (await call('GET', path, { token })).body
  const check = async (id: string) => {
    const board = await get(`/projects/${id}/board`)
    expect(board.columns.find(({ key }: any) => key === 'constructor')).toMatchObject({
      name: 'Builders',
      task_count: 2,
    })
    expect((await get(`/projects/${id}/progress`)).by_status).toMatchObject({ todo: 0, constructor: 2 })
    const summary = await get(`/reports/projects/${id}/summary`)
    expect([summary.by_status.constructor, summary.names.constructor]).toEqual([2, 'Builders'])
    const flow = await get(`/reports/projects/${id}/cumulative-flow`)
    expect([flow.names.constructor, flow.points.at(-1).counts.constructor]).toEqual(['Builders', 2])
    expect((await get(`/reports/projects/${id}/aging`)).names).toEqual(
      expect.objectContaining({ constructor: 'Builders' }),
    )
  }
  await check(id)
  const copy = await upload((await exportProject(id, token)).text, { token }, `?key=${freshKey()}`)
  expect(copy.status).toBe(201)
  await check(copy.body.project.id)
})

it('shows the tasks of a deleted column with the key constructor as numbers in reports', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  await call('POST', `/projects/${id}/columns`, {
    token,
    body: { key: 'constructor', name: 'Builders', category: 'in_progress' },
  })
  const { id: card } = await newTask(token, id, { status: 'constructor' })
  const today = (await call('GET', `/reports/projects/${id}/cumulative-flow`, { token })).body.points.at(-1).date
  await call('DELETE', `/projects/${id}/columns/constructor?move_to=todo`, { token })
  await call('PATCH', `/tasks/${card}/move?status=done`, { token })
  for (const format of ['', '.csv', '.svg']) {
    const response = await exports.default.fetch(
      `https://flowtrack.test/reports/projects/${id}/cumulative-flow${format}?from=${today}`,
      { headers: { Authorization: `Bearer ${token}` } },
    )
    expect([format, response.status, await response.text()]).toEqual([
      format,
      200,
      expect.not.stringContaining('function'),
    ])
  }
})

it.each(WORDS)('supports any word as a key in reports: %s', (key) => {
  const days = [{ start: '2026-03-02', end: '2026-03-02' }]
  const deltas = [
    { day: '2026-03-02', key, n: 2 },
    { day: '2026-03-02', key: 'todo', n: 1 },
  ]
  const todo = { key: 'todo', name: 'To do', category: 'todo' } as const
  const gone = flowPointsOf([todo], deltas, days, '2026-03-02')
  expect(gone.columns).toEqual(['todo', key])
  expect(Object.entries(gone.names)).toEqual([
    ['todo', 'To do'],
    [key, null],
  ])
  expect(Object.entries(gone.points[0]?.counts ?? {})).toEqual([
    ['todo', 1],
    [key, 2],
  ])
  const envelope = {
    ...{
      project_id: null,
      project_name: 'P',
      from: '2026-03-02',
      to: '2026-03-02',
      tz: 'UTC',
      interval: 'day' as const,
    },
    ...{ seq: 1, generated_at: '2026-03-02T00:00:00.000Z' },
  }
  expect(drawFlow({ ...envelope, ...gone })).not.toContain('native code')
  const count = { current: 0, previous: 0 }
  const numbers = {
    total: 2,
    done: 0,
    cancelled: 0,
    percent: 0,
    overdue: 0,
    due_soon: 0,
    created: count,
    completed: count,
  }
  const none = { by_priority: {}, by_assignee: [], names: {} }
  const by_status = Object.fromEntries([[key, 2]])
  expect(drawSummary({ ...envelope, ...numbers, ...none, by_status })).toContain(`>${key}<`)
})
