import { randomBytes } from 'node:crypto'
import type { Person } from '../support/people.ts'
import type { Attacker } from './attacker.ts'
import { makeOldProjectFile } from './old-project.ts'

/** How many tasks one import has in the trash, overdue (for reminders), and assigned to a member who is removed. */
export type Sizes = { trashed: number; overdue: number; assigned: number }

/** Prepares an attacker. Returns its lanes: each is one operation, which is repeated. */
export type Attack = (attacker: Attacker, sizes: Sizes) => Promise<(() => Promise<unknown>)[]>

const today = () => new Date().toISOString().slice(0, 10)
const makeSecret = (bytes: number) => randomBytes(bytes).toString('base64url')
const importOf = (attacker: Attacker, history: string) =>
  attacker.call(
    attacker.me.token,
    'POST',
    `/projects/import?key=N${makeSecret(16)
      .replace(/[^a-z]/gi, '')
      .slice(0, 7)
      .toUpperCase()}`,
    history,
  )

const newProject = async (attacker: Attacker): Promise<string> =>
  (await attacker.call(attacker.me.token, 'POST', '/projects', { name: 'Noise' })).body.id

/** Puts the attacker's people into one project: an import makes members only of people who work with the importer. */
async function gather(attacker: Attacker): Promise<{ project_id: string; others: Person[] }> {
  const { token } = attacker.me
  const project_id = await newProject(attacker)
  const others = attacker.people.slice(1)
  for (const { id } of others)
    await attacker.call(token, 'POST', `/projects/${project_id}/members`, { user_id: id, role: 'viewer' })
  return { project_id, others }
}

/** Imports projects with tasks in the trash, all to be deleted at once. */
const importTrash: Attack = async (attacker, { trashed }) => {
  const deleted_at = new Date(Date.now() - 39 * 86_400_000).toISOString()
  return [() => importOf(attacker, makeOldProjectFile(attacker.me, [], trashed, { deleted_at }))]
}

/** Imports tasks that are due today, each assigned to all people of the attacker. */
const floodReminders: Attack = async (attacker, { overdue }) => {
  const { others } = await gather(attacker)
  const assignee_ids = attacker.people.map(({ id }) => id)
  return [
    () => importOf(attacker, makeOldProjectFile(attacker.me, others, overdue, { due_date: today(), assignee_ids })),
  ]
}

/** Writes descriptions almost as long as allowed, and reads pages full of them. */
const readHugeTexts: Attack = async (attacker) => {
  const { token } = attacker.me
  const { project_id, others } = await gather(attacker)
  const write = () =>
    attacker.call(token, 'POST', '/tasks', { project_id, title: 'Huge', description: makeSecret(74_000) })
  const pages = ['activity?limit=100', 'board?per_column=100', 'activity?limit=100']
  const reads = others
    .slice(0, pages.length)
    .map((reader, n) => () => attacker.call(reader.token, 'GET', `/projects/${project_id}/${pages[n]}`))
  return [write, ...reads]
}

/** Sends keys and tickets that were never issued. */
const makeUpCredentials: Attack = async (attacker) => [
  () => attacker.call(`ft_${makeSecret(16)}${makeSecret(16)}${makeSecret(32)}`, 'GET', '/projects'),
  () => attacker.tryTicket(`/ws/projects/${crypto.randomUUID()}?ticket=${makeSecret(32)}`),
]

const askReadiness: Attack = async (attacker) => [
  () => attacker.call('', 'GET', '/readyz'),
  () => attacker.call('', 'GET', '/readyz'),
]

/** Requests pictures by many links, each of which draws another picture. */
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

/** Creates projects with one name, so that the server has to find a free key for each. */
const crowdKeys: Attack = async (attacker) =>
  attacker.people.slice(0, 2).map(
    ({ token }) =>
      () =>
        attacker.call(token, 'POST', '/projects', { name: 'Zzz' }),
  )

/** Imports many tasks of one member, and removes that member. */
const removeAssigned: Attack = async (attacker, { assigned }) => {
  const [mole] = (await gather(attacker)).others as [Person]
  const { token } = attacker.me
  const round = async () => {
    const { status, body } = await importOf(
      attacker,
      makeOldProjectFile(attacker.me, [mole], assigned, { assignee_ids: [mole.id] }),
    )
    if (status !== 201) return
    const path = `/projects/${body.project.id}`
    await attacker.call(token, 'DELETE', `${path}/members/${mole.id}`)
    await attacker.call(token, 'PATCH', `${path}/columns/todo`, { category: 'in_progress' })
  }
  return [round]
}

/** Creates API keys, uses them once and revokes them; creates socket tickets, and never uses them. */
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

/** The eight attackers, by the name of their attack; the fifth makes two attacks. */
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
