import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  PASSWORD,
  problem,
} from '../support/api.ts'
import { newBox } from '../support/webhooks.ts'
import { newWorker } from '../support/worker.ts'

/** Each quota, set low by configuration: up to it all is accepted, one more is refused, and the refusal names it. */

const full = (code: string, limit: number) => ({
  status: 409,
  body: { ...problem(409, code).body, limit, detail: expect.stringContaining(String(limit)) },
})

it('limits the tasks of a project, those in the trash included, and allows one more when one is purged', async () => {
  const { call: low } = newWorker({ QUOTA_TASKS: '2' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = () => low('POST', '/tasks', { token: ada.token, body: { project_id: board.id, title: 'One more' } })
  const first = await add()
  expect([first.status, (await add()).status]).toEqual([201, 201])
  expect(await add()).toMatchObject(full('too_many_tasks', 2))
  await call('DELETE', `/tasks/${first.body.id}`, { token: ada.token })
  expect(await add()).toMatchObject(full('too_many_tasks', 2))
  const sql = database()
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${first.body.id}`])
  expect((await add()).status).toBe(201)
  expect(await add()).toMatchObject(full('too_many_tasks', 2))
})

it('limits the comments of a task and of a project, and allows more when the task is purged', async () => {
  const { call: low } = newWorker({ QUOTA_COMMENTS: '3', QUOTA_TASK_COMMENTS: '2' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const [first, second] = [await newTask(ada.token, board.id), await newTask(ada.token, board.id)]
  const say = ({ id }: { id: string }) =>
    low('POST', `/tasks/${id}/comments`, { token: ada.token, body: { body: 'One more' } })
  expect([(await say(first)).status, (await say(first)).status]).toEqual([201, 201])
  expect(await say(first)).toMatchObject(full('too_many_comments', 2))
  expect((await say(second)).status).toBe(201)
  expect(await say(second)).toMatchObject(full('too_many_comments', 3))
  const sql = database()
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${first.id}`])
  expect((await say(second)).status).toBe(201)
})

