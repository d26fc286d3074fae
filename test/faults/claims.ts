import { setTimeout as wait } from 'node:timers/promises'
import { type Dice, seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { type Answer, api } from './support/api.ts'
import { type Deployment, runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { newPerson, newProject, type Person } from './support/people.ts'
import type { Site } from './support/site.ts'

/*
 * `npm run claims`: 16 workers in two regions work off one column of 1,000 cards. Some are killed at their work, some
 * come back after their lease of 2 s has ended, some give a card back. In the end the journal must show that each card
 * was completed once, by its holder, and that no late worker changed anything. Then claims and moves run alternately,
 * with as many clients: claims per second must be at least 0.7 of moves per second. Exits with 1 otherwise.
 *
 * --cards N   1,000 if left out, 160 with --short     --seed N
 */

const { values } = parseOptions({
  options: { cards: { type: 'string' }, short: { type: 'boolean', default: false }, seed: { type: 'string' } },
})
const CARDS = Number(values.cards ?? (values.short ? 160 : 1_000))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const WORKERS = 16
const LEASE_SECONDS = 2
/** The shares of claimed cards whose worker abandons them, as if it were killed, comes too late, or gives them back. */
const ABANDONED = 0.1
const LATE = 0.1
const RELEASED = 0.1
const ROUNDS = 9
const LEAST_RATIO = 0.7
const TIMEOUT_MS = 180_000

type Taken = { id: string; claim: { token: string } }
type Queue = { sites: Site[]; project_id: string; people: Person[]; dice: Dice }
type Tally = { abandoned: number; late: number; released: number; violations: string[] }

const claim = (site: Site, { token }: Person, project_id: string, from: string, to: string, lease_seconds: number) =>
  api<Taken>(site, 'POST', `/projects/${project_id}/claims`, token, { from, to, lease_seconds })

async function newQueue({ sites }: Deployment, dice: Dice): Promise<Queue> {
  const people: Person[] = []
  for (let n = 0; n < WORKERS; n += 1) people.push(await newPerson(sites[n % sites.length] as Site, `Worker ${n}`))
  const [owner] = people as [Person]
  const project_id = await newProject(sites[0], owner, 'Queue')
  for (const { id } of people.slice(1))
    await api(sites[0], 'POST', `/projects/${project_id}/members`, owner.token, { user_id: id, role: 'contributor' })
  for (let made = 0; made < CARDS; made += 100) {
    const operations = Array.from({ length: Math.min(100, CARDS - made) }, (_, n) => ({
      op: 'create',
      title: `Card ${made + n}`,
    }))
    await api(sites[0], 'POST', '/tasks/bulk', owner.token, { project_id, operations })
  }
  return { sites, project_id, people, dice }
}

/** Does what a worker does with a claimed card: leaves it, completes it too late, gives it back, or completes it. */
async function handle(queue: Queue, site: Site, { token }: Person, { id, claim }: Taken, tally: Tally): Promise<void> {
  const { dice } = queue
  const finish = (what: string, fields: object) =>
    api(site, 'POST', `/tasks/${id}/claim/${what}`, token, { token: claim.token, ...fields })
  const luck = dice()
  if (luck < ABANDONED) {
    tally.abandoned += 1
    return
  }
  if (luck < ABANDONED + LATE) {
    await wait(LEASE_SECONDS * 1_000 + 100)
    const { status } = await finish('complete', { status: 'done', comment: 'Too late' })
    tally.late += 1
    if (status !== 409) tally.violations.push(`a late worker of ${id} was answered with ${status}`)
    return
  }
  const released = luck < ABANDONED + LATE + RELEASED
  const { status } = await (released ? finish('release', {}) : finish('complete', { status: 'done' }))
  if (released) tally.released += 1
  // A worker whose machine stands still for two seconds is late, too.
  if (status !== 200 && status !== 409) tally.violations.push(`the holder of ${id} was answered with ${status}`)
}

async function work(queue: Queue, n: number, tally: Tally, done: () => Promise<boolean>): Promise<void> {
  const { sites, project_id, people } = queue
  const [site, person] = [sites[n % sites.length] as Site, people[n] as Person]
  for (;;) {
    const { status, body }: Answer<Taken> = await claim(site, person, project_id, 'todo', 'in_progress', LEASE_SECONDS)
    if (status === 201) await handle(queue, site, person, body, tally)
    else if (status !== 204) tally.violations.push(`a claim was answered with ${status}`)
    else if (await done()) return
    else await wait(200)
  }
}

const HISTORY = `select task_id, count(*) filter (where changes #>> '{status,1}' = 'done')::int as completed,
    bool_and(changes #>> '{status,1}' is distinct from 'done' or data -> 'assignee_ids' = jsonb_build_array(user_id)) as by_holder
  from activity_logs where project_id = $1 and entity = 'task' group by task_id`

/** The violations that the journal and the tables show, in words. */
async function judge({ sql }: Deployment, { project_id }: Queue): Promise<string[]> {
  const { rows } = await sql.query(HISTORY, [project_id])
  const { rows: left } = await sql.query('select 1 from task_claims where project_id = $1', [project_id])
  const { rows: said } = await sql.query('select 1 from comments where project_id = $1', [project_id])
  return [
    ...rows
      .filter(({ completed }) => completed !== 1)
      .map((row) => `${row.task_id} was completed ${row.completed} times`),
    ...rows
      .filter(({ by_holder }) => !by_holder)
      .map((row) => `${row.task_id} was completed by a worker who did not hold it`),
    ...(rows.length === CARDS ? [] : [`the journal tells of ${rows.length} cards`]),
    ...(left.length === 0 ? [] : [`${left.length} claims are left`]),
    ...(said.length === 0 ? [] : [`${said.length} comments of late workers were kept`]),
  ]
}

/**
 * Times claims of up to 100 cards by all workers, and moves of them, alternately. Returns the median of claims per
 * second divided by moves per second.
 */
async function rateOfClaimsToMoves({ sites: [site], project_id, people }: Queue): Promise<number> {
  if (!site) return 0
  const { body } = await api<{ items: { id: string }[] }>(
    site,
    'GET',
    `/tasks?project_id=${project_id}&limit=100`,
    people[0]?.token,
  )
  const ids = body.items.map(({ id }) => id)
  const [owner] = people as [Person]
  const timeOf = async (act: (person: Person, id: string) => Promise<Answer<unknown>>) => {
    const left = [...ids]
    const began = performance.now()
    await Promise.all(
      people.map(async (person) => {
        for (let id = left.pop(); id; id = left.pop()) {
          const { status } = await act(person, id)
          if (status >= 300 || status === 204) throw new Error(`A claim or a move was answered with ${status}`)
        }
      }),
    )
    return performance.now() - began
  }
  const move = (to: string) => (person: Person, id: string) =>
    api(site, 'PATCH', `/tasks/${id}/move`, person.token, { status: to })
  // Not `assignee_ids: []`: if others were assigned in the last two seconds, it may remove only the owner (set_after).
  const remove_assignee_ids = people.map((person) => person.id)
  const ratios: number[] = []
  for (let n = 0; n <= ROUNDS; n += 1) {
    const operations = ids.map((id) => ({ op: 'update', id, status: 'todo', remove_assignee_ids }))
    const answer = await api(site, 'POST', '/tasks/bulk', owner.token, { project_id, operations })
    if (answer.status !== 200) throw new Error(`The queue was not filled: ${answer.status}`)
    const claims = await timeOf((person) => claim(site, person, project_id, 'todo', 'in_progress', 3_600))
    const moves = await timeOf(move(n % 2 === 0 ? 'review' : 'done'))
    if (n > 0) ratios.push(moves / claims) // the first round warms up
  }
  return ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0
}

await runInDeployment({ settings: { LEASE_MIN_SECONDS: '1' } }, async (deployment) => {
  console.log(`npm run claims -- --seed ${SEED} --cards ${CARDS}`)
  const queue = await newQueue(deployment, seededDice(SEED))
  const tally: Tally = { abandoned: 0, late: 0, released: 0, violations: [] }
  const began = new Date()
  const done = async () => {
    const { rows } = await deployment.sql.query(
      "select 1 from tasks where project_id = $1 and status <> 'done' limit 1",
      [queue.project_id],
    )
    return rows.length === 0 || Date.now() - began.getTime() > TIMEOUT_MS
  }
  await Promise.all(queue.people.map((_, n) => work(queue, n, tally, done)))
  const title = `${CARDS} cards by ${WORKERS} workers in ${secondsSince(began)}`
  const violations = [...tally.violations, ...(await judge(deployment, queue))]
  const ratio = await rateOfClaimsToMoves(queue)
  if (ratio < LEAST_RATIO) violations.push(`claims per second are ${ratio.toFixed(2)} of moves per second`)
  const { abandoned, late, released } = tally
  const figures = { claims_to_moves: Number(ratio.toFixed(2)) }
  return printFindings(title, { figures, injected: { abandoned, late, released }, violations })
})
