import { env } from 'cloudflare:workers'
import { neon } from '@neondatabase/serverless'
import { v7 as uuid } from 'uuid'
import { seededDice } from '../../local/faults.ts'

/** Boards with a random past, which holds every kind of change that reports have to deal with. */

/** Random choices. The same seed makes the same history. */
export function newDice(seed: number) {
  const next = seededDice(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T
  return { next, pick, chance: (share: number) => next() < share, upTo: (most: number) => Math.floor(next() * most) }
}
type Dice = ReturnType<typeof newDice>

export const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Cairo']
/** First days of histories. In the SEASON_DAYS that follow, some zones have days of 23, 23.5, 24.5 or 25 hours. */
const SEASONS = ['2024-02-25', '2024-03-20', '2024-09-22', '2024-10-10', '2024-04-15']
export const SEASON_DAYS = 60

const COLUMNS = [
  ['ideas', 'Ideas', 'backlog'],
  ['todo', 'To do', 'todo'],
  ['doing', 'Doing', 'in_progress'],
  ['review', 'Review', 'review'],
  ['done', 'Done', 'done'],
  ['shipped', 'Shipped', 'done'],
  ['dropped', 'Dropped', 'cancelled'],
] as const
/** The key of a column that tasks were in, and that is deleted now. */
const GONE = 'limbo'
const isEnd = (status: string) =>
  COLUMNS.some(([key, , category]) => key === status && (category === 'done' || category === 'cancelled'))

export type TaskRow = {
  id: string
  project_id: string
  number: string
  title: string
  status: string
  priority: string
  assignee_ids: string[]
  estimate: number | null
  due_date: string | null
  completed_at: string | null
  deleted_at: string | null
  archived_at: string | null
  seq: number
}
export type JournalRow = {
  seq: number
  action: string
  task_id: string
  user_id: string
  data: TaskRow
  changes: object
  created_at: string
}
export type History = {
  project_id: string
  first: string
  columns: { key: string; category: string }[]
  /** The deleted column GONE, if its deletion is in the journal; else nothing tells its category. */
  gone?: { key: string; category: string }
  journal: JournalRow[]
}

const DAY_MS = 86_400_000
const addDays = (day: string, n: number) =>
  new Date(Date.parse(`${day}T00:00Z`) + n * DAY_MS).toISOString().slice(0, 10)

type Draft = Omit<JournalRow, 'seq' | 'data'> & { data: Omit<TaskRow, 'seq'> }

function newTask(random: Dice, project_id: string, people: string[], n: number) {
  const today = new Date().toISOString().slice(0, 10)
  return {
    id: uuid(),
    project_id,
    number: `PAST-${n + 1}`,
    title: random.pick(['Ship it', '=1+1', '"Quoted", and more', 'Zażółć gęślą jaźń', '<b>&amp;']),
    status: random.pick(['ideas', 'todo', 'todo', 'doing', 'done', GONE]),
    priority: random.pick(['none', 'low', 'high', 'urgent']),
    assignee_ids: people.filter(() => random.chance(0.4)),
    estimate: random.pick([null, 0.1, 0.2, 3, 5]),
    due_date: random.pick([null, addDays(today, -3), today, addDays(today, 1), addDays(today, 7), addDays(today, 8)]),
    completed_at: null as string | null,
    deleted_at: null as string | null,
    archived_at: null as string | null,
  }
}

type State = ReturnType<typeof newTask>

/** A random change that may come next in the life of a task: its name in the journal, and the changed fields. */
function nextStep(random: Dice, task: State, at: string): [action: string, changes: Partial<State>] {
  if (task.deleted_at !== null) {
    if (random.chance(0.15)) return ['task.purged', {}]
    if (random.chance(0.3)) return ['task.moved', { status: random.pick(['todo', 'doing', 'done']) }] // its column was emptied
    return ['task.restored', { deleted_at: null }]
  }
  if (random.chance(0.02)) return ['task.purged', {}] // as a script may do; by the API a task goes to the trash first
  if (random.chance(0.12)) return ['task.deleted', { deleted_at: at }]
  if (random.chance(task.archived_at === null ? 0.12 : 0.4))
    return ['task.updated', { archived_at: task.archived_at === null ? at : null }]
  if (random.chance(0.15)) return ['task.updated', { estimate: random.pick([null, 1, 2.5, 8]) }]
  if (random.chance(0.1)) return ['task.updated', { title: `${task.title}!` }]
  if (random.chance(0.1)) return ['task.updated', { priority: random.pick(['low', 'high']) }]
  const others = [...COLUMNS.map(([key]) => key as string), GONE].filter((key) => key !== task.status)
  return [
    'task.moved',
    { status: random.pick([...others, 'doing', 'review', 'done', 'done'].filter((key) => key !== task.status)) },
  ]
}

/** A task after a change at `at`. `completed_at` is kept while the task stays in columns of done or cancelled work. */
const applyChange = (task: State, changes: Partial<State>, at: string): State => ({
  ...task,
  ...changes,
  completed_at: isEnd(changes.status ?? task.status) ? (task.completed_at ?? at) : null,
})

/** The journal rows of one task: from its creation until a random end. One that was purged may come back. */
function lifeOf(random: Dice, first: string, draft: State, people: string[]): Draft[] {
  let at = Date.parse(`${first}T00:00Z`) + random.next() * SEASON_DAYS * DAY_MS * 0.8
  const task = applyChange(draft, {}, new Date(at).toISOString())
  const row = (action: string, changes: object, data: State): Draft => ({
    action,
    changes,
    task_id: data.id,
    user_id: random.pick(people),
    created_at: new Date(at).toISOString(),
    data,
  })
  const rows = [row('task.created', {}, task)]
  for (let state = task; random.chance(0.88); ) {
    at += random.next() ** 3 * 12 * DAY_MS + 1_000
    const [action, changes] = nextStep(random, state, new Date(at).toISOString())
    const before: Record<string, unknown> = { ...state }
    state = applyChange(state, changes, new Date(at).toISOString())
    const pairs = Object.entries(state).filter(([key, value]) => before[key] !== value)
    if (pairs.length === 0 && action !== 'task.purged') continue
    rows.push(row(action, Object.fromEntries(pairs.map(([key, value]) => [key, [before[key], value]])), state))
    if (action !== 'task.purged') continue
    if (random.chance(0.5)) return rows
    at += random.next() * 5 * DAY_MS
    const back = {
      ...state,
      deleted_at: null,
      completed_at: null,
      status: random.pick(['todo', 'doing', 'done', GONE]),
    }
    state = applyChange(back, {}, new Date(at).toISOString())
    rows.push(row('task.created', {}, state))
  }
  // Before a column was deleted, its tasks were moved out of it.
  const last = rows.at(-1)?.data as State
  if (last.status === GONE) {
    at += 60_000
    rows.push(row('task.moved', { status: [GONE, 'todo'] }, { ...last, status: 'todo' }))
  }
  return rows
}

const columnDeletionOf = (data: object) => ({
  entity: 'column',
  entity_id: uuid(),
  action: 'column.deleted',
  changes: {},
  data,
})

/** Stores a history in one transaction. The triggers are off: they would not allow a past to be written. */
async function storeHistory({ project_id, journal, gone: column }: History, people: string[]): Promise<void> {
  const sql = neon(env.DATABASE_URL, { fetchOptions: { timeout_ms: 120_000 } })
  const last = new Map(journal.map((row) => [row.task_id, row]))
  const tasks = [...last.values()]
    .filter(({ action }) => action !== 'task.purged')
    .map(({ data, created_at }, n) => ({
      ...data,
      updated_at: created_at,
      position: n + 1,
      description: '',
      comment_count: 0,
      checklist_done: 0,
      checklist_total: 0,
      is_blocked: false,
      label_ids: [],
    }))
  const rows: object[] = journal.map((row) => ({ ...row, project_id, entity: 'task', entity_id: row.task_id }))
  if (column)
    rows.push({ ...columnDeletionOf(column), project_id, seq: (journal[0]?.seq ?? 2) - 1, created_at: new Date(0) })
  const columns = COLUMNS.map(([key, name, category], n) => ({
    id: uuid(),
    project_id,
    key,
    name,
    category,
    position: n + 1,
    wip_mode: 'warn',
  }))
  const members = people.map((user_id) => ({ id: uuid(), project_id, user_id, role: 'editor' }))
  const withStamps = (list: object[]) =>
    JSON.stringify(list.map((row) => ({ seq: 1, created_at: new Date(0), updated_at: new Date(0), ...row })))
  await sql.transaction([
    sql`set local session_replication_role = replica`,
    sql`delete from board_columns where project_id = ${project_id}`,
    sql`delete from project_members where project_id = ${project_id} and user_id = any(${people}::uuid[])`,
    sql`insert into board_columns select * from jsonb_populate_recordset(null::board_columns, ${withStamps(columns)}::jsonb)`,
    sql`insert into project_members select * from jsonb_populate_recordset(null::project_members, ${withStamps(members)}::jsonb)`,
    sql`insert into tasks select * from jsonb_populate_recordset(null::tasks, ${withStamps(tasks)}::jsonb)`,
    sql`insert into activity_logs select * from jsonb_populate_recordset(null::activity_logs, ${JSON.stringify(rows)}::jsonb)`,
    sql`update projects set event_seq = ${journal.at(-1)?.seq ?? 1}, task_counter = ${tasks.length}, task_count = ${tasks.length} where id = ${project_id}`,
  ])
}

/** Makes a random history of up to `size` tasks and stores it in a new project. `since`: the project's current seq. */
export async function makeHistory(
  seed: number,
  project_id: string,
  people: string[],
  since: number,
  size = 12,
): Promise<History> {
  const random = newDice(seed)
  const first = random.pick(SEASONS)
  const lives = Array.from({ length: 1 + random.upTo(size) }, (_, n) =>
    lifeOf(random, first, newTask(random, project_id, people, n), people),
  )
  const ordered = lives.flat().toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1))
  const columns = COLUMNS.map(([key, , category]) => ({ key, category }))
  const meant = random.pick([undefined, 'todo', 'in_progress', 'done', 'done', 'cancelled'])
  const next = since + (meant ? 2 : 1) // leaves a seq for the deletion of the column GONE
  const journal = ordered.map((row, n) => ({ ...row, seq: next + n, data: { ...row.data, seq: next + n } }))
  const history = { project_id, first, columns, journal, ...(meant && { gone: { key: GONE, category: meant } }) }
  await storeHistory(history, people)
  return history
}
