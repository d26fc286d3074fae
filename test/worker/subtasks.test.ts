import { expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask, problem } from '../support/api.ts'

/** A task has at most 20 tasks above it, whichever end of the chain is changed. */

async function newChain(token: string, project_id: string, length: number) {
  const ids: string[] = []
  for (let n = 0; n < length; n += 1) ids.push((await newTask(token, project_id, { parent_id: ids.at(-1) ?? null })).id)
  return ids
}

it('refuses a new parent that would put any subtask more than 20 levels deep', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const [upper, lower] = [await newChain(token, id, 12), await newChain(token, id, 10)]
  const putBelow = (task: string, parent_id: string | null) =>
    call('PATCH', `/tasks/${task}`, { token, body: { parent_id } })
  const top = lower[0] ?? ''
  expect(await putBelow(top, upper[11] ?? '')).toMatchObject(problem(422, 'parent_too_deep')) // 22 tasks in a row
  expect((await putBelow(top, upper[10] ?? '')).status).toBe(200) // 21 tasks: the last has 20 above it
  const last = lower[9] ?? ''
  expect((await call('POST', '/tasks', { token, body: { project_id: id, title: 'x', parent_id: last } })).status).toBe(
    422,
  )
  await call('DELETE', `/tasks/${last}`, { token })
  await putBelow(top, null)
  // Tasks in the trash count, as they can be restored.
  expect(await putBelow(top, upper[11] ?? '')).toMatchObject(problem(422, 'parent_too_deep'))
  const sql = database()
  const [parents] = await sql`select count(*)::int as n from tasks where project_id = ${id} and parent_id is not null`
  expect(parents?.n).toBe(20)
})
