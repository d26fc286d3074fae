import { call, database, newApiKey, newMember, newPerson, newProject, newTask, ORIGIN, PASSWORD } from './api.ts'
import type { Caller, Cast } from './callers.ts'
import { csvFile, smallFile } from './exports.ts'
import { messageOf } from './mcp.ts'
import { claimedBy, freshProject, queueFor } from './queues.ts'
import {
  alsoReads,
  cachedRead,
  comparingPassword,
  endingAccess,
  entry,
  openToAll,
  openToBoundKeys,
  quietWrite,
  type RouteExpectation,
  read,
  type Sample,
  write,
} from './samples.ts'
import { newBox } from './webhooks.ts'

/** For requests that end sessions: a new person in the caller's place. Callers that cannot sign in stay themselves. */
const standInFor = async (caller: Caller) =>
  caller.name === 'a disabled account' || !caller.refresh ? caller : { ...caller, ...(await newPerson()) }

const freshTask = async ({ owner, board }: Cast) => (await newTask(owner.token, board.id)).id as string

/** The id of a new comment, by the caller if they may write one, else by the owner. */
async function freshComment(cast: Cast, { token }: Caller): Promise<string> {
  const path = `/tasks/${await freshTask(cast)}/comments`
  const say = (token: string | undefined) => call('POST', path, { token, body: { body: 'Hello' } })
  const mine = await say(token)
  return (mine.status === 201 ? mine : await say(cast.owner.token)).body.id
}

async function freshLabel({ owner, board }: Cast): Promise<string> {
  const body = { name: crypto.randomUUID() }
  return (await call('POST', `/projects/${board.id}/labels`, { token: owner.token, body })).body.id
}

async function freshColumn({ owner, board }: Cast): Promise<string> {
  const key = `c${crypto.randomUUID().slice(0, 8)}`
  await call('POST', `/projects/${board.id}/columns`, {
    token: owner.token,
    body: { key, name: 'New', category: 'todo' },
  })
  return key
}

const newCredentials = async () => ({ email: (await newPerson()).email, password: PASSWORD })
const newUser = () => ({ email: `${crypto.randomUUID()}@example.com`, name: 'New', password: PASSWORD })
const inBoard = (rest: string) => (cast: Cast) => ({ path: `/projects/${cast.board.id}${rest}` })

const makeRecoveryLink = ({ callers }: Cast, id: string) => {
  const boss = callers.find(({ name }) => name === 'an administrator')
  return call('POST', `/users/${id}/recovery-link`, { token: boss?.token })
}

const AUTH: Record<string, RouteExpectation> = {
  'POST /auth/register': quietWrite('public', 201, () => ({ path: '/auth/register', body: newUser() })),
  'POST /auth/login': comparingPassword('public', 200, async () => ({
    path: '/auth/login',
    body: await newCredentials(),
  })),
  'POST /auth/refresh': quietWrite('public', 200, async () => ({
    path: '/auth/refresh',
    body: { refresh: (await newPerson()).refresh },
  })),
  'POST /auth/logout': endingAccess(
    quietWrite('session', 204, async (_, c) => ({ path: '/auth/logout', token: (await standInFor(c)).token })),
  ),
  'POST /auth/password': endingAccess(
    comparingPassword('session', 204, async (_, c) => ({
      path: '/auth/password',
      token: (await standInFor(c)).token,
      body: { current: PASSWORD, new: PASSWORD },
    })),
  ),
  'POST /auth/recovery/confirm': endingAccess(
    comparingPassword('public', 204, async (cast) => {
      const { body } = await makeRecoveryLink(cast, (await newPerson()).id)
      return { path: '/auth/recovery/confirm', body: { token: body.token, password: 'staple horse battery' } }
    }),
  ),
  'GET /auth/sessions': read('session', () => ({ path: '/auth/sessions' })),
  'DELETE /auth/sessions': endingAccess(quietWrite('session', 204, () => ({ path: '/auth/sessions' }))),
  'DELETE /auth/sessions/:id': endingAccess(
    quietWrite('session', 204, async (_, c) => {
      const { token } = await standInFor(c)
      const mine = await call('GET', '/auth/sessions', { token })
      return { path: `/auth/sessions/${mine.body.items?.[0].id ?? crypto.randomUUID()}`, token }
    }),
  ),
  'POST /auth/ws-ticket': {
    ...openToBoundKeys(quietWrite('user', 201, () => ({ path: '/auth/ws-ticket' }))),
    needs: ['read'],
  },
}

