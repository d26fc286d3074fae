import { env, exports } from 'cloudflare:workers'
import { neon } from '@neondatabase/serverless'
import { expect } from 'vitest'

export const ORIGIN = 'https://flowtrack.test'

export type Init = { token?: string; body?: unknown; headers?: Record<string, string> }
export type Answer<T = any> = { status: number; headers: Headers; text: string; body: T }

/** Sends one request to the Worker under test. The answer's `body` is parsed JSON, or undefined if it is empty. */
export async function call<T = any>(
  method: string,
  path: string,
  { token, body, headers = {} }: Init = {},
): Promise<Answer<T>> {
  const response = await exports.default.fetch(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: (text ? JSON.parse(text) : undefined) as T }
}

export const PASSWORD = 'correct horse battery'

export type Person = { id: string; email: string; token: string; refresh: string }

/** A new account, signed in, that no other test uses. */
export async function newPerson(name = 'Somebody'): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.com`
  const { body } = await call('POST', '/auth/register', { body: { email, name, password: PASSWORD } })
  return { id: body.user.id, email, token: body.tokens.access, refresh: body.tokens.refresh }
}

/** SQL beside the API, for what no route does. Its time limit is 2 minutes. */
export function database() {
  // The Worker under test has set the endpoint already. Its own time limit is too short for some statements of tests.
  const timeout_ms = 120_000
  return neon(env.DATABASE_URL, { fetchOptions: { timeout_ms } })
}

/** A new administrator. Made by SQL, as only an administrator may make another by the API. */
export async function newAdmin(): Promise<Person> {
  const somebody = await newPerson('Admin')
  await database()`update users set role = 'admin' where id = ${somebody.id}`
  return somebody
}

/** Creates an API key of this person. `id` is its id, `key` the secret key itself. */
export async function newApiKey(
  { token }: Pick<Person, 'token'>,
  fields: object = {},
): Promise<{ id: string; key: string }> {
  const body = { name: 'A key', scopes: ['read', 'write'], ...fields }
  return (await call('POST', '/users/me/keys', { token, body })).body
}

export async function newProject(token: string, fields: object = {}) {
  return (await call('POST', '/projects', { token, body: { name: 'Apollo', ...fields } })).body
}

/** Makes `count` projects, of which `owner` is the manager, by SQL: hundreds of requests would take too long. */
export const addProjects = ({ id }: Person, count: number) => {
  const sql = database()
  return sql.transaction([
    sql`select set_actor(${id})`,
    sql`with made as (insert into projects (id, key, name, created_by)
        select uuid_v7(), 'X' || upper(left(md5(${id} || n), 9)), 'Many', ${id} from generate_series(1, ${count}::int) n returning id)
      insert into project_members (id, project_id, user_id, role) select uuid_v7(), id, ${id}, 'manager' from made`,
  ])
}

export async function newTask(token: string, project_id: string, fields: object = {}) {
  return (await call('POST', '/tasks', { token, body: { project_id, title: 'A task', ...fields } })).body
}

/** A new account, which `manager` has made a member of the project. */
export async function newMember(manager: Person, project_id: string, role: string, name?: string): Promise<Person> {
  const somebody = await newPerson(name)
  await call('POST', `/projects/${project_id}/members`, { token: manager.token, body: { user_id: somebody.id, role } })
  return somebody
}

/** A ticket that opens one socket. */
export const ticketOf = async (token: string): Promise<string> =>
  (await call('POST', '/auth/ws-ticket', { token })).body.ticket

/** A board with a manager (ada) and a viewer (grace), at seq 7. */
export async function newBoardWithViewer() {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  return { ada, grace: await newMember(ada, id, 'viewer', 'Grace'), id }
}

/** All items of a list: follows its `Link` headers to the last page. `between` runs after each page. */
export async function readAllPages<T = any>(path: string, token: string, between = async () => {}): Promise<T[]> {
  const items: T[] = []
  for (let next: string | undefined = path; next; ) {
    const { body, headers }: Answer = await call('GET', next, { token })
    if (items.length > 0 && body.items.length === 0) throw new Error('A cursor led to an empty page')
    items.push(...body.items)
    await between()
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('Link') ?? '')?.[1]
    if ((next === undefined) !== (body.next_cursor === null)) throw new Error('Link and next_cursor disagree')
  }
  return items
}

/** A pattern for `toMatchObject`: an answer with the problem document of this status and code. */
export const problem = (status: number, code: string) => ({
  status,
  body: { type: `urn:flowtrack:problem:${code}`, status, code, title: expect.any(String), detail: expect.any(String) },
})

/** The events of a project after `since`, oldest first: at most 100. */
export async function readJournal(token: string, project_id: string, since: number) {
  return (await call('GET', `/projects/${project_id}/activity?since=${since}&limit=100`, { token })).body.items
}
