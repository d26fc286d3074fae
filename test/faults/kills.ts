import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type Dice, seededDice } from '../../local/faults.ts'
import { judge, summary } from './keyed-writes/books.ts'
import { newScene } from './keyed-writes/scene.ts'
import { type Work, write } from './keyed-writes/writers.ts'
import { openWorld, type Site } from './support/world.ts'

/*
 * `npm run kill`: the Worker's process is killed in the middle of writes, again and again, and on a
 * Postgres server the connections of running transactions with it. The client's code tries each keyed
 * write again until it is answered. In the end journal, tables, notifications and keys must agree, every
 * acknowledged write must be there, and none twice. Exits with 1 otherwise, and when no write was hit.
 *
 * --kills N   50 if left out, 3 with --short     --seed N     --hands N   8 writers at once
 */

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    hands: { type: 'string', default: '8' },
  },
})
const KILLS = Number(values.kills ?? (values.short ? 3 : 50))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const HANDS = Number(values.hands)
const LIMIT_MS = 20 * 60_000
/** The connections of transactions that are running, of this database. */
const TERMINATE = `select count(pg_terminate_backend(pid))::int as cut from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`

type Count = { kills: number; hit: number; cut: number }

/** Cuts the connections of what Postgres is about to do; a moment's patience until it does something. */
async function cut(sql: pg.Pool): Promise<number> {
  for (let look = 0; look < 50; look++) {
    const { rows } = await sql.query<{ cut: number }>(TERMINATE)
    if (rows[0]?.cut) return rows[0].cut
  }
  return 0
}

/** Kills and restarts, each time as soon as writes are under way; half of the time transactions die as well. */
async function trouble(site: Site, sql: pg.Pool, dice: Dice, work: Work, count: Count): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (count.kills < KILLS && Date.now() < deadline) {
    await wait(100 + 400 * dice())
    while (work.waiting < HANDS / 2 && Date.now() < deadline) await wait(1)
    if (process.env.DATABASE_URL && dice() < 0.5) count.cut += await cut(sql)
    count.hit += work.waiting
    await site.kill()
    count.kills += 1
    await wait(200 * dice())
    await site.start()
  }
}

const world = await openWorld(['weur'])
const sql = new pg.Pool({ connectionString: world.databaseUrl, max: 2 })
sql.on('error', () => {}) // one of ours may be cut, too
const [site] = world.sites
const started = new Date()
try {
  if (!site) throw new Error('A world has a region')
  console.log(`npm run kill -- --seed ${SEED} --kills ${KILLS}`)
  const dice = seededDice(SEED)
  const work: Work = { wishes: [], waiting: 0, sent: 0, lost: 0, replayed: 0 }
  const count: Count = { kills: 0, hit: 0, cut: 0 }
  const scene = await newScene(site)
  let done = false
  await Promise.all([
    write(scene, dice, HANDS, work, () => done),
    trouble(site, sql, dice, work, count).finally(() => {
      done = true
    }),
  ])
  const faults = await judge(sql, scene, work, started)
  console.log(`${count.kills} kills in ${((Date.now() - started.getTime()) / 1000).toFixed(0)} s`)
  console.table({
    ...summary(work),
    writes_under_way_when_killed: count.hit,
    transactions_cut: count.cut,
    violations: faults.length,
  })
  for (const fault of faults.slice(0, 20)) console.error(`VIOLATION ${fault}`)
  const nothing = count.kills < KILLS || count.hit === 0 || work.lost === 0
  if (nothing) console.error('NEVER INJECTED: no write was under way when the Worker was killed')
  if (faults.length > 0 || nothing) process.exitCode = 1
} finally {
  await sql.end()
  await world.close()
}
