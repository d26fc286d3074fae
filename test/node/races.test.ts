import type pg from 'pg'
import { afterAll, expect, inject, it } from 'vitest'
import { login } from '../../src/features/auth/sign-in.ts'
import { createChecklist, createChecklistItem } from '../../src/features/checklists/service.ts'
import { createComment, updateComment } from '../../src/features/comments/service.ts'
import { linkTasks, unlinkTasks } from '../../src/features/links/service.ts'
import { addMember, removeMember } from '../../src/features/members/service.ts'
import { createProject } from '../../src/features/projects/service.ts'
import { createTask, deleteTask, moveTask, updateTask } from '../../src/features/tasks/service.ts'
import { transferTask } from '../../src/features/transfer/service.ts'
import { deleteUser } from '../../src/features/users/service.ts'
import type { AppError } from '../../src/lib/errors.ts'
import { hashPassword } from '../../src/security/passwords.ts'
import { importWith } from '../support/access-acts.ts'
import { newWriter, queryRows, sql, type Writer } from '../support/node.ts'

/** Two writes at once, where one must see what the other has just changed. */

afterAll(() => sql.end())

/** For tests in which transactions wait for each other: PGlite runs only one at a time. */
const onServer = it.skipIf(!inject('onServer'))

const codeOf = (error: AppError) => error.code

/** Holds a project's lock while `during` runs. */
async function holdLock(project: string, during: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
  const client = await sql.connect()
  await client.query('begin')
  await client.query('select 1 from projects where id = $1 for no key update', [project])
  await during(client)
  await client.query('commit')
  client.release()
}

/** Resolves when `count` transactions wait for locks in this database. */
async function waitForLockWaiter(count = 1): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  while ((await queryRows(waiting)).length < count);
}

const ENDINGS = {
  'the account is disabled': 'update users set is_active = false where id = $1',
  'the session is revoked': 'update sessions set revoked_at = now() where user_id = $1',
  'the membership ends': 'delete from project_members where user_id = $1',
}

onServer('refuses a project key that another transaction is taking, without waiting for that transaction', async () => {
  const [one, other] = [await newWriter(), await newWriter()]
  const key = `R${crypto.randomUUID().replaceAll('-', '').slice(0, 9).toUpperCase()}`
  const client = await sql.connect() // as an import, whose transaction may take minutes
  await client.query('begin')
  await client.query('select set_actor($1), take_project_key($2)', [one.actor.user_id, key])
  await client.query("insert into projects (id, key, name, created_by) values (gen_random_uuid(), $1, 'Slow', $2)", [
    key,
    one.actor.user_id,
  ])
  expect(await createProject(other, { name: 'Quick', key }).catch(codeOf)).toBe('key_taken')
  await client.query('rollback')
  client.release()
  expect((await createProject(other, { name: 'Quick', key })).row.key).toBe(key)
})

onServer.each(Object.entries(ENDINGS))(
  'refuses a write that waits for a lock when %s meanwhile',
  async (_name, ending) => {
    const [manager, other] = [await newWriter(), await newWriter()]
    const { row } = await createProject(manager, { name: 'Race' })
    await addMember(manager, row.id, { user_id: other.actor.user_id, role: 'editor' })
    let outcome: Promise<unknown> = Promise.resolve()
    await holdLock(row.id, async (client) => {
      outcome = createTask(other, { project_id: row.id, title: 'Too late' }).then(() => 'written', codeOf)
      await waitForLockWaiter()
      await client.query('select set_actor($1)', [manager.actor.user_id])
      await client.query(ending, [other.actor.user_id])
    })
    expect(await outcome).toBe(ending.startsWith('delete') ? 'not_found' : 'token_revoked')
  },
)

onServer('returns not_found for a move that waited while its task was put into the trash', async () => {
  const manager = await newWriter()
  const { row } = await createProject(manager, { name: 'Race' })
  const add = async (title: string) => (await createTask(manager, { project_id: row.id, title })).row.id
  const [task, neighbour] = [await add('Moved'), await add('Stays')]
  let outcome: Promise<unknown> = Promise.resolve()
  await holdLock(row.id, async (client) => {
    outcome = moveTask(manager, task, { status: 'done', before: neighbour }).then(() => 'written', codeOf)
    await waitForLockWaiter()
    await client.query('select set_actor($1)', [manager.actor.user_id])
    await client.query('update tasks set deleted_at = now() where id = $1', [task])
  })
  expect(await outcome).toBe('not_found')
})

