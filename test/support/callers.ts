import { admin, call, join, type Person, person, project } from './api.ts'

export const ROLES = ['viewer', 'commenter', 'contributor', 'editor', 'manager'] as const
export type Access = 'public' | 'user' | 'admin' | (typeof ROLES)[number]

/** Who calls. Without a token: nobody. */
export type Caller = Partial<Person> & { name: string; role?: (typeof ROLES)[number] }
export type World = { owner: Person; board: any; callers: Caller[] }

/** A board, and somebody of every kind to look at it. */
export async function newWorld(): Promise<World> {
  const [owner, boss] = [await person('Owner'), await admin()]
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
  ]
  return { owner, board, callers }
}

/** What a caller gets from a route that is open from `access` upwards. */
export function expectedStatus({ name, token, role }: Caller, { access, ok }: { access: Access; ok: number }): number {
  if (access === 'public') return ok
  if (!token || name === 'a forged token' || name === 'a disabled account') return 401
  if (access === 'user' || name === 'an administrator') return ok
  if (access === 'admin') return 403
  if (!role) return 404
  return ROLES.indexOf(role) >= ROLES.indexOf(access) ? ok : 403
}
