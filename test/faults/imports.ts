import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { type Dice, seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { trelloFile } from '../support/big-files.ts'
import { cutTransactions } from './support/cut.ts'
import { runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { findJournalFaults } from './support/ledger.ts'
import { newPerson, type Person } from './support/people.ts'
import type { Site } from './support/site.ts'

/*
 * `npm run kill:import`: kills the Worker's process while it imports a board of 800 cards, when rows are staged or at a
 * random moment, and on a Postgres server half of the time the running transaction too. Then the database must have
 * nothing of the import, or all of it; a repeat with the same Idempotency-Key must end with one complete project; and
 * the jobs must delete what is never repeated. Exits with 1 otherwise, and when no import was hit.
 *
 * --kills N   30 if left out, 4 with --short     --seed N
 */

const { values } = parseOptions({
  options: { kills: { type: 'string' }, short: { type: 'boolean', default: false }, seed: { type: 'string' } },
})
const KILLS = Number(values.kills ?? (values.short ? 4 : 30))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const CARDS = 800
const FILE = [...trelloFile(CARDS)].join('')
const TIMEOUT_MS = 60_000
const STAGED = 'select count(*)::int as n from import_lines join imports i on i.id = import_id where i.user_id = $1'

type Answer = { status: number; project_id?: string }
type Count = { unanswered: number; staged: number; nothing: number; whole: number; cut: number }

async function importOnce(site: Site, { token }: Person, key: string): Promise<Answer> {
  const response = await fetch(`${site.url}/imports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, 'Idempotency-Key': key },
    body: FILE,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const { project_id } = (await response.json()) as { project_id?: string }
  return { status: response.status, project_id }
}

/** Repeats the import until it succeeds: a transaction of the first attempt may still run for a while. */
async function importAgain(site: Site, person: Person, key: string): Promise<Answer> {
  const deadline = Date.now() + TIMEOUT_MS
  for (;;) {
    const answer = await importOnce(site, person, key).catch(() => ({ status: 0 }))
    if (answer.status === 201 || Date.now() > deadline) return answer
    await wait(100)
  }
}

const countOf = async (sql: pg.Pool, text: string, values: string[]): Promise<number> =>
  (await sql.query<{ n: number }>(text, values)).rows[0]?.n ?? 0

/** Waits until rows are staged, or for odd `n` for a random part of the `took` ms that an import takes. */
async function waitForMoment(sql: pg.Pool, dice: Dice, { id }: Person, n: number, took: number, ended: () => boolean) {
  if (n % 2 === 1) return void (await wait(took * dice()))
  const deadline = Date.now() + TIMEOUT_MS
  while (!ended() && Date.now() < deadline && (await countOf(sql, STAGED, [id])) === 0) await wait(1)
}

const PROJECTS = 'select id, event_seq::int as head from projects where created_by = $1'
const ROWS = `select (select count(*) from activity_logs a join projects p on p.id = a.project_id where p.created_by = $1)::int as n`

/** The ids of a person's projects. Adds a fault unless there is none, or one with all its `lines` journal rows. */
async function projectsOf(sql: pg.Pool, { id }: Person, lines: number, faults: string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string; head: number }>(PROJECTS, [id])
  const journalled = await countOf(sql, ROWS, [id])
  if (rows.length > 1 || journalled !== rows.length * lines || rows.some(({ head }) => head !== lines))
    faults.push(`${rows.length} projects with ${journalled} journal rows, where one has ${lines}`)
  return rows.map((row) => row.id)
}

type Scene = { site: Site; sql: pg.Pool; dice: Dice; took: number; lines: number; count: Count; violations: string[] }

/** Kills the Worker during an import, and repeats the import, except for every third. */
async function killImport({ site, sql, dice, took, lines, count, violations }: Scene, n: number): Promise<void> {
  const person = await newPerson(site, 'Importer')
  const key = crypto.randomUUID()
  let answer: Answer | undefined
  const sent = importOnce(site, person, key).then(
    (given) => {
      answer = given
    },
    () => undefined, // the kill ended the connection
  )
  await waitForMoment(sql, dice, person, n, took, () => answer !== undefined)
  if (process.env.DATABASE_URL && dice() < 0.5) count.cut += await cutTransactions(sql)
  await site.kill()
  await sent
  count.unanswered += Number(answer === undefined)
  count.staged += Number((await countOf(sql, STAGED, [person.id])) > 0)
  await site.start()
  const found = await projectsOf(sql, person, lines, violations)
  if (answer?.status === 201 && found.length === 0) violations.push('an import that was answered is gone')
  if (found.length === 0) count.nothing += 1
  else count.whole += 1
  if (n % 3 === 2) return
  const again = await importAgain(site, person, key)
  const [project] = await projectsOf(sql, person, lines, violations)
  if (again.status !== 201 || again.project_id !== project)
    violations.push(`the repeat was answered with ${again.status} and ${again.project_id}, there is ${project}`)
  if (project)
    for (const fault of await findJournalFaults(sql, project)) violations.push(`Project ${project}: ${fault}`)
  if ((await countOf(sql, STAGED, [person.id])) > 0) violations.push('staged rows are left after the repeat')
}

/** Checks that the jobs delete imports that were never repeated, once they are an hour old. */
async function sweep(site: Site, sql: pg.Pool, violations: string[]): Promise<void> {
  await sql.query("update imports set created_at = created_at - interval '2 hours'")
  const left = () =>
    countOf(sql, 'select ((select count(*) from imports) + (select count(*) from import_lines))::int as n', [])
  for (let run = 0; run < 5 && (await left()) > 0; run += 1) await site.order({ cron: true })
  if ((await left()) > 0) violations.push(`${await left()} rows of imports are left after the jobs`)
}

await runInDeployment({ regions: ['weur'] }, async ({ sites: [site], sql, opened }) => {
  console.log(`npm run kill:import -- --seed ${SEED} --kills ${KILLS}`)
  const violations: string[] = []
  const count: Count = { unanswered: 0, staged: 0, nothing: 0, whole: 0, cut: 0 }
  const first = await newPerson(site, 'Measured')
  const began = Date.now()
  const { status, project_id = '' } = await importOnce(site, first, crypto.randomUUID())
  if (status !== 201) throw new Error(`An import that nothing disturbs was answered with ${status}`)
  const took = Date.now() - began
  const lines = await countOf(sql, ROWS, [first.id])
  for (const fault of await findJournalFaults(sql, project_id)) violations.push(`Undisturbed: ${fault}`)
  const scene = { site, sql, dice: seededDice(SEED), took, lines, count, violations }
  for (let n = 0; n < KILLS; n += 1) await killImport(scene, n)
  await sweep(site, sql, violations)
  return printFindings(`${KILLS} imports killed in ${secondsSince(opened)}`, {
    figures: {
      cards: CARDS,
      journal_rows: lines,
      ms_undisturbed: took,
      left_nothing: count.nothing,
      made_whole: count.whole,
      transactions_cut: count.cut,
    },
    injected: { kills: KILLS, without_an_answer: count.unanswered, while_rows_were_staged: count.staged },
    violations,
  })
})
