import { expect, it } from 'vitest'
import { call, database, newAdmin, newPerson, newProject, newTask } from '../support/api.ts'

/** Time zone names with two meanings, such as CET: accounts and reports use the zone that has summer time. */

it.each([
  ['CET', 'Europe/Brussels'],
  ['eet', 'Europe/Athens'],
  ['IST', 'Asia/Kolkata'],
  ['Europe/Berlin', 'Europe/Berlin'],
  ['EST5EDT', 'EST5EDT'],
])('stores the time zone %s of an account as %s, also when another writer sets it', async (name, zone) => {
  const { id, token } = await newPerson()
  expect((await call('PATCH', '/users/me', { token, body: { timezone: name } })).body.timezone).toBe(zone)
  const sql = database()
  await sql`update users set timezone = 'UTC' where id = ${id}`
  await sql`update users set timezone = ${name} where id = ${id}`
  expect((await call('GET', '/users/me', { token })).body.timezone).toBe(zone)
})

it('counts 22:30 UTC in July as the next day in CET, as in Brussels', async () => {
  const { id: me, token } = await newPerson()
  const { id } = await newProject(token)
  const { id: card } = await newTask(token, id)
  const sql = database()
  await sql`update task_steps set at = timestamptz '2026-07-01T22:30Z' where task_id = ${card}` // half past midnight there
  await call('PATCH', '/users/me', { token, body: { timezone: 'CET' } })
  const first = async (query: string) => {
    const path = `/reports/projects/${id}/cumulative-flow?from=2026-07-01&to=2026-07-02${query}`
    const { points } = (await call('GET', path, { token })).body
    return points.map(({ counts }: any) => counts.todo)
  }
  expect(await first('&tz=Europe/Brussels')).toEqual([0, 1])
  for (const query of ['&tz=CET', '&tz=MET', '&tz=cet', '']) expect(await first(query)).toEqual([0, 1])
  expect(await first('&tz=UTC')).toEqual([1, 1])
  const [end] = await sql`select day_end('2026-07-01', timezone) as at from users where id = ${me}`
  expect(new Date(end?.at).toISOString()).toBe('2026-07-01T22:00:00.000Z') // when a task due on that day is overdue
})

it('stores the same time zone when an administrator sets it', async () => {
  const [root, { id }] = [await newAdmin(), await newPerson()]
  const { body } = await call('PATCH', `/users/${id}`, { token: root.token, body: { timezone: 'WET' } })
  expect(body.timezone).toBe('Europe/Lisbon')
})
