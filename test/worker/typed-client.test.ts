import { exports } from 'cloudflare:workers'
import { hc } from 'hono/client'
import { expect, expectTypeOf, it } from 'vitest'
import type { AppType } from '../../src/app.ts'
import { ORIGIN, person } from '../support/api.ts'

it("knows paths, bodies and answers through Hono's typed client", async () => {
  const { token } = await person()
  const fetchHere = (input: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(input, init))
  const api = hc<AppType>(ORIGIN, { fetch: fetchHere, headers: { Authorization: `Bearer ${token}` } })

  const project = await (await api.projects.$post({ json: { name: 'Typed' } })).json()
  const created = await api.tasks.$post({ json: { project_id: project.id, title: 'Hello' } })
  const task = await created.json()
  expectTypeOf(task.title).toBeString()
  // @ts-expect-error a priority that does not exist
  await api.tasks.$post({ json: { project_id: project.id, title: 'Hello', priority: 'huge' } })
  const moved = await api.tasks[':id'].move.$patch({ param: { id: task.id }, query: { status: 'done' }, json: {} })
  expect(await moved.json()).toMatchObject({ id: task.id, status: 'done' })
  const board = await (await api.projects[':id'].board.$get({ param: { id: project.id }, query: {} })).json()
  expectTypeOf(board.columns).toBeArray()
  expect(board.columns.map(({ task_count }) => task_count)).toEqual([0, 0, 0, 1])
})