/** Makes two projects of one writer, each with a task. `low` is the project with the lower id. */
async function newPair(writer: Writer) {
  const ids = [await createProject(writer, { name: 'One' }), await createProject(writer, { name: 'Other' })]
    .map(({ row }) => row.id)
    .sort()
  const add = async (project_id = '') => (await createTask(writer, { project_id, title: 'Card' })).row.id
  const [low = '', high = ''] = ids
  return { low, high, task_low: await add(low), task_high: await add(high) }
}

const TWO_PROJECTS = {
  'a link': (writer: Writer, { task_low, task_high }) =>
    linkTasks(writer, task_high, { kind: 'relates', task_id: task_low }),
  'the end of a link': async (writer: Writer, { task_high }) => {
    const [link] = await queryRows('select id from task_links where task_id = $1', [task_high])
    return unlinkTasks(writer, link.id)
  },
  'a transfer': (writer: Writer, { low, task_high }) => transferTask(writer, task_high, { project_id: low }),
} satisfies Record<string, (writer: Writer, pair: Awaited<ReturnType<typeof newPair>>) => Promise<unknown>>

onServer.each(Object.entries(TWO_PROJECTS))('locks the projects of %s in the order of their ids', async (name, act) => {
  const writer = await newWriter()
  const pair = await newPair(writer)
  if (name.startsWith('the end')) await linkTasks(writer, pair.task_low, { kind: 'relates', task_id: pair.task_high })
  let outcome: Promise<unknown> = Promise.resolve()
  await holdLock(pair.low, async () => {
    outcome = act(writer, pair).then(() => 'written', codeOf)
    await waitForLockWaiter()
    await queryRows('select 1 from projects where id = $1 for no key update nowait', [pair.high])
  })
  expect(await outcome).toBe('written')
})

onServer('refuses a link or a transfer to a project without access, without waiting for its lock', async () => {
  const [writer, stranger] = [await newWriter(), await newWriter()]
  const pair = await newPair(writer)
  await addMember(writer, pair.high, { user_id: stranger.actor.user_id, role: 'editor' })
  await holdLock(pair.low, async () => {
    expect(await TWO_PROJECTS['a link'](stranger, pair).catch(codeOf)).toBe('task_not_found')
    expect(await TWO_PROJECTS['a transfer'](stranger, pair).catch(codeOf)).toBe('not_found')
  })
})

async function newAdministrator(): Promise<Writer> {
  const root = await newWriter()
  await sql.query("update users set role = 'admin' where id = $1", [root.actor.user_id])
  return root
}

onServer('refuses to add a member whose account is being deleted', async () => {
  const [root, manager, victim] = [await newAdministrator(), await newWriter(), await newWriter()]
  const { row } = await createProject(manager, { name: 'Race' })
  let deletion: Promise<unknown> = Promise.resolve()
  const adding = Promise.withResolvers<unknown>()
  await holdLock(row.id, async () => {
    addMember(manager, row.id, { user_id: victim.actor.user_id, role: 'editor' }).then(
      () => adding.resolve('added'),
      (error) => adding.resolve(codeOf(error)),
    )
    await waitForLockWaiter()
    deletion = deleteUser(root, victim.actor.user_id).then(() => 'deleted', codeOf)
    await deletion
  })
  expect([await adding.promise, await deletion]).toEqual(['user_not_found', 'deleted'])
  expect(await queryRows('select 1 from project_members where user_id = $1', [victim.actor.user_id])).toEqual([])
})

onServer(
  'keeps one of two managers whose accounts are deleted at once, even while a write locks their project',
  async () => {
    const [root, one, other] = [await newAdministrator(), await newWriter(), await newWriter()]
    const { row } = await createProject(one, { name: 'Race' })
    const [gone, kept] = [one.actor.user_id, other.actor.user_id]
    await addMember(one, row.id, { user_id: kept, role: 'manager' })
    const client = await sql.connect() // a deletion by the statements of `deleteUser`
    await holdLock(row.id, async () => {
      await client.query('begin')
      await client.query('select set_actor($1), end_memberships($2)', [root.actor.user_id, gone])
      const second = deleteUser(root, kept).then(() => 'deleted', codeOf)
      await waitForLockWaiter()
      await client.query("update users set is_active = false, email = 'deleted-' || id || '@invalid' where id = $1", [
        gone,
      ])
      await client.query('commit')
      expect(await second).toBe('last_manager')
    })
    client.release()
  },
)

