import { inject } from 'vitest'
import type { Ctx } from '../../src/context.ts'
import { endOtherSessions, endSession, issueTicket, refresh } from '../../src/features/auth/service.ts'
import { changePassword, login, register } from '../../src/features/auth/sign-in.ts'
import { importProject } from '../../src/features/import-export/import.ts'
import { invite, revokeInvitation } from '../../src/features/invitations/service.ts'
import { createKey, revokeKey } from '../../src/features/keys/service.ts'
import { addMember, removeMember } from '../../src/features/members/service.ts'
import { createProject, deleteProject } from '../../src/features/projects/service.ts'
import { confirmRecovery, makeRecoveryLink } from '../../src/features/recovery/service.ts'
import { createReportLink } from '../../src/features/reports/links/service.ts'
import { createUser, deleteUser, getMe, getUser, updateUser } from '../../src/features/users/service.ts'
import { AppError } from '../../src/lib/errors.ts'
import { actorOfKey } from '../../src/security/api-key.ts'
import { hashPassword } from '../../src/security/passwords.ts'
import { formatRefresh, hashSecret, newSecret } from '../../src/security/tokens.ts'
import { actingAs, queryRows, sql } from './node.ts'

/**
 * Creating acts, which make a credential or a right (CREATES), and ending acts, which end access (ENDS). A new act of
 * either kind is added here. A test fails until each creating act says of each ending act whether the two can conflict.
 */

const OLD = 'the old password'
const CHANGED = 'staple horse battery'
const RECOVERED = 'battery horse staple'
const DEVICE = { user_agent: null, ip: null }
const oldHash = hashPassword(OLD, Number(inject('vars').SCRYPT_LOG2_N))

/**
 * The people of a race, and their project. `person`: has two sessions and an API key, and may be an administrator;
 * `root`: an administrator; `manager`: of `project`.
 */
export type Actors = Awaited<ReturnType<typeof newActors>>

const DIRECT = { ip: null, in_cookie: false }
const anonymousContext = () => actingAs({ user_id: '', session_id: '', role: 'member', expires_at: 0 })

async function newAccount(role: 'admin' | 'member') {
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

async function newSession(user_id: string) {
  const session_id = crypto.randomUUID()
  await sql.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    [session_id, user_id],
  )
  return () => actingAs({ user_id, session_id, role: 'member', expires_at: Date.now() + 9e7 })
}

