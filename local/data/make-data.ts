import pg from 'pg'
import { workingHours } from './calendar.ts'
import { Inboxes } from './inboxes.ts'
import { checkData, dropIndexes, Loader } from './load.ts'
import type { Plan } from './opening.ts'
import { emailOf, makePeople } from './people.ts'
import { type Random, randomOf } from './random.ts'
import { Story } from './story.ts'
import { readTemplates } from './templates.ts'

export type Size = { seed: number; until: number; tasks: number; events: number; projects: number; users: number }

export const FULL = { tasks: 10_000, events: 1_000_000, projects: 1_000, users: 10_000 }
/** Smaller numbers, for an embedded database. */
export const SMALL = { tasks: 1_000, events: 10_000, projects: 20, users: 200 }

/** The keys of project 1, which is big, and of project 2, which has 200 tasks. The others are small, as most are. */
export const [BIG, FEW] = ['BENCH1', 'BENCH2']
const DAYS = 400

function planOf(n: number, size: Size, people: string[], random: Random): Plan {
  const big = n === 1
  const [tasks, events] = big ? [size.tasks, size.events] : n === 2 ? [200, 4_000] : [5 + random.integerBelow(20), 0]
  // The first accounts are members of both: the benchmarks sign in with them.
  const first = n <= 2 ? 0 : random.integerBelow(people.length - 10)
  const [manager = '', ...members] = people.slice(first, first + (big ? 60 : 10))
  const when = workingHours(size.until, n <= 2 ? DAYS : 20 + random.integerBelow(DAYS - 20))
  return {
    key: `BENCH${n}`,
    name: `Bench ${n}`,
    people: [manager, ...members],
    tasks,
    events: events || 20 + tasks * 4,
    when,
  }
}

async function fill(client: pg.Client, size: Size, log: (line: string) => void): Promise<void> {
  const templates = await readTemplates(client)
  const random = randomOf(size.seed)
  await client.query('begin')
  await client.query('set local session_replication_role = replica') // no triggers: they would write the journal twice
  const indexes = await dropIndexes(client, ['activity_logs', 'tasks', 'notifications'])
  const loader = new Loader(client)
  const inboxes = new Inboxes(random, size.until)
  const users = makePeople(random, size.users, templates, size.until - (DAYS + 1) * 86_400_000)
  await loader.add('users', users)
  const people = users.map(({ id }) => String(id))
  for (let n = 1; n <= size.projects; n++) {
    const story = new Story(planOf(n, size, people, random), templates, random, inboxes)
    await loader.add('activity_logs', story.events())
    await loader.add('projects', [story.project])
    await loader.add('project_members', story.members)
    await loader.add('board_columns', story.columns)
    await loader.add('tasks', story.tasks)
    if (n === 1) log(`The big project: ${size.events} journal rows`)
  }
  const heads = people.map((user_id) => ({
    user_id,
    epoch: random.uuid(size.until),
    seq: inboxes.seqs.get(user_id) ?? 0,
  }))
  await loader.add('inboxes', heads)
  await loader.add('notifications', inboxes.rows)
  log(`${loader.rows} rows; now the indexes`)
  for (const definition of indexes) await client.query(definition)
  await checkData(client)
  await client.query('commit')
}

/** Whether an earlier run has filled this database. */
async function isFilled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select 1 from users where lower(email) = $1', [emailOf(1)])
  return rows.length > 0
}

/**
 * Fills a migrated database, in one transaction; rows that are there already stay. Returns false, and
 * changes nothing, when an earlier run has filled it.
 */
export async function makeData(url: string, size: Size, log: (line: string) => void): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    if (await isFilled(client)) return false
    await fill(client, size, log)
    await client.query('vacuum analyze')
    return true
  } finally {
    await client.end()
  }
}
