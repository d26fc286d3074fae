import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import worker from '../../src/index.ts'
import { admin, call, database, join, type Person, person, problem, project, task } from '../support/api.ts'
import { connect } from '../support/socket.ts'

/** Acts on any number of rows: what they are about is true at once, and the rest is tidied in short steps. */

const STEP = 500

async function cron(): Promise<void> {
  const execution = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: Date.now() }), env, execution)
  await waitOnExecutionContext(execution)
}

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
  await fill(id, 10_500, { assignee: bob.id })
  const [since, socket] = [await head(), await connect(id, { token: bob.token })]
  expect((await remove()).status).toBe(204)
  expect(await call('GET', `/projects/${id}/board`, { token: bob.token })).toMatchObject(problem(404, 'not_found'))
  expect((await socket.end()).code).toBe(4403)
  expect((await task(ada.token, id)).title).toBe('A task') // others write meanwhile
  await soon(async () => expect(await held(id, bob.id)).toBeLessThan(10_500))
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
  await cron()
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
    await cron()
    expect([await held(stuck.id, stuck.bob.id), await held(other.id, other.bob.id)]).toEqual([501, 0])
  } finally {
    await sql`drop function refuse_step() cascade`
  }
  await cron()
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
  await cron()
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
  await cron()
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
  await cron()
  expect(await call('GET', `/projects/${id}/members/${bob.id}`, { token: ada.token })).toMatchObject({ status: 404 })
})