const USERS: Record<string, RouteExpectation> = {
  'GET /users/me': openToBoundKeys(read('user', () => ({ path: '/users/me' }))),
  'PATCH /users/me': endingAccess(
    quietWrite('user', 200, () => ({ path: '/users/me', body: { timezone: 'Europe/Kyiv' } })),
  ),
  'GET /users/me/tasks.csv': openToBoundKeys(read('user', () => ({ path: '/users/me/tasks.csv' }))),
  'GET /users': read('admin', () => ({ path: '/users?limit=1' })),
  'POST /users': quietWrite('admin', 201, () => ({ path: '/users', body: newUser() })),
  'POST /users/:id/recovery-link': quietWrite('admin', 201, async () => ({
    path: `/users/${(await newPerson()).id}/recovery-link`,
  })),
  'GET /users/:id': read('admin', (cast) => ({ path: `/users/${cast.owner.id}` })),
  'PATCH /users/:id': endingAccess(
    quietWrite('admin', 200, async () => ({
      path: `/users/${(await newPerson()).id}`,
      body: { is_active: false },
    })),
  ),
  'DELETE /users/:id': endingAccess(
    quietWrite('admin', 204, async () => ({ path: `/users/${(await newPerson()).id}` })),
  ),
}

const newInvitee = () => ({ email: newUser().email })
const INVITATIONS: Record<string, RouteExpectation> = {
  'GET /invitations': read('admin', () => ({ path: '/invitations' })),
  'POST /invitations': quietWrite('admin', 201, () => ({ path: '/invitations', body: newInvitee() })),
  'DELETE /invitations/:id': quietWrite('admin', 204, async ({ callers }) => {
    const { token } = callers.find(({ name }) => name === 'an administrator') ?? {}
    const { id } = (await call('POST', '/invitations', { token, body: newInvitee() })).body
    return { path: `/invitations/${id}` }
  }),
}

const KEYS: Record<string, RouteExpectation> = {
  'GET /users/me/keys': read('session', () => ({ path: '/users/me/keys' })),
  'POST /users/me/keys': quietWrite('session', 201, async (_, c) => ({
    path: '/users/me/keys',
    token: (await standInFor(c)).token,
    body: { name: 'New', scopes: ['read'] },
  })),
  'DELETE /users/me/keys/:id': quietWrite('session', 204, async (_, c) => {
    const { token } = await standInFor(c)
    const { id = crypto.randomUUID() } = (await newApiKey({ token: token ?? '' })) ?? {}
    return { path: `/users/me/keys/${id}`, token }
  }),
}

