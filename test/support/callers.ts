import { call, newAdmin, newApiKey, newMember, newPerson, newProject, type Person } from './api.ts'

export const ROLES = ['viewer', 'commenter', 'contributor', 'editor', 'manager'] as const
export type Access = 'public' | 'session' | 'user' | 'admin' | (typeof ROLES)[number]

/** Who sends a request. Without `token`: nobody; without `refresh`: an API key, or a token that is not valid. */
export type Caller = Partial<Person> & { name: string; role?: (typeof ROLES)[number]; key?: Key }
/**
 * What an API key may do. `elsewhere`: the id of the only project that it is bound to, which is not the owner's board.
 */
type Key = { scopes: string[]; elsewhere?: string }
export type Cast = { owner: Person; board: any; callers: Caller[] }

/** A board, its owner, and one caller of every kind. */
export async function newCast(): Promise<Cast> {
  const [boss, owner] = [await newAdmin(), await newPerson('Owner')]
  const board = await newProject(owner.token)
  const members = await Promise.all(
    ROLES.map(async (role) => ({ name: role, role, ...(await newMember(owner, board.id, role)) })),
  )
  const disabled = await newMember(owner, board.id, 'manager')
  await call('PATCH', `/users/${disabled.id}`, { token: boss.token, body: { is_active: false } })
  const callers: Caller[] = [
    { name: 'nobody' },
    { name: 'a forged token', token: `${owner.token.slice(0, -6)}AAAAAA` },
    { name: 'a disabled account', ...disabled },
    { name: 'a stranger', ...(await newPerson()) },
    ...members,
    { name: 'an administrator', ...boss },
    ...(await keysOf(owner, boss)),
  ]
  return { owner, board, callers }
}

/** API keys of the board's owner and of an administrator, with different scopes and projects. */
async function keysOf(owner: Person, boss: Person): Promise<Caller[]> {
  const other = await newProject(owner.token)
  const caller = async (name: string, { id }: Person, key: Key, fields: object = {}): Promise<Caller> => {
    const made = await newApiKey(name.startsWith('an admin') ? boss : owner, { scopes: key.scopes, ...fields })
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

/** The status that a caller gets from a route that is open to `access` and to every higher role. */
export function expectedStatus(caller: Caller, route: Route): number {
  const { key } = caller
  if (!key || route.access === 'public') return statusByRole(caller, route)
  if (route.access === 'session' || !route.needs.every((scope) => key.scopes.includes(scope))) return 403
  if (isOutOfReach(caller, route)) return 403
  if (key.elsewhere && ROLES.some((role) => role === route.access)) return 404
  return statusByRole(key.scopes.includes('admin') ? { ...caller, name: 'an administrator' } : caller, route)
}

/**
 * Whether the caller is a key that is bound to some projects, and the route is outside of projects and closed to such
 * keys.
 */
export const isOutOfReach = ({ key }: Caller, { access, bound_keys }: Omit<Route, 'ok'>) =>
  Boolean(key?.elsewhere) && !bound_keys && !ROLES.some((role) => role === access)

function statusByRole({ name, token, role }: Caller, { access, ok }: Route): number {
  if (access === 'public') return ok
  if (!token || name === 'a forged token' || name === 'a disabled account') return 401
  if (access === 'user' || access === 'session' || name === 'an administrator') return ok
  if (access === 'admin') return 403
  if (!role) return 404
  return ROLES.indexOf(role) >= ROLES.indexOf(access) ? ok : 403
}

/** The code of the problem with which a caller gets 401. */
export function unauthorizedCode({ name, token }: Caller): string {
  if (!token) return 'token_missing'
  return name === 'a disabled account' ? 'token_revoked' : 'token_invalid'
}
