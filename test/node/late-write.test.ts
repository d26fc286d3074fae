import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeDatabase, type OwnDatabase } from '../../local/own-database.ts'
import { type Stack, startStack } from '../../local/stack.ts'

/*
 * A write that takes seconds. It has its own stack: while it runs, the embedded database does nothing else, and its
 * thread would not serve the Redis of other tests.
 */

let own: OwnDatabase | undefined
let stack: Stack
let client: pg.Client
beforeAll(async () => {
  const server = process.env.DATABASE_URL
  own = server ? await makeDatabase(server, 'late') : undefined
  stack = await startStack({ databaseUrl: own?.url })
  client = new pg.Client({ connectionString: stack.databaseUrl })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await stack?.close()
  await own?.drop()
})

/** Adds a project, its manager and the manager's session. Returns their ids. */
async function newManager() {
  const [user, session, project] = [uuid(), uuid(), uuid()]
  const run = (text: string, ...params: unknown[]) => client.query(text, params)
  await run("insert into users (id, email, name) values ($1, 'late@example.com', 'Late')", user)
  await run(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    ...[session, user],
  )
  await run('begin')
  await run('select set_actor($1)', user)
  await run("insert into projects (id, key, name, created_by) values ($1, 'LATE', 'Late', $2)", project, user)
  await run(
    "insert into project_members (id, project_id, user_id, role) values ($1, $2, $3, 'manager')",
    ...[uuid(), project, user],
  )
  await run('commit')
  return { user, session, project }
}

it('cancels a write of one statement that takes longer than its client waits', async () => {
  const { user, session, project } = await newManager()
  const admit = `require_role('${project}', '${user}', 'editor', '${session}', 'late')`
  const late = (seconds: number) => client.query(`select ${admit}, pg_sleep(${seconds}), write_outcome(null, 100)`)
  await expect(late(0.01)).resolves.toMatchObject({ rowCount: 1 })
  await expect(late(8.1)).rejects.toMatchObject({ code: '57014' })
})
