import { parseArgs } from 'node:util'
import pg from 'pg'
import { seededDice } from '../../local/faults.ts'
import { withRetry } from '../../src/client/retry.ts'
import { judge, summary } from './keyed-writes/books.ts'
import { newScene } from './keyed-writes/scene.ts'
import { type Scene, type Work, write } from './keyed-writes/writers.ts'
import { openLine } from './support/line.ts'
import { openWorld } from './support/world.ts'

/*
 * `npm run drops`: 1,000 keyed writes, of which 30 % lose their answer after the commit: on the way
 * from Postgres to the Worker, and on the way from there to the client. Our own client tries again. In
 * the end none is lost and none is doubled; and 100 requests at once with one key make one task, and
 * get 100 answers that are equal byte for byte. Exits with 1 otherwise, and when nothing was dropped.
 *
 * --writes N   1,000 if left out, 200 with --short     --seed N
 */

const { values } = parseArgs({
  options: { writes: { type: 'string' }, short: { type: 'boolean', default: false }, seed: { type: 'string' } },
})
const WRITES = Number(values.writes ?? (values.short ? 200 : 1_000))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
/** Each way loses so many answers: together 30 % of the first attempts. */
const SHARE = 1 - Math.sqrt(1 - 0.3)
const HANDS = 8
const AT_ONCE = 100

/** One key, many requests at once: how many different answers, and how many tasks. */
async function oneKey({ url, project_id, people }: Scene, sql: pg.Pool): Promise<{ answers: number; tasks: number }> {
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

const world = await openWorld(['weur'])
const sql = new pg.Pool({ connectionString: world.databaseUrl, max: 2 })
const [site] = world.sites
const started = new Date()
try {
  if (!site) throw new Error('A world has a region')
  console.log(`npm run drops -- --seed ${SEED} --writes ${WRITES}`)
  const dice = seededDice(SEED)
  const line = await openLine(site.url, dice, SHARE)
  const scene = await newScene(site)
  await site.break('neon', { commit_then_drop: SHARE, seed: SEED })
  const work: Work = { wishes: [], waiting: 0, sent: 0, lost: 0, replayed: 0 }
  await write({ ...scene, url: line.url }, dice, HANDS, work, () => work.wishes.length >= WRITES)
  const { commit_then_drop = 0 } = await site.injected('neon')
  await site.heal()
  await line.close()
  const faults = await judge(sql, scene, work, started)
  const unanswered = work.wishes.filter(({ answer }) => answer === undefined).length
  const { answers, tasks } = await oneKey(scene, sql)
  console.log(`${work.wishes.length} writes in ${((Date.now() - started.getTime()) / 1000).toFixed(0)} s`)
  console.table({
    ...summary(work),
    dropped_behind_the_worker: commit_then_drop,
    dropped_before_the_client: line.cut,
    lost_or_doubled: faults.length + unanswered,
  })
  console.log(`${AT_ONCE} requests at once with one key: ${tasks} task, ${answers} different answer`)
  for (const fault of faults.slice(0, 20)) console.error(`VIOLATION ${fault}`)
  const nothing = commit_then_drop === 0 || line.cut === 0 || work.replayed === 0
  if (nothing) console.error('NEVER INJECTED: no answer was lost')
  if (faults.length + unanswered > 0 || tasks !== 1 || answers !== 1 || nothing) process.exitCode = 1
} finally {
  await sql.end()
  await world.close()
}
