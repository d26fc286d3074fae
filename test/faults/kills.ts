import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { type Dice, seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { figuresOf, judge } from './keyed-writes/judge.ts'
import { newScene } from './keyed-writes/scene.ts'
import { newWork, type Work, write } from './keyed-writes/writers.ts'
import { cutTransactions } from './support/cut.ts'
import { runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import type { Site } from './support/site.ts'

/*
 * `npm run kill`: kills the Worker's process during writes, many times, and on a Postgres server also the
 * connections of running transactions. The client's code repeats each keyed write until it is answered. In
 * the end journal, tables, notifications and keys must agree, every acknowledged write must be there, and
 * none twice. Exits with 1 otherwise, and when no write was hit.
 *
 * --kills N   50 if left out, 3 with --short     --seed N     --hands N   8 writers at once
 */

const { values } = parseOptions({
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
type Count = { kills: number; hit: number; cut: number }

/** Kills and restarts the Worker, each time when writes are under way; half of the time, cuts transactions too. */
async function makeTrouble(site: Site, sql: pg.Pool, dice: Dice, work: Work, count: Count): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (count.kills < KILLS && Date.now() < deadline) {
    await wait(100 + 400 * dice())
    while (work.waiting < HANDS / 2 && Date.now() < deadline) await wait(1)
    if (process.env.DATABASE_URL && dice() < 0.5) count.cut += await cutTransactions(sql)
    count.hit += work.waiting
    await site.kill()
    count.kills += 1
    await wait(200 * dice())
    await site.start()
  }
}

await runInDeployment({ regions: ['weur'] }, async ({ sites: [site], sql, opened }) => {
  console.log(`npm run kill -- --seed ${SEED} --kills ${KILLS}`)
  const dice = seededDice(SEED)
  const work = newWork()
  const count: Count = { kills: 0, hit: 0, cut: 0 }
  const scene = await newScene(site)
  let done = false
  await Promise.all([
    write(scene, dice, HANDS, work, () => done),
    makeTrouble(site, sql, dice, work, count).finally(() => {
      done = true
    }),
  ])
  const violations = await judge(sql, scene, work, opened)
  if (count.kills < KILLS) violations.push(`only ${count.kills} of ${KILLS} kills within ${LIMIT_MS / 60_000} minutes`)
  return printFindings(`${count.kills} kills in ${secondsSince(opened)}`, {
    figures: { ...figuresOf(work), transactions_cut: count.cut },
    injected: { kills: count.kills, writes_under_way_when_killed: count.hit, answers_lost: work.lost },
    violations,
  })
})
