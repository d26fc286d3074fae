import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { Config } from '../../src/config/config.ts'
import { queryRows, sql } from '../support/node.ts'

/**
 * For each table, what bounds the rows that one account can make. A table without an entry fails the tests, and so does
 * an entry whose setting or test no longer exists.
 */

afterAll(() => sql.end())

type Bound = {
  /** The settings of the quotas or limits that bound it. */
  settings?: (keyof Config)[]
  /** The test that shows the bound: what is allowed, and what is refused. */
  shown: [file: string, title: string]
  /** How it is bounded without a setting, or by settings of something else. */
  because?: string
}

const QUOTAS = 'test/worker/quotas.test.ts'
const REQUESTS: Bound['shown'] = [
  'test/worker/limits.test.ts',
  'refuses a user who has used up all requests, without a request to Postgres or Redis',
]

const BOUNDS: Record<string, Bound> = {
  activity_logs: {
    settings: ['LIMIT_USER'],
    shown: REQUESTS,
    because: 'The history has no end by nature: requests are bounded, and what one request can change.',
  },
  task_steps: {
    settings: ['LIMIT_USER'],
    shown: REQUESTS,
    because: 'At most one for each journal row.',
  },
  users: {
    settings: ['LIMIT_ADDRESS', 'REGISTRATION', 'LIMIT_USER'],
    shown: ['test/worker/limits.test.ts', 'limits registrations, sign-ins and refreshes from one address together'],
    because: 'An account makes others as an administrator alone; strangers are bounded by their network.',
  },
  inboxes: {
    settings: ['LIMIT_ADDRESS'],
    shown: ['test/worker/limits.test.ts', 'limits registrations, sign-ins and refreshes from one address together'],
    because: 'One for each account.',
  },
  projects: {
    settings: ['QUOTA_PROJECTS'],
    shown: [QUOTAS, 'limits the projects that an account has made, whoever manages them now'],
  },
  search_texts: {
    settings: ['QUOTA_TASKS'],
    shown: [
      QUOTAS,
      'limits the tasks of a project, those in the trash included, and allows one more when one is purged',
    ],
    because: 'One for each task and comment.',
  },
  reminder_floors: {
    settings: ['QUOTA_PROJECTS'],
    shown: [QUOTAS, 'limits the projects that an account has made, whoever manages them now'],
    because: 'One for each project.',
  },
  reminder_positions: {
    settings: ['QUOTA_PROJECTS'],
    shown: [QUOTAS, 'limits the projects that an account has made, whoever manages them now'],
    because: 'One for each project.',
  },
  reminder_rests: {
    settings: ['QUOTA_TASKS'],
    shown: [
      QUOTAS,
      'limits the tasks of a project, those in the trash included, and allows one more when one is purged',
    ],
    because: 'One for each task.',
  },
  project_members: { settings: ['QUOTA_MEMBERS'], shown: [QUOTAS, 'limits the members of a project'] },
  board_columns: { settings: ['QUOTA_COLUMNS'], shown: [QUOTAS, 'limits the columns of a board'] },
  labels: { settings: ['QUOTA_LABELS'], shown: [QUOTAS, 'limits the labels of a project'] },
  tasks: {
    settings: ['QUOTA_TASKS'],
    shown: [
      QUOTAS,
      'limits the tasks of a project, those in the trash included, and allows one more when one is purged',
    ],
  },
  task_links: {
    settings: ['QUOTA_TASK_LINKS'],
    shown: ['test/worker/links.test.ts', 'counts towards the quota of both tasks'],
  },
  comments: {
    settings: ['QUOTA_COMMENTS', 'QUOTA_TASK_COMMENTS'],
    shown: [QUOTAS, 'limits the comments of a task and of a project, and allows more when the task is purged'],
  },
  checklists: {
    settings: ['QUOTA_TASK_CHECKLISTS', 'QUOTA_ITEMS'],
    shown: [
      QUOTAS,
      'limits the checklists of a task, the items of a list, and both in a project, until some are deleted',
    ],
  },
  checklist_items: {
    settings: ['QUOTA_CHECKLIST_ITEMS', 'QUOTA_ITEMS'],
    shown: [
      QUOTAS,
      'limits the checklists of a task, the items of a list, and both in a project, until some are deleted',
    ],
  },
  task_claims: {
    settings: ['QUOTA_TASKS'],
    shown: [
      QUOTAS,
      'limits the tasks of a project, those in the trash included, and allows one more when one is purged',
    ],
    because: 'One for each task at most.',
  },
  webhooks: { settings: ['QUOTA_WEBHOOKS'], shown: [QUOTAS, 'limits the webhooks of a project'] },
  webhook_states: {
    settings: ['QUOTA_WEBHOOKS'],
    shown: [QUOTAS, 'limits the webhooks of a project'],
    because: 'One for each webhook.',
  },
  webhook_deliveries: {
    shown: ['test/worker/webhooks.test.ts', 'stores the last 100 attempts'],
    because: '100 for each webhook.',
  },
  task_watchers: {
    shown: ['test/worker/watching.test.ts', 'allows 100 watchers of a task, and still accepts comments of others'],
    because: '100 for each task.',
  },
  notification_preferences: {
    shown: [
      'test/worker/watching.test.ts',
      'allows muting at most 1,000 projects, and only those of which the person is a member',
    ],
    because: 'One for each account, with at most 1,000 projects.',
  },
  api_keys: {
    settings: ['QUOTA_KEYS'],
    shown: [QUOTAS, 'limits the valid API keys of an account, and keeps as many ended ones'],
  },
  report_links: {
    settings: ['QUOTA_LINKS', 'QUOTA_PROJECT_LINKS'],
    shown: [QUOTAS, 'keeps as many withdrawn links as an account may have'],
  },
  views: {
    settings: ['QUOTA_VIEWS', 'QUOTA_PROJECT_VIEWS'],
    shown: [QUOTAS, 'limits the views of an account, and those that are shared in a project'],
  },
  ws_tickets: {
    settings: ['QUOTA_TICKETS'],
    shown: [QUOTAS, 'limits the unused tickets, and says when there is room again'],
  },
  sessions: {
    settings: ['QUOTA_SESSIONS'],
    shown: [QUOTAS, 'ends the oldest session at once when a new one exceeds the quota, and keeps as many ended ones'],
  },
  recovery_links: {
    shown: [QUOTAS, 'keeps two recovery links of an account: the unused one, and the last one that was used'],
    because: 'Two for each account, whoever makes them.',
  },
  invitations: {
    settings: ['QUOTA_INVITATIONS'],
    shown: ['test/node/quotas.test.ts', 'limits the pending invitations, and keeps as many that have ended'],
  },
  imports: {
    shown: ['test/worker/imports.test.ts', 'ends an import when another one of the same person begins'],
    because: 'One for each account.',
  },
  import_lines: {
    shown: ['test/worker/imports.test.ts', 'refuses another media type, a file of more than 64 MiB, and an empty file'],
    because: 'Of one file for each account.',
  },
  notifications: {
    settings: ['QUOTA_NOTIFICATIONS', 'NOTIFICATION_DAYS'],
    shown: [
      'test/jobs/cleaning.ts',
      'deletes a person’s notifications beyond the newest, some at a time, and none of other people',
    ],
    because: 'Reminders of what is still due are kept: at most two for each task.',
  },
  idempotency_keys: {
    settings: ['LIMIT_KEYED'],
    shown: [QUOTAS, 'limits the stored answers of keyed writes, but not writes without a key'],
  },
  pending_acts: {
    settings: ['QUOTA_MEMBERS', 'QUOTA_PROJECTS'],
    shown: ['test/node/growth.test.ts', 'allows one pending act of a kind for each person and project'],
    because: 'One of each kind for a person, a column or a linked task, and a project.',
  },
  job_cursors: {
    shown: ['test/node/growth.test.ts', 'allows one cursor for each job'],
    because: 'One for each job: nothing that an account does makes one.',
  },
  __drizzle_migrations: {
    shown: [
      'test/repository/drift.test.ts',
      'has the tables of schema.ts, the functions and the triggers, and is unchanged by the check',
    ],
    because: 'One for each migration.',
  },
}