it('limits the checklists of a task, the items of a list, and both in a project, until some are deleted', async () => {
  const { call: low } = newWorker({ QUOTA_TASK_CHECKLISTS: '2', QUOTA_CHECKLIST_ITEMS: '3', QUOTA_ITEMS: '6' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const [first, second] = [await newTask(ada.token, board.id), await newTask(ada.token, board.id)]
  const list = ({ id }: { id: string }) =>
    low('POST', `/tasks/${id}/checklists`, { token: ada.token, body: { title: 'One more' } })
  const item = ({ body }: { body: { id: string } }) =>
    low('POST', `/checklists/${body.id}/items`, { token: ada.token, body: { text: 'One more' } })
  const [one, two] = [await list(first), await list(first)]
  expect([one.status, two.status]).toEqual([201, 201])
  expect(await list(first)).toMatchObject(full('too_many_checklists', 2))
  const items = [await item(one), await item(one), await item(one)]
  expect(items.map(({ status }) => status)).toEqual([201, 201, 201])
  expect(await item(one)).toMatchObject(full('too_many_items', 3))
  expect((await item(two)).status).toBe(201)
  expect(await item(two)).toMatchObject(full('too_many_items', 6))
  expect(await list(second)).toMatchObject(full('too_many_items', 6))
  await call('DELETE', `/checklists/${one.body.id}`, { token: ada.token })
  expect((await list(second)).status).toBe(201)
  const sql = database()
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${first.id}`])
  expect(await sql`select item_total from projects where id = ${board.id}`).toEqual([{ item_total: 1 }])
})

it('limits the columns of a board', async () => {
  const { call: low } = newWorker({ QUOTA_COLUMNS: '5' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = (key: string) =>
    low('POST', `/projects/${board.id}/columns`, { token: ada.token, body: { key, name: key, category: 'todo' } })
  expect((await add('five')).status).toBe(201)
  expect(await add('six')).toMatchObject(full('too_many_columns', 5))
  expect(await add('five')).toMatchObject(problem(409, 'column_key_taken'))
})

it('limits the labels of a project', async () => {
  const { call: low } = newWorker({ QUOTA_LABELS: '2' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = (name: string) => low('POST', `/projects/${board.id}/labels`, { token: ada.token, body: { name } })
  const first = await add('One')
  expect([first.status, (await add('Two')).status]).toEqual([201, 201])
  expect(await add('Three')).toMatchObject(full('too_many_labels', 2))
  expect(await add('Two')).toMatchObject(problem(409, 'label_name_taken'))
  await call('DELETE', `/labels/${first.body.id}`, { token: ada.token })
  expect((await add('Three')).status).toBe(201)
})

it('limits the webhooks of a project', async () => {
  const { call: low } = newWorker({ QUOTA_WEBHOOKS: '2' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = () => low('POST', `/projects/${board.id}/webhooks`, { token: ada.token, body: { url: newBox().url } })
  const first = await add()
  expect([first.status, (await add()).status]).toEqual([201, 201])
  expect(await add()).toMatchObject(full('too_many_webhooks', 2))
  await call('DELETE', `/webhooks/${first.body.id}`, { token: ada.token })
  expect((await add()).status).toBe(201)
})

it('limits the members of a project', async () => {
  const { call: low } = newWorker({ QUOTA_MEMBERS: '2' })
  const [ada, grace, eve] = [await newPerson(), await newPerson(), await newPerson()]
  const board = await newProject(ada.token)
  const add = (user_id: string) =>
    low('POST', `/projects/${board.id}/members`, { token: ada.token, body: { user_id, role: 'viewer' } })
  expect((await add(grace.id)).status).toBe(201)
  expect(await add(eve.id)).toMatchObject(full('too_many_members', 2))
  expect(await add(grace.id)).toMatchObject(problem(409, 'already_member'))
  await call('DELETE', `/projects/${board.id}/members/${grace.id}`, { token: ada.token })
  expect((await add(eve.id)).status).toBe(201)
})

it('limits the projects that an account has made, whoever manages them now', async () => {
  const { call: low } = newWorker({ QUOTA_PROJECTS: '2' })
  const ada = await newPerson()
  const add = () => low('POST', '/projects', { token: ada.token, body: { name: 'Apollo' } })
  const first = await add()
  expect([first.status, (await add()).status]).toEqual([201, 201])
  const heir = await newMember(ada, first.body.id, 'manager')
  await call('DELETE', `/projects/${first.body.id}/members/${ada.id}`, { token: ada.token })
  expect(await add()).toMatchObject(full('too_many_projects', 2))
  await call('DELETE', `/projects/${first.body.id}`, { token: heir.token })
  expect((await add()).status).toBe(201)
})

it('limits the valid API keys of an account, and keeps as many ended ones', async () => {
  const { call: low } = newWorker({ QUOTA_KEYS: '2' })
  const ada = await newPerson()
  const add = () => low('POST', '/users/me/keys', { token: ada.token, body: { name: 'A key', scopes: ['read'] } })
  for (let n = 0; n < 4; n += 1) await call('DELETE', `/users/me/keys/${(await add()).body.id}`, { token: ada.token })
  expect([(await add()).status, (await add()).status]).toEqual([201, 201])
  expect(await add()).toMatchObject(full('too_many_keys', 2))
  const { body } = await call('GET', '/users/me/keys', { token: ada.token })
  expect(body.items.map(({ revoked_at }: any) => revoked_at === null)).toEqual([true, true, false, false])
})

const link = { report: 'summary', query: {}, expires_in: 3600 }

it('limits the links of an account and of a project, without links that have ended', async () => {
  const { call: low } = newWorker({ QUOTA_LINKS: '2', QUOTA_PROJECT_LINKS: '3' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const grace = await newMember(ada, board.id, 'viewer')
  const add = ({ token }: { token: string }, project_id = board.id) =>
    low('POST', '/reports/links', { token, body: { ...link, project_id } })
  const first = await add(ada)
  expect([first.status, (await add(ada)).status, (await add(grace)).status]).toEqual([201, 201, 201])
  expect(await add(ada)).toMatchObject(full('too_many_links', 2))
  expect(await add(grace)).toMatchObject(full('too_many_links', 3))
  expect((await add(grace, (await newProject(grace.token)).id)).status).toBe(201)
  await call('DELETE', `/reports/links/${first.body.id}`, { token: ada.token })
  expect((await add(ada)).status).toBe(201)
  await call('DELETE', `/projects/${board.id}/members/${grace.id}`, { token: ada.token })
  const heir = await newMember(ada, board.id, 'viewer')
  expect((await add(heir)).status).toBe(201) // links of people who have left show nothing, and do not count
})

it('keeps as many withdrawn links as an account may have', async () => {
  const { call: low } = newWorker({ QUOTA_LINKS: '2' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  for (let n = 0; n < 5; n += 1) {
    const { body } = await low('POST', '/reports/links', { token: ada.token, body: { ...link, project_id: board.id } })
    await call('DELETE', `/reports/links/${body.id}`, { token: ada.token })
  }
  const [row] = await database()`select count(*)::int as n from report_links where user_id = ${ada.id}`
  expect(row).toEqual({ n: 3 })
})

it('limits the unused tickets, and says when there is room again', async () => {
  const { call: low } = newWorker({ QUOTA_TICKETS: '2' })
  const ada = await newPerson()
  const issue = () => low('POST', '/auth/ws-ticket', { token: ada.token })
  expect([(await issue()).status, (await issue()).status]).toEqual([201, 201])
  const refused = await issue()
  expect(refused).toMatchObject({ ...problem(429, 'too_many_tickets'), body: { limit: 2, retry_after: 30 } })
  expect(refused.headers.get('Retry-After')).toBe('30')
  const sql = database()
  await sql`update ws_tickets set expires_at = now() where user_id = ${ada.id}`
  expect((await issue()).status).toBe(201)
  expect(await sql`select 1 as one from ws_tickets where user_id = ${ada.id}`).toHaveLength(1)
})

it('ends the oldest session at once when a new one exceeds the quota, and keeps as many ended ones', async () => {
  const { call: low } = newWorker({ QUOTA_SESSIONS: '2' })
  const ada = await newPerson()
  const signIn = async () =>
    (await low('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })).body.tokens.access as string
  const second = await signIn()
  expect((await call('GET', '/users/me', { token: ada.token })).status).toBe(200)
  const socket = (
    await exports.default.fetch(`${ORIGIN}/ws/notifications/${ada.id}`, {
      headers: { Upgrade: 'websocket', Authorization: `Bearer ${ada.token}` },
    })
  ).webSocket
  if (!socket) throw new Error('The upgrade opened no socket')
  socket.accept()
  const closed = new Promise<[number, string]>((end) =>
    socket.addEventListener('close', ({ code, reason }) => end([code, reason])),
  )
  const third = await signIn()
  expect(await closed).toEqual([4403, 'Newer sessions have taken its place'])
  expect(await call('GET', '/users/me', { token: ada.token })).toMatchObject(problem(401, 'token_revoked'))
  expect((await call('GET', '/users/me', { token: second })).status).toBe(200)
  for (let n = 0; n < 3; n += 1) await signIn()
  expect(await call('GET', '/users/me', { token: third })).toMatchObject(problem(401, 'token_revoked'))
  const [kept] = await database()`select count(*) filter (where revoked_at is null)::int as live, count(*)::int as n
    from sessions where user_id = ${ada.id}`
  expect(kept).toEqual({ live: 2, n: 4 })
})

it('keeps two recovery links of an account: the unused one, and the last one that was used', async () => {
  const [boss, ada] = [await newAdmin(), await newPerson()]
  for (let n = 0; n < 3; n += 1) {
    const { body } = await call('POST', `/users/${ada.id}/recovery-link`, { token: boss.token })
    const done = await call('POST', '/auth/recovery/confirm', { body: { token: body.token, password: PASSWORD } })
    expect(done.status).toBe(204)
  }
  for (let n = 0; n < 3; n += 1) await call('POST', `/users/${ada.id}/recovery-link`, { token: boss.token })
  const rows =
    await database()`select used_at is null as waits from recovery_links where user_id = ${ada.id} order by id`
  expect(rows).toEqual([{ waits: false }, { waits: true }])
})

it('lets only an administrator change the quotas of a project', async () => {
  const { call: low } = newWorker({
    QUOTA_TASKS: '1',
    QUOTA_COLUMNS: '4',
    QUOTA_LABELS: '3',
    QUOTA_MEMBERS: '1',
    QUOTA_PROJECT_LINKS: '1',
  })
  const [boss, ada] = [await newAdmin(), await newPerson()]
  const [board, other] = [await newProject(ada.token), await newProject(ada.token)]
  const set = (body: object, token = boss.token) => low('PATCH', `/projects/${board.id}/quotas`, { token, body })
  const add = (project_id: string) =>
    low('POST', '/tasks', { token: ada.token, body: { project_id, title: 'One more' } })
  for (const { id } of [board, other]) await add(id)
  expect(await set({ tasks: 2 }, ada.token)).toMatchObject(problem(403, 'forbidden'))
  expect(await set({ tasks: 2, columns: 5 })).toMatchObject({
    status: 200,
    body: { tasks: 2, columns: 5, labels: 3, members: 1, links: 1 },
  })
  expect([(await add(board.id)).status, (await add(other.id)).status]).toEqual([201, 409])
  expect(await add(board.id)).toMatchObject(full('too_many_tasks', 2))
  expect((await set({ tasks: null, links: 7 })).body).toMatchObject({
    tasks: 1,
    columns: 5,
    labels: 3,
    members: 1,
    links: 7,
  })
  expect(await add(board.id)).toMatchObject(full('too_many_tasks', 1))
  expect(await set({ tasks: 0 })).toMatchObject(problem(422, 'validation_failed'))
  expect((await call('GET', `/projects/${board.id}`, { token: ada.token })).body).not.toHaveProperty('quotas')
  const nowhere = `/projects/${crypto.randomUUID()}/quotas`
  expect(await low('PATCH', nowhere, { token: boss.token, body: {} })).toMatchObject(problem(404, 'not_found'))
})

/** Exports a board, and imports it by a Worker with these settings. Returns the answer of the import. */
async function importAgain(ada: { token: string }, board: { id: string }, settings: Record<string, string>) {
  const exported = await exports.default.fetch(`${ORIGIN}/projects/${board.id}/export`, {
    headers: { Authorization: `Bearer ${ada.token}` },
  })
  const file = await exported.text()
  const key = `Q${crypto.randomUUID().slice(0, 8).toUpperCase()}`
  return newWorker(settings).call('POST', `/projects/import?key=${key}`, {
    token: ada.token,
    body: file,
    headers: { 'Content-Type': 'application/x-ndjson' },
  })
}

it.each([
  [{ QUOTA_TASKS: '2' }, { QUOTA_TASKS: '1' }, 'makes more than 1 tasks'],
  [{ QUOTA_COLUMNS: '4' }, { QUOTA_COLUMNS: '3' }, 'makes more than 3 columns'],
  [{ QUOTA_LABELS: '2' }, { QUOTA_LABELS: '1' }, 'makes more than 1 labels'],
  [{ QUOTA_MEMBERS: '2' }, { QUOTA_MEMBERS: '1' }, 'makes more than 1 members'],
])('imports a file within the quotas %j, and refuses the line that exceeds %j', async (enough, less, message) => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  await newMember(ada, board.id, 'viewer')
  for (let n = 0; n < 2; n += 1) await newTask(ada.token, board.id)
  for (const name of ['One', 'Two'])
    await call('POST', `/projects/${board.id}/labels`, { token: ada.token, body: { name } })
  expect((await importAgain(ada, board, enough as Record<string, string>)).status).toBe(201)
  const refused = await importAgain(ada, board, less as Record<string, string>)
  expect(refused).toMatchObject(problem(422, 'validation_failed'))
  expect(refused.body.errors).toEqual([{ path: expect.stringMatching(/^line \d+$/), message }])
})

it('counts an imported project, its tasks and its importer towards the quotas', async () => {
  const [ada, grace] = [await newPerson(), await newPerson()]
  const board = await newProject(ada.token)
  await newTask(ada.token, board.id)
  const gone = await newTask(ada.token, board.id)
  const sql = database()
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${gone.id}`])
  const { body } = await importAgain(ada, board, { QUOTA_PROJECTS: '2' })
  const [row] = await sql`select charged_to, task_count, task_counter from projects where id = ${body.project.id}`
  expect(row).toEqual({ charged_to: ada.id, task_count: 1, task_counter: 2 })
  expect(await importAgain(ada, board, { QUOTA_PROJECTS: '2' })).toMatchObject(full('too_many_projects', 2))
  // Ada is an administrator who is not a member of the project any more. The import makes her one, beside its manager.
  await call('POST', `/projects/${board.id}/members`, {
    token: ada.token,
    body: { user_id: grace.id, role: 'manager' },
  })
  await call('DELETE', `/projects/${board.id}/members/${ada.id}`, { token: ada.token })
  await sql`update users set role = 'admin' where id = ${ada.id}`
  const lines = { QUOTA_MEMBERS: '2' }
  expect((await importAgain(ada, board, lines)).status).toBe(201)
})

