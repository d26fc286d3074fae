import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { configOf } from '../../src/config/config.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { userLimit } from '../../src/redis/rate-limits.ts'
import { call, newPerson, newProject, newTask, type Person, ticketOf } from '../support/api.ts'
import { type Caller, type Cast, newCast } from '../support/callers.ts'
import { ROUTES } from '../support/routes.ts'
import { requestOf, type Sample } from '../support/samples.ts'

/**
 * Two tenants. Eve asks for everything of Ada's by its id, and for ids that do not exist. Nothing in the answers may
 * tell her which of the two it was.
 */

let cast: Cast
let ada: Caller
let eve: Person
let hers: { board: any; task: any }
let theirs: { task: any; label: any }
beforeAll(async () => {
  cast = await newCast()
  ada = { name: 'the owner', ...cast.owner, role: 'manager' }
  eve = await newPerson('Eve')
  const board = await newProject(eve.token)
  hers = { board, task: await newTask(eve.token, board.id) }
  const label = await call('POST', `/projects/${cast.board.id}/labels`, {
    token: cast.owner.token,
    body: { name: 'Theirs' },
  })
  const card = { assignee_ids: [cast.owner.id], label_ids: [label.body.id] }
  theirs = { label: label.body, task: await newTask(cast.owner.token, cast.board.id, card) }
})

let logged: MockInstance[]
beforeEach(() => {
  logged = (['info', 'warn', 'error', 'log'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation(() => {}),
  )
})
afterEach(() => vi.restoreAllMocks())

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Headers that differ from one request to the next, whoever sends it. */
const PER_REQUEST = ['x-request-id', 'server-timing', 'ratelimit', 'date']

/** A limit so small that each request is counted in Redis at once, and does not depend on the requests before it. */
const settings = { ...env, LIMIT_USER: '119/3600' }

/** Eve's count begins anew for each test: all of them together would use it up. */
beforeEach(async () => {
  const Authorization = `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}`
  const body = JSON.stringify(['DEL', userLimit(configOf(settings), eve.id).key])
  const { ok } = await fetch(env.UPSTASH_REDIS_REST_URL, { method: 'POST', headers: { Authorization }, body })
  expect(ok).toBe(true)
})

/** Sends a sample as Eve. Returns all that she can see of the answer, and the lines of the log. */
async function observe(method: string, sample: Sample) {
  const execution = createExecutionContext()
  const { status, headers, webSocket, body } = await app.fetch(
    requestOf(method, sample, eve.token),
    settings,
    execution,
  )
  const text = body ? await new Response(body).text() : ''
  await waitOnExecutionContext(execution)
  webSocket?.accept()
  webSocket?.close(1000, 'done')
  const lines = logged.flatMap((spy) => spy.mock.calls.map((line) => String(line).replace(UUID, '<id>')))
  for (const spy of logged) spy.mockClear()
  return {
    status,
    headers: [...headers].filter(([name]) => !PER_REQUEST.includes(name)),
    text: text.replace(/"instance":"[^"]+"/, '"instance":"<id>"'),
    trips: [...(headers.get('Server-Timing') ?? '').matchAll(/(\w+);dur=\d+;desc="(\d+)"/g)].map(
      ([, name, n]) => `${name} ${n}`,
    ),
    lines,
  }
}

/** The same sample with ids that do not exist; undefined when it has no ids. */
function withUnknownIds({ path, body, headers }: Sample): Sample | undefined {
  const known = new Map<string, string>()
  const other = (text: string) =>
    text.replace(UUID, (id) => known.get(id) ?? known.set(id, crypto.randomUUID()).get(id) ?? id)
  const twin = {
    path: other(path),
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.parse(other(JSON.stringify(body))) }),
  }
  return known.size > 0 ? twin : undefined
}

const guarded = routesOf(app.routes)
  .map((route) => ({ ...route, name: `${route.method} ${route.path}` }))
  .filter(({ doc }) => doc?.access !== 'public')

describe.each(guarded)('$name', ({ method, name }) => {
  it('does not reveal data of other people to a stranger', async () => {
    const entry = ROUTES[name]
    if (!entry) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
    const sample = await entry.sample(cast, ada)
    const twin = withUnknownIds(sample)
    if (!twin && method !== 'GET') return // it has no ids, and shows only what it makes itself
    for (const spy of logged) spy.mockClear()
    const real = await observe(method, sample)
    for (const id of [cast.board.id, ada.id ?? '', theirs.task.id]) expect(real.text).not.toContain(id)
    if (!twin) return
    expect(real.status).toBe(entry.access === 'admin' ? 403 : 404)
    expect(await observe(method, twin)).toEqual(real)
  })
})

it('covers routes with every kind of id', () => {
  const named = guarded.filter(({ path }) => path.includes('/:')).map(({ path }) => path)
  for (const part of [
    '/projects/:id',
    '/tasks/:id',
    '/columns/:key',
    '/labels/:id',
    '/members/:user_id',
    '/users/:id',
    '/sessions/:id',
  ])
    expect(named.join()).toContain(part)
  for (const part of [
    '/keys/:id',
    '/notifications/:id',
    '/links/:id',
    '/ws/projects/:id',
    '/ws/notifications/:user_id',
  ])
    expect(named.join()).toContain(part)
})

