import { inject } from 'vitest'
import type { Ctx } from '../../src/context.ts'
import { endOtherSessions, endSession, issueTicket, refresh } from '../../src/features/auth/service.ts'
import { changePassword, login, register } from '../../src/features/auth/sign-in.ts'
import { importProject } from '../../src/features/import-export/import.ts'
import { invite, revokeInvitation } from '../../src/features/invitations/service.ts'
import { createKey, revokeKey } from '../../src/features/keys/service.ts'
import { addMember, removeMember } from '../../src/features/members/service.ts'
import { createProject, deleteProject } from '../../src/features/projects/service.ts'
import { confirm, makeLink } from '../../src/features/recovery/service.ts'
import { createLink } from '../../src/features/reports/links/service.ts'
import { deleteUser, getMe, updateUser } from '../../src/features/users/service.ts'
import { AppError } from '../../src/lib/errors.ts'
import { actorOfKey } from '../../src/security/api-key.ts'
import { hashPassword } from '../../src/security/passwords.ts'
import { formatRefresh, hashSecret, newSecret } from '../../src/security/tokens.ts'
import { actingAs, rows, sql } from './node.ts'

/**
 * What makes a credential or a right, and what ends access. A new one of either kind is a line here, and a test
 * fails until it says of each of the other kind whether they meet.
 */

const OLD = 'the old password'
const CHANGED = 'staple horse battery'
const RECOVERED = 'battery horse staple'
const DEVICE = { user_agent: null, ip: null }
const oldHash = hashPassword(OLD, Number(inject('vars').SCRYPT_LOG2_N))

/** A person in two sessions and with an API key, who may be an administrator; and those around them. */
export type World = Awaited<ReturnType<typeof newWorld>>

const DIRECT = { ip: null, in_cookie: false }
const anonymous = () => actingAs({ user_id: '', session_id: '', role: 'member', expires_at: 0 })

async function account(role: 'admin' | 'member') {
  const [user_id, session_id, secret] = [crypto.randomUUID(), crypto.randomUUID(), newSecret()]
  await sql.query(
    `with person as (insert into users (id, email, name, role, password_hash) values ($1::uuid, $1::text || '@example.com', 'Nn', $2, $3) returning id)
     insert into sessions (id, user_id, refresh_hash, expires_at) select $4, id, $5, now() + interval '1 day' from person`,
    [user_id, role, oldHash, session_id, hashSecret(secret)],
  )
  return {
    user_id,
    session_id,
    secret,
    as: () => actingAs({ user_id, session_id, role, expires_at: Date.now() + 9e7 }),
  }
}

async function secondSession(user_id: string) {
  const session_id = crypto.randomUUID()
  await sql.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    [session_id, user_id],
  )
  return () => actingAs({ user_id, session_id, role: 'member', expires_at: Date.now() + 9e7 })
}

export async function newWorld({ admin, outside }: Pick<Creating, 'admin' | 'outside'>) {
  const [root, manager, person] = [
    await account('admin'),
    await account('member'),
    await account(admin ? 'admin' : 'member'),
  ]
  const { row } = await createProject(manager.as(), { name: 'Race' })
  if (!outside) await addMember(manager.as(), row.id, { user_id: person.user_id, role: 'editor' })
  const { key } = await createKey(person.as(), {
    name: 'k',
    scopes: ['read', 'write'],
    project_ids: null,
    expires_at: null,
  })
  return {
    root,
    manager,
    person,
    other: await secondSession(person.user_id),
    project: row.id,
    key,
    email: `${person.user_id}@example.com`,
  }
}

export const ENDINGS = [
  'disabling the account',
  'deleting the account',
  'demoting the administrator',
  'recovering the account',
  'changing the password',
  'ending the session',
  'ending all other sessions',
  'revoking the key',
  'removing the member',
  'leaving the project',
  'deleting the project',
  'revoking the invitation',
] as const
export type Ending = (typeof ENDINGS)[number]

type Prepared = { recovery?: string; invitation?: { id: string; token: string; email: string } }
export type Stage = World & Prepared

type End = { end: (w: Stage) => Promise<unknown>; restore?: (w: Stage) => Promise<unknown> }

const ME = ({ person }: World) => person.user_id

