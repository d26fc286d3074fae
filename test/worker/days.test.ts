import { beforeAll, expect, it } from 'vitest'
import { call, database, newMember, newPerson, newProject, newTask, type Person, problem } from '../support/api.ts'

let me: Person
let board: { id: string }
beforeAll(async () => {
  me = await newPerson()
  await call('PATCH', '/users/me', { token: me.token, body: { timezone: 'Europe/Berlin' } })
  board = await newProject(me.token)
})

const DAYS = [
  ['2026-12-24', '2026-12-24'],
  ['2026-12-23T23:00:00.000Z', '2026-12-24'], // midnight in Berlin, as Date.toISOString() writes it
  ['2026-06-30T22:00:00Z', '2026-07-01'],
  ['2026-06-30T21:59:59Z', '2026-06-30'],
  ['2026-12-24T00:00:00+01:00', '2026-12-24'],
  ['2026-12-24T23:30:00-11:00', '2026-12-24'],
  ['2026-12-24T00:00:00+00:00', '2026-12-24'],
  ['2026-12-24T23:59:59', '2026-12-24'],
] as const

it.each(DAYS)('reads %s as %s for a person in Berlin', async (sent, day) => {
  const { token } = me
  const made = await newTask(token, board.id, { start_date: sent, due_date: sent })
  expect(made).toMatchObject({ start_date: day, due_date: day })
  const plain = await newTask(token, board.id)
  const edited = await call('PATCH', `/tasks/${plain.id}`, { token, body: { due_date: sent, base_seq: plain.seq } })
  expect(edited.body.due_date).toBe(day)
  const dated = await newProject(token, { start_date: sent, due_date: sent })
  expect(dated).toMatchObject({ start_date: day, due_date: day })
  const body = { due_date: sent, start_date: null }
  expect((await call('PATCH', `/projects/${dated.id}`, { token, body })).body).toMatchObject({
    due_date: day,
    start_date: null,
  })
})

it('reads days in the same way in filters of lists, reports and forecasts', async () => {
  const { token } = me
  const { id } = await newProject(token)
  await newTask(token, id, { due_date: '2026-12-24' })
  const due = async (query: string) =>
    (await call('GET', `/tasks?project_id=${id}&${query}`, { token })).body.items.length
  expect(await due('due_before=2026-12-24T22:59:59Z')).toBe(0)
  expect(await due('due_before=2026-12-24T23:00:00Z')).toBe(1)
  expect(await due('due_after=2026-12-23T22:59:59Z')).toBe(1)
  expect(await due('due_after=2026-12-23T23:00:00Z')).toBe(0)
  const report = async (query: string) => {
    const { body } = await call('GET', `/reports/projects/${id}/throughput?${query}`, { token })
    return [body.from, body.to]
  }
  const period = 'from=2026-05-31T22:00:00Z&to=2026-06-30T22:00:00Z'
  expect(await report(period)).toEqual(['2026-06-01', '2026-07-01'])
  expect(await report(`${period}&tz=UTC`)).toEqual(['2026-05-31', '2026-06-30'])
  const soon = `${new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10)}T23:30:00Z`
  const forecast = await call('GET', `/reports/projects/${id}/forecast?by=${soon}`, { token })
  const inBerlin = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }) // where that is the next day
  expect(forecast.body.by).toBe(inBerlin.format(new Date(soon)))
})

it('reads days in the time zone of each writer, and reports both days of a conflict', async () => {
  const other = await newMember(me, board.id, 'editor')
  await call('PATCH', '/users/me', { token: other.token, body: { timezone: 'America/New_York' } })
  const row = await newTask(me.token, board.id)
  const edit = (who: Person, due_date: string) =>
    call('PATCH', `/tasks/${row.id}`, { token: who.token, body: { due_date, base_seq: row.seq } })
  expect((await edit(other, '2026-12-24T03:00:00Z')).body.due_date).toBe('2026-12-23')
  expect((await edit(me, '2026-12-22T23:00:00Z')).status).toBe(200) // the same day
  const clash = await edit(me, '2026-12-23T23:00:00Z')
  expect(clash.body.conflicts).toEqual({ due_date: { yours: '2026-12-24', theirs: '2026-12-23' } })
})

it.each(['tomorrow', '24.12.2026', '2026-02-30', '', '2026-12-24T10:00:00 Z', '2026-12-24 10:00:00Z'])(
  'refuses "%s" as a day, and says which form is accepted',
  async (due_date) => {
    const body = { project_id: board.id, title: 'x', due_date }
    const answer = await call('POST', '/tasks', { token: me.token, body })
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
    expect(answer.body.errors).toEqual([
      { path: 'due_date', message: expect.stringContaining('must be a day such as 2026-12-24') },
    ])
  },
)

it.each(['0000-12-31', '0001-01-01T00:00:00Z', '9999-12-31T23:00:00Z'])(
  'refuses a day beyond the limits of the calendar: %s',
  async (due_date) => {
    const body = { project_id: board.id, title: 'x', due_date }
    expect(await call('POST', '/tasks', { token: me.token, body })).toMatchObject(problem(422, 'validation_failed'))
  },
)

it('begins the past of a forecast with the first task of the project, unless the question says otherwise', async () => {
  const { token } = me
  const { id } = await newProject(token)
  for (let n = 0; n < 4; n += 1) await newTask(token, id, { status: n < 2 ? 'done' : 'todo' })
  await database()`update task_steps set at = at - interval '3 days' where project_id = ${id}`
  const ask = async (query = '') =>
    (await call('GET', `/reports/projects/${id}/forecast?seed=1${query}`, { token })).body
  const young = await ask()
  const daysBefore = (n: number) => new Date(Date.parse(young.to) - n * 86_400_000).toISOString().slice(0, 10)
  expect(young.from).toBe(daysBefore(3))
  const old = await ask(`&from=${daysBefore(60)}`)
  expect(old.from).toBe(daysBefore(60))
  expect(young.p50 < old.p50).toBe(true)
})
