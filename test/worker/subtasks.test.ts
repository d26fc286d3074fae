import { expect, it } from 'vitest'
import { call, database, person, problem, project, task } from '../support/api.ts'

/** Tasks are 20 deep at most, whichever end is changed. */

async function chain(token: string, project_id: string, length: number) {
  const ids: string[] = []
  for (let n = 0; n < length; n += 1) ids.push((await task(token, project_id, { parent_id: ids.at(-1) ?? null })).id)
  return ids
}

it('counts what a task brings along: below another it may not be deeper than what is made there', async () => {
  const { token } = await person()
  const { id } = await project(token)
  const [upper, lower] = [await chain(token, id, 12), await chain(token, id, 10)]
  const below = (task: string, parent_id: string | null) =>
    call('PATCH', `/tasks/${task}`, { token, body: { parent_id } })
  const top = lower[0] ?? ''
  expect(await below(top, upper[11] ?? '')).toMatchObject(problem(422, 'parent_too_deep')) // 22 tasks in a row
  expect((await below(top, upper[10] ?? '')).status).toBe(200) // 21: twenty above the last
  const last = lower[9] ?? ''
  expect((await call('POST', '/tasks', { token, body: { project_id: id, title: 'x', parent_id: last } })).status).toBe(
    422,
  )
  await call('DELETE', `/tasks/${last}`, { token })
  await below(top, null)
  expect(await below(top, upper[11] ?? '')).toMatchObject(problem(422, 'parent_too_deep')) // the trash can be restored
  const sql = database()
  const [parents] = await sql`select count(*)::int as n from tasks where project_id = ${id} and parent_id is not null`
  expect(parents?.n).toBe(20)
})
