import { afterEach, expect, it, vi } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { runCron } from '../support/cron.ts'
import { exportProject, freshKey, upload } from '../support/exports.ts'
import { connect } from '../support/socket.ts'

/** Acts that concern any number of rows: they take effect at once, and the rows are tidied in short steps. */

const STEP = 500

/** Acts that a failed test leaves pending must not slow down the jobs of later tests. */
afterEach(() => database()`delete from pending_acts`.then(() => undefined))

/** Adds `count` tasks by SQL and without journal rows, as an import does. */
async function fill(project_id: string, count: number, fields: { status?: string; assignee?: string } = {}) {
  const sql = database()
  const [{ status = 'todo', assignee }, n] = [fields, crypto.randomUUID().slice(0, 8)]
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`insert into tasks (id, project_id, number, title, status, position, assignee_ids)
      select uuid_v7(), ${project_id}, ${n} || n, 'Card ' || n, ${status}, n * 1024, ${assignee ? [assignee] : []} from generate_series(1, ${count}) n`,
  ])
}

/** Does an act by SQL, as if the Worker had ended right after the commit. */
async function crashAfter(actor: Person, statement: string, ...params: unknown[]): Promise<void> {
  const sql = database()
  await sql.transaction([sql`select set_actor(${actor.id})`, sql.query(statement, params)])
}

const REMOVE = 'delete from project_members where project_id = $1 and user_id = $2'

const countAssigned = async (project_id: string, by: string) =>
  (
    await database()`select count(*)::int as n from tasks where project_id = ${project_id} and ${by} = any(assignee_ids)`
  )[0]?.n

const countInColumn = async (project_id: string, status: string) =>
  (await database()`select count(*)::int as n from tasks where project_id = ${project_id} and status = ${status}`)[0]?.n

/** Waits for the first step after the answer, which comes on a busy machine, too: no job may do it here. */
const waitForFirstStep = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 100 })

/**
 * Waits until `check` passes: on a busy machine the steps after the answer end too early, and the job does the rest.
 */
const waitForSteps = (check: () => Promise<void>) =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 }).catch(() =>
    vi.waitFor(
      async () => {
        await runCron()
        await check()
      },
      { timeout: 120_000 },
    ),
  )

/**
 * Of the journal after `since`: `missing` numbers, the `gap` to the project's head, the `most` rows that one
 * transaction wrote, and the ids of those who wrote (`by`).
 */
async function journalStats(project_id: string, since: number) {
  const [row] = await database()`select
    (select event_seq from projects where id = ${project_id})::int - max(seq)::int as gap, count(*)::int - (max(seq) - ${since})::int as missing,
    (select max(n)::int from (select count(*) as n from activity_logs where project_id = ${project_id} and seq > ${since} group by xmin::text) one) as most,
    array_agg(distinct user_id::text) as by
    from activity_logs where project_id = ${project_id} and seq > ${since}`
  return row
}

async function newTeam() {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'contributor', 'Bob')
  const remove = (by: Person = ada) => call('DELETE', `/projects/${board.id}/members/${bob.id}`, { token: by.token })
  const head = async () =>
    Number((await database()`select event_seq from projects where id = ${board.id}`)[0]?.event_seq)
  return { ada, bob, board, id: board.id as string, remove, head }
}

it('ends a membership at once, however many tasks somebody has, and takes them off in short steps', async () => {
  const { ada, bob, id, remove, head } = await newTeam()
  await fill(id, 2 * STEP + 1, { assignee: bob.id })
  const [since, socket] = [await head(), await connect(id, { token: bob.token })]
  expect((await remove()).status).toBe(204)
  expect(await call('GET', `/projects/${id}/board`, { token: bob.token })).toMatchObject(problem(404, 'not_found'))
  expect((await socket.end()).code).toBe(4403)
  expect((await newTask(ada.token, id)).title).toBe('A task') // others write meanwhile
  await waitForFirstStep(async () => expect(await countAssigned(id, bob.id)).toBeLessThan(2 * STEP + 1))
  const sql = database()
  await sql`delete from pending_acts where project_id = ${id}` // enough seen: the other tests finish
  const { most, ...journal } = (await journalStats(id, since)) ?? {}
  expect(journal).toEqual({ gap: 0, missing: 0, by: [ada.id] })
  expect(most).toBeLessThanOrEqual(STEP + 1)
})

