import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import type { Board } from '../../../client/src/index.ts'
import { api } from '../support/api.ts'
import type { Deployment } from '../support/deployment.ts'
import { newPerson, newProject } from '../support/people.ts'
import type { Site } from '../support/site.ts'
import { Client } from './client.ts'

const CLIENTS_PER_REGION = 10
/** Far more than a tick and a second, for busy machines. */
const CONVERGE_WITHIN_MS = 20_000

/** A new board of a new account, and the clients that show it, in both regions. */
export interface Scene {
  token: string
  project_id: string
  /** Another project of the account, which no client shows. */
  shelf: string
  clients: Client[]
}

/** Removes all faults, makes a board, and opens it with ten clients in each region. */
export async function newScene(sites: Deployment['sites']): Promise<Scene> {
  for (const site of sites) await site.heal()
  const person = await newPerson(sites[0], 'Chaos')
  const { token } = person
  const project_id = await newProject(sites[0], person, 'Chaos')
  const shelf = await newProject(sites[0], person, 'Shelf')
  const opening = Array.from({ length: CLIENTS_PER_REGION }, () =>
    sites.map((site) => Client.open(site, token, project_id)),
  )
  return { token, project_id, shelf, clients: await Promise.all(opening.flat()) }
}

const shownOf = ({ columns }: Board) => columns.map(({ key, task_count, tasks }) => ({ key, task_count, tasks }))

/** The board as the database holds it. */
async function readBoard(site: Site, { token, project_id }: Pick<Scene, 'token' | 'project_id'>): Promise<Board> {
  return (await api<Board>(site, 'GET', `/projects/${project_id}/board?per_column=100`, token)).body
}

/** The violations in the clients' mutations: one that succeeded must be in the journal once; a refused one must not. */
export async function judgeMutations(sql: pg.Pool, { clients, project_id, shelf }: Scene): Promise<string[]> {
  const mutations = clients.flatMap((client) => client.mutations)
  const { rows } = await sql.query<{ request_id: string; made: number; events: number }>(
    `select request_id, count(*)::int as events, (count(*) filter (where action in ('task.created', 'comment.created')))::int as made
      from activity_logs where project_id = any($1) and request_id = any($2) group by request_id`,
    [[project_id, shelf], mutations.map(({ key }) => key)],
  )
  const found = new Map(rows.map((row) => [row.request_id, row]))
  return mutations.flatMap(({ key, kind, settled }) => {
    const { made = 0, events = 0 } = found.get(key) ?? {}
    const wanted = settled?.ok && (kind === 'create' || kind === 'comment') ? 1 : 0
    if (settled && made === wanted && (settled.ok || events === 0)) return []
    return [
      `${kind} ${key}: ${settled ? (settled.ok ? 'done' : settled.problem.code) : 'no answer'}, in the journal ${events} events`,
    ]
  })
}

/**
 * Waits until every client has the last event, but no longer than `CONVERGE_WITHIN_MS` after `from`. Returns how long
 * that took, in ms since `from`, and what is wrong with each client.
 */
export async function judgeClients(
  site: Site,
  scene: Omit<Scene, 'shelf'>,
  from: number,
): Promise<{ violations: string[]; converged_ms: number }> {
  const truth = await readBoard(site, scene)
  const isLate = () => Date.now() - from > CONVERGE_WITHIN_MS
  while (scene.clients.some(({ seq }) => seq < truth.seq) && !isLate()) await wait(5)
  const converged_ms = Date.now() - from
  const violations = scene.clients.flatMap((client, i) => {
    const name = `client ${i} in ${client.site.region}`
    const found = client.violations.map((violation) => `${name}: ${violation}`)
    if (client.seq !== truth.seq) found.push(`${name}: stopped at ${client.seq} of ${truth.seq}`)
    else if (!isDeepStrictEqual(shownOf(client.board), shownOf(truth))) found.push(`${name}: shows another board`)
    const { pending } = client.live.getSnapshot()
    if (pending > 0) found.push(`${name}: ${pending} acts have no answer`)
    return found
  })
  return { violations, converged_ms }
}
