import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { arch, cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { quantileSorted } from 'd3-array'
import { parseOptions } from '../../local/parse-options.ts'
import { enrol } from './noisy-tenants/accounts.ts'
import type { Answers, Plan } from './noisy-tenants/attackers.ts'
import { ATTACKS } from './noisy-tenants/attacks.ts'
import { makeDue, runCron } from './noisy-tenants/due.ts'
import { type Operation, Team, Times } from './noisy-tenants/team.ts'
import { type Deployment, runInDeployment } from './support/deployment.ts'
import { printFindings } from './support/findings.ts'

/*
 * `npm run noise`: ten ordinary teams at work, first alone and then beside eight attackers who do at
 * once whatever one account can do to others (I10), with the limits of production. Needs DATABASE_URL and
 * REDIS_URL of servers. Exits with 1 when a request of a team failed, a change did not reach its
 * socket, its reminder or its trash waited for more than two runs of the jobs, or the 99th percentile
 * of the teams' requests was over twice what it was without attackers (five times, and a second, with --short).
 * The attackers stop after their time; the teams go on until the jobs have run.
 *
 * --short          5 s alone and 10 s under attack, in place of 60 and 120; less is sent
 * --seconds 10,25  these times alone and under attack
 * --only a,b       these attackers            --json FILE    the figures
 */

const { values } = parseOptions({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    seconds: { type: 'string' },
  },
})
const TEAMS = 10
const { short } = values
const ACCOUNTS = short ? 12 : 50
const [ALONE_MS = 0, ATTACK_MS = 0] = (values.seconds ?? (short ? '5,10' : '60,120'))
  .split(',')
  .map((text) => Number(text) * 1_000)
const SIZES = short
  ? { trashed: 300, overdue: 20, assigned: 600 }
  : { trashed: 12_000, overdue: 3_000, assigned: 6_000 }
/** How many projects with one name there are before the attack. */
const NAMESAKES = short ? 500 : 20_000
const [WORSE, ENOUGH_MS] = short ? [5, 1_000] : [2, 0]
const names = Object.keys(ATTACKS).filter((name) => !values.only || values.only.split(',').includes(name))

/** Limits as in production; other settings as in other runs. */
const settings = { LIMIT_ADDRESS: '30/60', LIMIT_USER: '600/60' }

/** Lets all teams work for `ms` at least, and until `other` has settled. */
async function observe(teams: Team[], ms: number, other?: Promise<unknown>): Promise<Times> {
  const times = new Times()
  const end = Date.now() + ms
  let others = other ? 1 : 0
  other?.finally(() => {
    others = 0
  })
  await Promise.all(teams.map((team) => team.work(() => others === 0 && Date.now() >= end, times)))
  return times
}

/** Makes projects with one name by SQL: requests for so many would take too long. */
async function makeNamesakes({ sql }: Deployment, owner: string): Promise<void> {
  const client = await sql.connect()
  try {
    await client.query('begin')
    await client.query("select set_actor($1, 'noise')", [owner])
    await client.query(
      `insert into projects (id, key, name, created_by)
       select gen_random_uuid(), left('ZZZ', 10 - length(n::text)) || n, 'Zzz', $1 from generate_series(2, $2::int) n on conflict do nothing`,
      [owner, NAMESAKES],
    )
    await client.query('commit')
    await client.query('analyze projects')
  } finally {
    client.release()
  }
}

async function attack(deployment: Deployment, teams: Team[]) {
  const attackers: Plan['attackers'] = []
  for (const name of names) attackers.push({ name, people: await enrol(deployment, ACCOUNTS, 'Noise') })
  if (names.includes('project_keys')) await makeNamesakes(deployment, attackers[0]?.people[0]?.id ?? '')
  const { JWT_SECRET = '' } = deployment.settings
  const plan: Plan = { settings: { ...settings, JWT_SECRET }, sizes: SIZES, attackers }
  const crowd = fork(join(import.meta.dirname, 'noisy-tenants/attackers.ts'))
  crowd.send(plan)
  await once(crowd, 'message')
  crowd.send('begin')
  await wait(ATTACK_MS / 10) // so that the jobs find the teams' rows last
  const due = []
  for (const team of teams) due.push(await makeDue(deployment, team))
  const jobs = runCron(deployment, due, ATTACK_MS / 4)
  const times = await observe(teams, ATTACK_MS)
  const told = once(crowd, 'message')
  crowd.send('stop')
  const [after, [statuses], cron] = await Promise.all([observe(teams, 0, jobs), told as Promise<[Answers]>, jobs])
  return { times, after, cron, statuses }
}

