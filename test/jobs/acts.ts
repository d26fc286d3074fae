import { afterEach, expect, it, vi } from 'vitest'
import { admin, call, database, join, journal, type Person, person, problem, project, task } from '../support/api.ts'
import { runCron } from '../support/cron.ts'
import { exported, freshKey, upload } from '../support/exports.ts'
import { connect } from '../support/socket.ts'

/** Acts on any number of rows: what they are about is true at once, and the rest is tidied in short steps. */

const STEP = 500

/** What a test that failed has left must not take the time of the jobs of the next ones. */
afterEach(() => database()`delete from pending_acts`.then(() => undefined))

/** Tasks beside the API and its journal, as an import makes them. */
async function fill(project_id: string, count: number, fields: { status?: string; assignee?: string } = {}) {
  const sql = database()
  const [{ status = 'todo', assignee }, n] = [fields, crypto.randomUUID().slice(0, 8)]
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`insert into tasks (id, project_id, number, title, status, position, assignee_ids)
      select uuid_v7(), ${project_id}, ${n} || n, 'Card ' || n, ${status}, n * 1024, ${assignee ? [assignee] : []} from generate_series(1, ${count}) n`,
  ])
}

/** An act beside the API, as one whose Worker ended right after the commit. */
async function crashAfter(actor: Person, statement: string, ...params: unknown[]): Promise<void> {
  const sql = database()
  await sql.transaction([sql`select set_actor(${actor.id})`, sql.query(statement, params)])
}

const REMOVE = 'delete from project_members where project_id = $1 and user_id = $2'

const held = async (project_id: string, by: string) =>
  (
    await database()`select count(*)::int as n from tasks where project_id = ${project_id} and ${by} = any(assignee_ids)`
  )[0]?.n

const inColumn = async (project_id: string, status: string) =>
  (await database()`select count(*)::int as n from tasks where project_id = ${project_id} and status = ${status}`)[0]?.n

/** Seconds are many: the steps take as long as the machine lets them. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 100 })

/** No number of the journal is missing; the most that one transaction wrote, and who wrote since an event. */
async function written(project_id: string, since: number) {
  const [row] = await database()`select
    (select event_seq from projects where id = ${project_id})::int - max(seq)::int as gap, count(*)::int - (max(seq) - ${since})::int as missing,
    (select max(n)::int from (select count(*) as n from activity_logs where project_id = ${project_id} and seq > ${since} group by xmin::text) one) as most,
    array_agg(distinct user_id::text) as by
    from activity_logs where project_id = ${project_id} and seq > ${since}`
  return row
}

async function team() {
  const ada = await person('Ada')
  const board = await project(ada.token)
  const bob = await join(ada, board.id, 'contributor', 'Bob')
  const remove = (by: Person = ada) => call('DELETE', `/projects/${board.id}/members/${bob.id}`, { token: by.token })
  const head = async () =>
    Number((await database()`select event_seq from projects where id = ${board.id}`)[0]?.event_seq)
  return { ada, bob, board, id: board.id as string, remove, head }
}

it('ends a membership at once, however many tasks somebody has, and takes them off in short steps', async () => {
  const { ada, bob, id, remove, head } = await team()
  await fill(id, 3_000, { assignee: bob.id })
  const [since, socket] = [await head(), await connect(id, { token: bob.token })]
  expect((await remove()).status).toBe(204)
  expect(await call('GET', `/projects/${id}/board`, { token: bob.token })).toMatchObject(problem(404, 'not_found'))
  expect((await socket.end()).code).toBe(4403)
  expect((await task(ada.token, id)).title).toBe('A task') // others write meanwhile
  await soon(async () => expect(await held(id, bob.id)).toBeLessThan(3_000))
  const sql = database()
  await sql`delete from pending_acts where project_id = ${id}` // enough seen: the other tests finish
  const { most, ...journal } = (await written(id, since)) ?? {}
  expect(journal).toEqual({ gap: 0, missing: 0, by: [ada.id] })
  expect(most).toBeLessThanOrEqual(STEP + 1)
})

it('takes the tasks of a whole step off in the transaction of the act, as ever', async () => {
  const { bob, id, remove, head } = await team()
  await fill(id, STEP, { assignee: bob.id })
  const since = await head()
  await remove()
  expect(await held(id, bob.id)).toBe(0)
  expect(await written(id, since)).toMatchObject({ missing: 0, most: STEP + 1 })
})

