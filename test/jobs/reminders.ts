import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { configOf } from '../../src/config/config.ts'
import { openDatabase } from '../../src/db/client.ts'
import { remindAssignees } from '../../src/features/jobs/jobs.ts'
import { BUDGET } from '../../src/features/jobs/turns.ts'
import { log } from '../../src/lib/log.ts'
import { newMeter } from '../../src/lib/meter.ts'
import { call, database, newMember, newPerson, newProject, newTask, type Person } from '../support/api.ts'
import { runCron } from '../support/cron.ts'
import { freshKey, JournalBuilder, toNdjson, upload } from '../support/exports.ts'
import { connectAt } from '../support/socket.ts'

/** Sends the reminders that are due at `now`. Returns the ids of all people notified, those of other tests included. */
async function remindAt(now: string, budget: Partial<typeof BUDGET> = {}): Promise<string[]> {
  const told: string[] = []
  const realtime = {
    announce: () => undefined,
    recheck: () => undefined,
    wakeForClaims: () => undefined,
    wakeWebhooks: () => undefined,
    endAccess: () => undefined,
    notify: (ids: readonly string[]) => void told.push(...ids),
  }
  const config = configOf(env as Env)
  const ctx = { db: openDatabase(config, newMeter()), config, realtime, log, now: new Date(now) }
  await remindAssignees(ctx, { ...BUDGET, ...budget })
  return told
}

async function remindersOf({ token }: Person): Promise<any[]> {
  const { items } = (await call('GET', '/notifications', { token })).body
  return items.filter(({ kind }: any) => kind === 'due_soon' || kind === 'overdue').reverse()
}
const kindsOf = async (somebody: Person) => (await remindersOf(somebody)).map(({ kind }) => kind)

/** A new account in a time zone, with a board and a task `due` that is assigned to it. */
async function newAssignee(due_date: string, timezone = 'UTC', fields: object = {}) {
  const ada = await newPerson()
  await call('PATCH', '/users/me', { token: ada.token, body: { timezone } })
  const board = await newProject(ada.token)
  const due = await newTask(ada.token, board.id, { due_date, assignee_ids: [ada.id], ...fields })
  return { ada, board, due }
}

