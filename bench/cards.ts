import { randomUUID } from 'node:crypto'
import { drizzle } from 'drizzle-orm/neon-http'
import pg from 'pg'
import { seededDice } from '../local/faults.ts'
import { parseOptions } from '../local/parse-options.ts'
import { startStack } from '../local/stack.ts'
import type { Ctx } from '../src/context.ts'
import { prepare, type Statement } from '../src/db/batch.ts'
import { selectBoard } from '../src/features/board/queries.ts'
import { selectHits } from '../src/features/search/queries.ts'
import { medianOf } from './median.ts'

/*
 * `npm run bench:cards`: times the SQL of searches over 10,000 tasks and 50,000 comments in ten projects of one person;
 * and the SQL of a board of 200 cards with labels, checklists and comments alternately with that of one without.
 * DATABASE_URL must name an empty database; without it, an embedded one is used. Exits with 1 when a query takes over
 * 50 ms, or the fuller board over 1.5 times the other.
 *
 * --projects N (10)   --tasks N (10000)   --comments N (50000)   --count N (40)
 */

const { values } = parseOptions({
  options: {
    projects: { type: 'string', default: '10' },
    tasks: { type: 'string', default: '10000' },
    comments: { type: 'string', default: '50000' },
    count: { type: 'string', default: '40' },
  },
})
const size = { projects: Number(values.projects), tasks: Number(values.tasks), comments: Number(values.comments) }
const count = Number(values.count)
const [LIMIT_MS, LIMIT_RATIO] = [50, 1.5]
const CARDS = 200

/** The words that the searches look for. The others are made up; how often each word occurs follows Zipf's law. */
const KNOWN = `the and with for from this after before invoice broken payment deploy login page button customer upload
  Rechnungsprüfung Überweisung Straßenfest Grundstücksverkehr Prüfung Fehlermeldung 搜索功能 任务列表 用户登录 支付失败 检查清单`.split(
  /\s+/,
)
const LETTERS = 'etaoinshrdlucmfwypvbgk'
const VOCABULARY = 4_000

const QUERIES = {
  'a word': 'invoice',
  'two words': 'broken payment',
  'a German word': 'Rechnungsprüfung',
  'part of one': 'prüfung',
  'the same in NFD': 'prüfung'.normalize('NFD'),
  Chinese: '任务列表',
  'one character': '付',
  'part of a word': 'load',
  'a word that is everywhere': 'the',
  'a number': 'AAA-12',
  'only its digits': '12',
  'what is nowhere': 'xylophone',
}

const stack = await startStack({ databaseUrl: process.env.DATABASE_URL })
const db = new pg.Client({ connectionString: stack.databaseUrl })
const dice = seededDice(1)
const orm = drizzle.mock()
const me = randomUUID()

const pickLetter = () => LETTERS[Math.floor(dice() ** 1.5 * LETTERS.length)]
const makeWord = () => Array.from({ length: 3 + Math.floor(dice() * 8) }, pickLetter).join('')
/** The most frequent first; the words of KNOWN are spread over the first few hundred. */
const WORDS = Array.from({ length: VOCABULARY }, (_, n) => (n % 10 === 0 && KNOWN[n / 10]) || makeWord())
const pickWord = () => WORDS[Math.floor(VOCABULARY ** dice()) - 1]
const makeText = (words: number) => Array.from({ length: words }, pickWord).join(' ')

/** Inserts rows without writing the journal, as an import does. `columns` begins with the table; `types` are theirs. */
async function insert(columns: string, types: string, rows: unknown[][]): Promise<void> {
  for (let n = 0; n < rows.length; n += 1_000) {
    const part = rows.slice(n, n + 1_000)
    const lists = types.split(' ').map((_, column) => part.map((row) => row[column]))
    const casts = types.split(' ').map((type, column) => `$${column + 1}::${type}[]`)
    await db.query(`insert into ${columns} select * from unnest(${casts})`, lists)
  }
}

/** Makes one person's projects, of which the first has half of all tasks. */
async function fill(): Promise<void> {
  await db.query("select set_actor(null), set_config('flowtrack.importing', 'on', true)")
  await db.query("insert into users (id, email, name, password_hash) values ($1, 'me@bench.example', 'Me', '')", [me])
  const projects = Array.from({ length: size.projects }, () => randomUUID())
  const keyOf = (n: number) => `A${String.fromCharCode(65 + (n % 26), 65 + Math.floor(n / 26))}`
  await insert(
    'projects (id, key, name)',
    'uuid text text',
    projects.map((id, n) => [id, keyOf(n), `Project ${n}`]),
  )
  const columns = projects.map((id) => [randomUUID(), id, 'todo', 'To do', 'todo', 1024])
  await insert(
    'board_columns (id, project_id, key, name, category, position)',
    'uuid uuid text text text numeric',
    columns,
  )
  const members = projects.map((id) => [randomUUID(), id, me, 'manager'])
  await insert('project_members (id, project_id, user_id, role)', 'uuid uuid uuid text', members)
  const tasks = Array.from({ length: size.tasks }, (_, n) => {
    const place = n % 2 ? Math.floor(dice() * size.projects) : 0
    return [randomUUID(), projects[place], `${keyOf(place)}-${n}`, makeText(5), makeText(30), 'todo', 1024 * (n + 1)]
  })
  const texts = 'tasks (id, project_id, number, title, description, status, position)'
  await insert(texts, 'uuid uuid text text text text numeric', tasks)
  const comments = Array.from({ length: size.comments }, () => {
    const [id, project] = tasks[Math.floor(dice() * tasks.length)] as unknown[]
    return [randomUUID(), project, id, me, makeText(20)]
  })
  await insert('comments (id, project_id, task_id, user_id, body)', 'uuid uuid uuid uuid text', comments)
}

