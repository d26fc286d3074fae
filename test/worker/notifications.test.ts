import { describe, expect, it } from 'vitest'
import { call, database, newMember, newPerson, newProject, newTask, type Person } from '../support/api.ts'

const inboxOf = async ({ token }: Person, query = '') => (await call('GET', `/notifications${query}`, { token })).body
const kindsOf = async (somebody: Person, query = '') =>
  (await inboxOf(somebody, query)).items.map(({ kind }: { kind: string }) => kind)
const assign = (by: Person, id: string, assignee_ids: string[]) =>
  call('PATCH', `/tasks/${id}`, { token: by.token, body: { assignee_ids } })

/** A board of Ada's on which Bob works; he has read that he was invited. */
async function newTeam() {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'editor', 'Bob')
  await call('POST', '/notifications/read-all', { token: bob.token })
  return { ada, bob, board }
}

describe('notifies a person', () => {
  it('who was added to a project, with the project and who added them', async () => {
    const ada = await newPerson('Ada')
    const board = await newProject(ada.token, { name: 'Apollo' })
    const bob = await newMember(ada, board.id, 'editor', 'Bob')
    expect(await inboxOf(bob)).toMatchObject({
      items: [
        {
          user_id: bob.id,
          seq: 1,
          kind: 'project_invited',
          project_id: board.id,
          task_id: null,
          actor_id: ada.id,
          actor: { id: ada.id, name: 'Ada' },
          event_seq: 7,
          data: { role: 'editor', project_key: board.key, project_name: 'Apollo' },
          read_at: null,
        },
      ],
      next_cursor: null,
      unread_count: 1,
      seq: 1,
    })
    expect(JSON.stringify(await inboxOf(bob))).not.toContain('dedupe_key')
  })

  it('of a change of their role', async () => {
    const { ada, bob, board } = await newTeam()
    await call('PATCH', `/projects/${board.id}/members/${bob.id}`, { token: ada.token, body: { role: 'viewer' } })
    const [first] = (await inboxOf(bob, '?unread=true')).items
    expect(first).toMatchObject({ kind: 'role_changed', data: { role: ['editor', 'viewer'] } })
  })

  it('of a task that is assigned to them or unassigned', async () => {
    const { ada, bob, board } = await newTeam()
    const made = await newTask(ada.token, board.id, { title: 'Land', assignee_ids: [bob.id] })
    await assign(ada, made.id, [])
    await assign(ada, made.id, [bob.id])
    const { items } = await inboxOf(bob, '?unread=true')
    expect(items.map(({ kind }: any) => kind)).toEqual(['assigned', 'unassigned', 'assigned'])
    expect(items[0]).toMatchObject({ task_id: made.id, data: { number: made.number, title: 'Land' } })
  })

  it('of a move of their task to another column by somebody else', async () => {
    const { ada, bob, board } = await newTeam()
    const made = await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    await call('PATCH', `/tasks/${made.id}/move?status=review`, { token: ada.token })
    await call('PATCH', `/tasks/${made.id}`, { token: ada.token, body: { status: 'done' } })
    const { items } = await inboxOf(bob, '?unread=true')
    expect(items.map(({ kind, data }: any) => [kind, data.status])).toEqual([
      ['moved', ['review', 'done']],
      ['moved', ['todo', 'review']],
      ['assigned', undefined],
    ])
  })

  it('once of a task that is assigned to them and moved in one edit', async () => {
    const { ada, bob, board } = await newTeam()
    const made = await newTask(ada.token, board.id)
    const body = { status: 'done', assignee_ids: [bob.id] }
    await call('PATCH', `/tasks/${made.id}`, { token: ada.token, body })
    expect(await kindsOf(bob, '?unread=true')).toEqual(['assigned'])
  })

  it('once of all their tasks that move because their column is deleted', async () => {
    const { ada, bob, board } = await newTeam()
    const eve = await newMember(ada, board.id, 'editor', 'Eve')
    const mine = { status: 'review', assignee_ids: [bob.id] }
    for (let n = 0; n < 3; n += 1) await newTask(ada.token, board.id, mine)
    const last = await newTask(ada.token, board.id, { ...mine, assignee_ids: [bob.id, eve.id, ada.id] })
    const gone = await call('DELETE', `/projects/${board.id}/columns/review?move_to=todo`, { token: ada.token })
    const event_seq = Number(gone.headers.get('FlowTrack-Seq')) - 1
    const [summary, before] = (await inboxOf(bob)).items
    expect(summary).toMatchObject({ kind: 'moved', task_id: null, actor_id: ada.id, event_seq })
    expect(summary.data).toEqual({
      count: 4,
      status: ['review', 'todo'],
      project_key: board.key,
      project_name: board.name,
    })
    expect(before.kind).toBe('assigned')
    const moved = { kind: 'moved', task_id: last.id, data: { number: last.number, status: ['review', 'todo'] } }
    expect((await inboxOf(eve)).items[0]).toMatchObject(moved)
    expect(await kindsOf(ada)).toEqual([])
  })
})

