import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { call, newAdmin, newPerson, newProject, newTask, ORIGIN, problem } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

/** All routes of the app, so that a new one is tested without a change here. */
const routes = routesOf(app.routes)
const paths = [...Map.groupBy(routes, ({ path }) => path)]
const pathWithIds = (path: string) => path.replace(/:(\w+)/g, () => crypto.randomUUID())
let known: ReturnType<typeof newAdmin> | undefined
const getAdmin = () => (known ??= newAdmin())
const isPicture = ({ path }: { path: string }) => path.startsWith('/reports/pictures/')

it.each(paths)('%s returns its methods in Allow to requests with another method', async (path, own) => {
  const methods = own.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const asked = await call('OPTIONS', pathWithIds(path))
  expect([asked.status, asked.text]).toEqual([204, ''])
  expect(asked.headers.get('Allow')?.split(', ').sort()).toEqual([...methods, 'OPTIONS'].sort())
  expect(asked.headers.get('Accept-Patch')).toBe(methods.includes('PATCH') ? 'application/json' : null)
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !methods.includes(name))) {
    const answer = await call(method, pathWithIds(path))
    expect(answer, method).toMatchObject(problem(405, 'method_not_allowed'))
    expect(answer.headers.get('Allow')).toBe(asked.headers.get('Allow'))
  }
})

it.each(routes.filter((route) => !isPicture(route) && !route.doc?.any_query).map(({ method, path }) => [method, path]))(
  '%s %s refuses unknown query parameters',
  async (method, path) => {
    const { token } = await getAdmin()
    const answer = await call(method, `${pathWithIds(path)}?status[]=todo&surprise=1`, { token })
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['status[]', 'surprise'])
  },
)

it('checks the token before the query', async () => {
  expect(await call('GET', '/users/me?access_token=secret')).toMatchObject(problem(401, 'token_missing'))
})

it('returns 404 for unknown paths, with and without a token', async () => {
  const { token } = await newPerson()
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

it('prefers a route with a fixed word to a route with an id in its place', async () => {
  expect((await call('DELETE', '/users/me')).headers.get('Allow')).toBe('GET, HEAD, PATCH, OPTIONS')
  expect((await call('GET', '/projects/import')).headers.get('Allow')).toBe('POST, OPTIONS')
})

it('answers HEAD like GET, without the body', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const { id: task_id } = await newTask(token, id)
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
  const { token, id } = await newPerson()
  // Not by fetch, which upgrades by GET, whatever the method.
  const answer = await newWorker().call('HEAD', `/ws/notifications/${id}`, { token, headers: { Upgrade: 'websocket' } })
  expect(answer.status).toBe(426)
})

it('refuses misspelt and repeated parameters, and then changes nothing', async () => {
  const { token, id: me } = await newPerson()
  const board = await newProject(token)
  const one = await newTask(token, board.id)
  await newTask(token, board.id)
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