const PROJECTS: Record<string, RouteExpectation> = {
  'GET /projects': openToBoundKeys(read('user', () => ({ path: '/projects' }))),
  'POST /projects': write('user', 201, () => ({ path: '/projects', body: { name: 'New' } })),
  'GET /projects/:id': cachedRead('viewer', inBoard('')),
  'PATCH /projects/:id': write('manager', 200, (cast) => ({
    ...inBoard('')(cast),
    body: { name: crypto.randomUUID() },
  })),
  'PATCH /projects/:id/quotas': quietWrite('admin', 200, (cast) => ({
    ...inBoard('/quotas')(cast),
    body: { tasks: null },
  })),
  'DELETE /projects/:id': endingAccess(
    write('manager', 204, async (cast, c) => ({ path: `/projects/${await freshProject(cast, c)}` })),
  ),
  'GET /projects/:id/board': cachedRead('viewer', inBoard('/board')),
  'GET /projects/:id/progress': cachedRead('viewer', inBoard('/progress')),
  'GET /projects/:id/activity': read('viewer', inBoard('/activity')),
  'GET /projects/:id/columns': cachedRead('viewer', inBoard('/columns')),
  'POST /projects/:id/columns': write('editor', 201, (cast) => ({
    ...inBoard('/columns')(cast),
    body: { key: `c${crypto.randomUUID().slice(0, 8)}`, name: 'New', category: 'todo' },
  })),
  'GET /projects/:id/columns/:key': read('viewer', inBoard('/columns/todo')),
  'PATCH /projects/:id/columns/:key': write('editor', 200, (cast) => ({
    ...inBoard('/columns/todo')(cast),
    body: { name: crypto.randomUUID() },
  })),
  'DELETE /projects/:id/columns/:key': write('editor', 204, async (cast) =>
    inBoard(`/columns/${await freshColumn(cast)}`)(cast),
  ),
  'GET /projects/:id/labels': cachedRead('viewer', inBoard('/labels')),
  'POST /projects/:id/labels': write('editor', 201, (cast) => ({
    ...inBoard('/labels')(cast),
    body: { name: crypto.randomUUID() },
  })),
  'GET /projects/:id/export': read('manager', inBoard('/export')),
  // One trip to find the people of the file, and one that imports it; a repeat also deletes the lines that it staged.
  'POST /projects/import': {
    ...write('user', 201, () => ({
      path: '/projects/import',
      body: smallFile(),
      headers: { 'Content-Type': 'application/x-ndjson' },
    })),
    db: 2,
    repeat: 3,
  },
  // One trip to load the importer, and one to find the people of the file.
  'POST /imports/preview': {
    ...quietWrite('user', 200, () => ({ path: '/imports/preview', ...csvFile() })),
    db: 2,
  },
  // The two trips of a preview, and two that import. Nothing is announced, as nobody has seen the project yet.
  'POST /imports': { ...quietWrite('user', 201, () => ({ path: '/imports', ...csvFile() })), db: 4, repeat: 5 },
  'GET /projects/:id/tasks.csv': read('viewer', inBoard('/tasks.csv')),
  'GET /projects/:id/members': cachedRead('viewer', inBoard('/members')),
  'POST /projects/:id/members': write('manager', 201, async (cast) => ({
    ...inBoard('/members')(cast),
    body: { user_id: (await newPerson()).id, role: 'viewer' },
  })),
  'GET /projects/:id/members/:user_id': read('viewer', (cast) => inBoard(`/members/${cast.owner.id}`)(cast)),
  'PATCH /projects/:id/members/:user_id': write('manager', 200, async (cast) => ({
    ...inBoard(`/members/${(await newMember(cast.owner, cast.board.id, 'viewer')).id}`)(cast),
    body: { role: 'editor' },
  })),
  'DELETE /projects/:id/members/:user_id': endingAccess(
    write('manager', 204, async (cast) =>
      inBoard(`/members/${(await newMember(cast.owner, cast.board.id, 'viewer')).id}`)(cast),
    ),
  ),
}

