import { afterAll, expect, it } from 'vitest'
import { linkTasks } from '../../src/features/links/service.ts'
import { createProject } from '../../src/features/projects/service.ts'
import { CreateTask } from '../../src/features/tasks/schema.ts'
import { createTask } from '../../src/features/tasks/service.ts'
import { newActors } from '../support/access-acts.ts'
import { sql } from '../support/node.ts'

afterAll(() => sql.end())

it('removes a link to a task whose project was deleted, and which waits to be deleted', async () => {
  const { manager, project } = await newActors({})
  const { row: other } = await createProject(manager.as(), { name: 'Other' })
  const add = async (project_id: string) =>
    (await createTask(manager.as(), CreateTask.parse({ project_id, title: 'One' }))).row
  const [mine, theirs] = [await add(project), await add(other.id)]
  await linkTasks(manager.as(), theirs.id, { kind: 'blocks', task_id: mine.id })
  const client = await sql.connect()
  const one = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows[0]
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica') // the project goes, and its tasks stay
    await client.query('delete from projects where id = $1', [other.id])
    await client.query('set local session_replication_role = origin')
    await client.query('select authenticate($1), set_actor($1, $2)', [manager.user_id, 'test'])
    const side = await one('select id from task_links where task_id = $1', [mine.id])
    expect(await one('select unlink_tasks($1) as there', [side.id])).toEqual({ there: null })
    expect(await one('select is_blocked from tasks where id = $1', [mine.id])).toEqual({ is_blocked: false })
  } finally {
    await client.query('rollback')
    client.release()
  }
})
