import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { admin, call, ORIGIN, person, problem, project, task } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

/** The routes themselves: a new one is tested as soon as it is there. */
const routes = routesOf(app.routes)
const paths = [...Map.groupBy(routes, ({ path }) => path)]
const concrete = (path: string) => path.replace(/:(\w+)/g, () => crypto.randomUUID())
let known: ReturnType<typeof admin> | undefined
const administrator = () => (known ??= admin())
const isPicture = ({ path }: { path: string }) => path.startsWith('/reports/pictures/')

it.each(paths)('%s says its methods, to whoever asks by another', async (path, own) => {
  const methods = own.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const asked = await call('OPTIONS', concrete(path))
  expect([asked.status, asked.text]).toEqual([204, ''])
  expect(asked.headers.get('Allow')?.split(', ').sort()).toEqual([...methods, 'OPTIONS'].sort())
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !methods.includes(name))) {
    const answer = await call(method, concrete(path))
    expect(answer, method).toMatchObject(problem(405, 'method_not_allowed'))
    expect(answer.headers.get('Allow')).toBe(asked.headers.get('Allow'))
  }
})

it.each(routes.filter((route) => !isPicture(route)).map(({ method, path }) => [method, path]))(
  '%s %s refuses a query parameter that it does not know',
  async (method, path) => {
    const { token } = await administrator()
    const answer = await call(method, `${concrete(path)}?status[]=todo&surprise=1`, { token })
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['status[]', 'surprise'])
  },
)

it('asks for a token before it looks at the query', async () => {
  expect(await call('GET', '/users/me?access_token=secret')).toMatchObject(problem(401, 'token_missing'))
})

it('knows no path that is none, with a token or without', async () => {
  const { token } = await person()
  const id = crypto.randomUUID()
  for (const path of [
    '/nothing',
    '/projects/x/y/z',
    `/tasks/${id}/nothing`,
    '/users/me/nothing',
    '/ws/nothing',
    '//tasks',
  ])
    for (const who of [{}, { token }])
      for (const method of ['GET', 'POST', 'OPTIONS', 'PUT'])
        expect(await call(method, path, who), `${method} ${path}`).toMatchObject(problem(404, 'not_found'))
})

it('takes a path at its own word before it takes that for an id', async () => {
  expect((await call('DELETE', '/users/me')).headers.get('Allow')).toBe('GET, HEAD, PATCH, OPTIONS')
  expect((await call('GET', '/projects/import')).headers.get('Allow')).toBe('POST, OPTIONS')
})

it('answers HEAD as GET, without the body', async () => {
  const { token } = await person()
  const { id } = await project(token)
  const { id: task_id } = await task(token, id)
  const ways = ['/healthz', '/docs', '/docs/init.js', '/tasks', `/tasks/${task_id}`, `/projects/${id}/board`]
  for (const path of [...ways, `/projects/${id}/export`, '/reports/overview.csv', '/reports/overview.svg']) {
    const read = await exports.default.fetch(`${ORIGIN}${path}`, { headers: { Authorization: `Bearer ${token}` } })
    await read.body?.cancel()
    const head = await call('HEAD', path, { token })
    expect([head.status, head.text], path).toEqual([200, ''])
    for (const name of ['ETag', 'Content-Type', 'Content-Disposition', 'Vary'])
      expect(head.headers.get(name), `${name} of ${path}`).toBe(read.headers.get(name))
  }
  const { headers } = await call('GET', `/projects/${id}/board`, { token })
  const known = { 'If-None-Match': headers.get('ETag') ?? '' }
  expect((await call('HEAD', `/projects/${id}/board`, { token, headers: known })).status).toBe(304)
})

it('opens no socket for HEAD', async () => {
  const { token, id } = await person()
  // Not by a fetch: it would upgrade by GET, whatever the method.
  const answer = await newWorker().call('HEAD', `/ws/notifications/${id}`, { token, headers: { Upgrade: 'websocket' } })
  expect(answer.status).toBe(426)
})

it('moves no card by a slip, and shows no other list than was asked for', async () => {
  const { token, id: me } = await person()
  const board = await project(token)
  const one = await task(token, board.id)
  await task(token, board.id)
  const path = `/tasks/${one.id}`
  const slips = ['state=done', 'status[]=done', 'status=done&status=todo', 'Status=done', 'status%00=done', '=done']
  for (const slip of slips)
    expect(await call('PATCH', `${path}/move?${slip}`, { token }), slip).toMatchObject(
      problem(422, 'validation_failed'),
    )
  expect((await call('GET', path, { token })).body).toMatchObject({ status: one.status, position: one.position })
  const repeated = await call('GET', `/tasks?project_id=${board.id}&parent_id=${me}&parent_id=${me}`, { token })
  expect(repeated.body.errors).toEqual([{ path: 'parent_id', message: 'must be given only once' }])
  expect((await call('GET', `/tasks?project_id=${board.id}&assignee_id=${me}`, { token })).body.items).toEqual([])
  expect((await call('GET', `/projects/${board.id}/board?min_seq=1`, { token })).status).toBe(200)
})
