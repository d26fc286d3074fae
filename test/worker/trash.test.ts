import { expect, it } from 'vitest'
import { call, newPerson, newProject, newTask, problem, readJournal } from '../support/api.ts'

it('hides a task in the trash, and restores it to the same place', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const [above, row] = [await newTask(token, board.id), await newTask(token, board.id)]
  await newTask(token, board.id)
  expect(await call('DELETE', `/tasks/${row.id}`, { token })).toMatchObject({ status: 204, body: undefined })
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['PATCH', '/move?status=done'],
  ] as const) {
    const body = path === '' && method === 'PATCH' ? { title: 'Unseen' } : undefined
    expect(await call(method, `/tasks/${row.id}${path}`, { token, body })).toMatchObject(problem(404, 'not_found'))
  }
  const trash = await call('GET', `/tasks?project_id=${board.id}&deleted=true`, { token })
  expect(trash.body.items).toMatchObject([{ id: row.id, deleted_at: expect.any(String) }])
  const restored = await call('POST', `/tasks/${row.id}/restore`, { token })
  expect(restored).toMatchObject({ status: 200, body: { id: row.id, deleted_at: null, position: row.position } })
  expect((await readJournal(token, board.id, row.seq + 1)).map((event: { action: string }) => event.action)).toEqual([
    'task.deleted',
    'task.restored',
  ])
  expect(await call('POST', `/tasks/${above.id}/restore`, { token })).toMatchObject(problem(404, 'not_found'))
})

it('restores a task to the bottom when its place is taken', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const [row, next] = [await newTask(token, board.id), await newTask(token, board.id)]
  await call('DELETE', `/tasks/${next.id}`, { token })
  const taker = await newTask(token, board.id)
  expect(taker.position).toBe(next.position)
  const { body } = await call('POST', `/tasks/${next.id}/restore`, { token })
  expect(Number(body.position)).toBeGreaterThan(Number(taker.position))
  expect(Number(taker.position)).toBeGreaterThan(Number(row.position))
})
