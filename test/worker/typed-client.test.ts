import { exports } from 'cloudflare:workers'
import { expect, expectTypeOf, it } from 'vitest'
import { createClient, dataOf } from '../../client/src/index.ts'
import { newPerson, ORIGIN } from '../support/api.ts'

it('knows paths, bodies and answers through the client', async () => {
  const { token } = await newPerson()
  const fetchHere = (input: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(input, init))
  const { api } = createClient({ url: ORIGIN, token, fetch: fetchHere })

  const project = dataOf(await api.POST('/projects', { body: { name: 'Typed' } }))
  const task = dataOf(await api.POST('/tasks', { body: { project_id: project.id, title: 'Hello' } }))
  expectTypeOf(task.title).toBeString()
  // @ts-expect-error a priority that does not exist
  await api.POST('/tasks', { body: { project_id: project.id, title: 'Hello', priority: 'huge' } })
  const path = { id: task.id }
  const moved = await api.PATCH('/tasks/{id}/move', { params: { path }, body: { status: 'done' } })
  expect(moved.data).toMatchObject({ id: task.id, status: 'done' })
  const board = dataOf(await api.GET('/projects/{id}/board', { params: { path: { id: project.id } } }))
  expectTypeOf(board.columns).toBeArray()
  expect(board.columns.map(({ task_count }) => task_count)).toEqual([0, 0, 0, 1])
})
