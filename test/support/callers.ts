import { admin, apiKey, call, join, type Person, person, project } from './api.ts'

export const ROLES = ['viewer', 'commenter', 'contributor', 'editor', 'manager'] as const
export type Access = 'public' | 'session' | 'user' | 'admin' | (typeof ROLES)[number]

/** Who calls. Without a token: nobody. */
export type Caller = Partial<Person> & { name: string; role?: (typeof ROLES)[number]; key?: Key }
/** What an API key is good for; `elsewhere`: the other project that it is bound to. */
type Key = { scopes: string[]; elsewhere?: string }
export type World = { owner: Person; board: any; callers: Caller[] }

/** A board, and somebody of every kind to look at it. */
export async function newWorld(): Promise<World> {
  const [boss, owner] = [await admin(), await person('Owner')]
  const board = await project(owner.token)
  const members = await Promise.all(
    ROLES.map(async (role) => ({ name: role, role, ...(await join(owner, board.id, role)) })),
  )
  const disabled = await join(owner, board.id, 'manager')
  await call('PATCH', `/users/${disabled.id}`, { token: boss.token, body: { is_active: false } })
  const callers: Caller[] = [
    { name: 'nobody' },
    { name: 'a forged token', token: `${owner.token.slice(0, -6)}AAAAAA` },
    { name: 'a disabled account', ...disabled },
    { name: 'a stranger', ...(await person()) },
    ...members,
    { name: 'an administrator', ...boss },
    ...(await keysOf(owner, boss)),
  ]
  return { owner, board, callers }
}

/** Programs of a manager's and of an administrator's. Without a refresh token: nobody can stand in for them. */
async function keysOf(owner: Person, boss: Person): Promise<Caller[]> {
  const other = await project(owner.token)
  const caller = async (name: string, { id }: Person, key: Key, fields: object = {}): Promise<Caller> => {
    const made = await apiKey(name.startsWith('an admin') ? boss : owner, { scopes: key.scopes, ...fields })
    return { name, id, token: made.key, role: 'manager', key }
  }
  return [
    await caller('a key of a manager', owner, { scopes: ['read', 'write'] }),
    await caller('a key that only reads', owner, { scopes: ['read'] }),
    await caller('a key that only writes', owner, { scopes: ['write'] }),
    await caller(
      'a key for another project',
      owner,
      { scopes: ['read', 'write'], elsewhere: other.id },
      { project_ids: [other.id] },
    ),
    await caller('an administrator’s key', boss, { scopes: ['read', 'write', 'admin'] }),
    await caller(
      'an administrator’s key for another project',
      boss,
      { scopes: ['read', 'write', 'admin'], elsewhere: other.id },
      { project_ids: [other.id] },
    ),
    {
      ...(await caller('an administrator’s key for everyday use', boss, { scopes: ['read', 'write'] })),
      role: undefined,
    },
  ]
}

type Route = { access: Access; ok: number; needs: string[]; bound_keys?: true }

/** What a caller gets from a route that is open from `access` upwards. */
export function expectedStatus(caller: Caller, route: Route): number {
  const { key } = caller
  if (!key || route.access === 'public') return statusByRole(caller, route)
  if (route.access === 'session' || !route.needs.every((scope) => key.scopes.includes(scope))) return 403
  if (reachesPast(caller, route)) return 403
  if (key.elsewhere && ROLES.some((role) => role === route.access)) return 404
  return statusByRole(key.scopes.includes('admin') ? { ...caller, name: 'an administrator' } : caller, route)
}

/** Whether a key that is bound to some projects asks for what is in none of them, and may not. */
export const reachesPast = ({ key }: Caller, { access, bound_keys }: Omit<Route, 'ok'>) =>
  Boolean(key?.elsewhere) && !bound_keys && !ROLES.some((role) => role === access)

function statusByRole({ name, token, role }: Caller, { access, ok }: Route): number {
  if (access === 'public') return ok
  if (!token || name === 'a forged token' || name === 'a disabled account') return 401
  if (access === 'user' || access === 'session' || name === 'an administrator') return ok
  if (access === 'admin') return 403
  if (!role) return 404
  return ROLES.indexOf(role) >= ROLES.indexOf(access) ? ok : 403
}