onServer('does not lock the account of a person whose second import waits for the first', async () => {
  const writer = await newWriter()
  const { user_id } = writer.actor
  await sql.query('insert into imports (id, user_id) values (gen_random_uuid(), $1)', [user_id])
  const client = await sql.connect() // as the last step of an import, whose lines refer to this row
  await client.query('begin')
  await client.query('select 1 from imports where user_id = $1 for key share', [user_id])
  const second = importWith(writer, []).then(() => 'imported', codeOf)
  await waitForLockWaiter()
  await queryRows('select 1 from users where id = $1 for no key update nowait', [user_id])
  expect(await second).toBe('unavailable')
  await client.query('rollback')
  client.release()
})

onServer('deletes an account without waiting for projects that other writes lock', async () => {
  const [root, manager, victim] = [await newAdministrator(), await newWriter(), await newWriter()]
  const { user_id } = victim.actor
  const { row } = await createProject(manager, { name: 'Busy' })
  await addMember(manager, row.id, { user_id, role: 'editor' })
  const left = 'select kind, subject from pending_acts where project_id = $1'
  await holdLock(row.id, async () => {
    await deleteUser(root, user_id)
    expect(await queryRows('select 1 from users where id = $1 and is_active', [user_id])).toEqual([])
    expect(await queryRows(left, [row.id])).toEqual([{ kind: 'membership', subject: user_id }]) // tidied later
  })
  await sql.query('select advance_acts($1, 500)', [row.id])
  expect(await queryRows(left, [row.id])).toEqual([])
  expect(await queryRows('select 1 from project_members where user_id = $1', [user_id])).toEqual([])
})

onServer('deletes accounts with many projects in common without a deadlock', async () => {
  const [root, manager] = [await newAdministrator(), await newWriter()]
  for (let round = 0; round < 5; round++) {
    const people = await Promise.all(Array.from({ length: 4 }, newWriter))
    const projects = await Promise.all(
      Array.from({ length: 5 }, async () => (await createProject(manager, { name: 'Shared' })).row.id),
    )
    for (const id of projects)
      for (const { actor } of people) await addMember(manager, id, { user_id: actor.user_id, role: 'editor' })
    const [first, second, third, fourth] = people.map(({ actor }) => actor.user_id) as [string, string, string, string]
    const outcomes = await Promise.all([
      ...[first, second].map((id) => deleteUser(root, id).then(() => 'done', codeOf)),
      ...projects.flatMap((id) =>
        [third, fourth].map((user) => removeMember(manager, id, user).then(() => 'done', codeOf)),
      ),
    ])
    expect(new Set(outcomes)).toEqual(new Set(['done']))
  }
})

onServer('refuses a sign-in with a password that is changed at the same time', async () => {
  const person = await newWriter()
  const { user_id } = person.actor
  const email = `${user_id}@example.com`
  const ln = person.config.SCRYPT_LOG2_N
  await sql.query('update users set password_hash = $2 where id = $1', [user_id, hashPassword('the old password', ln)])
  const client = await sql.connect()
  await client.query('begin')
  await client.query('update users set password_hash = $2 where id = $1', [
    user_id,
    hashPassword('the new password', ln),
  ])
  const device = { user_agent: null, ip: null }
  const outcome = login(person, { email, password: 'the old password' }, device).then(() => 'signed in', codeOf)
  await waitForLockWaiter()
  await client.query('commit')
  client.release()
  expect(await outcome).toBe('credentials_invalid')
})

/** Writes to a task, or to its comments, checklists and links. */
const ON_A_TASK: Record<
  string,
  (by: Writer, at: Record<'task' | 'other' | 'comment' | 'list', string>) => Promise<unknown>
> = {
  'an edit': (by, { task }) => updateTask(by, task, { title: 'Too late' }),
  'an edit that changes nothing': (by, { task }) => updateTask(by, task, {}),
  'a move': (by, { task }) => moveTask(by, task, { status: 'done' }),
  'a deletion': (by, { task }) => deleteTask(by, task),
  'a comment': (by, { task }) => createComment(by, task, { body: 'Too late' }),
  'an edit of a comment': (by, { comment }) => updateComment(by, comment, { body: 'Too late' }),
  'a checklist': (by, { task }) => createChecklist(by, task, { title: 'Too late' }),
  'an item': (by, { list }) => createChecklistItem(by, list, { text: 'Too late' }),
  'a link': (by, { task, other }) => linkTasks(by, task, { kind: 'relates', task_id: other }),
}