/** For each kind of Durable Object, what bounds the data and sockets that one account can make it hold. */
const HOLDS: Record<string, Bound> = {
  ProjectHub: {
    settings: ['QUOTA_BOARD_SOCKETS'],
    shown: [
      'test/worker/live-limits.test.ts',
      'closes the longest silent socket of an account that opens 21 sockets on a board, and no other',
    ],
  },
  UserHub: {
    settings: ['QUOTA_SOCKETS', 'QUOTA_BOARD_SOCKETS'],
    shown: [
      'test/worker/live-limits.test.ts',
      'closes the longest silent socket of an account that opens 101 sockets on boards and its inbox',
    ],
  },
  LeaseClock: {
    settings: ['QUOTA_PROJECTS'],
    shown: [QUOTAS, 'limits the projects that an account has made, whoever manages them now'],
    because: 'One alarm for each project.',
  },
  WebhookSender: {
    settings: ['QUOTA_WEBHOOKS'],
    shown: [QUOTAS, 'limits the webhooks of a project'],
    because: 'One for each webhook, which holds its ids and an alarm.',
  },
  RegionRelay: {
    settings: ['QUOTA_SOCKETS'],
    shown: [
      'test/worker/live-limits.test.ts',
      'closes the longest silent socket of an account that opens 101 sockets on boards and its inbox',
    ],
    because: 'One entry for each socket.',
  },
}

