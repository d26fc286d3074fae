import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { DETAILS } from '../../src/http/details.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import { call, newPerson, newProject, newTask, ORIGIN, problem } from '../support/api.ts'

it('answers a failure with a problem document that has the id of the request', async () => {
  const id = 'client-chosen-id-1'
  const { status, headers, body } = await call('GET', '/nothing/here', { headers: { 'X-Request-Id': id } })
  expect(status).toBe(404)
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(headers.get('X-Request-Id')).toBe(id)
  expect(body).toEqual({
    type: 'urn:flowtrack:problem:not_found',
    title: 'Not found',
    status: 404,
    detail: DETAILS.not_found,
    instance: id,
    code: 'not_found',
  })
})

it('replaces an unsafe request id of the client by a new one', async () => {
  for (const given of ['short', 'with space', 'x'.repeat(65), '<script>alert()']) {
    const { headers } = await call('GET', '/healthz', { headers: { 'X-Request-Id': given } })
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  }
})

it('returns 404 for an unknown route, and 405 for an unknown method of a route', async () => {
  const { token } = await newPerson()
  for (const [method, path] of [
    ['GET', '/tasks/x/y/z'],
    ['POST', '/projects/x/y/z'],
  ] as const)
    expect(await call(method, path, { token })).toMatchObject(problem(404, 'not_found'))
  for (const [method, path] of [
    ['PUT', '/tasks'],
    ['DELETE', '/auth/login'],
  ] as const)
    expect(await call(method, path, { token })).toMatchObject(problem(405, 'method_not_allowed'))
})

it('refuses a body above 256 KiB, with a length or in chunks', async () => {
  const { token } = await newPerson()
  const body = JSON.stringify({ name: 'x'.repeat(256 * 1024) })
  expect(await call('POST', '/projects', { token, body })).toMatchObject(problem(413, 'body_too_large'))
  const chunks = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'.repeat(64 * 1024)))
    },
  })
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const response = await exports.default.fetch(`${ORIGIN}/projects`, { method: 'POST', headers, body: chunks })
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ code: 'body_too_large', status: 413 })
})

it('accepts a body in chunks that is below the limit', async () => {
  const { token } = await newPerson()
  const body = new Blob(['{"name":', '"In chunks"}']).stream()
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const response = await exports.default.fetch(`${ORIGIN}/projects`, { method: 'POST', headers, body })
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ name: 'In chunks' })
})

it('refuses a body without a Content-Type', async () => {
  const { token } = await newPerson()
  const { id } = await newTask(token, (await newProject(token)).id)
  const body = new TextEncoder().encode('{"title":"Unseen"}') // fetch sets no Content-Type for bytes
  const response = await exports.default.fetch(`${ORIGIN}/tasks/${id}`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${token}` },
    body,
  })
  expect(response.status).toBe(415)
})

it('accepts a Content-Type without a body where no body is needed', async () => {
  const { token } = await newPerson()
  const { id } = await newTask(token, (await newProject(token)).id)
  const headers = { 'Content-Type': 'application/json' }
  const moved = await call('PATCH', `/tasks/${id}/move?status=done`, { token, headers })
  expect(moved).toMatchObject({ status: 200, body: { status: 'done' } })
  expect(await call('POST', '/projects', { token, headers })).toMatchObject(problem(422, 'validation_failed'))
})

it('treats an empty body in chunks as no body', async () => {
  const { token } = await newPerson()
  const none = () => new ReadableStream({ start: (stream) => stream.close() })
  const post = (path: string, headers: Record<string, string> = {}) =>
    exports.default.fetch(`${ORIGIN}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, ...headers },
      body: none(),
    })
  expect((await post('/auth/ws-ticket')).status).toBe(201)
  expect((await post('/auth/ws-ticket', { 'Content-Type': 'application/json' })).status).toBe(201)
  expect((await post('/projects', { 'Content-Type': 'application/json' })).status).toBe(422)
})

it('refuses an invalid min_seq, and ignores an invalid FlowTrack-Seq where answers have no seq', async () => {
  const { token } = await newPerson()
  for (const path of ['/healthz?min_seq=1', '/users/me?min_seq=1'])
    expect((await call('GET', path, { token })).body.errors).toMatchObject([{ path: 'min_seq' }])
  expect((await call('GET', '/users/me', { token, headers: { 'FlowTrack-Seq': '-1' } })).status).toBe(200)
  const board = await newProject(token)
  expect((await call('GET', `/projects/${board.id}/board?min_seq=x`, { token })).status).toBe(422)
})

it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json ; charset="utf-8"'])(
  'reads a body of type %s',
  async (type) => {
    const { token } = await newPerson()
    const answer = await call('POST', '/projects', {
      token,
      body: { name: 'Typed' },
      headers: { 'Content-Type': type },
    })
    expect(answer).toMatchObject({ status: 201, body: { name: 'Typed' } })
  },
)

it('reports wrong settings with 500, and names them only in the log', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { DATABASE_URL: _, ...incomplete } = env
  const settings = { ...incomplete, LIMIT_USER: 'many' } as never
  const headers = { Origin: 'https://app.example.com' }
  const answer = await app.fetch(new Request(`${ORIGIN}/healthz`, { headers }), settings, createExecutionContext())
  const text = await answer.text()
  expect([answer.status, JSON.parse(text).code]).toEqual([500, 'misconfigured'])
  expect(text).not.toContain('DATABASE_URL')
  expect(logged).toHaveBeenCalledTimes(1)
  expect(logged.mock.calls[0]?.[0]).toMatch(/DATABASE_URL is not set; LIMIT_USER is wrong: .*npm run dev/)
  logged.mockRestore()
})

it.each(Object.entries(PROBLEMS))('gives the problem %s a detail that is a sentence of its own', (code, { title }) => {
  const detail = DETAILS[code as keyof typeof DETAILS]
  expect(detail).not.toContain(title)
  expect(detail).toMatch(/^[A-Z`].{10,200}\.$/)
})

it('names the field and the reason of every refusal, by validation and by the database', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const row = await newTask(token, id)
  const moved = await call('PATCH', `/tasks/${row.id}`, { token, body: { status: 'nowhere' } })
  expect(moved.body).toMatchObject({
    code: 'column_not_found',
    title: 'The board does not have this column',
    detail: DETAILS.column_not_found,
    errors: [{ path: 'status', message: DETAILS.column_not_found }],
  })
  const future = await call('PATCH', `/tasks/${row.id}`, { token, body: { base_seq: 999 } })
  expect(future.body.errors).toEqual([{ path: 'base_seq', message: expect.stringMatching(/^must be the seq/) }])
  const slip = await call('POST', '/tasks', { token, body: { project_id: id, title: 'x', asignee: 1, 'a.b': 2 } })
  expect(slip.body.errors.map(({ path }: { path: string }) => path)).toEqual(['asignee', 'a.b'])
  expect(slip.body.detail).toContain('asignee: is not a known field')
  const nested = { project_id: id, report: 'burndown', query: { colour: 'red' } }
  expect((await call('POST', '/reports/links', { token, body: nested })).body.errors[0].path).toBe('query.colour')
})

it('names the protocol of the upgrade in a 426', async () => {
  const { status, headers } = await call('GET', `/ws/projects/${crypto.randomUUID()}`)
  expect([status, headers.get('Upgrade')]).toEqual([426, 'websocket'])
})