it('takes off up to one step of tasks in the transaction of the act itself', async () => {
  const { bob, id, remove, head } = await newTeam()
  await fill(id, STEP, { assignee: bob.id })
  const since = await head()
  await remove()
  expect(await countAssigned(id, bob.id)).toBe(0)
  expect(await journalStats(id, since)).toMatchObject({ missing: 0, most: STEP + 1 })
})

it('goes on after a crash between two steps, in the name of the person who acted', async () => {
  const { ada, bob, id, head } = await newTeam()
  await fill(id, STEP + 50, { assignee: bob.id })
  const since = await head()
  await crashAfter(ada, REMOVE, id, bob.id)
  expect(await countAssigned(id, bob.id)).toBe(STEP + 50)
  const sql = database()
  expect(await sql`select advance_acts(${id}, ${STEP}) as more`).toEqual([{ more: true }])
  expect(await countAssigned(id, bob.id)).toBe(50)
  await runCron()
  expect(await countAssigned(id, bob.id)).toBe(0)
  expect(await journalStats(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
})

it('passes over a project whose step fails, and finishes the others', async () => {
  const [stuck, other] = [await newTeam(), await newTeam()]
  for (const { ada, bob, id } of [stuck, other]) {
    await fill(id, STEP + 1, { assignee: bob.id })
    await crashAfter(ada, REMOVE, id, bob.id)
  }
  const sql = database()
  await sql`create function refuse_step() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`
  await sql.query(
    `create trigger refuse_step before update on tasks for each row when (old.project_id = '${stuck.id}') execute function refuse_step()`,
  )
  await sql`insert into pending_acts (project_id, kind, subject, since) values (${stuck.id}, 'links', '', 0)`
  const left = () => sql`select kind from pending_acts where project_id = ${stuck.id}`
  try {
    await runCron()
    expect([await countAssigned(stuck.id, stuck.bob.id), await countAssigned(other.id, other.bob.id)]).toEqual([
      STEP + 1,
      0,
    ])
    expect(await left()).toHaveLength(2)
    await runCron() // does the other act of this project first
    expect(await left()).toEqual([{ kind: 'assignments' }])
  } finally {
    await sql`drop function refuse_step() cascade`
  }
  await runCron()
  expect(await countAssigned(stuck.id, stuck.bob.id)).toBe(0)
})

it('takes fewer tasks in a step when a step of as many as usual has failed', async () => {
  const { ada, bob, id, head } = await newTeam()
  await fill(id, STEP + 1, { assignee: bob.id })
  const since = await head()
  await crashAfter(ada, REMOVE, id, bob.id)
  const sql = database()
  await sql`create function refuse_many() returns trigger language plpgsql as $$ declare n int := coalesce(nullif(current_setting('test.updated', true), ''), '0')::int + 1; begin
    if n > 100 then raise exception 'too many'; end if; perform set_config('test.updated', n::text, true); return new; end $$`
  await sql.query(`create trigger refuse_many before update on tasks for each row when (old.project_id = '${id}')
    execute function refuse_many()`)
  try {
    // More than one run, if a busy machine needs more than the time of one.
    for (let runs = 0; runs < 5 && (await countAssigned(id, bob.id)) > 0; runs += 1) await runCron()
  } finally {
    await sql`drop function refuse_many() cascade`
  }
  expect(await countAssigned(id, bob.id)).toBe(0)
  expect(await journalStats(id, since)).toMatchObject({ gap: 0, missing: 0 })
})

it('does not treat former members as members because tasks still name them', async () => {
  const { ada, bob, id } = await newTeam()
  const eve = await newMember(ada, id, 'contributor', 'Eve')
  const mine = await newTask(ada.token, id, { assignee_ids: [bob.id], due_date: '2020-01-01' })
  await fill(id, STEP + 1, { assignee: bob.id })
  await database()`delete from notifications where user_id = ${bob.id}`
  await crashAfter(ada, REMOVE, id, bob.id)
  const edit = (body: object) => call('PATCH', `/tasks/${mine.id}`, { token: ada.token, body })
  expect(await edit({ title: 'Edited' })).toMatchObject({ status: 200, body: { assignee_ids: [bob.id] } })
  expect((await call('PATCH', `/tasks/${mine.id}/move?status=done`, { token: ada.token })).status).toBe(200)
  expect((await call('PATCH', `/tasks/${mine.id}/move?status=todo`, { token: ada.token })).status).toBe(200)
  expect((await call('GET', '/tasks', { token: bob.token })).body.items).toEqual([])
  // When others are assigned, Bob does not stay assigned, though the list still names him.
  expect(await edit({ add_assignee_ids: [eve.id] })).toMatchObject({ status: 200, body: { assignee_ids: [eve.id] } })
  expect(await edit({ assignee_ids: [bob.id] })).toMatchObject(problem(422, 'assignee_not_member'))
  await runCron()
  expect(await database()`select kind from notifications where user_id = ${bob.id}`).toEqual([])
})

it('lets a person who is a member again keep the tasks assigned to them since', async () => {
  const { ada, bob, id } = await newTeam()
  const [again, kept] = [await newTask(ada.token, id, { assignee_ids: [bob.id] }), await newTask(ada.token, id)]
  await fill(id, STEP + 1, { assignee: bob.id })
  await crashAfter(ada, REMOVE, id, bob.id)
  const back = await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: bob.id } })
  expect(back.status).toBe(201)
  const edit = (task_id: string, body: object) => call('PATCH', `/tasks/${task_id}`, { token: ada.token, body })
  await edit(again.id, { remove_assignee_ids: [bob.id] })
  await edit(again.id, { add_assignee_ids: [bob.id] })
  await edit(kept.id, { assignee_ids: [bob.id] })
  const made = await newTask(ada.token, id, { assignee_ids: [bob.id] })
  const told = async () =>
    (await database()`select count(*)::int as n from notifications where user_id = ${bob.id}`)[0]?.n
  const before = await told()
  await runCron()
  const { body } = await call('GET', `/tasks?project_id=${id}&assignee_id=${bob.id}`, { token: bob.token })
  expect(body.items.map((one: any) => one.id).toSorted()).toEqual([again.id, kept.id, made.id].toSorted())
  expect(await told()).toBe(before)
})

