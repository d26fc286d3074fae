import { randomBytes } from 'node:crypto'
import type { Person } from '../support/people.ts'
import type { Attacker } from './attacker.ts'
import { historyOf } from './history.ts'

/** How large what they send is: tasks of an import, of a flood of reminders, and of somebody who is then removed. */
export type Sizes = { trashed: number; overdue: number; assigned: number }

/** Several lanes of one attacker: each does its act again and again. */
export type Attack = (attacker: Attacker, sizes: Sizes) => Promise<(() => Promise<unknown>)[]>

const today = () => new Date().toISOString().slice(0, 10)
const madeUp = (bytes: number) => randomBytes(bytes).toString('base64url')
const importOf = (attacker: Attacker, history: string) =>
  attacker.call(
    attacker.me.token,
    'POST',
    `/projects/import?key=N${madeUp(16)
      .replace(/[^a-z]/gi, '')
      .slice(0, 7)
      .toUpperCase()}`,
    history,
  )

const newProject = async (attacker: Attacker): Promise<string> =>
  (await attacker.call(attacker.me.token, 'POST', '/projects', { name: 'Noise' })).body.id

/** A project that its other people are in: an import finds those only whom one works with. */
async function gather(attacker: Attacker): Promise<{ project_id: string; others: Person[] }> {
  const { token } = attacker.me
  const project_id = await newProject(attacker)
  const others = attacker.people.slice(1)
  for (const { id } of others)
    await attacker.call(token, 'POST', `/projects/${project_id}/members`, { user_id: id, role: 'viewer' })
  return { project_id, others }
}

/** Projects whose trash is all due at once. */
const importTrash: Attack = async (attacker, { trashed }) => {
  const deleted_at = new Date(Date.now() - 39 * 86_400_000).toISOString()
  return [() => importOf(attacker, historyOf(attacker.me, [], trashed, { deleted_at }))]
}

/** Fifty people of its own, each to be reminded of thousands of tasks. */
const floodReminders: Attack = async (attacker, { overdue }) => {
  const { others } = await gather(attacker)
  const assignee_ids = attacker.people.map(({ id }) => id)
  return [() => importOf(attacker, historyOf(attacker.me, others, overdue, { due_date: today(), assignee_ids }))]
}

/** Descriptions as long as they may be, and readers of pages that are full of them. */
const readHugeTexts: Attack = async (attacker) => {
  const { token } = attacker.me
  const { project_id, others } = await gather(attacker)
  const write = () => attacker.call(token, 'POST', '/tasks', { project_id, title: 'Huge', description: madeUp(74_000) })
  const pages = ['activity?limit=100', 'board?per_column=100', 'activity?limit=100']
  const reads = others
    .slice(0, pages.length)
    .map((reader, n) => () => attacker.call(reader.token, 'GET', `/projects/${project_id}/${pages[n]}`))
  return [write, ...reads]
}

/** Keys and tickets that nobody was given. */
const makeUpCredentials: Attack = async (attacker) => [
  () => attacker.call(`ft_${madeUp(16)}${madeUp(16)}${madeUp(32)}`, 'GET', '/projects'),
  () => attacker.knock(`/ws/projects/${crypto.randomUUID()}?ticket=${madeUp(32)}`),
]

const askReadiness: Attack = async (attacker) => [
  () => attacker.call('', 'GET', '/readyz'),
  () => attacker.call('', 'GET', '/readyz'),
]

/** Pictures that are drawn anew for each of many links. */
const lookAtPictures: Attack = async (attacker) => {
  const { token } = attacker.me
  const project_id = await newProject(attacker)
  const paths: string[] = []
  for (let seed = 0; seed < 20; seed++) {
    const link = { project_id, report: 'forecast', query: { seed } }
    const { status, body } = await attacker.call(token, 'POST', '/reports/links', link)
    if (status === 201) paths.push(new URL(body.url).pathname + new URL(body.url).search)
  }
  let n = 0
  const look = () => attacker.call('', 'GET', paths[n++ % paths.length] ?? '/')
  return [look, look]
}

/** Projects of one name, each of which needs a key of its own. */
const crowdKeys: Attack = async (attacker) =>
  attacker.people.slice(0, 2).map(
    ({ token }) =>
      () =>
        attacker.call(token, 'POST', '/projects', { name: 'Zzz' }),
  )

/** Members with thousands of tasks, who are removed. */
const removeAssigned: Attack = async (attacker, { assigned }) => {
  const [mole] = (await gather(attacker)).others as [Person]
  const { token } = attacker.me
  const round = async () => {
    const { status, body } = await importOf(
      attacker,
      historyOf(attacker.me, [mole], assigned, { assignee_ids: [mole.id] }),
    )
    if (status !== 201) return
    const path = `/projects/${body.project.id}`
    await attacker.call(token, 'DELETE', `${path}/members/${mole.id}`)
    await attacker.call(token, 'PATCH', `${path}/columns/todo`, { category: 'in_progress' })
  }
  return [round]
}

/** API keys: made, used once and revoked. Socket tickets: made, and never used. */
const churnCredentials: Attack = async (attacker) => {
  const churn = async (token: string) => {
    const { status, body } = await attacker.call(token, 'POST', '/users/me/keys', { name: 'Noise', scopes: ['read'] })
    if (status !== 201) return
    await attacker.call(body.key, 'GET', '/projects')
    await attacker.call(token, 'POST', '/auth/ws-ticket')
    await attacker.call(token, 'DELETE', `/users/me/keys/${body.id}`)
  }
  return attacker.people.slice(0, 2).map(
    ({ token }) =>
      () =>
        churn(token),
  )
}

/** What each of the eight does; the fifth does two things. */
export const ATTACKS: Record<string, Attack> = {
  imports_of_trash: importTrash,
  reminder_floods: floodReminders,
  huge_texts: readHugeTexts,
  made_up_credentials: makeUpCredentials,
  readiness_and_pictures: async (attacker, sizes) =>
    (await Promise.all([askReadiness, lookAtPictures].map((attack) => attack(attacker, sizes)))).flat(),
  project_keys: crowdKeys,
  assigned_removed: removeAssigned,
  credentials: churnCredentials,
}
