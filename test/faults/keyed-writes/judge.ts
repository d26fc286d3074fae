import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import { type Entry, findDisagreements, journalOf } from '../support/ledger.ts'
import type { Scene, Wish, Work } from './writers.ts'

/** Journal rows that one write makes: a project comes with its manager and four columns. */
const EVENTS = { task: 1, move: 1, project: 6 }

type Kept = { key: string; status: number; body: Entry['data'] }

/** The notifications that a journal requires: `assigned` to a new task's assignees, `moved` to those of a moved one. */
function expectedNotificationsOf(journal: Entry[]): string[] {
  return journal.flatMap(({ seq, action, user_id, changes, data }) => {
    const people = (data.assignee_ids as string[] | undefined)?.filter((id) => id !== user_id) ?? []
    if (action === 'task.created') return people.map((id) => `${id} assigned ${seq}`)
    return action === 'task.moved' && changes.status ? people.map((id) => `${id} moved ${seq}`) : []
  })
}

async function findNotificationFaults(sql: Pool, { project_id }: Scene): Promise<string[]> {
  const text = `select user_id || ' ' || kind || ' ' || event_seq as told from notifications
    where project_id = $1 and kind in ('assigned', 'moved')`
  const { rows } = await sql.query<{ told: string }>(text, [project_id])
  const told = rows.map(({ told }) => told)
  const expected = expectedNotificationsOf(await journalOf(sql, project_id))
  const [have, want] = [new Set(told), new Set(expected)]
  return [
    ...(have.size < told.length ? ['a notification was made twice'] : []),
    ...expected.filter((one) => !have.has(one)).map((one) => `a notification is missing: ${one}`),
    ...told.filter((one) => !want.has(one)).map((one) => `a notification without a cause: ${one}`),
  ]
}

/** What is wrong with one write: acknowledged and not done, done twice, or not what its key has kept. */
function faultsOfWish({ key, kind, answer }: Wish, events: number, kept: Kept | undefined): string[] {
  const faults: string[] = []
  const done = answer !== undefined && answer.status < 300
  const changed = kind === 'move' && events === 0 ? 0 : EVENTS[kind] // a move in place writes no event
  if (events > EVENTS[kind]) faults.push('done twice')
  if (done && events !== changed) faults.push(`acknowledged, and ${events} of ${EVENTS[kind]} events are there`)
  if (done && !kept) faults.push('acknowledged, and its key is not kept')
  if (!kept && events > 0) faults.push('done, and its key is not kept')
  if (kept && events === 0 && kind !== 'move') faults.push('its key is kept, and nothing was done')
  if (done && kept && !isDeepStrictEqual(JSON.parse(answer.text), kept.body))
    faults.push('its answer is not the one that its key has kept')
  return faults.map((fault) => `${kind} ${key}: ${fault}`)
}

/** Everything that is wrong after a run. */
export async function judge(sql: Pool, scene: Scene, { wishes }: Work, since: Date): Promise<string[]> {
  const keys = wishes.map(({ key }) => key)
  const counted = await sql.query<{ key: string; events: number }>(
    'select request_id as key, count(*)::int as events from activity_logs where request_id = any($1) group by 1',
    [keys],
  )
  const events = new Map(counted.rows.map(({ key, events }) => [key, events]))
  const answers = await sql.query<Kept>(
    "select key, status, response -> 'body' as body from idempotency_keys where key = any($1)",
    [keys],
  )
  const kept = new Map(answers.rows.map((row) => [row.key, row]))
  return [
    ...wishes.flatMap((wish) => faultsOfWish(wish, events.get(wish.key) ?? 0, kept.get(wish.key))),
    ...(await findNotificationFaults(sql, scene)),
    ...(await findDisagreements(sql, since)),
  ]
}

/** How many writes had which outcome. */
export function figuresOf({ wishes, sent, lost, replayed }: Work): Record<string, number> {
  const answered = wishes.filter(({ answer }) => answer)
  const acknowledged = answered.filter(({ answer }) => answer && answer.status < 300).length
  const [refused, unanswered] = [answered.length - acknowledged, wishes.length - answered.length]
  return { writes: wishes.length, acknowledged, refused, unanswered, attempts: sent, answers_lost: lost, replayed }
}
