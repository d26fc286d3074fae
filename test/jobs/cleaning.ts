import { exports } from 'cloudflare:workers'
import { expect, inject, it, vi } from 'vitest'
import {
  call,
  database,
  newApiKey,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  PASSWORD,
  readAllPages,
} from '../support/api.ts'
import { runCron } from '../support/cron.ts'

it('empties the trash after 30 days, and journals it', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const [parent, recent] = [await newTask(ada.token, board.id), await newTask(ada.token, board.id)]
  const child = await newTask(ada.token, board.id, { parent_id: parent.id })
  await call('DELETE', `/tasks/${parent.id}`, { token: ada.token })
  await call('DELETE', `/tasks/${recent.id}`, { token: ada.token })
  const sql = database()
  const setAge = (id: string, days: number) =>
    sql.transaction([
      sql`select set_actor(${ada.id})`,
      sql`update tasks set deleted_at = now() - make_interval(days => ${days}) where id = ${id}`,
    ])
  await setAge(parent.id, 31)
  await setAge(recent.id, 29)

  await runCron()

  const trash = await call('GET', `/tasks?project_id=${board.id}&deleted=true`, { token: ada.token })
  expect(trash.body.items.map(({ id }: any) => id)).toEqual([recent.id])
  const { body } = await call('GET', `/projects/${board.id}/activity?since=13`, { token: ada.token })
  expect(body.items.map(({ action, task_id, user_id }: any) => [action, task_id, user_id])).toEqual([
    ['task.updated', child.id, null], // it no longer has a parent
    ['task.purged', parent.id, null],
  ])
})

/** Adds, by SQL, tasks that have been in the project's trash for 31 days. */
async function addOldTrash(owner: { id: string }, project_id: string, count: number): Promise<void> {
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${owner.id})`,
    sql`insert into tasks (id, project_id, number, title, status, position, deleted_at)
      select gen_random_uuid(), ${project_id}, '', 'Old', 'todo', n, now() - interval '31 days' from generate_series(1, ${count}) n`,
  ])
}

const countTrashed = async (project_id: string) =>
  (
    await database()`select count(*)::int as n from tasks where project_id = ${project_id} and deleted_at is not null`
  )[0]?.n

it('empties a small trash in the same run as a large one, and the large one in several transactions, without a gap in the journal', async () => {
  const [ada, grace] = [await newPerson(), await newPerson()]
  const [large, small] = [await newProject(ada.token), await newProject(grace.token)]
  await addOldTrash(ada, large.id, 410)
  await addOldTrash(grace, small.id, 1)
  await runCron()
  expect([await countTrashed(large.id), await countTrashed(small.id)]).toEqual([0, 0])
  const sql = database()
  const [gap] =
    await sql`select (event_seq - (select count(*) from activity_logs where project_id = ${large.id}))::int as gap,
    (select count(distinct xmin::text) from activity_logs where project_id = ${large.id} and action = 'task.purged')::int as steps
    from projects where id = ${large.id}`
  expect(gap).toEqual({ gap: 0, steps: 3 })
})

it('passes over a project whose trash cannot be emptied, and goes on with the next', async () => {
  const people = await Promise.all([newPerson(), newPerson(), newPerson()])
  const boards = await Promise.all(people.map(({ token }) => newProject(token)))
  for (const [n, board] of boards.entries()) await addOldTrash(people[n] as { id: string }, board.id, 1)
  const [, stuck] = boards.map(({ id }) => id).toSorted() // visited in the order of ids
  const sql = database()
  await sql`create function refuse_purge() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`
  await sql.query(
    `create trigger refuse_purge before delete on tasks for each row when (old.project_id = '${stuck}') execute function refuse_purge()`,
  )
  try {
    await runCron()
    const left = await Promise.all(boards.map(async ({ id }) => [id === stuck, await countTrashed(id)]))
    expect(left.toSorted()).toEqual([
      [false, 0],
      [false, 0],
      [true, 1],
    ])
  } finally {
    await sql`drop function refuse_purge() cascade`
  }
  await runCron()
  expect(await countTrashed(stuck)).toBe(0)
})

it('takes the subtasks of a purged task off it in steps, too', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const parent = await newTask(ada.token, board.id)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into tasks (id, project_id, number, title, status, position, parent_id)
      select gen_random_uuid(), ${board.id}, '', 'Child', 'todo', n, ${parent.id} from generate_series(1, 120) n`,
    sql`update tasks set deleted_at = now() - interval '31 days' where id = ${parent.id}`,
  ])
  await sql.transaction([
    sql`select set_actor(null)`,
    sql`select purge_trash(${board.id}, now() - interval '30 days', 100)`,
  ])
  expect(await sql`select count(*)::int as n from tasks where parent_id = ${parent.id}`).toEqual([{ n: 20 }])
  await runCron()
  expect(
    await sql`select count(*)::int as n, count(parent_id)::int as held from tasks where project_id = ${board.id}`,
  ).toEqual([{ n: 120, held: 0 }])
})