const root = join(import.meta.dirname, '../..')

/** Whether a file has a test with exactly this title. */
function hasTest([file, title]: Bound['shown']): boolean {
  const path = join(root, file)
  if (!existsSync(path)) return false
  const source = readFileSync(path, 'utf8')
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote},`))
}

const TABLES = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'm') and n.nspname !~ '^(pg_|information_schema$)'`

/** `unbounded`: tables without an entry in BOUNDS; `gone`: entries without a table. */
async function compareWithTables(client: Pick<pg.ClientBase, 'query'>) {
  const there = (await client.query<{ name: string }>(TABLES)).rows.map(({ name }) => name)
  return {
    unbounded: there.filter((name) => !Object.hasOwn(BOUNDS, name)),
    gone: Object.keys(BOUNDS).filter((name) => !there.includes(name)),
  }
}

it('says for every table what limits its growth by one account', async () => {
  expect(await compareWithTables(sql)).toEqual({ unbounded: [], gone: [] })
})

it('says for every kind of Durable Object what limits its data by one account', () => {
  const settings = readFileSync(join(root, 'wrangler.toml'), 'utf8')
  const kinds = [...settings.matchAll(/class_name = "(\w+)"/g)].map(([, name]) => name)
  expect(kinds.length).toBeGreaterThan(0)
  expect(Object.keys(HOLDS).sort()).toEqual(kinds.sort())
})

const ALL = Object.entries({ ...BOUNDS, ...HOLDS })

it('names an existing setting that limits each table and Durable Object, or why none is needed', () => {
  const wrong = ALL.filter(
    ([, { settings = [], because }]) =>
      !settings.every((name) => name in Config.shape) || (settings.length === 0 && !because),
  )
  expect(wrong.map(([table]) => table)).toEqual([])
})

it('names an existing test for each table and Durable Object', () => {
  expect(ALL.flatMap(([name, { shown }]) => (hasTest(shown) ? [] : [[name, ...shown]]))).toEqual([])
})

it('reports a table whose growth nothing limits', async () => {
  const client = await sql.connect()
  try {
    await client.query('begin')
    await client.query('create table boundless (id int)')
    expect(await compareWithTables(client)).toEqual({ unbounded: ['boundless'], gone: [] })
  } finally {
    await client.query('rollback')
    client.release()
  }
})

it('allows one cursor for each job', async () => {
  const [{ definition } = {}] = await queryRows(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'job_cursors'::regclass and contype = 'p'`,
  )
  expect(definition).toBe('PRIMARY KEY (job)')
})

it('allows one pending act of a kind for each person and project', async () => {
  const [{ definition } = {}] = await queryRows(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'pending_acts'::regclass and contype = 'p'`,
  )
  expect(definition).toBe('PRIMARY KEY (project_id, kind, subject)')
})