it('removes a member once when two people remove the member, who leaves at the same time', async () => {
  const { ada, bob, id, remove, head } = await newTeam()
  const eve = await newMember(ada, id, 'manager', 'Eve')
  await fill(id, STEP + 1, { assignee: bob.id })
  const since = await head()
  const answers = await Promise.all([remove(ada), remove(eve), remove(bob)])
  for (const { status } of answers) expect([204, 404]).toContain(status) // 404 for Bob, if he is no longer a member
  await waitForSteps(async () => expect(await countAssigned(id, bob.id)).toBe(0))
  const removals =
    await database()`select 1 from activity_logs where project_id = ${id} and seq > ${since} and action = 'member.removed'`
  expect(removals).toHaveLength(1)
  expect(await journalStats(id, since)).toMatchObject({ gap: 0, missing: 0 })
})

it('deletes an account at once, however many projects it is in, and its memberships afterwards', async () => {
  const [root, ada, bob] = [await newAdmin(), await newPerson('Ada'), await newPerson('Bob')]
  const boards: string[] = []
  for (let n = 0; n < 25; n += 1) boards.push((await newProject(ada.token)).id)
  for (const id of boards)
    await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: bob.id, role: 'manager' } })
  await fill(boards[7] as string, STEP + 1, { assignee: bob.id })
  expect((await call('DELETE', `/users/${bob.id}`, { token: root.token })).status).toBe(204)
  expect(await call('GET', '/users/me', { token: bob.token })).toMatchObject(problem(401, 'token_revoked'))
  const sql = database()
  await waitForSteps(async () => {
    expect(await sql`select 1 from project_members where user_id = ${bob.id}`).toEqual([])
    expect(await countAssigned(boards[7] as string, bob.id)).toBe(0)
  })
  const removals = await sql`select user_id from activity_logs where project_id = any(${boards})
    and action = 'member.removed' and data ->> 'user_id' = ${bob.id}`
  expect(removals.map(({ user_id }) => user_id)).toEqual(boards.map(() => root.id))
})

it('does one step of each project in turn, however many acts each has', async () => {
  const sql = database()
  const [many, few, last] = Array.from({ length: 3 }, () => crypto.randomUUID()).toSorted()
  const insert = `insert into pending_acts (project_id, kind, subject, since, visited_at) values ($1, 'links', $2, 0, now() - $3 * interval '1 minute')`
  for (let n = 0; n < 5; n += 1) await sql.query(insert, [many, `${n}`, 60 + n])
  for (const id of [few, last]) await sql.query(insert, [id, '0', 1])
  await sql`delete from job_cursors where job = 'finish_acts'`
  const next = async (skipped: unknown[] = []) => (await sql`select next_act(${skipped}) as id`)[0]?.id
  expect([await next(), await next(), await next(), await next()]).toEqual([many, few, last, many])
  expect([await next([few]), await next([few, last]), await next([many, few, last])]).toEqual([last, many, null])
})

