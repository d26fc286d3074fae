import { env, exports } from 'cloudflare:workers'
import { neon } from '@neondatabase/serverless'
import { expect } from 'vitest'

export const ORIGIN = 'https://flowtrack.test'

export type Init = { token?: string; body?: unknown; headers?: Record<string, string> }
export type Answer<T = any> = { status: number; headers: Headers; text: string; body: T }

/** One request through the Worker's front door. */
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

/** A new account, signed in. Nobody shares one. */
export async function person(name = 'Somebody'): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.com`
  const { body } = await call('POST', '/auth/register', { body: { email, name, password: PASSWORD } })
  return { id: body.user.id, email, token: body.tokens.access, refresh: body.tokens.refresh }
}

/** SQL beside the API, for what no route does. */
export function database() {
  // The Worker under test has set the endpoint already. Its time limit is for requests, and no statement of a test.
  const timeout_ms = 120_000
  return neon(env.DATABASE_URL, { fetchOptions: { timeout_ms } })
}

/** An administrator: there is no route from member to admin without one. */
export async function admin(): Promise<Person> {
  const somebody = await person('Admin')
  await database()`update users set role = 'admin' where id = ${somebody.id}`
  return somebody
}

/** An API key of this person's: its id, and the key itself. */
export async function apiKey(
  { token }: Pick<Person, 'token'>,
  fields: object = {},
): Promise<{ id: string; key: string }> {
  const body = { name: 'A key', scopes: ['read', 'write'], ...fields }
  return (await call('POST', '/users/me/keys', { token, body })).body
}

export async function project(token: string, fields: object = {}) {
  return (await call('POST', '/projects', { token, body: { name: 'Apollo', ...fields } })).body
}

export async function task(token: string, project_id: string, fields: object = {}) {
  return (await call('POST', '/tasks', { token, body: { project_id, title: 'A task', ...fields } })).body
}

export async function join(manager: Person, project_id: string, role: string, name?: string): Promise<Person> {
  const somebody = await person(name)
  await call('POST', `/projects/${project_id}/members`, { token: manager.token, body: { user_id: somebody.id, role } })
  return somebody
}

/** All items of a list, page by page as its `Link` headers lead. `between` runs after each page. */
export async function walk<T = any>(path: string, token: string, between = async () => {}): Promise<T[]> {
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

/** What a problem document must hold, beside facts of its own. */
export const problem = (status: number, code: string) => ({
  status,
  body: { type: `urn:flowtrack:problem:${code}`, status, code, title: expect.any(String), detail: expect.any(String) },
})

/** The journal of a project after `since`, oldest first. */
export async function journal(token: string, project_id: string, since: number) {
  return (await call('GET', `/projects/${project_id}/activity?since=${since}&limit=100`, { token })).body.items
}