const TASKS: Record<string, RouteExpectation> = {
  'GET /tasks': read('viewer', (cast) => ({ path: `/tasks?project_id=${cast.board.id}` })),
  'GET /search': openToBoundKeys(read('user', () => ({ path: '/search?q=new' }))),
  'POST /tasks': write('contributor', 201, (cast) => ({
    path: '/tasks',
    body: { project_id: cast.board.id, title: 'New' },
  })),
  'GET /tasks/:id': read('viewer', async (cast) => ({ path: `/tasks/${await freshTask(cast)}` })),
  'PATCH /tasks/:id': write('contributor', 200, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}`,
    body: { title: 'Other' },
  })),
  'PATCH /tasks/:id/move': write('contributor', 200, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}/move?status=done`,
  })),
  'POST /tasks/bulk': write('contributor', 200, async (cast) => ({
    path: '/tasks/bulk',
    body: {
      project_id: cast.board.id,
      operations: [
        { op: 'move', id: await freshTask(cast), status: 'done' },
        { op: 'create', title: 'New' },
      ],
    },
  })),
  'POST /tasks/:id/transfer': {
    ...write('editor', 200, async (cast, c) => ({
      path: `/tasks/${await freshTask(cast)}/transfer`,
      body: { project_id: await freshProject(cast, c) },
    })),
    redis: 3, // it is published in both projects
    later: 1, // it looks for webhooks of the project that the task has left
  },
  'DELETE /tasks/:id': write('editor', 204, async (cast) => ({ path: `/tasks/${await freshTask(cast)}` })),
  'POST /tasks/:id/restore': write('editor', 200, async (cast) => {
    const id = await freshTask(cast)
    await call('DELETE', `/tasks/${id}`, { token: cast.owner.token })
    return { path: `/tasks/${id}/restore` }
  }),
}

/** The id of a new view of the caller's. Made by SQL, as not every caller may make one by the API. */
async function freshView({ board }: Cast, { id = crypto.randomUUID(), name }: Caller): Promise<string> {
  if (name === 'nobody' || name === 'a forged token') return crypto.randomUUID()
  const [view] = await database()`insert into views (id, project_id, created_by, name, query)
    values (gen_random_uuid(), ${board.id}, ${id}, 'Mine', '{}') returning id`
  return view?.id
}

const VIEWS: Record<string, RouteExpectation> = {
  'GET /projects/:id/views': read('viewer', inBoard('/views')),
  'POST /projects/:id/views': quietWrite('viewer', 201, (cast) => ({
    ...inBoard('/views')(cast),
    body: { name: 'Late', query: { overdue: 'true' } },
  })),
  'PATCH /views/:id': quietWrite('viewer', 200, async (cast, c) => ({
    path: `/views/${await freshView(cast, c)}`,
    body: { name: 'Later' },
  })),
  'DELETE /views/:id': quietWrite('viewer', 204, async (cast, c) => ({ path: `/views/${await freshView(cast, c)}` })),
}

const CLAIMS: Record<string, RouteExpectation> = {
  'POST /projects/:id/claims': write('contributor', 201, async (cast, c) => ({
    path: `/projects/${await queueFor(cast, c)}/claims`,
    body: { from: 'todo', to: 'in_progress', lease_seconds: 300 },
  })),
  'POST /tasks/:id/claim/renew': quietWrite('contributor', 200, async (cast, c) => {
    const { task, token } = await claimedBy(cast, c)
    return { path: `/tasks/${task}/claim/renew`, body: { token } }
  }),
  'POST /tasks/:id/claim/complete': write('contributor', 200, async (cast, c) => {
    const { task, token } = await claimedBy(cast, c)
    return { path: `/tasks/${task}/claim/complete`, body: { token, status: 'done' } }
  }),
  'POST /tasks/:id/claim/release': write('contributor', 200, async (cast, c) => {
    const { task, token } = await claimedBy(cast, c)
    return { path: `/tasks/${task}/claim/release`, body: { token } }
  }),
}