it('does not count a deleted account as a manager while its membership is still pending', async () => {
  const [root, { ada, bob, id }] = [await newAdmin(), await newTeam()]
  const manager = { token: ada.token, body: { role: 'manager' } }
  await call('PATCH', `/projects/${id}/members/${bob.id}`, manager)
  await fill(id, STEP + 1, { assignee: bob.id })
  await crashAfter(root, "select end_memberships($1), set_config('flowtrack.actor', $2, true)", bob.id, root.id)
  await database()`update users set email = 'deleted-' || id || '@invalid', is_active = false where id = ${bob.id}`
  expect(await call('GET', `/projects/${id}/members/${bob.id}`, { token: ada.token })).toMatchObject({ status: 200 })
  const leave = () => call('DELETE', `/projects/${id}/members/${ada.id}`, { token: ada.token })
  expect(await leave()).toMatchObject(problem(409, 'last_manager'))
  expect(await call('DELETE', `/users/${ada.id}`, { token: root.token })).toMatchObject(problem(409, 'last_manager'))
  await runCron()
  expect(await call('GET', `/projects/${id}/members/${bob.id}`, { token: ada.token })).toMatchObject({ status: 404 })
})

/** Ada's board with a column `old` of `count` tasks, all assigned to Bob. */
async function boardWithOldColumn(count: number, fields: object = {}) {
  const { ada, bob, id, head } = await newTeam()
  const columns = `/projects/${id}/columns`
  const column = (method: string, key: string, body?: object) =>
    call(method, `${columns}/${key}`, { token: ada.token, body })
  await call('POST', columns, { token: ada.token, body: { key: 'old', name: 'Old', category: 'todo', ...fields } })
  await fill(id, count, { status: 'old', assignee: bob.id })
  const keys = async () => (await call('GET', columns, { token: ada.token })).body.items.map((c: any) => c.key)
  return { ada, bob, id, head, column, keys }
}

const DELETE = 'select delete_column($1, $2, $3)'

it('deletes a column of any number of tasks: it takes no more tasks at once, and is then emptied and deleted', async () => {
  const { ada, id, head, column } = await boardWithOldColumn(6 * STEP)
  const since = await head()
  expect((await column('DELETE', 'old?move_to=review')).status).toBe(204)
  expect((await column('GET', 'old')).body).toMatchObject({ pending: 'deletion' })
  const made = await newTask(ada.token, id)
  for (const refused of [
    await call('POST', '/tasks', { token: ada.token, body: { project_id: id, title: 'Late', status: 'old' } }),
    await call('PATCH', `/tasks/${made.id}/move?status=old`, { token: ada.token }),
  ])
    expect(refused).toMatchObject(problem(422, 'column_not_found'))
  await waitForFirstStep(async () => expect(await countInColumn(id, 'review')).toBeGreaterThan(0))
  await database()`delete from pending_acts where project_id = ${id}` // enough seen: the other tests finish
  const { most, ...stats } = (await journalStats(id, since)) ?? {}
  expect(stats).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
  expect(most).toBeLessThanOrEqual(STEP) // fewer on a busy machine
})

