import type pg from 'pg'
import { withRetry } from '../../client/src/index.ts'
import { seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { figuresOf, judge } from './keyed-writes/judge.ts'
import { newScene } from './keyed-writes/scene.ts'
import { newWork, type Scene, write } from './keyed-writes/writers.ts'
import { runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { openLossyProxy } from './support/lossy-proxy.ts'

/*
 * `npm run drops`: sends 1,000 keyed writes, of which 30 % lose their answer after the commit: on the way from
 * Postgres to the Worker, or from there to the client. Our own client repeats them. In the end no write may be
 * lost or done twice; and 100 requests at once with one key must make one task, and get 100 answers that are
 * equal byte for byte. Exits with 1 otherwise, and when nothing was dropped.
 *
 * --writes N   1,000 if left out, 200 with --short     --seed N
 */

const { values } = parseOptions({
  options: { writes: { type: 'string' }, short: { type: 'boolean', default: false }, seed: { type: 'string' } },
})
const WRITES = Number(values.writes ?? (values.short ? 200 : 1_000))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
/** The share of answers that each of the two ways loses: together 30 % of the first attempts. */
const SHARE = 1 - Math.sqrt(1 - 0.3)
const HANDS = 8
const AT_ONCE = 100

/** Sends many requests at once with one key. Returns how many different answers and how many tasks there are. */
async function sendWithOneKey(
  { url, project_id, people }: Scene,
  sql: pg.Pool,
): Promise<{ answers: number; tasks: number }> {
  const key = crypto.randomUUID()
  const send = withRetry({ attempts: 20 })
  const headers = {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${people[0]?.token}`,
    'Idempotency-Key': key,
  }
  const body = JSON.stringify({ project_id, title: key })
  const one = async () => {
    const response = await send(`${url}/tasks`, { method: 'POST', headers, body })
    return `${response.status} ${await response.text()}`
  }
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, one))
  const made = await sql.query<{ tasks: number }>('select count(*)::int as tasks from tasks where title = $1', [key])
  const right = answers.every((answer) => answer.startsWith('201 '))
  return { answers: right ? new Set(answers).size : AT_ONCE, tasks: made.rows[0]?.tasks ?? 0 }
}

await runInDeployment({ regions: ['weur'] }, async ({ sites: [site], sql, opened }) => {
  console.log(`npm run drops -- --seed ${SEED} --writes ${WRITES}`)
  const dice = seededDice(SEED)
  const proxy = await openLossyProxy(site.url, dice, SHARE)
  const scene = await newScene(site)
  await site.break('neon', { commit_then_drop: SHARE, seed: SEED })
  const work = newWork()
  await write({ ...scene, url: proxy.url }, dice, HANDS, work, () => work.wishes.length >= WRITES)
  const { commit_then_drop = 0 } = await site.injected('neon')
  await site.heal()
  await proxy.close()
  const violations = await judge(sql, scene, work, opened)
  const unanswered = work.wishes.filter(({ answer }) => answer === undefined)
  for (const { kind, key } of unanswered) violations.push(`${kind} ${key}: never answered`)
  const { answers, tasks } = await sendWithOneKey(scene, sql)
  if (tasks !== 1 || answers !== 1)
    violations.push(`${AT_ONCE} requests at once with one key: ${tasks} tasks, ${answers} different answers`)
  return printFindings(`${work.wishes.length} writes in ${secondsSince(opened)}`, {
    figures: figuresOf(work),
    injected: {
      dropped_behind_the_worker: commit_then_drop,
      dropped_before_the_client: proxy.cut,
      replayed: work.replayed,
    },
    violations,
  })
})