/** A transfer in the transaction of `client`. It is not tried again after a deadlock. */
async function transferWith(
  client: pg.PoolClient,
  { actor }: Writer,
  { task, here, there }: Record<'task' | 'here' | 'there', string>,
): Promise<void> {
  await client.query(
    "select set_actor($1), set_config('flowtrack.project', $2, true), set_config('flowtrack.role', 'member', true)",
    [actor.user_id, here],
  )
  await client.query('select transfer_task($1, $2, null, 1000, 1000, 1000)', [task, there])
}

onServer.each(Object.entries(ON_A_TASK))(
  'checks the rights in the new project for %s that waited while its task was transferred',
  async (_name, act) => {
    const [manager, stranger] = [await newWriter(), await newWriter()]
    const [here, there] = [
      await createProject(manager, { name: 'Here' }),
      await createProject(manager, { name: 'There' }),
    ]
    await addMember(manager, here.row.id, { user_id: stranger.actor.user_id, role: 'editor' })
    for (const by of [stranger, manager]) {
      const add = async () => (await createTask(manager, { project_id: here.row.id, title: 'Apollo' })).row.id
      const [task, other] = [await add(), await add()]
      const comment = (await createComment(by, task, { body: 'Hello' })).row.id
      const list = (await createChecklist(manager, task, { title: 'Before' })).row.id
      let outcome: Promise<unknown> = Promise.resolve()
      await holdLock(here.row.id, async (client) => {
        outcome = act(by, { task, other, comment, list }).then(() => 'written', codeOf)
        await waitForLockWaiter()
        await transferWith(client, manager, { task, here: here.row.id, there: there.row.id })
      })
      expect(await outcome).toBe(by === manager ? 'written' : 'not_found')
    }
    const stray = `select 1 from comments c join tasks t on t.id = c.task_id where c.project_id <> t.project_id
    union all select 1 from checklists c join tasks t on t.id = c.task_id where c.project_id <> t.project_id
    union all select 1 from checklist_items i join checklists c on c.id = i.checklist_id where i.project_id <> c.project_id`
    expect(await queryRows(stray)).toEqual([])
    const late = 'select 1 from activity_logs where project_id = $1 and user_id = $2'
    expect(await queryRows(late, [there.row.id, stranger.actor.user_id])).toEqual([])
  },
)

/** A task of `manager` that is assigned to `other`, who is a member of both projects. */
async function newTransferable(manager: Writer, other: Writer) {
  const [{ row: here }, { row: there }] = [
    await createProject(manager, { name: 'Here' }),
    await createProject(manager, { name: 'There' }),
  ]
  for (const { id } of [here, there]) await addMember(manager, id, { user_id: other.actor.user_id, role: 'editor' })
  const assignee_ids = [other.actor.user_id]
  const { row: task } = await createTask(manager, { project_id: here.id, title: 'Apollo', assignee_ids })
  return { here, there, task }
}

onServer('reports a conflict for an edit that waited while its task was transferred', async () => {
  const [manager, other] = [await newWriter(), await newWriter()]
  const { here, there, task } = await newTransferable(manager, other)
  const edit = { title: 'Too late', base_seq: task.seq, base_project_id: here.id }
  let outcome: Promise<unknown> = Promise.resolve()
  let moved: Promise<unknown> = Promise.resolve()
  await holdLock(here.id, async () => {
    moved = transferTask(manager, task.id, { project_id: there.id })
    await waitForLockWaiter()
    outcome = updateTask(other, task.id, edit).then(() => 'written', codeOf)
    await waitForLockWaiter(2)
  })
  await moved
  expect(await outcome).toBe('edit_conflict')
})

onServer('transfers notifications while their owner marks them as read', async () => {
  const [manager, other] = [await newWriter(), await newWriter()]
  const { here, there, task } = await newTransferable(manager, other)
  const [reader, mover] = [await sql.connect(), await sql.connect()]
  for (const client of [reader, mover]) await client.query('begin')
  await reader.query('select 1 from inboxes where user_id = $1 for no key update', [other.actor.user_id])
  const moved = transferWith(mover, manager, { task: task.id, here: here.id, there: there.id })
  await waitForLockWaiter()
  await reader.query('select read_notifications($1)', [other.actor.user_id])
  await reader.query('commit')
  await moved
  await mover.query('commit')
  for (const client of [reader, mover]) client.release()
  const after = 'select project_id, read_at is not null as is_read, seq from notifications where task_id = $1'
  expect(await queryRows(after, [task.id])).toEqual([{ project_id: there.id, is_read: true, seq: '7' }])
})