it('finishes the deletion of a column after a crash, in its order, and tells each person once', async () => {
  const { ada, bob, id, head, keys } = await boardWithOldColumn(STEP + 50)
  const first = await newTask(ada.token, id, { status: 'review', title: 'First' })
  await database()`delete from notifications where user_id = ${bob.id}`
  const since = await head()
  await crashAfter(ada, DELETE, id, 'old', 'review')
  expect(await database()`select advance_acts(${id}, ${STEP}) as more`).toEqual([{ more: true }])
  const left = await countInColumn(id, 'old')
  expect(left).toBeGreaterThanOrEqual(50)
  expect(left).toBeLessThan(STEP + 50)
  expect(await countInColumn(id, 'review')).toBe(STEP + 51 - left)
  await runCron()
  expect(await keys()).toEqual(['todo', 'in_progress', 'review', 'done'])
  const titles =
    await database()`select title from tasks where project_id = ${id} and status = 'review' order by position`
  expect(titles.map(({ title }) => title)).toEqual([
    first.title,
    ...Array.from({ length: STEP + 50 }, (_, n) => `Card ${n + 1}`),
  ])
  expect(
    await database()`select kind, task_id, data -> 'count' as count, data -> 'status' as status from notifications where user_id = ${bob.id}`,
  ).toEqual([{ kind: 'moved', task_id: null, count: STEP + 50, status: ['old', 'review'] }])
  expect(await journalStats(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
  const events = await readJournal(ada.token, id, since)
  expect(events[0]).toMatchObject({ action: 'column.updated', changes: { pending: [null, 'deletion'] } })
})

it('never fills a column beyond its hard WIP limit while another is emptied into it', async () => {
  const { ada, id, column } = await boardWithOldColumn(STEP + 1)
  const other = await newTask(ada.token, id)
  const trashed = await newTask(ada.token, id, { status: 'old' })
  await call('DELETE', `/tasks/${trashed.id}`, { token: ada.token })
  await column('PATCH', 'review', { wip_limit: STEP, wip_mode: 'block' })
  expect(await column('DELETE', 'old?move_to=review')).toMatchObject(problem(409, 'wip_limit_reached'))
  await column('PATCH', 'review', { wip_limit: STEP + 1 })
  await crashAfter(ada, DELETE, id, 'old', 'review')
  const full = problem(409, 'wip_limit_reached')
  expect(await call('PATCH', `/tasks/${other.id}/move?status=review`, { token: ada.token })).toMatchObject(full)
  expect(await call('POST', `/tasks/${trashed.id}/restore`, { token: ada.token })).toMatchObject(full)
  await runCron()
  expect(await countInColumn(id, 'review')).toBe(STEP + 2) // with the one in the trash
})

it('moves the tasks on when the target of a column that is being emptied is deleted too, but not back to that column', async () => {
  const { ada, id, column, keys } = await boardWithOldColumn(STEP + 1)
  await crashAfter(ada, DELETE, id, 'old', 'review')
  expect(await column('DELETE', 'review')).toMatchObject(problem(409, 'column_not_empty'))
  expect(await column('DELETE', 'review?move_to=old')).toMatchObject(problem(422, 'column_not_found'))
  expect((await column('DELETE', 'review?move_to=done')).status).toBe(204)
  await waitForSteps(async () => expect(await keys()).toEqual(['todo', 'in_progress', 'done']))
  expect(await countInColumn(id, 'done')).toBe(STEP + 1)
  expect(await database()`select 1 from tasks where project_id = ${id} and completed_at is null`).toEqual([])
})

it('adapts the dates of many tasks to a new category in steps, until tasks and reports agree', async () => {
  const { ada, id, head, column } = await boardWithOldColumn(0)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into tasks (id, project_id, number, title, status, position)
      select uuid_v7(), ${id}, '', 'Card', 'old', n * 1024 from generate_series(1, ${STEP + 50}) n`,
  ])
  const since = await head()
  const patched = await column('PATCH', 'old', { category: 'done' })
  expect(patched).toMatchObject({ status: 200, body: { category: 'done', pending: 'dates' } })
  const [moved] = await sql`select id from tasks where project_id = ${id} order by id desc limit 1`
  await call('PATCH', `/tasks/${moved?.id}/move?status=done`, { token: ada.token })
  await waitForSteps(async () => expect((await column('GET', 'old')).body.pending).toBeNull())
  const wrong =
    await sql`select 1 from tasks t join task_steps s on s.task_id = t.id and s.status = 'old' and s.project_id = t.project_id
    where t.project_id = ${id} and t.completed_at is distinct from s.at`
  expect(wrong).toEqual([])
  expect(await journalStats(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
  // The category is changed, and changed back before the steps are done: no date may change.
  const readDates = () => sql`select id, completed_at from tasks where project_id = ${id} order by id`
  const before = await readDates()
  const set = "update board_columns set category = $2 where project_id = $1 and key = 'old'"
  await crashAfter(ada, set, id, 'todo')
  await sql`select advance_acts(${id}, ${STEP})`
  const { text } = await exportProject(id, ada.token) // some open tasks still have a time of completion
  expect((await upload(text, ada, `?key=${freshKey()}`)).status).toBe(201)
  await crashAfter(ada, set, id, 'done')
  await runCron()
  expect(await readDates()).toEqual(before)
  expect((await column('GET', 'old')).body.pending).toBeNull()
})

it('imports a file that was exported before the steps were done: columns stay, and former members are taken off', async () => {
  const { ada, bob, id } = await boardWithOldColumn(0)
  const both = await newProject(ada.token) // an import finds only people who share a project with its importer
  await call('POST', `/projects/${both.id}/members`, { token: ada.token, body: { user_id: bob.id } })
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into tasks (id, project_id, number, title, status, position, assignee_ids)
      select uuid_v7(), ${id}, '', 'Card', 'old', n * 1024, ${[bob.id]} from generate_series(1, ${STEP + 1}) n`,
  ])
  await crashAfter(ada, REMOVE, id, bob.id)
  await crashAfter(ada, DELETE, id, 'old', 'review')
  const { text } = await exportProject(id, ada.token)
  const { status, body } = await upload(text, ada, `?key=${freshKey()}`)
  expect(status).toBe(201)
  const column = await call('GET', `/projects/${body.project.id}/columns/old`, { token: ada.token })
  expect(column.body).toMatchObject({ pending: null })
  await runCron()
  expect([await countInColumn(body.project.id, 'old'), await countAssigned(body.project.id, bob.id)]).toEqual([
    STEP + 1,
    0,
  ])
  expect([await countInColumn(id, 'review'), await countAssigned(id, bob.id)]).toEqual([STEP + 1, 0])
})