it('goes on after a crash between two steps, as who acted', async () => {
  const { ada, bob, id, head } = await team()
  await fill(id, 1_200, { assignee: bob.id })
  const since = await head()
  await crashAfter(ada, REMOVE, id, bob.id)
  expect(await held(id, bob.id)).toBe(1_200)
  const sql = database()
  expect(await sql`select advance_acts(${id}, ${STEP}) as more`).toEqual([{ more: true }])
  expect(await held(id, bob.id)).toBe(700)
  await runCron()
  expect(await held(id, bob.id)).toBe(0)
  expect(await written(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
})

it('passes over a project whose step fails, and finishes the others', async () => {
  const [stuck, other] = [await team(), await team()]
  for (const { ada, bob, id } of [stuck, other]) {
    await fill(id, 501, { assignee: bob.id })
    await crashAfter(ada, REMOVE, id, bob.id)
  }
  const sql = database()
  await sql`create function refuse_step() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`
  await sql.query(
    `create trigger refuse_step before update on tasks for each row when (old.project_id = '${stuck.id}') execute function refuse_step()`,
  )
  try {
    await runCron()
    expect([await held(stuck.id, stuck.bob.id), await held(other.id, other.bob.id)]).toEqual([501, 0])
  } finally {
    await sql`drop function refuse_step() cascade`
  }
  await runCron()
  expect(await held(stuck.id, stuck.bob.id)).toBe(0)
})

it('takes nobody for a member who still stands on tasks', async () => {
  const { ada, bob, id } = await team()
  const eve = await join(ada, id, 'contributor', 'Eve')
  const mine = await task(ada.token, id, { assignee_ids: [bob.id], due_date: '2020-01-01' })
  await fill(id, 501, { assignee: bob.id })
  await database()`delete from notifications where user_id = ${bob.id}`
  await crashAfter(ada, REMOVE, id, bob.id)
  const edit = (body: object) => call('PATCH', `/tasks/${mine.id}`, { token: ada.token, body })
  expect(await edit({ title: 'Edited' })).toMatchObject({ status: 200, body: { assignee_ids: [bob.id] } })
  expect((await call('PATCH', `/tasks/${mine.id}/move?status=done`, { token: ada.token })).status).toBe(200)
  expect((await call('PATCH', `/tasks/${mine.id}/move?status=todo`, { token: ada.token })).status).toBe(200)
  expect((await call('GET', '/tasks', { token: bob.token })).body.items).toEqual([])
  // Whoever else is put on the task is put there without him, though the list still names him.
  expect(await edit({ add_assignee_ids: [eve.id] })).toMatchObject({ status: 200, body: { assignee_ids: [eve.id] } })
  expect(await edit({ assignee_ids: [bob.id] })).toMatchObject(problem(422, 'assignee_not_member'))
  await runCron()
  expect(await database()`select kind from notifications where user_id = ${bob.id}`).toEqual([])
})

it('leaves a person who is back the tasks that they were given since', async () => {
  const { ada, bob, id } = await team()
  const [again, kept] = [await task(ada.token, id, { assignee_ids: [bob.id] }), await task(ada.token, id)]
  await fill(id, 501, { assignee: bob.id })
  await crashAfter(ada, REMOVE, id, bob.id)
  const back = await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: bob.id } })
  expect(back.status).toBe(201)
  const edit = (task_id: string, body: object) => call('PATCH', `/tasks/${task_id}`, { token: ada.token, body })
  await edit(again.id, { remove_assignee_ids: [bob.id] })
  await edit(again.id, { add_assignee_ids: [bob.id] })
  await edit(kept.id, { assignee_ids: [bob.id] })
  const made = await task(ada.token, id, { assignee_ids: [bob.id] })
  const told = async () =>
    (await database()`select count(*)::int as n from notifications where user_id = ${bob.id}`)[0]?.n
  const before = await told()
  await runCron()
  const { body } = await call('GET', `/tasks?project_id=${id}&assignee_id=${bob.id}`, { token: bob.token })
  expect(body.items.map((one: any) => one.id).toSorted()).toEqual([again.id, kept.id, made.id].toSorted())
  expect(await told()).toBe(before)
})

it('removes somebody once when two do it at once, and when they leave meanwhile', async () => {
  const { ada, bob, id, remove, head } = await team()
  const eve = await join(ada, id, 'manager', 'Eve')
  await fill(id, 1_100, { assignee: bob.id })
  const since = await head()
  const answers = await Promise.all([remove(ada), remove(eve), remove(bob)])
  for (const { status } of answers) expect([204, 404]).toContain(status) // 404 for Bob, for whom it is gone
  await soon(async () => expect(await held(id, bob.id)).toBe(0))
  const removals =
    await database()`select 1 from activity_logs where project_id = ${id} and seq > ${since} and action = 'member.removed'`
  expect(removals).toHaveLength(1)
  expect(await written(id, since)).toMatchObject({ gap: 0, missing: 0 })
})