/** The id of a link between two fresh tasks. */
async function linkOf(cast: Cast): Promise<string> {
  const body = { kind: 'blocks', task_id: await freshTask(cast) }
  return (await call('POST', `/tasks/${await freshTask(cast)}/links`, { token: cast.owner.token, body })).body.id
}
const LINKS: Record<string, RouteExpectation> = {
  'GET /tasks/:id/links': read('viewer', async (cast) => ({ path: `/tasks/${await freshTask(cast)}/links` })),
  'POST /tasks/:id/links': write('contributor', 201, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}/links`,
    body: { kind: 'blocks', task_id: await freshTask(cast) },
  })),
  'DELETE /links/:id': write('contributor', 204, async (cast) => ({ path: `/links/${await linkOf(cast)}` })),
}

const COMMENTS: Record<string, RouteExpectation> = {
  'GET /tasks/:id/comments': read('viewer', async (cast) => ({ path: `/tasks/${await freshTask(cast)}/comments` })),
  'POST /tasks/:id/comments': write('commenter', 201, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}/comments`,
    body: { body: 'Hello' },
  })),
  'PATCH /comments/:id': write('commenter', 200, async (cast, c) => ({
    path: `/comments/${await freshComment(cast, c)}`,
    body: { body: 'Hello again' },
  })),
  'DELETE /comments/:id': write('commenter', 204, async (cast, c) => ({
    path: `/comments/${await freshComment(cast, c)}`,
  })),
}

/** A checklist with one item, of a fresh task. */
async function freshChecklist(cast: Cast) {
  const { token } = cast.owner
  const list = await call('POST', `/tasks/${await freshTask(cast)}/checklists`, { token, body: { title: 'New' } })
  const item = await call('POST', `/checklists/${list.body.id}/items`, { token, body: { text: 'New' } })
  return { list: list.body.id as string, item: item.body.id as string }
}
const CHECKLISTS: Record<string, RouteExpectation> = {
  'GET /tasks/:id/checklists': read('viewer', async (cast) => ({ path: `/tasks/${await freshTask(cast)}/checklists` })),
  'POST /tasks/:id/checklists': write('contributor', 201, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}/checklists`,
    body: { title: 'New' },
  })),
  'PATCH /checklists/:id': write('contributor', 200, async (cast) => ({
    path: `/checklists/${(await freshChecklist(cast)).list}`,
    body: { title: 'Other' },
  })),
  'DELETE /checklists/:id': write('contributor', 204, async (cast) => ({
    path: `/checklists/${(await freshChecklist(cast)).list}`,
  })),
  'POST /checklists/:id/items': write('contributor', 201, async (cast) => ({
    path: `/checklists/${(await freshChecklist(cast)).list}/items`,
    body: { text: 'New' },
  })),
  'PATCH /checklist-items/:id': write('contributor', 200, async (cast) => ({
    path: `/checklist-items/${(await freshChecklist(cast)).item}`,
    body: { done: true },
  })),
  'DELETE /checklist-items/:id': write('contributor', 204, async (cast) => ({
    path: `/checklist-items/${(await freshChecklist(cast)).item}`,
  })),
}

const WATCHING: Record<string, RouteExpectation> = {
  'GET /tasks/:id/watchers': read('viewer', async (cast) => ({ path: `/tasks/${await freshTask(cast)}/watchers` })),
  'PUT /tasks/:id/watch': quietWrite('viewer', 204, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}/watch`,
  })),
  'DELETE /tasks/:id/watch': quietWrite('viewer', 204, async (cast) => ({
    path: `/tasks/${await freshTask(cast)}/watch`,
  })),
}

const LABELS: Record<string, RouteExpectation> = {
  'PATCH /labels/:id': write('editor', 200, async (cast) => ({
    path: `/labels/${await freshLabel(cast)}`,
    body: { name: crypto.randomUUID() },
  })),
  'DELETE /labels/:id': write('editor', 204, async (cast) => ({ path: `/labels/${await freshLabel(cast)}` })),
}

const newLink = async (token: string | undefined, project_id: string) =>
  (await call('POST', '/reports/links', { token, body: { project_id, report: 'burndown' } })).body