/** How many rows of a project are left in each table that may hold many of them, without empty tables. */
async function rowsLeft(project_id: string) {
  const tables = ['tasks', 'comments', 'task_links', 'task_watchers', 'search_texts', 'notifications', 'board_columns']
  const counts = tables.map((name) => `'${name}', (select count(*)::int from ${name} where project_id = $1)`)
  const [row] = await database().query(`select jsonb_build_object(${counts.join()}) as left`, [project_id])
  const left: Record<string, number> = row?.left
  return Object.fromEntries(Object.entries(left).filter(([, count]) => count > 0))
}

it('deletes a project at once, however much is in it, and clears that in short steps', async () => {
  const { ada, bob, board, id } = await newTeam()
  const other = await newProject(ada.token)
  const waiting = await newTask(ada.token, other.id)
  const blocker = await newTask(ada.token, id, { assignee_ids: [bob.id] })
  await call('POST', `/tasks/${blocker.id}/links`, { token: ada.token, body: { kind: 'blocks', task_id: waiting.id } })
  await call('POST', `/tasks/${blocker.id}/comments`, { token: ada.token, body: { body: 'Soon' } })
  await fill(id, 2 * STEP)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`update tasks set parent_id = ${blocker.id} where project_id = ${id} and id <> ${blocker.id}`,
  ])
  const isBlocked = async () => (await call('GET', `/tasks/${waiting.id}`, { token: ada.token })).body.is_blocked
  expect(await isBlocked()).toBe(true)
  const socket = await connect(id, { token: bob.token })
  const deleted = await call('DELETE', `/projects/${id}`, { token: ada.token })
  expect(deleted.status).toBe(204)
  const root = await newAdmin()
  for (const { token } of [ada, bob, root]) {
    for (const path of [`/projects/${id}/board`, `/tasks/${blocker.id}`, `/tasks/${blocker.number}`])
      expect(await call('GET', path, { token })).toMatchObject(problem(404, 'not_found'))
  }
  expect((await call('GET', '/tasks', { token: bob.token })).body.items).toEqual([])
  expect((await call('GET', `/tasks/${waiting.id}/links`, { token: root.token })).body.items).toEqual([])
  expect((await socket.end()).code).toBe(4404)
  expect((await newProject(ada.token, { key: board.key })).key).toBe(board.key)
  await waitForSteps(async () => expect(await rowsLeft(id)).toEqual({}))
  await waitForSteps(async () => expect(await isBlocked()).toBe(false))
  const journal = await sql`select action, seq::int from activity_logs where project_id = ${id} order by seq`
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1))
  expect(journal.at(-1)).toEqual({ action: 'project.deleted', seq: Number(deleted.headers.get('FlowTrack-Seq')) })
})

it('clears a deleted project after a crash, and a small project in the transaction of the act itself', async () => {
  const [large, small] = [await newTeam(), await newTeam()]
  await fill(large.id, STEP + 50)
  await newTask(small.ada.token, small.id)
  for (const { ada, id } of [large, small]) await crashAfter(ada, 'delete from projects where id = $1', id)
  expect(await rowsLeft(small.id)).toEqual({})
  expect(await rowsLeft(large.id)).toMatchObject({ tasks: 50, board_columns: 4 })
  await runCron()
  expect(await rowsLeft(large.id)).toEqual({})
  const sql = database()
  expect(await sql`select kind from pending_acts where project_id in (${large.id}, ${small.id})`).toEqual([])
})