describe('does not notify', () => {
  it('the author of a change', async () => {
    const { ada, bob, board } = await newTeam()
    const made = await newTask(bob.token, board.id, { assignee_ids: [bob.id] })
    await call('PATCH', `/tasks/${made.id}/move?status=done`, { token: bob.token })
    await assign(bob, made.id, [])
    expect(await inboxOf(bob, '?unread=true')).toMatchObject({ items: [], unread_count: 0 })
    expect(await kindsOf(ada)).toEqual([]) // nor is the creator of the project told of anything
  })

  it('anybody of a new position in the same column, or of a change of fields other than status and assignees', async () => {
    const { ada, bob, board } = await newTeam()
    const made = await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const { id: parent_id } = await newTask(ada.token, board.id)
    const label = await call('POST', `/projects/${board.id}/labels`, { token: ada.token, body: { name: 'Bug' } })
    await call('PATCH', `/tasks/${made.id}/move`, { token: ada.token })
    const body = {
      title: 'Other',
      description: 'Long',
      priority: 'urgent',
      label_ids: [label.body.id],
      parent_id,
      estimate: 3,
      start_date: '2999-01-01',
      due_date: '2999-01-02',
      archived_at: '2026-01-01T00:00:00Z',
    }
    const changed = await call('PATCH', `/tasks/${made.id}`, { token: ada.token, body })
    expect(changed.body).toMatchObject({ ...body, archived_at: expect.any(String) })
    expect(await kindsOf(bob, '?unread=true')).toEqual(['assigned'])
  })

  it('anybody of changes of a task in the trash', async () => {
    const { ada, bob, board } = await newTeam()
    const made = await newTask(ada.token, board.id, { status: 'review', assignee_ids: [bob.id] })
    await call('DELETE', `/tasks/${made.id}`, { token: ada.token })
    await call('DELETE', `/projects/${board.id}/columns/review?move_to=todo`, { token: ada.token })
    const sql = database()
    const edit = sql`update tasks set assignee_ids = '{}', status = 'done' where id = ${made.id}`
    await sql.transaction([sql`select set_actor(${ada.id})`, edit])
    await call('POST', `/tasks/${made.id}/restore`, { token: ada.token })
    expect(await kindsOf(bob, '?unread=true')).toEqual(['assigned'])
  })

  it('people who have lost access, not even of tasks from which they were unassigned', async () => {
    const { ada, bob, board } = await newTeam()
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    await call('DELETE', `/projects/${board.id}/members/${bob.id}`, { token: ada.token })
    expect(await inboxOf(bob)).toMatchObject({ items: [], unread_count: 0 })
    const sql = database()
    const [row] =
      await sql`select count(*)::int as n from notifications where user_id = ${bob.id} and kind = 'unassigned'`
    expect(row).toEqual({ n: 0 })
  })

  it('a disabled account', async () => {
    const { ada, bob, board } = await newTeam()
    const sql = database()
    await sql`update users set is_active = false where id = ${bob.id}`
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const [row] =
      await sql`select count(*)::int as n from notifications where user_id = ${bob.id} and kind = 'assigned'`
    expect(row).toEqual({ n: 0 })
  })

  it('anybody of a change that fails', async () => {
    const { ada, bob, board } = await newTeam()
    const body = { project_id: board.id, title: 'No', assignee_ids: [bob.id], status: 'nowhere' }
    expect((await call('POST', '/tasks', { token: ada.token, body })).status).toBe(422)
    expect(await kindsOf(bob, '?unread=true')).toEqual([])
  })

  it('anybody twice when a request is repeated under its Idempotency-Key', async () => {
    const { ada, bob, board } = await newTeam()
    const request = {
      token: ada.token,
      body: { project_id: board.id, title: 'Once', assignee_ids: [bob.id] },
      headers: { 'Idempotency-Key': crypto.randomUUID() },
    }
    const [first, second] = [await call('POST', '/tasks', request), await call('POST', '/tasks', request)]
    expect(second.body).toEqual(first.body)
    expect(await kindsOf(bob, '?unread=true')).toEqual(['assigned'])
  })
})

