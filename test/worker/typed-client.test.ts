import { exports } from 'cloudflare:workers'
import { expect, expectTypeOf, it } from 'vitest'
import { createClient, dataOf } from '../../client/src/index.ts'
import { newPerson, ORIGIN } from '../support/api.ts'

async function newApi() {
  const { token } = await newPerson()
  const fetchHere = (input: RequestInfo | URL, init?: RequestInit) => exports.default.fetch(new Request(input, init))
  return createClient({ url: ORIGIN, token, fetch: fetchHere }).api
}

it('types paths, bodies and answers of the client', async () => {
  const api = await newApi()
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

it('makes fields with a default optional in bodies, and required in answers', async () => {
  const api = await newApi()
  const { id } = dataOf(await api.POST('/projects', { body: { name: 'Typed' } }))
  const url = 'https://hooks.example.com/flowtrack'
  const params = { path: { id } }
  const webhook = dataOf(await api.POST('/projects/{id}/webhooks', { params, body: { url, actions: ['task.moved'] } }))
  expectTypeOf(webhook.description).toEqualTypeOf<string>()
  expect(webhook.description).toBe('')
  const key = dataOf(await api.POST('/users/me/keys', { body: { name: 'Typed', scopes: ['read'] } }))
  expectTypeOf(key.project_ids).toEqualTypeOf<string[] | null>()
  expect(key.project_ids).toBeNull()
})