it('deletes an account at once, in however many projects it is, and those follow', async () => {
  const [root, ada, bob] = [await admin(), await person('Ada'), await person('Bob')]
  const boards: string[] = []
  for (let n = 0; n < 25; n += 1) boards.push((await project(ada.token)).id)
  for (const id of boards)
    await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: bob.id, role: 'manager' } })
  await fill(boards[7] as string, 1_200, { assignee: bob.id })
  expect((await call('DELETE', `/users/${bob.id}`, { token: root.token })).status).toBe(204)
  expect(await call('GET', '/users/me', { token: bob.token })).toMatchObject(problem(401, 'token_revoked'))
  const sql = database()
  await soon(async () => {
    expect(await sql`select 1 from project_members where user_id = ${bob.id}`).toEqual([])
    expect(await held(boards[7] as string, bob.id)).toBe(0)
  })
  const removals = await sql`select user_id from activity_logs where project_id = any(${boards})
    and action = 'member.removed' and data ->> 'user_id' = ${bob.id}`
  expect(removals.map(({ user_id }) => user_id)).toEqual(boards.map(() => root.id))
}, 60_000)

it('takes no deleted account, whose membership is still to end, for a manager', async () => {
  const [root, { ada, bob, id }] = [await admin(), await team()]
  const manager = { token: ada.token, body: { role: 'manager' } }
  await call('PATCH', `/projects/${id}/members/${bob.id}`, manager)
  await fill(id, 501, { assignee: bob.id })
  await crashAfter(root, "select end_memberships($1), set_config('flowtrack.actor', $2, true)", bob.id, root.id)
  await database()`update users set email = 'deleted-' || id || '@invalid', is_active = false where id = ${bob.id}`
  expect(await call('GET', `/projects/${id}/members/${bob.id}`, { token: ada.token })).toMatchObject({ status: 200 })
  const leave = () => call('DELETE', `/projects/${id}/members/${ada.id}`, { token: ada.token })
  expect(await leave()).toMatchObject(problem(409, 'last_manager'))
  expect(await call('DELETE', `/users/${ada.id}`, { token: root.token })).toMatchObject(problem(409, 'last_manager'))
  await runCron()
  expect(await call('GET', `/projects/${id}/members/${bob.id}`, { token: ada.token })).toMatchObject({ status: 404 })
})

/** Ada's board with a column to be deleted, in which Bob has tasks. */
async function large(count: number, fields: object = {}) {
  const { ada, bob, id, head } = await team()
  const columns = `/projects/${id}/columns`
  const column = (method: string, key: string, body?: object) =>
    call(method, `${columns}/${key}`, { token: ada.token, body })
  await call('POST', columns, { token: ada.token, body: { key: 'old', name: 'Old', category: 'todo', ...fields } })
  await fill(id, count, { status: 'old', assignee: bob.id })
  const keys = async () => (await call('GET', columns, { token: ada.token })).body.items.map((c: any) => c.key)
  return { ada, bob, id, head, column, keys }
}

const DELETE = 'select delete_column($1, $2, $3)'

it('deletes a column of any number of tasks: at once it takes no more, and then it empties and goes', async () => {
  const { ada, id, head, column } = await large(10_500)
  const since = await head()
  expect((await column('DELETE', 'old?move_to=review')).status).toBe(204)
  expect((await column('GET', 'old')).body).toMatchObject({ pending: 'deletion' })
  const made = await task(ada.token, id)
  for (const refused of [
    await call('POST', '/tasks', { token: ada.token, body: { project_id: id, title: 'Late', status: 'old' } }),
    await call('PATCH', `/tasks/${made.id}/move?status=old`, { token: ada.token }),
  ])
    expect(refused).toMatchObject(problem(422, 'column_not_found'))
  await soon(async () => expect(await inColumn(id, 'review')).toBeGreaterThan(0))
  await database()`delete from pending_acts where project_id = ${id}` // enough seen: the other tests finish
  expect(await written(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id], most: STEP })
})