/** The id of a new report link of the caller's, in a project that they can see. Without an account: a random id. */
async function freshLink({ board }: Cast, { id, token, name, role, key }: Caller): Promise<string> {
  const home = key?.elsewhere ?? (role ? board.id : (await newProject(token ?? '')).id)
  if (!id || name === 'a disabled account') return crypto.randomUUID()
  const [link] = await database()`insert into report_links (id, project_id, user_id, report, query, expires_at)
    values (gen_random_uuid(), ${home}, ${id}, 'burndown', '{}', now() + interval '1 hour') returning id`
  return link?.id
}
const pathOf = (url: string) => {
  const { pathname, search } = new URL(url, ORIGIN)
  return `${pathname}${search}`
}
const freshPicture = async ({ owner, board }: Cast) => pathOf((await newLink(owner.token, board.id)).url)
const freshCalendar = async ({ owner }: Cast, project_id: string | null) => {
  const body = { report: 'calendar', project_id }
  return pathOf((await call('POST', '/reports/links', { token: owner.token, body })).body.url)
}

const inReports = (rest: string) => (cast: Cast) => ({ path: `/reports/projects/${cast.board.id}${rest}` })
const REPORTS: Record<string, RouteExpectation> = {
  'GET /reports/projects/:id/summary': cachedRead('viewer', inReports('/summary')),
  'GET /reports/projects/:id/burndown': cachedRead('viewer', inReports('/burndown')),
  'GET /reports/projects/:id/burnup': cachedRead('viewer', inReports('/burnup')),
  'GET /reports/projects/:id/cumulative-flow': cachedRead('viewer', inReports('/cumulative-flow')),
  'GET /reports/projects/:id/cycle-time': cachedRead('viewer', inReports('/cycle-time')),
  'GET /reports/projects/:id/lead-time': cachedRead('viewer', inReports('/lead-time')),
  'GET /reports/projects/:id/throughput': cachedRead('viewer', inReports('/throughput')),
  'GET /reports/projects/:id/time-in-column': cachedRead('viewer', inReports('/time-in-column')),
  'GET /reports/projects/:id/aging': cachedRead('viewer', inReports('/aging')),
  'GET /reports/projects/:id/workload': cachedRead('viewer', inReports('/workload')),
  'GET /reports/projects/:id/forecast': cachedRead('viewer', inReports('/forecast')),
  'GET /reports/links': openToBoundKeys(read('user', () => ({ path: '/reports/links' }))),
  'POST /reports/links': alsoReads(
    quietWrite('viewer', 201, (cast) => ({
      path: '/reports/links',
      body: { project_id: cast.board.id, report: 'burndown' },
    })),
  ),
  'DELETE /reports/links/:id': openToBoundKeys(
    quietWrite('user', 204, async (cast, c) => ({
      path: `/reports/links/${await freshLink(cast, c)}`,
    })),
  ),
  'GET /reports/pictures/:link/:project_id/:report': read('public', async (cast) => ({
    path: await freshPicture(cast),
  })),
  'GET /projects/:id/calendar.ics': read('public', async (cast) => ({
    path: await freshCalendar(cast, cast.board.id),
  })),
  'GET /users/me/calendar.ics': read('public', async (cast) => ({ path: await freshCalendar(cast, null) })),
  'GET /reports/overview': openToBoundKeys(read('user', () => ({ path: '/reports/overview' }))),
  'GET /reports/activity': openToBoundKeys(read('user', () => ({ path: '/reports/activity' }))),
}

/** The id of a new notification of the caller's. Without an account: a random id. */
async function freshNotification({ id, name }: Caller): Promise<string> {
  if (!id || name === 'a disabled account') return crypto.randomUUID()
  const other = await newPerson()
  const board = await newProject(other.token)
  await call('POST', `/projects/${board.id}/members`, { token: other.token, body: { user_id: id } })
  const [row] = await database()`select id from notifications where user_id = ${id} order by id desc limit 1`
  return row?.id
}

const PREFERENCES = '/users/me/notification-preferences'
const NOTIFICATIONS: Record<string, RouteExpectation> = {
  'GET /users/me/notification-preferences': read('user', () => ({ path: PREFERENCES })),
  'PUT /users/me/notification-preferences': quietWrite('user', 200, () => ({
    path: PREFERENCES,
    body: { muted_kinds: ['moved'], muted_project_ids: [] },
  })),
  'GET /notifications': read('user', () => ({ path: '/notifications' })),
  'POST /notifications/read-all': quietWrite('user', 200, () => ({ path: '/notifications/read-all' })),
  'POST /notifications/:id/read': quietWrite('user', 200, async (_, c) => ({
    path: `/notifications/${await freshNotification(c)}/read`,
  })),
}