it('notifies of changes that a script makes by SQL', async () => {
  const { ada, bob, board } = await newTeam()
  const { id } = await newTask(ada.token, board.id)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null, 'import')`,
    sql`update tasks set assignee_ids = array[${bob.id}::uuid] where id = ${id}`,
  ])
  expect((await inboxOf(bob)).items[0]).toMatchObject({ kind: 'assigned', actor_id: null, actor: null })
})

it('numbers the notifications of each person without gaps, in the order of commits', async () => {
  const { ada, bob, board } = await newTeam()
  const eve = await newMember(ada, board.id, 'viewer')
  const made = await Promise.all(
    Array.from({ length: 20 }, () => newTask(ada.token, board.id, { assignee_ids: [bob.id, eve.id] })),
  )
  expect(made).toHaveLength(20)
  for (const [somebody, first] of [
    [bob, 3],
    [eve, 2],
  ] as const) {
    const items = (await inboxOf(somebody)).items.filter(({ kind }: any) => kind === 'assigned').reverse()
    expect(items.map(({ seq }: any) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => first + n))
    const events = items.map(({ event_seq }: any) => event_seq)
    expect(events).toEqual([...events].sort((a, b) => a - b))
  }
})

it('does not deadlock when many people of several projects are notified at once', async () => {
  const [ada, bob, eve] = [await newPerson(), await newPerson(), await newPerson()]
  const boards = await Promise.all([newProject(ada.token), newProject(ada.token)])
  for (const [n, board] of boards.entries()) {
    for (const { id } of [bob, eve]) {
      await call('POST', `/projects/${board.id}/members`, { token: ada.token, body: { user_id: id } })
    }
    // In one project Bob's task comes first, in the other Eve's.
    for (const { id } of n === 0 ? [bob, eve] : [eve, bob]) {
      await newTask(ada.token, board.id, { status: 'review', assignee_ids: [id] })
    }
  }
  for (let round = 0; round < 5; round += 1) {
    const [from, to] = round % 2 === 0 ? ['review', 'todo'] : ['todo', 'review']
    const sql = database()
    await Promise.all(
      boards.map((board) =>
        sql.transaction([
          sql`select set_actor(${ada.id})`,
          sql`select require_role(${board.id}, ${ada.id}, 'manager')`,
          sql`select drain_column(${board.id}, ${from}, ${to})`,
          sql`select notify_of_drain(${board.id}, current_setting('flowtrack.since')::bigint)`,
        ]),
      ),
    )
  }
  for (const somebody of [bob, eve]) {
    expect((await kindsOf(somebody)).filter((kind: string) => kind === 'moved')).toHaveLength(10)
  }
})

describe('the inbox', () => {
  it('is read in pages, newest first, while notifications arrive and are read', async () => {
    const { ada, bob, board } = await newTeam()
    for (let n = 0; n < 5; n += 1) await newTask(ada.token, board.id, { title: `T${n}`, assignee_ids: [bob.id] })
    const first = await call('GET', '/notifications?limit=2&unread=true', { token: bob.token })
    expect(first.headers.get('Link')).toContain('rel="next"')
    expect(first.body).toMatchObject({ unread_count: 5, next_cursor: expect.any(String) })
    await newTask(ada.token, board.id, { title: 'T5', assignee_ids: [bob.id] })
    await call('POST', `/notifications/${first.body.items[0].id}/read`, { token: bob.token })
    const rest = await inboxOf(bob, `?limit=10&unread=true&cursor=${first.body.next_cursor}`)
    const titles = [...first.body.items, ...rest.items].map(({ data }: any) => data.title)
    expect(titles).toEqual(['T4', 'T3', 'T2', 'T1', 'T0'])
    expect(rest).toMatchObject({ unread_count: 5, next_cursor: null })
  })

  it('refuses a cursor that the API has not issued', async () => {
    const { token } = await newPerson()
    expect((await call('GET', '/notifications?cursor=zzz', { token })).status).toBe(422)
  })

  it('marks one notification as read, once, with a new version', async () => {
    const { ada, bob, board } = await newTeam()
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const [{ id, seq }] = (await inboxOf(bob)).items
    const read = await call('POST', `/notifications/${id}/read`, { token: bob.token })
    expect(read).toMatchObject({ status: 200, body: { id, seq: seq + 1, read_at: expect.any(String) } })
    expect(read.headers.get('ETag')).toBe(`"${seq + 1}"`)
    expect((await call('POST', `/notifications/${id}/read`, { token: bob.token })).body).toEqual(read.body)
    expect(await inboxOf(bob)).toMatchObject({ unread_count: 0, seq: seq + 1 })
  })

  it('marks all notifications as read, or those up to a given seq', async () => {
    const { ada, bob, board } = await newTeam()
    for (let n = 0; n < 3; n += 1) await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const shown = (await inboxOf(bob)).seq
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const some = await call('POST', `/notifications/read-all?until=${shown}`, { token: bob.token })
    expect(some).toMatchObject({ status: 200, body: { unread_count: 1, seq: shown + 4 } })
    const all = await call('POST', '/notifications/read-all', { token: bob.token })
    expect(all.body).toMatchObject({ unread_count: 0, seq: shown + 5 })
    const again = await call('POST', '/notifications/read-all', { token: bob.token })
    expect(again.body).toEqual(all.body) // nothing was unread, and nothing changed
  })

  it('returns 404 for notifications of other people, also to an administrator', async () => {
    const { ada, bob } = await newTeam()
    const [{ id }] = (await inboxOf(bob)).items
    const sql = database()
    await sql`update users set role = 'admin' where id = ${ada.id}`
    expect((await call('POST', `/notifications/${id}/read`, { token: ada.token })).status).toBe(404)
    expect((await inboxOf(bob)).items[0].id).toBe(id)
  })

  it('hides notifications of a project that its owner has left, until its owner is a member again', async () => {
    const { ada, bob, board } = await newTeam()
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const hidden = (await inboxOf(bob)).items[0].id
    await call('DELETE', `/projects/${board.id}/members/${bob.id}`, { token: bob.token })
    expect(await inboxOf(bob)).toMatchObject({ items: [], unread_count: 0 })
    expect((await call('POST', `/notifications/${hidden}/read`, { token: bob.token })).status).toBe(404)
    await call('POST', '/notifications/read-all', { token: bob.token })
    await call('POST', `/projects/${board.id}/members`, { token: ada.token, body: { user_id: bob.id } })
    expect(await kindsOf(bob)).toEqual(['project_invited', 'assigned', 'project_invited'])
    expect((await inboxOf(bob)).unread_count).toBe(2) // hidden notifications were not marked as read
  })

  it('hides notifications of a task in the trash, until it is restored', async () => {
    const { ada, bob, board } = await newTeam()
    const { id } = await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const hidden = (await inboxOf(bob)).items[0].id
    await call('DELETE', `/tasks/${id}`, { token: ada.token })
    expect(await kindsOf(bob)).toEqual(['project_invited'])
    expect((await inboxOf(bob)).unread_count).toBe(0)
    expect((await call('POST', `/notifications/${hidden}/read`, { token: bob.token })).status).toBe(404)
    await call('POST', '/notifications/read-all', { token: bob.token })
    await call('POST', `/tasks/${id}/restore`, { token: ada.token })
    expect(await kindsOf(bob)).toEqual(['assigned', 'project_invited'])
    expect((await inboxOf(bob)).unread_count).toBe(1) // read-all did not mark the hidden one as read
  })

  it('has no notifications of a task that was deleted with the trash', async () => {
    const { ada, bob, board } = await newTeam()
    const { id } = await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const sql = database()
    await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${id}`])
    expect(await kindsOf(bob)).toEqual(['project_invited'])
  })

  it('has no notifications of a deleted project', async () => {
    const { ada, bob, board } = await newTeam()
    await call('DELETE', `/projects/${board.id}`, { token: ada.token })
    expect(await inboxOf(bob)).toMatchObject({ items: [], unread_count: 0 })
  })
})