/** Requests of Eve's that name an id of Ada's where she may name her own. */
const PLACES: Record<string, () => [string, Sample]> = {
  'as the parent of a task': () => ['PATCH', { path: `/tasks/${hers.task.id}`, body: { parent_id: theirs.task.id } }],
  'as the parent of a new task': () => [
    'POST',
    { path: '/tasks', body: { project_id: hers.board.id, title: 'New', parent_id: theirs.task.id } },
  ],
  'as a neighbour': () => ['PATCH', { path: `/tasks/${hers.task.id}/move?status=todo&before=${theirs.task.id}` }],
  'as an assignee': () => ['PATCH', { path: `/tasks/${hers.task.id}`, body: { assignee_ids: [ada.id] } }],
  'as a label': () => ['PATCH', { path: `/tasks/${hers.task.id}`, body: { add_label_ids: [theirs.label.id] } }],
  'as a label of a new task': () => [
    'POST',
    { path: '/tasks', body: { project_id: hers.board.id, title: 'New', label_ids: [theirs.label.id] } },
  ],
  'as a filter by label': () => ['GET', { path: `/tasks?project_id=${hers.board.id}&label_id=${theirs.label.id}` }],
  'as a member to read': () => ['GET', { path: `/projects/${hers.board.id}/members/${ada.id}` }],
  'as a member to remove': () => ['DELETE', { path: `/projects/${hers.board.id}/members/${ada.id}` }],
  'as a filter of tasks': () => ['GET', { path: `/tasks?assignee_id=${ada.id}` }],
  'as the project of a list': () => ['GET', { path: `/tasks?project_id=${cast.board.id}` }],
  'as a task in an activity feed': () => [
    'GET',
    { path: `/projects/${hers.board.id}/activity?task_id=${theirs.task.id}&user_id=${ada.id}` },
  ],
  'as the project of an activity report': () => ['GET', { path: `/reports/activity?project_id=${cast.board.id}` }],
  'as the project of a key': () => [
    'POST',
    { path: '/users/me/keys', body: { name: 'A key', scopes: ['read'], project_ids: [cast.board.id] } },
  ],
  'as a muted project': () => [
    'PUT',
    { path: '/users/me/notification-preferences', body: { muted_kinds: [], muted_project_ids: [cast.board.id] } },
  ],
  'as the project of a link': () => [
    'POST',
    { path: '/reports/links', body: { project_id: cast.board.id, report: 'burndown' } },
  ],
}

/** The same sample with ids that do not exist in place of Ada's; Eve's own ids stay. */
function withoutAdasIds({ path, body }: Sample): Sample {
  const own = [hers.board.id, hers.task.id]
  const other = (text: string) => text.replace(UUID, (id) => (own.includes(id) ? id : crypto.randomUUID()))
  return { path: other(path), ...(body !== undefined && { body: JSON.parse(other(JSON.stringify(body))) }) }
}

it.each(Object.entries(PLACES))('does not reveal whether an id exists when it is used %s', async (_where, make) => {
  const [method, sample] = make()
  const [real, twin] = [await observe(method, sample), await observe(method, withoutAdasIds(sample))]
  const plain = ({ text, ...rest }: typeof real) => ({
    ...rest,
    text: text.replace(UUID, '<id>').replace(/"generated_at":"[^"]+"/, ''),
  })
  expect(plain(real)).toEqual(plain(twin))
  expect(real.status === 200 ? 404 : real.status).toBeGreaterThanOrEqual(400)
})

it('does not reveal data of other people through a cursor of their list', async () => {
  const { owner, board } = cast
  await newTask(owner.token, board.id)
  const page = (await call('GET', `/tasks?project_id=${board.id}&limit=1`, { token: owner.token })).body
  const mine = (await call('GET', '/projects?limit=1', { token: owner.token })).body
  expect(page.next_cursor).not.toBeNull()
  const { body } = await call('GET', `/tasks?project_id=${hers.board.id}&cursor=${page.next_cursor}`, {
    token: eve.token,
  })
  for (const row of body.items) expect(row.project_id).toBe(hers.board.id)
  const projects = await call('GET', `/projects?cursor=${mine.next_cursor ?? ''}`, { token: eve.token })
  expect(projects.text).not.toContain(board.id)
  const denied = await call('GET', `/tasks?project_id=${board.id}&cursor=${page.next_cursor}`, { token: eve.token })
  expect(denied).toMatchObject({ status: 404 })
})

it('opens no socket on a board of other people by ticket, whether the board exists or not', async () => {
  const open = async (path: string) => {
    const ticket = await ticketOf(eve.token)
    return observe('GET', { path: `${path}?ticket=${ticket}`, headers: { Upgrade: 'websocket' } })
  }
  for (const [path, id] of [
    ['/ws/projects/', cast.board.id],
    ['/ws/notifications/', ada.id],
  ]) {
    const real = await open(path + id)
    expect(real.status).toBe(404)
    expect(await open(path + crypto.randomUUID())).toEqual(real)
  }
})
