import { expect, it } from 'vitest'
import { call, person, problem, project, task } from '../support/api.ts'

const UNSTORABLE = { NUL: 'a\0b', 'half a surrogate pair': 'a\ud83d' }
it.each(Object.entries(UNSTORABLE))('refuses text that Postgres cannot hold: %s', async (_, text) => {
  const { token } = await person()
  const board = await project(token)
  const { id } = await task(token, board.id)
  const bodies: [string, string, object][] = [
    ['POST', '/projects', { name: text }],
    ['PATCH', `/projects/${board.id}`, { description: text }],
    ['POST', '/tasks', { project_id: board.id, title: text }],
    ['PATCH', `/tasks/${id}`, { description: text }],
    ['PATCH', `/tasks/${id}`, { status: text }],
    ['PATCH', `/tasks/${id}/move`, { status: text }],
    ['PATCH', `/projects/${board.id}/columns/todo`, { name: text }],
    ['PATCH', '/users/me', { name: text }],
    ['PATCH', '/users/me', { avatar_url: `https://example.com/${text}` }],
    ['PATCH', '/users/me', { timezone: text }],
  ]
  for (const [method, path, body] of bodies) {
    expect([path, body, await call(method, path, { token, body })]).toMatchObject([
      path,
      body,
      problem(422, 'validation_failed'),
    ])
  }
})

it.each(['status', 'q', 'priority', 'cursor'])('refuses NUL in the query: %s', async (name) => {
  const { token } = await person()
  expect(await call('GET', `/tasks?${name}=a%00b`, { token })).toMatchObject(problem(422, 'validation_failed'))
})

it('refuses NUL in the names of actions too', async () => {
  const { token } = await person()
  const board = await project(token)
  const answer = await call('GET', `/projects/${board.id}/activity?action=%00`, { token })
  expect(answer).toMatchObject(problem(422, 'validation_failed'))
})

it.each([
  '0000-01-01T00:00:00Z',
  '2026-01-01T00:00:00',
  'yesterday',
  '2026-02-30T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
])('refuses an instant that there is not: %s', async (instant) => {
  const { token } = await person()
  const answer = await call('GET', `/tasks?updated_since=${encodeURIComponent(instant)}`, { token })
  expect(answer).toMatchObject(problem(422, 'validation_failed'))
})

it('reads an instant of any offset', async () => {
  const { token } = await person()
  const answer = await call('GET', `/tasks?updated_since=${encodeURIComponent('2026-01-01T00:00:00+23:00')}`, { token })
  expect(answer).toMatchObject({ status: 200, body: { items: [] } })
})
