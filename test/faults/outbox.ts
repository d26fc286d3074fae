import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { type Dice, seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import type { Orders, Said } from './outbox/life.ts'
import { runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { openLossyProxy } from './support/lossy-proxy.ts'
import { newPerson, newProject } from './support/people.ts'

/*
 * `npm run outbox`: a person makes 1,000 acts on a board with our own client, while 30 % of all answers are lost after
 * the commit, and the process is killed many times. Each new process ("life") continues with the acts that the last one
 * stored. In the end every stored act must be done, once and in order; and the client's board must be the server's.
 *
 * --acts N   1,000 if left out, 150 with --short     --lives N   8, 3 with --short     --seed N
 */

const { values } = parseOptions({
  options: {
    acts: { type: 'string' },
    lives: { type: 'string' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
  },
})
const ACTS = Number(values.acts ?? (values.short ? 150 : 1_000))
const LIVES = Number(values.lives ?? (values.short ? 3 : 8))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const LOST = 0.3

type Kept = Extract<Said, { key: string }>
type Life = { kept: Kept[]; end: Extract<Said, { done: true }> | undefined }

/** Runs one life. It is killed after some acts; the last one ends when all are answered. */
async function runLife(orders: Orders, dice: Dice, last: boolean): Promise<Life> {
  const program = join(import.meta.dirname, 'outbox/life.ts')
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const kept: Kept[] = []
  let end: Life['end']
  const kill_at = Math.floor(orders.acts * (0.5 + dice() / 2))
  for await (const line of createInterface({ input: child.stdout })) {
    const said: Said = JSON.parse(line)
    if ('done' in said) end = said
    else kept.push(said)
    if (!last && kept.length === kill_at) await wait(300 * dice()).then(() => child.kill('SIGKILL'))
  }
  const [code] = await closed
  if (last && code !== 0) throw new Error(`The last life ended with ${code}`)
  return { kept, end }
}

/** What is wrong with the stored acts, in words: lost, done twice, or done in another order. */
async function judge(sql: pg.Pool, project_id: string, kept: Kept[]): Promise<string[]> {
  type Row = { request_id: string; entity_id: string; action: string; seq: number; title: string | null }
  const { rows } = await sql.query<Row>(
    `select request_id, entity_id, action, seq::int, changes #>> '{title,1}' as title from activity_logs
      where project_id = $1 and action in ('task.created', 'comment.created', 'task.updated', 'task.moved') order by seq`,
    [project_id],
  )
  const eventsOf = (key: string, ...actions: string[]) =>
    rows.filter(({ request_id, action }) => request_id === key && actions.includes(action))
  const wrong = kept.flatMap(({ key, kind, title }) => {
    const events =
      kind === 'edit'
        ? eventsOf(key, 'task.updated')
        : eventsOf(key, kind === 'move' ? 'task.moved' : `${kind === 'create' ? 'task' : 'comment'}.created`)
    if (events.length > 1) return [`${kind} ${key}: done ${events.length} times`]
    if (events.length === 0 && kind !== 'move') return [`${kind} ${key} (${title ?? ''}): lost`] // a move may change nothing
    return []
  })
  const order = kept
    .map(({ key }) => rows.find(({ request_id }) => request_id === key)?.seq ?? 0)
    .filter((seq) => seq > 0)
  if (order.some((seq, i) => seq < (order[i - 1] ?? 0))) wrong.push('done in another order')
  return wrong
}

await runInDeployment({ regions: ['weur'] }, async ({ sites: [site], sql, opened }) => {
  console.log(`npm run outbox -- --seed ${SEED} --acts ${ACTS} --lives ${LIVES}`)
  const dice = seededDice(SEED)
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-outbox-'))
  const person = await newPerson(site, 'Ada')
  const project = await newProject(site, person, 'Outbox')
  const proxy = await openLossyProxy(site.url, dice, LOST)
  const kept: Kept[] = []
  let end: Life['end']
  let [killed, waiting] = [0, 0]
  const file = join(folder, 'acts')
  const orders = { url: proxy.url, sockets: site.url, token: person.token, project, file }
  for (let n = 1; n <= LIVES; n++) {
    const last = n === LIVES
    const life = await runLife({ ...orders, acts: Math.ceil(ACTS / LIVES), seed: SEED + n }, dice, last)
    kept.push(...life.kept)
    end = life.end
    if (last) break
    const { rows } = await sql.query<{ request_id: string }>('select distinct request_id from activity_logs')
    const there = new Set(rows.map(({ request_id }) => request_id))
    killed += 1
    waiting += life.kept.filter(({ key }) => !there.has(key)).length
  }
  await proxy.close()
  rmSync(folder, { recursive: true })
  const violations = await judge(sql, project, kept)
  if (!end?.same) violations.push("the client's board is not the server's")
  violations.push(...(end?.refused ?? []))
  return printFindings(`${kept.length} acts in ${LIVES} lives, in ${secondsSince(opened)}`, {
    figures: { acts: kept.length },
    injected: { killed, acts_not_sent_when_killed: waiting, answers_lost: proxy.cut },
    violations,
  })
})