it('finishes the deletion of a column after a crash, in its order, and tells each person once', async () => {
  const { ada, bob, id, head, keys } = await large(1_100)
  const first = await task(ada.token, id, { status: 'review', title: 'First' })
  await database()`delete from notifications where user_id = ${bob.id}`
  const since = await head()
  await crashAfter(ada, DELETE, id, 'old', 'review')
  expect(await database()`select advance_acts(${id}, ${STEP}) as more`).toEqual([{ more: true }])
  expect([await inColumn(id, 'old'), await inColumn(id, 'review')]).toEqual([600, 501])
  await runCron()
  expect(await keys()).toEqual(['todo', 'in_progress', 'review', 'done'])
  const titles =
    await database()`select title from tasks where project_id = ${id} and status = 'review' order by position`
  expect(titles.map(({ title }) => title)).toEqual([
    first.title,
    ...Array.from({ length: 1_100 }, (_, n) => `Card ${n + 1}`),
  ])
  expect(
    await database()`select kind, task_id, data -> 'count' as count, data -> 'status' as status from notifications where user_id = ${bob.id}`,
  ).toEqual([{ kind: 'moved', task_id: null, count: 1_100, status: ['old', 'review'] }])
  expect(await written(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
  const events = await journal(ada.token, id, since)
  expect(events[0]).toMatchObject({ action: 'column.updated', changes: { pending: [null, 'deletion'] } })
})

it('never fills a column beyond its hard limit while another empties into it', async () => {
  const { ada, id, column } = await large(501)
  const other = await task(ada.token, id)
  const trashed = await task(ada.token, id, { status: 'old' })
  await call('DELETE', `/tasks/${trashed.id}`, { token: ada.token })
  await column('PATCH', 'review', { wip_limit: 500, wip_mode: 'block' })
  expect(await column('DELETE', 'old?move_to=review')).toMatchObject(problem(409, 'wip_limit_reached'))
  await column('PATCH', 'review', { wip_limit: 501 })
  await crashAfter(ada, DELETE, id, 'old', 'review')
  const full = problem(409, 'wip_limit_reached')
  expect(await call('PATCH', `/tasks/${other.id}/move?status=review`, { token: ada.token })).toMatchObject(full)
  expect(await call('POST', `/tasks/${trashed.id}/restore`, { token: ada.token })).toMatchObject(full)
  await runCron()
  expect(await inColumn(id, 'review')).toBe(502) // with the one in the trash
})

it('sends the tasks of a column that empties to where its target goes, and not in a circle', async () => {
  const { ada, id, column, keys } = await large(501)
  await crashAfter(ada, DELETE, id, 'old', 'review')
  expect(await column('DELETE', 'review')).toMatchObject(problem(409, 'column_not_empty'))
  expect(await column('DELETE', 'review?move_to=old')).toMatchObject(problem(422, 'column_not_found'))
  expect((await column('DELETE', 'review?move_to=done')).status).toBe(204)
  await soon(async () => expect(await keys()).toEqual(['todo', 'in_progress', 'done']))
  expect(await inColumn(id, 'done')).toBe(501)
  expect(await database()`select 1 from tasks where project_id = ${id} and completed_at is null`).toEqual([])
})

it('lets the dates of many tasks follow a category in steps, and tasks and reports say the same in the end', async () => {
  const { ada, id, head, column } = await large(0)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into tasks (id, project_id, number, title, status, position)
      select uuid_v7(), ${id}, '', 'Card', 'old', n * 1024 from generate_series(1, 1100) n`,
  ])
  const since = await head()
  const patched = await column('PATCH', 'old', { category: 'done' })
  expect(patched).toMatchObject({ status: 200, body: { category: 'done', pending: 'dates' } })
  const [moved] = await sql`select id from tasks where project_id = ${id} order by id desc limit 1`
  await call('PATCH', `/tasks/${moved?.id}/move?status=done`, { token: ada.token })
  await soon(async () => expect((await column('GET', 'old')).body.pending).toBeNull())
  const wrong =
    await sql`select 1 from tasks t join task_steps s on s.task_id = t.id and s.status = 'old' and s.project_id = t.project_id
    where t.project_id = ${id} and t.completed_at is distinct from s.at`
  expect(wrong).toEqual([])
  expect(await written(id, since)).toMatchObject({ gap: 0, missing: 0, by: [ada.id] })
  // Changed and changed back before the steps are done: as if nothing had been.
  const dates = () => sql`select id, completed_at from tasks where project_id = ${id} order by id`
  const before = await dates()
  const set = "update board_columns set category = $2 where project_id = $1 and key = 'old'"
  await crashAfter(ada, set, id, 'todo')
  await sql`select advance_acts(${id}, ${STEP})`
  await crashAfter(ada, set, id, 'done')
  await runCron()
  expect(await dates()).toEqual(before)
  expect((await column('GET', 'old')).body.pending).toBeNull()
})

it('takes a file that was exported meanwhile: columns stay, and former members are taken off', async () => {
  const { ada, bob, id } = await large(0)
  const both = await project(ada.token) // an import finds whom its importer works with
  await call('POST', `/projects/${both.id}/members`, { token: ada.token, body: { user_id: bob.id } })
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into tasks (id, project_id, number, title, status, position, assignee_ids)
      select uuid_v7(), ${id}, '', 'Card', 'old', n * 1024, ${[bob.id]} from generate_series(1, 501) n`,
  ])
  await crashAfter(ada, REMOVE, id, bob.id)
  await crashAfter(ada, DELETE, id, 'old', 'review')
  const { text } = await exported(id, ada.token)
  const { status, body } = await upload(text, ada, `?key=${freshKey()}`)
  expect(status).toBe(201)
  const column = await call('GET', `/projects/${body.project.id}/columns/old`, { token: ada.token })
  expect(column.body).toMatchObject({ pending: null })
  await runCron()
  expect([await inColumn(body.project.id, 'old'), await held(body.project.id, bob.id)]).toEqual([501, 0])
  expect([await inColumn(id, 'review'), await held(id, bob.id)]).toEqual([501, 0])
})