const round = (ms: number | undefined) => Number((ms ?? Number.NaN).toFixed(1))

function rowOf(quiet: number[], noisy: number[]) {
  const [a, b] = [quiet, noisy].map((list) => list.toSorted((x, y) => x - y)) as [number[], number[]]
  const [quiet_p99 = 0, p99 = 0] = [quantileSorted(a, 0.99), quantileSorted(b, 0.99)]
  return {
    quiet: a.length,
    quiet_p50: round(quantileSorted(a, 0.5)),
    quiet_p99: round(quiet_p99),
    attacked: b.length,
    p50: round(quantileSorted(b, 0.5)),
    p99: round(p99),
    ratio_p99: Number((p99 / quiet_p99).toFixed(2)),
  }
}

function rowsOf(quiet: Times, noisy: Times) {
  const operations = Object.keys(quiet.byOperation) as Operation[]
  const rows = operations.map((name) => [name, rowOf(quiet.byOperation[name], noisy.byOperation[name])])
  return { ...Object.fromEntries(rows), 'all requests': rowOf(quiet.requests, noisy.requests) } as Record<
    string,
    ReturnType<typeof rowOf>
  >
}

type Seen = Awaited<ReturnType<typeof attack>> & { quiet: Times }

/** Prints all figures and judges them. Returns true if the attackers have held up no team. */
function judge({ quiet, times, after, cron, statuses }: Seen): boolean {
  const rows = rowsOf(quiet, times)
  console.table(rows)
  console.log(`Jobs: ${cron.runs.map((ms) => `${ms} ms`).join(', ')}; ${cron.waited} things waited for the second run`)
  for (const name of names) console.log(`${name.padEnd(24)}${JSON.stringify(statuses[name])}`)
  if (values.json) {
    const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${arch()}`
    writeFileSync(values.json, `${JSON.stringify({ date: new Date(), machine, rows, cron, statuses }, null, 2)}\n`)
  }
  const { quiet_p99 = 0, p99 = 0, ratio_p99 = 0 } = rows['all requests'] ?? {}
  const slow = p99 > Math.max(WORSE * quiet_p99, ENOUGH_MS)
  const errors = [...quiet.errors, ...times.errors, ...after.errors]
  const sent = names.map((name) => [name, Object.values(statuses[name] ?? {}).reduce((sum, n) => sum + n, 0)])
  return printFindings(`${TEAMS} teams beside ${names.length} attackers`, {
    figures: { quiet_p99, p99, ratio_p99, errors: errors.length },
    injected: Object.fromEntries(sent),
    violations: [
      ...errors.map((error) => `a team's ${error}`),
      ...cron.late,
      ...(slow ? [`the teams' p99 is ${ratio_p99} times what it was`] : []),
    ],
  })
}

await runInDeployment({ regions: ['weur'], settings }, async (deployment) => {
  if (!process.env.DATABASE_URL)
    throw new Error('DATABASE_URL is not set: give a Postgres server, as the embedded one has one session for all.')
  const teams: Team[] = []
  for (const person of await enrol(deployment, TEAMS, 'Quiet')) teams.push(await Team.open(deployment.sites[0], person))
  await observe(teams, ALONE_MS / 6) // the first requests warm up
  const quiet = await observe(teams, ALONE_MS)
  const seen = await attack(deployment, teams)
  for (const team of teams) team.leave()
  return judge({ quiet, ...seen })
})
