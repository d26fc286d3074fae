import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import worker from '../../src/index.ts'
import { call, database, PASSWORD, person, project, task } from '../support/api.ts'

/** The cron trigger, now. Tests share a database: what is to be old is made old, and the clock stays. */
async function cron(): Promise<void> {
  const execution = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: Date.now() }), env, execution)
  await waitOnExecutionContext(execution)
}

it('empties the trash after 30 days, and journals it', async () => {
  const ada = await person()
  const board = await project(ada.token)
  const [parent, recent] = [await task(ada.token, board.id), await task(ada.token, board.id)]
  const child = await task(ada.token, board.id, { parent_id: parent.id })
  await call('DELETE', `/tasks/${parent.id}`, { token: ada.token })
  await call('DELETE', `/tasks/${recent.id}`, { token: ada.token })
  const sql = database()
  const age = (id: string, days: number) =>
    sql.transaction([
      sql`select set_actor(${ada.id})`,
      sql`update tasks set deleted_at = now() - make_interval(days => ${days}) where id = ${id}`,
    ])
  await age(parent.id, 31)
  await age(recent.id, 29)

  await cron()

  const trash = await call('GET', `/tasks?project_id=${board.id}&deleted=true`, { token: ada.token })
  expect(trash.body.items.map(({ id }: any) => id)).toEqual([recent.id])
  const { body } = await call('GET', `/projects/${board.id}/activity?since=13`, { token: ada.token })
  expect(body.items.map(({ action, task_id, user_id }: any) => [action, task_id, user_id])).toEqual([
    ['task.updated', child.id, null], // its parent goes
    ['task.purged', parent.id, null],
  ])
})

it('forgets tickets that nobody used and sessions that ended long ago', async () => {
  const ada = await person()
  const other = await call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })
  await call('POST', '/auth/ws-ticket', { token: ada.token })
  await call('POST', '/auth/logout', { token: other.body.tokens.access })
  const sql = database()
  const count = async () =>
    (
      await sql`select (select count(*) from ws_tickets where user_id = ${ada.id})::int as tickets, (select count(*) from sessions where user_id = ${ada.id})::int as sessions`
    )[0]

  await cron()
  expect(await count()).toEqual({ tickets: 1, sessions: 2 })
  await sql`update ws_tickets set expires_at = now() - interval '1 second' where user_id = ${ada.id}`
  await sql`update sessions set revoked_at = now() - interval '31 days' where user_id = ${ada.id} and revoked_at is not null`
  await cron()
  expect(await count()).toEqual({ tickets: 0, sessions: 1 })
})

it('takes away what an import staged whose Worker has ended, and leaves one that is under way', async () => {
  const [ada, grace] = [await person(), await person()]
  const sql = database()
  for (const [{ id }, minutes] of [[ada, 61] as const, [grace, 59] as const]) {
    const job = crypto.randomUUID()
    await sql.transaction([
      sql`insert into imports (id, user_id, created_at) values (${job}, ${id}, now() - make_interval(mins => ${minutes}))`,
      sql`insert into import_lines (import_id, seq, entry) values (${job}, 1, '{}')`,
    ])
  }
  await cron()
  const left =
    await sql`select user_id from imports join import_lines on import_id = id where user_id in (${ada.id}, ${grace.id})`
  expect(left).toEqual([{ user_id: grace.id }])
})
