import { env, exports } from 'cloudflare:workers'
import { neon } from '@neondatabase/serverless'

export const ORIGIN = 'https://flowtrack.test'

type Init = { token?: string; body?: unknown; headers?: Record<string, string> }
export type Answer<T = any> = { status: number; headers: Headers; body: T }

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
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T }
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
  return neon(env.DATABASE_URL) // the Worker under test has set the endpoint already
}

/** An administrator: there is no route from member to admin without one. */
export async function admin(): Promise<Person> {
  const somebody = await person('Admin')
  await database()`update users set role = 'admin' where id = ${somebody.id}`
  return somebody
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