/** Makes a project of 200 cards; if `full`, each has three labels, five items and three comments. Returns its id. */
async function makeBoard(key: string, full: boolean): Promise<string> {
  const project = randomUUID()
  await insert('projects (id, key, name)', 'uuid text text', [[project, key, key]])
  const column = [randomUUID(), project, 'todo', 'To do', 'todo', 1024]
  await insert('board_columns (id, project_id, key, name, category, position)', 'uuid uuid text text text numeric', [
    column,
  ])
  const labels = Array.from({ length: full ? 20 : 0 }, (_, n) => [randomUUID(), project, `Label ${n}`, '#3355aa'])
  await insert('labels (id, project_id, name, color)', 'uuid uuid text text', labels)
  const tasks = Array.from({ length: CARDS }, (_, n) => {
    const mine = full ? [0, 1, 2].map((k) => labels[(n + k) % labels.length]?.[0]) : []
    const counts = full ? [3, 2, 5] : [0, 0, 0]
    return [
      randomUUID(),
      project,
      `${key}-${n}`,
      makeText(5),
      makeText(30),
      'todo',
      n + 1,
      `{${mine.join()}}`,
      ...counts,
    ]
  })
  const fields =
    'id, project_id, number, title, description, status, position, label_ids, comment_count, checklist_done, checklist_total'
  for (const task of tasks)
    await db.query(`insert into tasks (${fields}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, task)
  const said = tasks.flatMap(([id]) => (full ? [0, 1, 2] : []).map(() => [randomUUID(), project, id, me, makeText(20)]))
  await insert('comments (id, project_id, task_id, user_id, body)', 'uuid uuid uuid uuid text', said)
  const lists = tasks.flatMap(([id]) => (full ? [[randomUUID(), project, id, 'To do', 1024]] : []))
  await insert('checklists (id, project_id, task_id, title, position)', 'uuid uuid uuid text numeric', lists)
  const items = lists.flatMap(([list, , task]) =>
    [1, 2, 3, 4, 5].map((n) => [randomUUID(), project, task, list, makeText(4), n <= 2, n]),
  )
  const item = 'checklist_items (id, project_id, task_id, checklist_id, text, done, position)'
  await insert(item, 'uuid uuid uuid uuid text boolean numeric', items)
  return project
}

async function timeOf(statement: Statement): Promise<{ ms: number; rows: number }> {
  const { sql, params } = prepare(statement).getQuery()
  const began = performance.now()
  const { rows } = await db.query(sql, params)
  return { ms: performance.now() - began, rows: rows.length }
}

async function measureSearches(): Promise<boolean> {
  let good = true
  const ctx = { db: { readOnly: orm } } as unknown as Ctx
  console.log(`\n${'query'.padEnd(28)}   p50 ms  found`)
  for (const [what, q] of Object.entries(QUERIES)) {
    const runs = []
    for (let n = 0; n < count; n++)
      runs.push(await timeOf(selectHits(ctx, { q, me, limit: 20 } as Parameters<typeof selectHits>[1])))
    const ms = medianOf(runs.slice(2).map((run) => run.ms))
    if (ms > LIMIT_MS) good = false
    console.log(`${what.padEnd(28)}${ms.toFixed(1).padStart(9)}${String(runs[0]?.rows).padStart(7)}`)
  }
  return good
}

async function compareBoards(): Promise<boolean> {
  const sides = [await makeBoard('PLAIN', false), await makeBoard('FULL', true)].map((project_id) => ({
    project_id,
    ms: [] as number[],
  }))
  await db.query('commit')
  await db.query('analyze')
  for (let n = 0; n < count * 5; n++)
    for (const { project_id, ms } of sides)
      ms.push((await timeOf(selectBoard({ project_id, per_column: CARDS, members: 100, bytes: 1_048_576 }))).ms)
  const [plain = Number.NaN, full = Number.NaN] = sides.map(({ ms }) => medianOf(ms.slice(10)))
  console.log(
    `\nA board of ${CARDS} cards: ${plain.toFixed(2)} ms, with labels, checklists and comments ${full.toFixed(2)} ms: ${(full / plain).toFixed(2)} times`,
  )
  return full / plain <= LIMIT_RATIO
}

try {
  await db.connect()
  await db.query('begin')
  await fill()
  const good = [await compareBoards(), await measureSearches()]
  if (good.includes(false)) process.exitCode = 1
} finally {
  await db.end()
  await stack.close()
}