/** Adds many tasks at once, by SQL. */
async function insertTasks(project_id: string, count: number, due_date: string, people: string[], status = 'todo') {
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null)`,
    sql`insert into tasks (id, project_id, number, title, status, position, due_date, assignee_ids)
      select gen_random_uuid(), ${project_id}, '', 'Due', ${status}, n, ${due_date}, ${people}::uuid[] from generate_series(1, ${count}) n`,
  ])
}
const edit = ({ token }: Person, path: string, body: object) => call('PATCH', path, { token, body })

describe('a reminder', () => {
  it('comes once when the due date ends within 24 hours, and once when it has ended', async () => {
    const { ada, board, due } = await newAssignee('2031-05-10')
    for (const [now, expected] of [
      ['2031-05-09T23:59:00Z', []],
      ['2031-05-10T00:00:00Z', ['due_soon']],
      ['2031-05-10T12:00:00Z', ['due_soon']],
      ['2031-05-10T23:59:59Z', ['due_soon']],
      ['2031-05-11T00:00:00Z', ['due_soon', 'overdue']],
      ['2031-05-12T00:00:00Z', ['due_soon', 'overdue']],
    ] as const) {
      await remindAt(now)
      expect(await kindsOf(ada), now).toEqual(expected)
    }
    expect((await remindersOf(ada))[0]).toMatchObject({
      project_id: board.id,
      task_id: due.id,
      actor_id: null,
      event_seq: null,
      data: { number: due.number, title: due.title, due_date: '2031-05-10', project_name: 'Apollo' },
    })
  })

  it('goes by the day of the person: it ends at their midnight', async () => {
    const west = await newAssignee('2031-05-10', 'Pacific/Honolulu') // ends 11 May 10:00 UTC
    const east = await newAssignee('2031-05-10', 'Pacific/Kiritimati') // ends 10 May 10:00 UTC
    await remindAt('2031-05-10T09:59:00Z')
    expect([await kindsOf(west.ada), await kindsOf(east.ada)]).toEqual([[], ['due_soon']])
    await remindAt('2031-05-10T10:00:00Z')
    expect([await kindsOf(west.ada), await kindsOf(east.ada)]).toEqual([['due_soon'], ['due_soon', 'overdue']])
    await remindAt('2031-05-11T10:00:00Z')
    expect(await kindsOf(west.ada)).toEqual(['due_soon', 'overdue'])
  })

  it.each([
    ['a day of 23 hours', '2031-03-30', '2031-03-29T22:00:00Z', '2031-03-30T22:00:00Z'],
    ['a day of 25 hours', '2031-10-26', '2031-10-25T23:00:00Z', '2031-10-26T23:00:00Z'],
  ])('knows when %s ends', async (_what, day, soon, over) => {
    const { ada } = await newAssignee(day, 'Europe/Berlin')
    const justBefore = (instant: string) => new Date(Date.parse(instant) - 1).toISOString()
    await remindAt(justBefore(soon))
    expect(await kindsOf(ada)).toEqual([])
    await remindAt(soon)
    await remindAt(justBefore(over))
    expect(await kindsOf(ada)).toEqual(['due_soon'])
    await remindAt(over)
    expect(await kindsOf(ada)).toEqual(['due_soon', 'overdue'])
  })

  it('is sent by the next run when runs were missed', async () => {
    const { ada } = await newAssignee('2031-05-10')
    await remindAt('2031-08-01T00:00:00Z')
    expect(await kindsOf(ada)).toEqual(['overdue'])
  })

  it('comes once when two runs overlap', async () => {
    const { ada } = await newAssignee('2031-05-10')
    await Promise.all(Array.from({ length: 4 }, () => remindAt('2031-05-11T00:00:00Z')))
    expect(await kindsOf(ada)).toEqual(['overdue'])
  })

  it.each(['deleted', 'left'])('goes along with a transferred task whose former project is %s', async (end) => {
    const { ada, board, due } = await newAssignee('2031-05-10')
    const bob = await newMember(ada, board.id, 'editor', 'Bob')
    await edit(ada, `/tasks/${due.id}`, { assignee_ids: [bob.id] })
    await remindAt('2031-05-11T12:00:00Z')
    const [sent] = await remindersOf(bob)
    const there = await newProject(ada.token)
    await call('POST', `/projects/${there.id}/members`, { token: ada.token, body: { user_id: bob.id } })
    await call('POST', `/tasks/${due.id}/transfer`, { token: ada.token, body: { project_id: there.id } })
    const former = `/projects/${board.id}`
    await call('DELETE', end === 'left' ? `${former}/members/${bob.id}` : former, { token: ada.token })
    await remindAt('2031-05-11T12:30:00Z')
    expect(await remindersOf(bob)).toMatchObject([{ id: sent.id, kind: 'overdue', project_id: there.id }])
  })

  it('may come again when the due date was changed, and not when anything else was', async () => {
    const { ada, due } = await newAssignee('2031-05-10')
    await remindAt('2031-05-11T00:00:00Z')
    await edit(ada, `/tasks/${due.id}`, { title: 'Other', priority: 'high' })
    await remindAt('2031-05-12T00:00:00Z')
    expect(await kindsOf(ada)).toEqual(['overdue'])
    await edit(ada, `/tasks/${due.id}`, { due_date: '2031-05-20' })
    await remindAt('2031-05-19T00:00:00Z')
    expect(await kindsOf(ada)).toEqual(['overdue'])
    await remindAt('2031-05-21T00:00:00Z')
    expect((await remindersOf(ada)).map(({ data }) => data.due_date)).toEqual(['2031-05-10', '2031-05-20'])
  })

  it('goes to every assignee, the author of the task included, and to nobody else', async () => {
    const ada = await newPerson()
    const board = await newProject(ada.token)
    const [bob, eve] = [await newMember(ada, board.id, 'viewer'), await newMember(ada, board.id, 'manager')]
    await newTask(ada.token, board.id, { due_date: '2031-05-10', assignee_ids: [ada.id, bob.id] })
    const told = await remindAt('2031-05-11T00:00:00Z')
    expect(told).toEqual(expect.arrayContaining([ada.id, bob.id]))
    expect(told).not.toContain(eve.id)
    expect([await kindsOf(ada), await kindsOf(bob), await kindsOf(eve)]).toEqual([['overdue'], ['overdue'], []])
  })

  it('counts a day in UTC if this database does not know the zone of the account', async () => {
    const sql = database()
    const [row] =
      await sql`select day_end('2031-05-10', 'Mars/Olympus') = '2031-05-11T00:00:00Z'::timestamptz as in_utc`
    expect(row).toEqual({ in_utc: true })
  })
})

describe('there is no reminder', () => {
  const NOW = '2031-05-11T00:00:00Z'
  const expectNone = async (somebody: Person) => {
    await remindAt(NOW)
    expect(await kindsOf(somebody)).toEqual([])
  }

  it.each(['done', 'cancelled'])('of a task in a %s column', async (category) => {
    const { ada, board, due } = await newAssignee('2031-05-10')
    const column = { key: 'end', name: 'End', category }
    await call('POST', `/projects/${board.id}/columns`, { token: ada.token, body: column })
    await edit(ada, `/tasks/${due.id}/move?status=end`, {})
    await expectNone(ada)
  })

  it.each(['archived', 'completed'])('in a project that is %s', async (status) => {
    const { ada, board } = await newAssignee('2031-05-10')
    await edit(ada, `/projects/${board.id}`, { status })
    await expectNone(ada)
  })

  it('of a task in the trash', async () => {
    const { ada, due } = await newAssignee('2031-05-10')
    await call('DELETE', `/tasks/${due.id}`, { token: ada.token })
    await expectNone(ada)
  })

  it.each(['archived', 'completed'])(
    'of what was overdue when a project that was %s is opened again',
    async (status) => {
      const { ada, board, due } = await newAssignee('2032-05-10')
      const later = await newTask(ada.token, board.id, { due_date: '2031-05-10', assignee_ids: [ada.id] })
      await edit(ada, `/projects/${board.id}`, { status })
      // Only now is it overdue: earlier, in an open project, another test would have reminded of it.
      const sql = database()
      const late = sql`update tasks set due_date = '2020-05-10' where id = ${due.id}`
      await sql.transaction([sql`select set_actor(null)`, late])
      await edit(ada, `/projects/${board.id}`, { status: 'active' })
      await remindAt(NOW)
      expect((await remindersOf(ada)).map(({ kind, task_id }) => [kind, task_id])).toEqual([['overdue', later.id]])
    },
  )

  it('of what was overdue when it was imported', async () => {
    const ada = await newPerson('Ada')
    const bob = await newMember(ada, (await newProject(ada.token)).id, 'viewer', 'Bob') // so that Ada's import finds him
    const builder = new JournalBuilder(freshKey())
    builder.column('todo', 'todo')
    for (const { id } of [ada, bob]) builder.member(id)
    const assignee_ids = [ada.id, bob.id]
    for (const n of [1, 2, 3]) builder.task(n, 'todo', { assignee_ids, due_date: '2024-03-02' })
    builder.task(4, 'todo', { assignee_ids, due_date: '2031-05-10' })
    const users = [ada, bob].map(({ id, email }) => ({ id, email, name: 'Somebody' }))
    expect((await upload(toNdjson(builder.lines(users)), ada)).status).toBe(201)
    await remindAt(NOW)
    for (const somebody of [ada, bob])
      expect((await remindersOf(somebody)).map(({ data }) => data.due_date)).toEqual(['2031-05-10'])
  })

  it('of finished work that a change of the columns opens again', async () => {
    const old = async () => await newAssignee('2020-05-10', 'UTC', { status: 'done' })
    const [changed, drained] = [await old(), await old()]
    await edit(changed.ada, `/projects/${changed.board.id}/columns/done`, { category: 'review' })
    const path = `/projects/${drained.board.id}/columns/done?move_to=todo`
    expect((await call('DELETE', path, { token: drained.ada.token })).status).toBe(204)
    for (const { ada } of [changed, drained]) await expectNone(ada)
  })

  it.each(['changed', 'deleted'])(
    'of work that was finished, when its column is %s; other work of the project gets one',
    async (how) => {
      const { ada, board } = await newAssignee('2020-05-10', 'UTC', { status: 'done' })
      await insertTasks(board.id, 1, '2020-05-11', [ada.id], 'in_progress')
      const path = `/projects/${board.id}/columns/done`
      if (how === 'changed') await edit(ada, path, { category: 'review' })
      else await call('DELETE', `${path}?move_to=todo`, { token: ada.token })
      await remindAt(NOW)
      expect((await remindersOf(ada)).map(({ data }) => data.due_date)).toEqual(['2020-05-11'])
    },
  )

  it('for people who are no longer assigned, and for a disabled account', async () => {
    const { ada, due } = await newAssignee('2031-05-10')
    await edit(ada, `/tasks/${due.id}`, { assignee_ids: [] })
    const other = await newAssignee('2031-05-10')
    const sql = database()
    await sql`update users set is_active = false where id = ${other.ada.id}`
    expect(await remindAt(NOW)).not.toContain(other.ada.id)
    await expectNone(ada)
  })
})

it('runs with the cron trigger, and reaches the sockets at once', async () => {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const { ada, due } = await newAssignee(yesterday)
  const socket = await connectAt(`notifications/${ada.id}`, { token: ada.token })
  await socket.message('hello')
  await runCron()
  expect(await socket.message('notification')).toMatchObject({ kind: 'overdue', task_id: due.id })
})

describe('reminders visit one project after another', () => {
  const NOW = '2031-05-11T00:00:00Z'
  const toldOf = async (board: { id: string }) =>
    (
      await database()`select count(*)::int as n from notifications where project_id = ${board.id} and kind = 'overdue'`
    )[0]?.n

  it('so that a flood takes one visit of a round, and its other reminders follow where it stopped', async () => {
    const flood = await newAssignee('2031-05-01')
    await insertTasks(flood.board.id, 549, '2031-05-02', [flood.ada.id])
    const { ada } = await newAssignee('2031-05-10')
    const told: number[] = []
    for (const _ of ['first', 'second', 'third']) {
      await remindAt(NOW, { visits: 1 })
      expect(await kindsOf(ada)).toEqual(['overdue'])
      told.push(await toldOf(flood.board))
    }
    expect(told).toEqual([250, 500, 550])
  })

  it('and a visit ends after 500 assignments, too', async () => {
    const ada = await newPerson()
    const board = await newProject(ada.token)
    const sql = database()
    const crowd = await sql`insert into users (id, email, name) select id, id || '@example.com', 'Crowd'
      from (select gen_random_uuid() as id from generate_series(1, 50)) as new returning id`
    await sql.transaction([
      sql`select set_actor(null)`,
      sql`insert into project_members (id, project_id, user_id, role) select gen_random_uuid(), ${board.id}, id, 'viewer'
        from users where id = any(${crowd.map(({ id }) => id)}::uuid[])`,
    ])
    const people = crowd.map(({ id }) => id as string)
    await insertTasks(board.id, 12, '2031-05-02', people)
    await remindAt(NOW, { visits: 1 })
    expect(await toldOf(board)).toBe(500)
    await remindAt(NOW)
    expect(await toldOf(board)).toBe(600)
  })

  it('and a run that is cut off is continued by the next', async () => {
    await remindAt(NOW) // sends the reminders that other tests have left
    const three = [await newAssignee('2031-05-10'), await newAssignee('2031-05-10'), await newAssignee('2031-05-10')]
    const counts: number[] = []
    for (let run = 0; run < 8; run += 1) {
      await remindAt(NOW, { turns: 1 })
      counts.push((await Promise.all(three.map(({ board }) => toldOf(board)))).filter((n) => n === 1).length)
    }
    expect(counts.every((count, run) => count - (counts[run - 1] ?? 0) <= 1)).toBe(true)
    expect(counts.at(-1)).toBe(3)
  })

  it('past a project that fails, which is logged and tried again in the next run', async () => {
    const three = [await newAssignee('2031-05-10'), await newAssignee('2031-05-10'), await newAssignee('2031-05-10')]
    const ids = three.map(({ board }) => board.id as string).toSorted() // visited in the order of ids
    const sql = database()
    await sql`create function refuse_reminder() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`
    await sql.query(
      `create trigger refuse_reminder before insert on notifications for each row when (new.project_id = '${ids[0]}') execute function refuse_reminder()`,
    )
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    try {
      await remindAt(NOW)
      expect(await Promise.all(ids.map((id) => toldOf({ id })))).toEqual([0, 1, 1])
      const lines = errors.mock.calls.map(([text]) => JSON.parse(String(text)))
      expect(lines.filter(({ project_id }) => project_id === ids[0])).toMatchObject([
        { event: 'job_skipped_project', job: 'remind', error: { message: 'stuck' } },
      ])
    } finally {
      errors.mockRestore()
      await sql`drop function refuse_reminder() cascade`
    }
    await remindAt(NOW)
    expect(await toldOf({ id: ids[0] as string })).toBe(1)
  })
})