export async function newActors({ admin, outside }: Pick<Creating, 'admin' | 'outside'>) {
  const [root, manager, person] = [
    await newAccount('admin'),
    await newAccount('member'),
    await newAccount(admin ? 'admin' : 'member'),
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
    other: await newSession(person.user_id),
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
export type Stage = Actors & Prepared

type End = { end: (w: Stage) => Promise<unknown>; restore?: (w: Stage) => Promise<unknown> }

const ME = ({ person }: Actors) => person.user_id

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
    end: (w) => confirmRecovery(anonymousContext(), { token: w.recovery ?? '', password: RECOVERED }, DEVICE),
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
  /**
   * Whether the act waits for a transaction that locks the account's row. It need not if each ending act writes the row
   * that it makes, or if that row is checked against the account at each use.
   */
  locks: boolean
  prepare?: (w: Actors) => Promise<Prepared>
  make: (w: Stage) => Promise<any>
  /** For `doesWork`: uses what was made. It may work only once. */
  works: (w: Stage, made: any) => Promise<unknown>
  /** What was made must not survive these acts. */
  ended_by: Ending[]
  /** The other ending acts, by the reason why what was made may survive them. */
  spared: Record<string, Ending[]>
}

const ACCOUNT = ['disabling the account', 'deleting the account', 'recovering the account'] as const
const SESSIONS = ['changing the password', 'ending the session', 'ending all other sessions'] as const
const MEMBERSHIP = ['removing the member', 'leaving the project', 'deleting the project'] as const

const NO_PROJECT = 'it belongs to no project'
const NO_SESSION = 'it outlives the session that made it'
const ROLE = 'it does not depend on being an administrator'
const UNRELATED = 'the two acts concern different things'
const PASSWORD = 'the act does not end a password'
const DEMOTION = 'demoting the administrator'
const INVITATION = 'revoking the invitation'
const KEY = 'revoking the key'
const OTHERS = 'what an administrator gave to somebody else stays theirs'

const findUsableLink = (token: string) => queryRows('select 1 from usable_recovery_link($1)', [hashSecret(token)])
const spendTicket = (ticket: string) => queryRows('select * from spend_ticket($1)', [hashSecret(ticket)])
const membershipsOf = (w: Actors) => queryRows('select 1 from project_members where user_id = $1', [ME(w)])
const signIn = (w: Actors, password: string) => login(anonymousContext(), { email: w.email, password }, DEVICE)
const sessionOf = (access: string) => JSON.parse(atob(access.split('.')[1] ?? '')).sid as string

/** An exported file, as a stream of bytes, that makes these people members of a new project: `importer` its manager. */
function fileOf(importer: string, people: string[]) {
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

export const importWith = (ctx: Ctx, people: string[]) =>
  importProject(ctx, { body: fileOf(ctx.actor.user_id, people), key: undefined })

export const CREATES: Record<string, Creating> = {
  'a session': {
    locks: true,
    make: (w) => signIn(w, OLD),
    works: (w, { tokens }) => getMe(actingAs({ ...w.person.as().actor, session_id: sessionOf(tokens.access) })),
    ended_by: [...ACCOUNT, 'changing the password'],
    spared: {
      'whoever knows the password may sign in right after': ['ending the session', 'ending all other sessions'],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'a refresh token': {
    locks: false,
    make: (w) =>
      refresh(anonymousContext(), formatRefresh(w.person.as().config, w.person.session_id, w.person.secret), DIRECT),
    works: (_w, { tokens }) => refresh(anonymousContext(), tokens.refresh, DIRECT),
    ended_by: [...ACCOUNT, ...SESSIONS],
    spared: { [ROLE]: [DEMOTION], [NO_PROJECT]: [...MEMBERSHIP], [UNRELATED]: [KEY, INVITATION] },
  },
  'a ticket of a session': {
    locks: true,
    make: (w) => issueTicket(w.person.as()),
    works: (_w, { ticket }) => spendTicket(ticket),
    ended_by: [...ACCOUNT, ...SESSIONS],
    spared: { [ROLE]: [DEMOTION], 'its socket asks for the project': [...MEMBERSHIP], [UNRELATED]: [KEY, INVITATION] },
  },
  'a ticket of an API key': {
    locks: true,
    make: (w) => issueTicket(actingAs(actorOfKey(w.key))),
    works: (_w, { ticket }) => spendTicket(ticket),
    ended_by: [...ACCOUNT, KEY],
    spared: {
      'no session made it': [...SESSIONS],
      [ROLE]: [DEMOTION],
      'its socket asks for the project': [...MEMBERSHIP],
      [UNRELATED]: [INVITATION],
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
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'a report link': {
    locks: true,
    make: (w) =>
      createReportLink(
        w.person.as(),
        { project_id: w.project, report: 'burnup', query: {}, expires_in: 3600 } as never,
        '',
      ),
    works: (w, { id }) => queryRows('select require_link($1, $2)', [id, w.project]),
    ended_by: [...ACCOUNT, ...MEMBERSHIP],
    spared: { [NO_SESSION]: [...SESSIONS, KEY], [ROLE]: [DEMOTION], [UNRELATED]: [INVITATION] },
  },
  'a recovery link': {
    locks: true,
    make: (w) => makeRecoveryLink(w.root.as(), ME(w)),
    works: (_w, { token }) => findUsableLink(token),
    ended_by: ['disabling the account', 'deleting the account'],
    spared: {
      'of two links the newer one counts, and an administrator may make one right after': ['recovering the account'],
      'it is for people who lost the password': [...SESSIONS],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'a recovery link for somebody else': {
    admin: true,
    locks: true,
    make: (w) => makeRecoveryLink(w.person.as(), w.manager.user_id),
    works: (_w, { token }) => findUsableLink(token),
    ended_by: [...ACCOUNT, DEMOTION],
    spared: { [NO_SESSION]: [...SESSIONS, KEY], [NO_PROJECT]: [...MEMBERSHIP], [UNRELATED]: [INVITATION] },
  },
  'an invitation': {
    admin: true,
    locks: true,
    make: (w) => invite(w.person.as(), { email: `${crypto.randomUUID()}@example.com`, role: 'member' }),
    works: (_w, { email, token }) =>
      register(anonymousContext(), { email, name: 'Nn', password: CHANGED, invitation: token }, DEVICE),
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
        anonymousContext(),
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
    works: membershipsOf,
    ended_by: ['deleting the account', 'deleting the project'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      'a removal ends only what is there already': ['removing the member', 'leaving the project'],
      [NO_SESSION]: [...SESSIONS],
      [ROLE]: [DEMOTION],
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'a project': {
    outside: true,
    locks: true,
    make: (w) => createProject(w.person.as(), { name: 'Mine' }),
    works: membershipsOf,
    ended_by: ['deleting the account'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      [NO_SESSION]: [...SESSIONS, KEY],
      [ROLE]: [DEMOTION],
      'it is another project': [...MEMBERSHIP],
      [UNRELATED]: [INVITATION],
    },
  },
  'an imported project': {
    outside: true,
    locks: true,
    make: (w) => importWith(w.person.as(), [ME(w)]),
    works: membershipsOf,
    ended_by: ['deleting the account'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      [NO_SESSION]: [...SESSIONS, KEY],
      [ROLE]: [DEMOTION],
      'it is another project': [...MEMBERSHIP],
      [UNRELATED]: [INVITATION],
    },
  },
  'a membership by import': {
    locks: true,
    make: (w) => importWith(w.manager.as(), [w.manager.user_id, ME(w)]),
    works: async (w) =>
      queryRows('select 1 from project_members where user_id = $1 and project_id <> $2', [ME(w), w.project]),
    ended_by: ['deleting the account'],
    spared: {
      'an account that comes back is a member where it was': ['disabling the account', 'recovering the account'],
      [NO_SESSION]: [...SESSIONS],
      [ROLE]: [DEMOTION],
      'it is another project': [...MEMBERSHIP],
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'a chosen password': {
    locks: true,
    make: (w) => changePassword(w.person.as(), { current: OLD, new: CHANGED }),
    works: (w) => signIn(w, CHANGED),
    ended_by: ['deleting the account', 'recovering the account', 'changing the password'],
    spared: {
      [PASSWORD]: ['disabling the account', 'ending the session', 'ending all other sessions'],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'a recovered password': {
    locks: true,
    make: (w) => confirmRecovery(anonymousContext(), { token: w.recovery ?? '', password: RECOVERED }, DEVICE),
    works: (w) => signIn(w, RECOVERED),
    ended_by: ['deleting the account'],
    spared: {
      [PASSWORD]: ['disabling the account', 'ending the session', 'ending all other sessions'],
      'a link outlives a change of the password, which a thief could make': ['changing the password'],
      'it is itself a recovery': ['recovering the account'],
      [ROLE]: [DEMOTION],
      [NO_PROJECT]: [...MEMBERSHIP],
      [UNRELATED]: [KEY, INVITATION],
    },
  },
  'the role of administrator, given to somebody else': {
    admin: true,
    locks: true,
    make: (w) => updateUser(w.person.as(), w.manager.user_id, { role: 'admin' }),
    works: (w) => getUser(w.manager.as(), w.root.user_id),
    ended_by: [],
    spared: { [OTHERS]: [...ENDINGS] },
  },
  'an account, opened for somebody else': {
    admin: true,
    locks: true,
    make: (w) =>
      createUser(w.person.as(), {
        email: `${crypto.randomUUID()}@example.com`,
        name: 'Nn',
        password: OLD,
        role: 'member',
      }),
    works: (_w, { email }) => login(anonymousContext(), { email, password: OLD }, DEVICE),
    ended_by: [],
    spared: { [OTHERS]: [...ENDINGS] },
  },
}

/** New actors, prepared for this creating act and for this ending act, if any. */
export async function stageFor(creating: Creating, ending: Ending | undefined): Promise<Stage> {
  const w = await newActors(creating)
  const prepared = (await creating.prepare?.(w)) ?? {}
  const needsLink = ending === 'recovering the account' || creating === CREATES['a recovered password']
  return { ...w, ...prepared, ...(needsLink && { recovery: (await makeRecoveryLink(w.root.as(), ME(w))).token }) }
}

/** The answer of an act, or the code of its refusal (an AppError). Throws any other error. */
export async function resultOf(act: Promise<any>): Promise<{ answer: any } | { refused: string }> {
  try {
    return { answer: await act }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { refused: error.code }
  }
}

/**
 * Whether `use` works: false if it is refused by the API or the database (FT…), or finds no row. Throws any other
 * error.
 */
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
