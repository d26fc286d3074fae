import pg from 'pg'
import { migrate } from '../../drizzle/migrate.ts'
import { makeData } from '../../local/data/make-data.ts'
import { startNeonBridge } from '../../local/neon.ts'
import { makeDatabase } from '../../local/own-database.ts'

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: Node[]
}

/** One run of a statement, also inside a function or a trigger. */
type Run = { 'Query Text': string; Plan: Node }

/** A Seq Scan that reads at most this many rows is allowed, such as that of an `exists`. */
const FEW = 50

const SIZE = { seed: 1, tasks: 1_000, events: 15_000, projects: 1_000, users: 10_000 }

/** Fills the tables that the generator leaves empty, such as sessions, comments, checklists and unfinished imports. */
const MORE = [
  `insert into sessions (id, user_id, refresh_hash, expires_at)
    select gen_random_uuid(), id, '', now() + interval '1 day' from users, generate_series(1, 2)`,
  `insert into ws_tickets (ticket_hash, user_id, session_id, access_expires_at, expires_at)
    select gen_random_uuid(), user_id, id, now(), now() + interval '1 day' from sessions`,
  `insert into api_keys (id, user_id, name, prefix, hash, scopes) select gen_random_uuid(), id, '', '', '', '{read}' from users`,
  `insert into idempotency_keys (user_id, key, fingerprint, expires_at) select id, '', '', now() + interval '1 day' from users`,
  `insert into report_links (id, user_id, project_id, report, query, expires_at)
    select gen_random_uuid(), user_id, project_id, 'summary', '{}', now() + interval '1 day' from project_members`,
  `insert into views (id, project_id, created_by, name, query)
    select gen_random_uuid(), project_id, user_id, 'Mine', '{}' from project_members, generate_series(1, 10)`,
  `insert into comments (id, project_id, task_id, user_id, body)
    select gen_random_uuid(), project_id, id, created_by, 'Hello' from tasks, generate_series(1, 5)`,
  `insert into checklists (id, project_id, task_id, title, position)
    select gen_random_uuid(), project_id, id, 'List', n from tasks, generate_series(1, 2) n`,
  `insert into checklist_items (id, project_id, task_id, checklist_id, text, position, assignee_id)
    select gen_random_uuid(), c.project_id, c.task_id, c.id, 'Item', n, t.assignee_ids[1]
    from checklists c join tasks t on t.id = c.task_id, generate_series(1, 3) n`,
  `insert into task_watchers (task_id, user_id, project_id)
    select t.id, m.user_id, t.project_id from tasks t join project_members m using (project_id) where m.role = 'manager'`,
  `insert into notification_preferences (user_id, muted_kinds, muted_project_ids) select id, '{moved}', '{}' from users`,
  `insert into labels (id, project_id, name) select gen_random_uuid(), id, 'Label ' || n from projects, generate_series(0, 19) n`,
  `update tasks t set label_ids = array[l.id] from labels l
    where l.project_id = t.project_id and l.name = 'Label ' || abs(hashtext(t.id::text)) % 20`,
  `insert into imports (id, user_id) select gen_random_uuid(), id from users limit ${FEW / 2}`,
  `insert into import_lines (import_id, seq, entry) select id, seq, '{}' from imports, generate_series(1, 800) seq`,
]

/**
 * With these settings, Postgres sends the client the plan of each statement that runs (auto_explain; needs a
 * superuser).
 */
const EXPLAIN_ALL = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
  client_min_messages: 'notice',
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** The names of tables of which a run has read all rows, by Seq Scans of more than FEW rows. */
function fullyScannedTablesOf({ Plan }: Run): string[] {
  return nodesOf(Plan).flatMap((node) => {
    const { 'Relation Name': table, 'Actual Loops': loops = 0 } = node
    const rows = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)
    return node['Node Type'] === 'Seq Scan' && table && loops * rows > FEW ? [table] : []
  })
}

/** Whether a run has grouped rows more than FEW times, as the inner side of a nested loop does. */
const groupsAgain = ({ Plan }: Run) =>
  nodesOf(Plan).some((node) => node['Node Type'] === 'Aggregate' && (node['Actual Loops'] ?? 0) > FEW)

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Fills a new database, and lets Postgres report the plan of each of its statements. */
async function fillDatabase(name: string, url: string): Promise<void> {
  await migrate(url)
  await makeData(url, { ...SIZE, until: Date.now() }, () => {})
  await withClient(url, async (client) => {
    await client.query('set session_replication_role = replica') // no triggers: these rows need no journal
    for (const insert of MORE) await client.query(insert)
    await client.query('analyze')
    for (const [key, value] of Object.entries(EXPLAIN_ALL))
      await client.query(`alter database ${name} set ${key} = '${value}'`)
  })
}

function summarize(runs: Run[]) {
  const found = runs.flatMap((run) =>
    fullyScannedTablesOf(run).map((table) => `${table}: ${run['Query Text'].replace(/\s+/g, ' ').slice(0, 160)}`),
  )
  const indexes = runs.flatMap(({ Plan }) => nodesOf(Plan).flatMap((node) => node['Index Name'] ?? []))
  const repeated = runs.filter(groupsAgain).length
  return { statements: runs.length, found: [...new Set(found)], repeated, indexes: [...new Set(indexes)] }
}

/** A new large database on the server of `databaseUrl`, behind a bridge that collects every plan. `close` drops it. */
export async function openLargeDatabase(databaseUrl: string) {
  const { name, url, drop } = await makeDatabase(databaseUrl, 'plans')
  await fillDatabase(name, url)
  let runs: Run[] = []
  const collectPlan = (message: string) => {
    const json = /^duration: .* plan:\n(\{.*\})$/s.exec(message)?.[1]
    if (json) runs.push(JSON.parse(json) as Run)
  }
  const bridge = await startNeonBridge({ databaseUrl: url, onNotice: collectPlan })
  return {
    url,
    endpoint: `${bridge.url}/sql`,
    /**
     * What has run since the last call: how many statements, which of them read a whole table, how many grouped rows
     * again and again, and the indexes used.
     */
    scans() {
      const summary = summarize(runs)
      runs = []
      return summary
    },
    /** Makes Postgres forget what it knows of its tables, as it knows nothing of new ones until `analyze`. */
    async forgetStatistics() {
      await withClient(url, async (client) => {
        await client.query('delete from pg_statistic')
        await client.query(
          "update pg_class set reltuples = -1, relpages = 0 where relnamespace = 'public'::regnamespace",
        )
      })
    },
    sql: <T>(work: (client: pg.Client) => Promise<T>) => withClient(url, work),
    async close() {
      await bridge.close()
      await drop()
    },
  }
}
