import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'

vi.mock('cloudflare:workers', () => import('../support/in-node.ts'))

import { configOf } from '../../src/config/config.ts'
import { openDatabase } from '../../src/db/client.ts'
import { runJobs } from '../../src/features/jobs/jobs.ts'
import { logFor } from '../../src/lib/log.ts'
import { newMeter } from '../../src/lib/meter.ts'
import { selectHeads } from '../../src/live/relay/queries.ts'
import { call } from '../support/api.ts'
import { type Cast, newCast } from '../support/callers.ts'
import { env, exports, realtime, waitForPending } from '../support/in-node.ts'
import { openLargeDatabase } from '../support/plans.ts'
import { ROUTES } from '../support/routes.ts'
import { requestOf } from '../support/samples.ts'

/*
 * No statement of the API may read all rows of a growing table. All statements of the routes, the jobs and the relay
 * are run on a large database, and Postgres sends the plan of each, including those inside functions and triggers.
 */

let database: Awaited<ReturnType<typeof openLargeDatabase>>
let cast: Cast

describe.runIf(inject('onServer'))('on a large database', () => {
  beforeAll(async () => {
    database = await openLargeDatabase(inject('databaseUrl'))
    Object.assign(env, inject('vars'), {
      DATABASE_URL: 'postgresql://flowtrack:local@plans.test/flowtrack',
      NEON_FETCH_ENDPOINT: database.endpoint,
      CACHE_SECONDS: '0',
    })
    cast = await newCast()
  }, 600_000)
  afterAll(() => database?.close())

  /** A manager where that is enough: for an administrator, more rows are read, as they see every project. */
  const callerFor = (access: string) => {
    const name = access === 'admin' ? 'an administrator' : 'manager'
    const caller = cast.callers.find((candidate) => candidate.name === name)
    if (!caller) throw new Error(`There is no caller named ${name}`)
    return caller
  }

  it.each(Object.entries(ROUTES))('%s never scans a whole table', async (route, { access, ok, sample }) => {
    const caller = callerFor(access)
    const asked = await sample(cast, caller)
    await waitForPending()
    database.scans()
    const [method = ''] = route.split(' ')
    const response = await exports.default.fetch(requestOf(method, asked, asked.token ?? caller.token))
    await response.text()
    await waitForPending()
    expect(response.status).toBe(ok === 101 ? 200 : ok) // there are no sockets here
    expect(database.scans().found).toEqual([])
  })

  const BIG = [
    ...[
      '',
      '/board',
      '/board?per_column=100',
      '/progress',
      '/columns',
      '/labels',
      '/members',
      '/activity',
      '/activity?since=1000',
    ],
    ...['/activity?action=task.moved', '/activity?user_id=$user', '/activity?task_id=$task'],
  ].map((path) => `/projects/$project${path}`)
  const LISTS = [
    ...['created_at', '-created_at', 'updated_at', '-updated_at'].map((sort) => `sort=${sort}`),
    ...['status=done&sort=position', 'assignee_id=$user', 'priority=high', 'parent_id=$task', 'due_before=2026-01-01'],
    ...['updated_since=2026-01-01T00:00:00Z', 'q=the', 'deleted=true', 'overdue=true&sort=due_date', 'label_id=$label'],
    ...['assignee_id=none', 'status=todo&status=done&include_done=false', 'status_category=review&sort=-priority'],
  ].map((query) => `/tasks?project_id=$project&${query}`)
  const SORTED = ['due_date', 'priority', 'title'].flatMap((sort) => [sort, `-${sort}`])
  const THREAD = ['', '?sort=-created_at&limit=2'].map((query) => `/tasks/$task/comments${query}`)
  const CHECKLISTS = ['/tasks/$task/checklists', '/tasks/$task/checklists?limit=1']
  const SEARCHES = ['q=the', 'q=12', 'q=BENCH1-12', 'q=%E4%BC%9A%E8%AE%AE&include_done=false'].map(
    (query) => `/search?project_id=$project&${query}`,
  )
  const REPORTS = Object.keys(ROUTES)
    .filter((route) => route.startsWith('GET /reports/projects/'))
    .map((route) => route.slice(4).replace(':id', '$project'))

  /** Replaces `$project`, `$task`, `$user` and `$label` in a path with ids from the largest project. */
  async function pathWithIds(template: string): Promise<string> {
    const [names] = await database.sql(async (client) => {
      const big = `select p.id as project, t.id as task, t.assignee_ids[1] as "user", t.label_ids[1] as label from projects p
        join tasks t on t.project_id = p.id where p.key = 'BENCH1' and t.assignee_ids <> '{}' limit 1`
      return (await client.query<Record<string, string>>(big)).rows
    })
    return template.replace(/\$(\w+)/g, (_, name) => names?.[name] ?? '')
  }

  it.each(SORTED)('uses an index for a list sorted by %s, on every page', async (sort) => {
    const { token } = callerFor('admin')
    const index = { due_date: 'tasks_by_due', priority: 'tasks_by_priority', title: 'tasks_by_title' }
    let path = await pathWithIds(`/tasks?project_id=$project&limit=20&sort=${sort}`)
    for (let page = 0; page < 2; page++) {
      database.scans()
      const { body } = await call('GET', path, { token })
      expect(database.scans().indexes).toContain(index[sort.replace('-', '') as keyof typeof index])
      path = `${path}&cursor=${body.next_cursor}`.replace(/&cursor=.*(&cursor=.*)/, '$1')
    }
  })

  it('uses the index of words for a search in one project and in all projects of a person', async () => {
    for (const path of [await pathWithIds('/search?q=review&project_id=$project'), '/search?q=new']) {
      database.scans()
      await call('GET', path, { token: callerFor(path.includes('project_id') ? 'admin' : 'manager').token })
      expect(database.scans().indexes).toContain('search_texts_grams')
    }
  })

  it.each([...BIG, ...LISTS, ...SEARCHES, ...THREAD, ...CHECKLISTS, ...REPORTS, '/users?q=per'])(
    'scans no whole table of the largest project for GET %s',
    async (template) => {
      const path = await pathWithIds(template)
      const { token } = callerFor('admin')
      database.scans()
      expect((await call('GET', path, { token })).status).toBe(200)
      const { statements, found } = database.scans()
      expect(statements).toBeGreaterThan(0)
      expect(found).toEqual([])
    },
  )

  it('computes each part of a report once, even for tables without statistics', async () => {
    const { token } = callerFor('admin')
    await database.forgetStatistics()
    try {
      for (const template of REPORTS.flatMap((path) => [path, `${path}?priority=high`, `${path}?assignee_id=$user`])) {
        const path = await pathWithIds(template)
        database.scans()
        expect((await call('GET', path, { token })).status).toBe(200)
        const { statements, repeated } = database.scans()
        expect({ path, statements: statements > 0, repeated }).toEqual({ path, statements: true, repeated: 0 })
      }
    } finally {
      await database.sql((client) => client.query('analyze'))
    }
  })

  it('uses the index of labels to find the tasks of a label', async () => {
    const [{ project, label } = {}] = await database.sql(async (client) => {
      const some = `select project_id as project, label_ids[1] as label from tasks
        where project_id = (select id from projects where key = 'BENCH1') limit 1`
      return (await client.query<Record<string, string>>(some)).rows
    })
    database.scans()
    const path = `/tasks?project_id=${project}&label_id=${label}`
    expect((await call('GET', path, { token: callerFor('admin').token })).status).toBe(200)
    expect(database.scans().indexes).toContain('tasks_labels')
  })

  it.each(['per', 'person1@bench.example'])('scans no whole table when a member searches for people: %s', async (q) => {
    const { token } = callerFor('manager')
    database.scans()
    expect((await call('GET', `/users?q=${q}`, { token })).status).toBe(200)
    expect(database.scans().found).toEqual([])
  })

  it('scans no whole table in the jobs and the relay', async () => {
    const config = configOf(env as unknown as Env)
    const db = openDatabase(config, newMeter())
    database.scans()
    await runJobs({ db, config, realtime, log: logFor({}), now: new Date() })
    const holder = { user_id: cast.owner.id, session_id: crypto.randomUUID(), epoch: crypto.randomUUID() }
    await selectHeads(db, [{ project_id: cast.board.id, holders: [holder] }] as never)
    const { statements, found, indexes } = database.scans()
    expect(statements).toBeGreaterThan(5)
    expect(found).toEqual([])
    // By these, jobs find the next project.
    expect(indexes).toEqual(expect.arrayContaining(['tasks_due', 'tasks_trash']))
  }, 200_000) // more than the jobs' own budgets

  it.each([
    ['tasks_board', '/board', 'tasks'],
    ['activity_logs_project_id_seq_pk', '/activity', 'activity_logs'],
  ])('reports a scan of a whole table when an index is missing: %s', async (index, path, table) => {
    const { token } = callerFor('admin')
    const ask = async () => {
      database.scans()
      await call('GET', `/projects/${cast.board.id}${path}`, { token })
      return database.scans().found
    }
    expect(await ask()).toEqual([])
    const others = `select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as made from pg_index where indrelid = '${table}'::regclass`
    await database.sql(async (client) => {
      const { rows } = await client.query<{ name: string; made: string }>(others)
      expect(rows.map(({ name }) => name)).toContain(index)
      await client.query(`update pg_index set indisvalid = false where indrelid = '${table}'::regclass`)
    })
    try {
      expect(await ask()).toEqual(expect.arrayContaining([expect.stringContaining(`${table}: `)]))
    } finally {
      await database.sql((client) =>
        client.query(`update pg_index set indisvalid = true where indrelid = '${table}'::regclass`),
      )
    }
  })
})