it('deletes tickets that nobody used and sessions that ended long ago', async () => {
  const ada = await newPerson()
  const other = await call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })
  await call('POST', '/auth/ws-ticket', { token: ada.token })
  await call('POST', '/auth/logout', { token: other.body.tokens.access })
  const sql = database()
  const count = async () =>
    (
      await sql`select (select count(*) from ws_tickets where user_id = ${ada.id})::int as tickets, (select count(*) from sessions where user_id = ${ada.id})::int as sessions`
    )[0]

  await runCron()
  expect(await count()).toEqual({ tickets: 1, sessions: 2 })
  await sql`update ws_tickets set expires_at = now() - interval '1 second' where user_id = ${ada.id}`
  await sql`update sessions set revoked_at = now() - interval '31 days' where user_id = ${ada.id} and revoked_at is not null`
  await runCron()
  expect(await count()).toEqual({ tickets: 0, sessions: 1 })
})

it('deletes the other rows when one of them cannot be deleted, and that one later', async () => {
  const ada = await newPerson()
  const sql = database()
  await sql`insert into idempotency_keys (user_id, key, fingerprint, expires_at)
    select ${ada.id}, n, '', now() - interval '1 day' from generate_series(1, 30) n`
  await sql`create function refuse_forget() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`
  await sql.query(
    `create trigger refuse_forget before delete on idempotency_keys for each row when (old.user_id = '${ada.id}' and old.key = '17') execute function refuse_forget()`,
  )
  const kept = () => sql`select key from idempotency_keys where user_id = ${ada.id}`
  try {
    await runCron()
    expect(await kept()).toEqual([{ key: '17' }])
  } finally {
    await sql`drop function refuse_forget() cascade`
  }
  await runCron()
  expect(await kept()).toEqual([])
})

it('deletes what an import staged whose Worker has ended, and leaves an import that is under way', async () => {
  const [ada, grace] = [await newPerson(), await newPerson()]
  const sql = database()
  for (const [{ id }, minutes] of [[ada, 61] as const, [grace, 59] as const]) {
    const job = crypto.randomUUID()
    await sql.transaction([
      sql`insert into imports (id, user_id, created_at) values (${job}, ${id}, now() - make_interval(mins => ${minutes}))`,
      sql`insert into import_lines (import_id, seq, entry) values (${job}, 1, '{}')`,
    ])
  }
  await runCron()
  const left =
    await sql`select user_id from imports join import_lines on import_id = id where user_id in (${ada.id}, ${grace.id})`
  expect(left).toEqual([{ user_id: grace.id }])
})

it.skipIf(!inject('onServer'))('stops a purge that takes too long, and goes on without the project', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  await addOldTrash(ada, board.id, 1)
  const sql = database()
  await sql`create function slow_purge() returns trigger language plpgsql as $$ begin perform pg_sleep(9); return old; end $$`
  await sql.query(
    `create trigger slow_purge before delete on tasks for each row when (old.project_id = '${board.id}') execute function slow_purge()`,
  )
  try {
    const started = Date.now()
    let skipped = Number.POSITIVE_INFINITY // when the first failure was logged; later work is not part of the purge
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {
      skipped = Math.min(skipped, Date.now())
    })
    await runCron().finally(() => errors.mockRestore())
    expect(skipped - started).toBeLessThan(8_500)
    expect(await countTrashed(board.id)).toBe(1)
  } finally {
    await sql`drop function slow_purge() cascade`
  }
})

/** Adds a notification of each age in `days`, which its id (a UUIDv7) carries. `data.n` numbers them 1, 2, 3 … */
async function addNotifications(
  owner: { id: string },
  project_id: string,
  task_id: string,
  days: number[],
  key = 'note',
) {
  const sql = database()
  const rows = days.map((age, n) => {
    const ms = (Date.now() - age * 86_400_000 + n).toString(16).padStart(12, '0')
    const id = `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${crypto.randomUUID().slice(24)}`
    return sql`insert into notifications (id, user_id, kind, project_id, task_id, dedupe_key, data) values (${id}, ${owner.id},
      ${key === 'note' ? 'assigned' : 'overdue'}, ${project_id}, ${task_id}, ${key === 'note' ? `note:${id}` : key}, ${JSON.stringify({ n: n + 1 })})`
  })
  await sql.transaction(rows)
}

const notificationsLeft = async ({ id }: { id: string }) =>
  (await database()`select data -> 'n' as n from notifications where user_id = ${id} and data ? 'n' order by id`).map(
    ({ n }) => n,
  )

it('deletes notifications older than 180 days, except reminders that would come again', async () => {
  const [ada, grace] = [await newPerson(), await newPerson()]
  const board = await newProject(ada.token)
  const due = await newTask(ada.token, board.id, { due_date: '2026-01-01', assignee_ids: [ada.id] })
  await addNotifications(ada, board.id, due.id, [181, 179])
  await addNotifications(ada, board.id, due.id, [200], `overdue:${due.id}:2026-01-01`)
  // Not assigned: no reminder would come again.
  await addNotifications(grace, board.id, due.id, [200], `overdue:${due.id}:2026-01-01`)
  await runCron()
  expect(await notificationsLeft(ada)).toEqual([1, 2])
  expect(await notificationsLeft(grace)).toEqual([])
  const [{ n } = { n: 0 }] = await database()`select count(*)::int as n from notifications
    where user_id = ${ada.id} and kind = 'overdue' and task_id = ${due.id}`
  expect(n).toBe(1)
})

