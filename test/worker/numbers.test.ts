import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { percentOf } from '../../src/lib/percent.ts'
import { call, database, newPerson, newProject, newTask, ORIGIN } from '../support/api.ts'

/** Percentages, sums and the ideal line of a burn-down, where rounding or a later period could make them wrong. */

const get = async (path: string, token: string) => (await call('GET', path, { token })).body

/** A report as text, in another format than JSON. */
async function fetchText(path: string, token: string): Promise<string> {
  const response = await exports.default.fetch(`${ORIGIN}${path}`, { headers: { Authorization: `Bearer ${token}` } })
  return response.text()
}

it('rounds to 100 only when all are done, and to 0 only when none is', () => {
  const tries = [
    [0, 2000],
    [1, 2000],
    [999, 2000],
    [1999, 2000],
    [2000, 2000],
    [0, 0],
    [1, 3],
  ] as const
  expect(tries.map(([part, whole]) => percentOf(part, whole))).toEqual([0, 0.1, 50, 99.9, 100, 0, 33.3])
  expect(tries.map(([part, whole]) => percentOf(part, whole, 0))).toEqual([0, 1, 50, 99, 100, 0, 33])
})

/** Adds `count` tasks to a column, by SQL, as 2,000 requests would take too long. */
async function fill(owner: string, project_id: string, status: string, count: number) {
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${owner})`,
    sql`insert into tasks (id, project_id, number, title, status, position)
      select gen_random_uuid(), ${project_id}, '', 'Card', ${status}, n * 1024 from generate_series(1, ${count}::int) n`,
  ])
}

it('shows 99.9 % for 1,999 of 2,000 done tasks, and 0.1 % for 1 of 2,000, in all reports', async () => {
  const { id: me, token } = await newPerson()
  const almost = await newProject(token, { name: 'Almost' })
  await fill(me, almost.id, 'done', 1999)
  await newTask(token, almost.id)
  const begun = await newProject(token, { name: 'Begun' })
  await fill(me, begun.id, 'todo', 1999)
  await newTask(token, begun.id, { status: 'done' })
  const answers = async (id: string) => [
    (await get(`/projects/${id}/progress`, token)).percent,
    (await get(`/reports/projects/${id}/summary`, token)).percent,
    (await get('/reports/overview', token)).projects.find((one: any) => one.id === id).percent,
  ]
  expect(await answers(almost.id)).toEqual([99.9, 99.9, 99.9])
  expect(await answers(begun.id)).toEqual([0.1, 0.1, 0.1])
  expect(await fetchText(`/reports/projects/${almost.id}/summary.csv`, token)).toContain('percent,,99.9\r\n')
  const picture = await fetchText(`/reports/projects/${almost.id}/summary.svg`, token)
  expect(picture).toContain('1999 (99 %)')
  expect(picture).toContain('>1 (1 %)')
  expect(picture).not.toContain('100 %')
})

it('adds estimates as decimals, so that 0.1 and 0.2 are 0.3', async () => {
  const { id: me, token } = await newPerson()
  const { id } = await newProject(token)
  for (const estimate of [0.1, 0.2, 1.1, 2.2, 0.0000001]) await newTask(token, id, { estimate, assignee_ids: [me] })
  const total = 3.6000001
  const { assignees } = await get(`/reports/projects/${id}/workload`, token)
  expect(assignees.find(({ user_id }: any) => user_id === me).estimate).toBe(total)
  expect((await get(`/reports/projects/${id}/burndown`, token)).points.at(-1).remaining_estimate).toBe(total)
  expect(await fetchText(`/reports/projects/${id}/workload.csv`, token)).toContain(`,5,0,0,${total}\r\n`)
  expect(await fetchText(`/reports/projects/${id}/burndown.csv`, token)).toMatch(/,5,0,5,3\.6000001,\r\n$/)
  const [{ id: last }] = (await call('GET', `/tasks?project_id=${id}`, { token })).body.items
  await call('DELETE', `/tasks/${last}`, { token })
  expect((await get(`/reports/projects/${id}/burndown`, token)).points.at(-1).remaining_estimate).toBe(3.6)
})

it('starts the ideal line of a burn-down with the scope of its first day, whatever is added later', async () => {
  const { id: me, token } = await newPerson()
  const { id } = await newProject(token, { start_date: '2026-03-02', due_date: '2026-03-06' })
  await fill(me, id, 'todo', 8)
  await fill(me, id, 'todo', 4)
  const sql = database() // eight on the first day, four more two days later
  await sql`update task_steps set at = case when seq <= (select min(seq) + 7 from task_steps where project_id = ${id})
    then timestamptz '2026-03-02T10:00Z' else timestamptz '2026-03-04T10:00Z' end where project_id = ${id}`
  const points = async (from: string) =>
    (await get(`/reports/projects/${id}/burndown?from=${from}&to=2026-03-07&tz=UTC`, token)).points
  const pace = (list: any[]) => list.map(({ scope, ideal }) => [scope, ideal])
  const whole = [
    [0, null],
    [8, 8],
    [8, 6],
    [12, 4],
    [12, 2],
    [12, 0],
    [12, 0],
  ]
  expect(pace(await points('2026-03-01'))).toEqual(whole)
  expect(pace(await points('2026-03-05'))).toEqual(whole.slice(-3)) // a period that begins later sees the same line
})