/** What a project has left in each table that may hold any number of its rows. */
async function remains(project_id: string) {
  const tables = ['tasks', 'comments', 'task_links', 'task_watchers', 'search_texts', 'notifications', 'board_columns']
  const counts = tables.map((name) => `'${name}', (select count(*)::int from ${name} where project_id = $1)`)
  const [row] = await database().query(`select jsonb_build_object(${counts.join()}) as left`, [project_id])
  const left: Record<string, number> = row?.left
  return Object.fromEntries(Object.entries(left).filter(([, count]) => count > 0))
}

it('deletes a project at once, however much is in it, and clears that in short steps', async () => {
  const { ada, bob, board, id } = await team()
  const other = await project(ada.token)
  const waiting = await task(ada.token, other.id)
  const blocker = await task(ada.token, id, { assignee_ids: [bob.id] })
  await call('POST', `/tasks/${blocker.id}/links`, { token: ada.token, body: { kind: 'blocks', task_id: waiting.id } })
  await call('POST', `/tasks/${blocker.id}/comments`, { token: ada.token, body: { body: 'Soon' } })
  await fill(id, 2_600)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`update tasks set parent_id = ${blocker.id} where project_id = ${id} and id <> ${blocker.id}`,
  ])
  const blocked = async () => (await call('GET', `/tasks/${waiting.id}`, { token: ada.token })).body.is_blocked
  expect(await blocked()).toBe(true)
  const socket = await connect(id, { token: bob.token })
  const deleted = await call('DELETE', `/projects/${id}`, { token: ada.token })
  expect(deleted.status).toBe(204)
  const root = await admin()
  for (const { token } of [ada, bob, root]) {
    for (const path of [`/projects/${id}/board`, `/tasks/${blocker.id}`, `/tasks/${blocker.number}`])
      expect(await call('GET', path, { token })).toMatchObject(problem(404, 'not_found'))
  }
  expect((await call('GET', '/tasks', { token: bob.token })).body.items).toEqual([])
  expect((await call('GET', `/tasks/${waiting.id}/links`, { token: root.token })).body.items).toEqual([])
  expect((await socket.end()).code).toBe(4404)
  expect((await project(ada.token, { key: board.key })).key).toBe(board.key)
  await soon(async () => expect(await remains(id)).toEqual({}))
  await soon(async () => expect(await blocked()).toBe(false))
  const journal = await sql`select action, seq::int from activity_logs where project_id = ${id} order by seq`
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1))
  expect(journal.at(-1)).toEqual({ action: 'project.deleted', seq: Number(deleted.headers.get('FlowTrack-Seq')) })
})

it('clears a deleted project after a crash, and what little one holds in the transaction of the act', async () => {
  const [large, small] = [await team(), await team()]
  await fill(large.id, 1_200)
  await task(small.ada.token, small.id)
  for (const { ada, id } of [large, small]) await crashAfter(ada, 'delete from projects where id = $1', id)
  expect(await remains(small.id)).toEqual({})
  expect(await remains(large.id)).toMatchObject({ tasks: 700, board_columns: 4 })
  await runCron()
  expect(await remains(large.id)).toEqual({})
  const sql = database()
  expect(await sql`select kind from pending_acts where project_id in (${large.id}, ${small.id})`).toEqual([])
})