export const ENDS: Record<Ending, End> = {
  'disabling the account': {
    end: (w) => updateUser(w.root.as(), ME(w), { is_active: false }),
    restore: (w) => updateUser(w.root.as(), ME(w), { is_active: true }),
  },
  'deleting the account': { end: (w) => deleteUser(w.root.as(), ME(w)) },
  'demoting the administrator': {
    end: (w) => updateUser(w.root.as(), ME(w), { role: 'member' }),
    restore: (w) => updateUser(w.root.as(), ME(w), { role: 'admin' }),
  },
  'recovering the account': {
    end: (w) => confirm(anonymous(), { token: w.recovery ?? '', password: RECOVERED }, DEVICE),
  },
  'changing the password': { end: (w) => changePassword(w.other(), { current: OLD, new: 'another horse battery' }) },
  'ending the session': { end: (w) => endSession(w.other(), w.person.session_id, 'revoked') },
  'ending all other sessions': { end: (w) => endOtherSessions(w.other()) },
  'revoking the key': { end: (w) => revokeKey(w.other(), actorOfKey(w.key).session_id) },
  'removing the member': { end: (w) => removeMember(w.manager.as(), w.project, ME(w)) },
  'leaving the project': { end: (w) => removeMember(w.other(), w.project, ME(w)) },
  'deleting the project': { end: (w) => deleteProject(w.manager.as(), w.project) },
  'revoking the invitation': { end: (w) => revokeInvitation(w.root.as(), w.invitation?.id ?? '') },
}

export type Creating = {
  admin?: true
  /** The person is no member of the project yet. */
  outside?: true
  /** Whether it waits for who holds the account's row; if not, what it makes is a row that each ending writes, or asks each time. */
  locks: boolean
  prepare?: (w: World) => Promise<Prepared>
  make: (w: Stage) => Promise<any>
  /** Whether what was made works. May use it up. */
  works: (w: Stage, made: any) => Promise<unknown>
  ended_by: Ending[]
  /** Why it has nothing to fear of the others: every order of the two is right. */
  spared: Record<string, Ending[]>
}

const ACCOUNT = ['disabling the account', 'deleting the account', 'recovering the account'] as const
const SESSIONS = ['changing the password', 'ending the session', 'ending all other sessions'] as const
const MEMBERSHIP = ['removing the member', 'leaving the project', 'deleting the project'] as const

const NO_PROJECT = 'it is of no project'
const NO_SESSION = 'it outlives the session that made it'
const ROLE = 'it does not depend on being an administrator'
const ELSE = 'it has nothing to do with it'
const PASSWORD = 'a password is not ended by it'
const DEMOTION = 'demoting the administrator'
const INVITATION = 'revoking the invitation'
const KEY = 'revoking the key'

const usable = (token: string) => rows('select 1 from usable_recovery_link($1)', [hashSecret(token)])
const spends = (ticket: string) => rows('select * from spend_ticket($1)', [hashSecret(ticket)])
const memberships = (w: World) => rows('select 1 from project_members where user_id = $1', [ME(w)])
const signsIn = (w: World, password: string) => login(anonymous(), { email: w.email, password }, DEVICE)
const sessionOf = (access: string) => JSON.parse(atob(access.split('.')[1] ?? '')).sid as string

/** A file that makes these people members of a new project. */
function file(importer: string, people: string[]) {
  const at = new Date(Date.now() - 864e5).toISOString()
  const [project_id, key] = [
    crypto.randomUUID(),
    `R${crypto.randomUUID().replaceAll('-', '').slice(0, 9).toUpperCase()}`,
  ]
  const stamps = { created_at: at, updated_at: at }
  const project = {
    id: project_id,
    key,
    name: 'Imported',
    description: '',
    status: 'active',
    created_by: importer,
    start_date: null,
    due_date: null,
    ...stamps,
    seq: 1,
  }
  const column = {
    project_id,
    key: 'todo',
    name: 'To do',
    category: 'todo',
    position: '1024',
    color: null,
    wip_limit: null,
    wip_mode: 'warn',
  }
  const data = [
    ['project', project],
    ...people.map(
      (user_id) => ['member', { project_id, user_id, role: user_id === importer ? 'manager' : 'viewer' }] as const,
    ),
    ['column', column],
  ] as [string, { id?: string }][]
  const lines = data.map(([entity, row], n) => {
    const whole = { id: crypto.randomUUID(), ...stamps, ...row, seq: n + 1 }
    const action = entity === 'member' ? 'member.added' : `${entity}.created`
    return {
      project_id,
      seq: n + 1,
      user_id: importer,
      action,
      entity,
      entity_id: whole.id,
      task_id: null,
      changes: {},
      data: whole,
      request_id: null,
      created_at: at,
    }
  })
  const users = people.map((id) => ({ id, email: `${id}@example.com`, name: 'Nn' }))
  return new Blob([{ flowtrack: 1, project, users }, ...lines].map((line) => `${JSON.stringify(line)}\n`)).stream()
}