it('deletes a person’s notifications beyond the newest, some at a time, and none of other people', async () => {
  const [ada, grace] = [await newPerson(), await newPerson()]
  const board = await newProject(ada.token)
  const card = await newTask(ada.token, board.id)
  for (const somebody of [ada, grace]) await addNotifications(somebody, board.id, card.id, [6, 5, 4, 3, 2])
  const before = `${ada.id.slice(0, 24)}000000000000`
  const step = async () => (await database()`select forget_surplus_notifications(${before}, 2, 1, 2) as last`)[0]?.last
  expect(await step()).toBe(ada.id)
  expect(await notificationsLeft(ada)).toEqual([1, 4, 5])
  await step()
  expect(await notificationsLeft(ada)).toEqual([4, 5])
  await step()
  expect(await notificationsLeft(ada)).toEqual([4, 5])
  expect(await notificationsLeft(grace)).toEqual([1, 2, 3, 4, 5])
})

it('deletes first the notifications of projects that have sent most, so that none pushes out another', async () => {
  const ada = await newPerson()
  const [quiet, loud] = [await newProject(ada.token), await newProject(ada.token)]
  await addNotifications(ada, quiet.id, (await newTask(ada.token, quiet.id)).id, [9, 8])
  await addNotifications(ada, loud.id, (await newTask(ada.token, loud.id)).id, [7, 6, 5, 4, 3, 2])
  await database()`select forget_surplus_notifications(${`${ada.id.slice(0, 24)}000000000000`}, 4, 1, 100)`
  const left =
    await database()`select project_id from notifications where user_id = ${ada.id} and data ? 'n' order by id`
  expect(left.map(({ project_id }) => project_id)).toEqual([quiet.id, quiet.id, loud.id, loud.id])
})

it('gives each account the same share of an inbox, however many projects it has', async () => {
  const [ada, mallory] = [await newPerson(), await newPerson()]
  const quiet = await newProject(ada.token)
  const loud = [await newProject(mallory.token), await newProject(mallory.token)]
  await addNotifications(ada, quiet.id, (await newTask(ada.token, quiet.id)).id, [9, 8])
  for (const { id } of loud) await addNotifications(ada, id, (await newTask(mallory.token, id)).id, [7, 6])
  await database()`select forget_surplus_notifications(${`${ada.id.slice(0, 24)}000000000000`}, 4, 1, 100)`
  const left = await database()`select project_id from notifications where user_id = ${ada.id} and data ? 'n'`
  const expected = [quiet.id, quiet.id, ...loud.map(({ id }) => id)]
  expect(left.map(({ project_id }) => project_id).toSorted()).toEqual(expected.toSorted())
})

it('reminds nobody again of what is overdue, though it is beyond the newest that are kept', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  await newTask(ada.token, board.id, { due_date: '2026-01-01', assignee_ids: [ada.id] })
  const reminders = async () =>
    (await database()`select id from notifications where user_id = ${ada.id} and kind = 'overdue'`).map(({ id }) => id)
  await runCron()
  const first = await reminders()
  expect(first).toHaveLength(1)
  await database()`select forget_surplus_notifications(${`${ada.id.slice(0, 24)}000000000000`}, 0, 1, 100)`
  await runCron()
  expect(await reminders()).toEqual(first)
})

it('deletes API keys that ended a month ago', async () => {
  const ada = await newPerson()
  const ids = []
  for (let i = 0; i < 3; i += 1) ids.push((await newApiKey(ada)).id)
  const sql = database()
  await sql`update api_keys set expires_at = now() - interval '31 days' where id = ${ids[0]}`
  await sql`update api_keys set revoked_at = now() - interval '29 days' where id = ${ids[1]}`
  await runCron()
  expect((await readAllPages('/users/me/keys', ada.token)).map(({ id }) => id)).toEqual([ids[2], ids[1]])
})

it('deletes report links that have expired, and the picture of a deleted link still says that it has expired', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const make = async () =>
    (await call('POST', '/reports/links', { token: ada.token, body: { project_id: board.id, report: 'burndown' } }))
      .body
  const [old, young] = [await make(), await make()]
  const sql = database()
  await sql`update report_links set expires_at = now() - interval '1 second' where id = ${old.id}`
  await runCron()
  const left = await sql`select id from report_links where id in (${old.id}, ${young.id})`
  expect(left.map(({ id }) => id)).toEqual([young.id])
  const picture = await exports.default.fetch(new URL(old.url, ORIGIN))
  expect(await picture.text()).toContain('This link has expired')
})