/** The id of a new webhook that is paused, so that it sends nothing. */
async function freshWebhook({ owner, board }: Cast): Promise<string> {
  const { token } = owner
  const made = await call('POST', `/projects/${board.id}/webhooks`, { token, body: { url: newBox().url } })
  await call('PATCH', `/webhooks/${made.body.id}`, { token, body: { status: 'paused' } })
  return made.body.id
}
const ofWebhook = (rest: string, body?: object) => async (cast: Cast) => ({
  path: `/webhooks/${await freshWebhook(cast)}${rest}`,
  body,
})
const WEBHOOKS: Record<string, RouteExpectation> = {
  'GET /projects/:id/webhooks': read('manager', inBoard('/webhooks')),
  'POST /projects/:id/webhooks': alsoReads(
    write('manager', 201, (cast) => ({
      path: `/projects/${cast.board.id}/webhooks`,
      body: { url: newBox().url },
    })),
  ),
  'PATCH /webhooks/:id': alsoReads(write('manager', 200, ofWebhook('', { description: 'Chat' }))),
  'DELETE /webhooks/:id': alsoReads(write('manager', 204, ofWebhook(''))),
  'POST /webhooks/:id/test': alsoReads(quietWrite('manager', 200, ofWebhook('/test'))),
  'POST /webhooks/:id/rotate-secret': alsoReads(write('manager', 200, ofWebhook('/rotate-secret'))),
  'POST /webhooks/:id/redeliver': alsoReads(quietWrite('manager', 200, ofWebhook('/redeliver', { since_seq: 0 }))),
  'GET /webhooks/:id/deliveries': read('manager', ofWebhook('/deliveries')),
}

const UPGRADE = { Upgrade: 'websocket' }

/** Every route of the API. The tests of a route that is missing here fail, and name it. */
export const ROUTES: Record<string, RouteExpectation> = {
  'GET /healthz': openToAll('/healthz'),
  'GET /readyz': { ...openToAll('/readyz'), db: 1, redis: 1, cache: 1 },
  'GET /openapi.json': openToAll('/openapi.json'),
  'GET /.well-known/oauth-protected-resource/mcp': openToAll('/.well-known/oauth-protected-resource/mcp'),
  'GET /.well-known/oauth-protected-resource': openToAll('/.well-known/oauth-protected-resource'),
  'POST /mcp': {
    ...openToBoundKeys(entry('user', 200, () => ({ path: '/mcp', body: messageOf('tools/list') }))),
    needs: ['read'],
  },
  'GET /': openToAll('/'),
  'GET /docs': openToAll('/docs'),
  'GET /ws/projects/:id': entry('viewer', 101, (cast) => ({ path: `/ws/projects/${cast.board.id}`, headers: UPGRADE })),
  'GET /ws/notifications/:user_id': entry('user', 101, (_, c) => ({
    path: `/ws/notifications/${c.id ?? crypto.randomUUID()}`,
    headers: UPGRADE,
  })),
  ...AUTH,
  ...USERS,
  ...INVITATIONS,
  ...KEYS,
  ...PROJECTS,
  ...LABELS,
  ...TASKS,
  ...VIEWS,
  ...LINKS,
  ...CLAIMS,
  ...COMMENTS,
  ...CHECKLISTS,
  ...WATCHING,
  ...REPORTS,
  ...NOTIFICATIONS,
  ...WEBHOOKS,
}

export async function newSample(name: string, cast: Cast, caller: Caller): Promise<Sample> {
  const sample = await ROUTES[name]?.sample(cast, caller)
  if (!sample) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
  return sample
}