const bring = (ctx: Ctx, people: string[]) =>
  importProject(ctx, { body: file(ctx.actor.user_id, people), key: undefined })

export const CREATES: Record<string, Creating> = {
  'a session': {
    locks: true,
    make: (w) => signsIn(w, OLD),
    works: (w, { tokens }) => getMe(actingAs({ ...w.person.as().actor, session_id: sessionOf(tokens.access) })),
    ended_by: [...ACCOUNT, 'changing the password'],
    spared: {
      'who knows the password may sign in right after': ['ending the session', 'ending all other sessions'],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [ELSE]: [KEY, INVITATION],
    },
  },
  'a refresh token': {
    locks: false,
    make: (w) =>
      refresh(anonymous(), formatRefresh(w.person.as().config, w.person.session_id, w.person.secret), DIRECT),
    works: (_w, { tokens }) => refresh(anonymous(), tokens.refresh, DIRECT),
    ended_by: [...ACCOUNT, ...SESSIONS],
    spared: { [ROLE]: [DEMOTION], [NO_PROJECT]: [...MEMBERSHIP], [ELSE]: [KEY, INVITATION] },
  },
  'a ticket of a session': {
    locks: true,
    make: (w) => issueTicket(w.person.as()),
    works: (_w, { ticket }) => spends(ticket),
    ended_by: [...ACCOUNT, ...SESSIONS],
    spared: { [ROLE]: [DEMOTION], 'its socket asks for the project': [...MEMBERSHIP], [ELSE]: [KEY, INVITATION] },
  },
  'a ticket of an API key': {
    locks: true,
    make: (w) => issueTicket(actingAs(actorOfKey(w.key))),
    works: (_w, { ticket }) => spends(ticket),
    ended_by: [...ACCOUNT, KEY],
    spared: {
      'no session made it': [...SESSIONS],
      [ROLE]: [DEMOTION],
      'its socket asks for the project': [...MEMBERSHIP],
      [ELSE]: [INVITATION],
    },
  },
  'an API key': {
    locks: true,
    make: (w) => createKey(w.person.as(), { name: 'k', scopes: ['read'], project_ids: null, expires_at: null }),
    works: (_w, { key }) => getMe(actingAs(actorOfKey(key))),
    ended_by: [...ACCOUNT],
    spared: {
      [NO_SESSION]: [...SESSIONS],
      'each of its requests asks for the role': [DEMOTION, ...MEMBERSHIP],
      [ELSE]: [KEY, INVITATION],
    },
  },
  'a report link': {
    locks: true,
    make: (w) =>
      createLink(w.person.as(), { project_id: w.project, report: 'burnup', query: {}, expires_in: 3600 } as never, ''),
    works: (w, { id }) => rows('select require_link($1, $2)', [id, w.project]),
    ended_by: [...ACCOUNT, ...MEMBERSHIP],
    spared: { [NO_SESSION]: [...SESSIONS, KEY], [ROLE]: [DEMOTION], [ELSE]: [INVITATION] },
  },
  'a recovery link': {
    locks: true,
    make: (w) => makeLink(w.root.as(), ME(w)),
    works: (_w, { token }) => usable(token),
    ended_by: ['disabling the account', 'deleting the account'],
    spared: {
      'of two links the newer one counts, and an administrator may make one right after': ['recovering the account'],
      'it is for who lost the password': [...SESSIONS],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [ELSE]: [KEY, INVITATION],
    },
  },
  'a recovery link for somebody else': {
    admin: true,
    locks: true,
    make: (w) => makeLink(w.person.as(), w.manager.user_id),
    works: (_w, { token }) => usable(token),
    ended_by: [...ACCOUNT, DEMOTION],
    spared: { [NO_SESSION]: [...SESSIONS, KEY], [NO_PROJECT]: [...MEMBERSHIP], [ELSE]: [INVITATION] },
  },
  'an invitation': {
    admin: true,
    locks: true,
    make: (w) => invite(w.person.as(), { email: `${crypto.randomUUID()}@example.com`, role: 'member' }),
    works: (_w, { email, token }) =>
      register(anonymous(), { email, name: 'Nn', password: CHANGED, invitation: token }, DEVICE),
    ended_by: [...ACCOUNT, DEMOTION],
    spared: {
      [NO_SESSION]: [...SESSIONS, KEY],
      [NO_PROJECT]: [...MEMBERSHIP],
      'nobody can name it before it is made': [INVITATION],
    },
  },
  'an account by invitation': {
    locks: false,
    prepare: async (w) => ({
      invitation: await invite(w.root.as(), { email: `${crypto.randomUUID()}@example.com`, role: 'member' }),
    }),
    make: ({ invitation = { email: '', token: '' } }) =>
      register(
        anonymous(),
        { email: invitation.email, name: 'Nn', password: CHANGED, invitation: invitation.token },
        DEVICE,
      ),
    works: (_w, { user, tokens }) =>
      getMe(
        actingAs({
          user_id: user.id,
          session_id: sessionOf(tokens.access),
          role: 'member',
          expires_at: Date.now() + 9e7,
        }),
      ),
    ended_by: [INVITATION],
    spared: { 'it is an account of its own': [...ACCOUNT, ...SESSIONS, DEMOTION, KEY, ...MEMBERSHIP] },
  },
  'a membership': {
    outside: true,
    locks: true,
    make: (w) => addMember(w.manager.as(), w.project, { user_id: ME(w), role: 'editor' }),
    works: memberships,
    ended_by: ['deleting the account', 'deleting the project'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      'it ends what is there already': ['removing the member', 'leaving the project'],
      [NO_SESSION]: [...SESSIONS],
      [ROLE]: [DEMOTION],
      [ELSE]: [KEY, INVITATION],
    },
  },
  'a project': {
    outside: true,
    locks: true,
    make: (w) => createProject(w.person.as(), { name: 'Mine' }),
    works: memberships,
    ended_by: ['deleting the account'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      [NO_SESSION]: [...SESSIONS, KEY],
      [ROLE]: [DEMOTION],
      'it is another project': [...MEMBERSHIP],
      [ELSE]: [INVITATION],
    },
  },
  'an imported project': {
    outside: true,
    locks: true,
    make: (w) => bring(w.person.as(), [ME(w)]),
    works: memberships,
    ended_by: ['deleting the account'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      [NO_SESSION]: [...SESSIONS, KEY],
      [ROLE]: [DEMOTION],
      'it is another project': [...MEMBERSHIP],
      [ELSE]: [INVITATION],
    },
  },
  'a membership by import': {
    locks: true,
    make: (w) => bring(w.manager.as(), [w.manager.user_id, ME(w)]),
    works: async (w) =>
      rows('select 1 from project_members where user_id = $1 and project_id <> $2', [ME(w), w.project]),
    ended_by: ['deleting the account'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      [NO_SESSION]: [...SESSIONS],
      [ROLE]: [DEMOTION],
      'it is another project': [...MEMBERSHIP],
      [ELSE]: [KEY, INVITATION],
    },
  },
  'a chosen password': {
    locks: true,
    make: (w) => changePassword(w.person.as(), { current: OLD, new: CHANGED }),
    works: (w) => signsIn(w, CHANGED),
    ended_by: ['deleting the account', 'recovering the account', 'changing the password'],
    spared: {
      [PASSWORD]: ['disabling the account', 'ending the session', 'ending all other sessions'],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [ELSE]: [KEY, INVITATION],
    },
  },
  'a recovered password': {
    locks: true,
    make: (w) => confirm(anonymous(), { token: w.recovery ?? '', password: RECOVERED }, DEVICE),
    works: (w) => signsIn(w, RECOVERED),
    ended_by: ['deleting the account'],
    spared: {
      [PASSWORD]: ['disabling the account', 'ending the session', 'ending all other sessions'],
      'a link outlives a change of the password, which a thief could make': ['changing the password'],
      'it is one itself': ['recovering the account'],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [ELSE]: [KEY, INVITATION],
    },
  },
}

/** A world that is ready for the two acts. */
export async function stageFor(creating: Creating, ending: Ending | undefined): Promise<Stage> {
  const w = await newWorld(creating)
  const prepared = (await creating.prepare?.(w)) ?? {}
  const needsLink = ending === 'recovering the account' || creating === CREATES['a recovered password']
  return { ...w, ...prepared, ...(needsLink && { recovery: (await makeLink(w.root.as(), ME(w))).token }) }
}

/** What became of it: its answer, or the code of a refusal. Anything but a refusal is thrown. */
export async function settled(act: Promise<any>): Promise<{ answer: any } | { refused: string }> {
  try {
    return { answer: await act }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { refused: error.code }
  }
}

/** Whether something works: a refusal, and no row, is a no. */
export async function doesWork(use: Promise<unknown>): Promise<boolean> {
  try {
    const found = await use
    return !Array.isArray(found) || found.length > 0
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (error instanceof AppError || code.startsWith('FT')) return false
    throw error
  }
}