it('limits the stored answers of keyed writes, but not writes without a key', async () => {
  const { call: low } = newWorker({ LIMIT_KEYED: '2/86400' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = (headers = {}) =>
    low('POST', '/tasks', { token: ada.token, headers, body: { project_id: board.id, title: 'One more' } })
  const keyed = () => add({ 'Idempotency-Key': crypto.randomUUID() })
  expect([(await keyed()).status, (await keyed()).status]).toEqual([201, 201])
  expect(await keyed()).toMatchObject({ ...problem(429, 'too_many_requests'), body: { policy: 'keyed' } })
  expect((await add()).status).toBe(201)
  expect(await database()`select 1 as one from idempotency_keys where user_id = ${ada.id}`).toHaveLength(2)
})

it('limits the views of an account, and those that are shared in a project', async () => {
  const { call: low } = newWorker({ QUOTA_VIEWS: '3', QUOTA_PROJECT_VIEWS: '2' })
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'contributor')
  const add = ({ token }: { token: string }, shared: boolean, path = `/projects/${board.id}/views`) =>
    low('POST', path, { token, body: { name: 'Mine', query: {}, shared } })
  const first = await add(bob, true)
  expect([first.status, (await add(ada, true)).status]).toEqual([201, 201])
  expect(await add(bob, true)).toMatchObject(full('too_many_views', 2))
  const own = await add(bob, false)
  expect(own.status).toBe(201)
  const share = () => low('PATCH', `/views/${own.body.id}`, { token: bob.token, body: { shared: true } })
  expect(await share()).toMatchObject(full('too_many_views', 2))
  expect((await add(bob, false)).status).toBe(201)
  expect(await add(bob, false)).toMatchObject(full('too_many_views', 3))
  await call('DELETE', `/views/${first.body.id}`, { token: ada.token })
  expect((await share()).status).toBe(200)
  expect((await add(bob, false)).status).toBe(201)
  await call('DELETE', `/projects/${board.id}/members/${bob.id}`, { token: ada.token })
  const other = await newProject(bob.token)
  // His shared view counts for the project, not for him.
  expect((await add(bob, false, `/projects/${other.id}/views`)).status).toBe(201)
})

it('applies changed quotas to an imported project', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  await newTask(ada.token, board.id)
  const { id } = (await importAgain(ada, board, {})).body.project
  const set = async (body: object) => call('PATCH', `/projects/${id}/quotas`, { token: (await newAdmin()).token, body })
  expect((await set({ tasks: 1 })).body).toMatchObject({ tasks: 1, columns: 50 })
  const add = () => call('POST', '/tasks', { token: ada.token, body: { project_id: id, title: 'One more' } })
  expect(await add()).toMatchObject(problem(409, 'too_many_tasks'))
  await set({ tasks: null })
  expect((await add()).status).toBe(201)
})
