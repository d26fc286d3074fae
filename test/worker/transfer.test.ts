import { expect, it } from 'vitest'
import {
  call,
  database,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { exportProject, freshKey, upload, withoutIds } from '../support/exports.ts'
import { connect, connectAt } from '../support/socket.ts'

/** Transfers of tasks to another project, with all that belongs to them. */

async function post<T = any>({ token }: Person, path: string, body: object): Promise<T> {
  const answer = await call('POST', path, { token, body })
  expect(answer.status).toBe(201)
  return answer.body
}

/** Two projects of Ada's, `here` and `there`. Bob is a member of both, Eve only of the first. */
async function twoProjects() {
  const ada = await newPerson('Ada')
  const [here, there] = [await newProject(ada.token), await newProject(ada.token)]
  const bob = await newMember(ada, here.id, 'editor', 'Bob')
  await call('POST', `/projects/${there.id}/members`, {
    token: ada.token,
    body: { user_id: bob.id, role: 'contributor' },
  })
  const eve = await newMember(ada, here.id, 'editor', 'Eve')
  return { ada, bob, eve, here: here.id as string, there: there.id as string, key: there.key as string }
}

const transfer = (by: Person, id: string, body: object, headers = {}) =>
  call('POST', `/tasks/${id}/transfer`, { token: by.token, body, headers })

/** Fields of a task whose values depend on its project, or on its last change. */
const ELSEWHERE = ['project_id', 'number', 'position', 'assignee_ids', 'label_ids', 'parent_id', 'seq', 'updated_at']
/** Fields that are null on a card that was never begun, finished, archived or deleted. */
const NOT_OF_THIS_CARD = ['started_at', 'completed_at', 'deleted_at', 'archived_at']

it('transfers a task with its comments, checklists and labels, and reports what it leaves behind', async () => {
  const { ada, bob, eve, here, there, key } = await twoProjects()
  const labels = (id: string, name: string) => post(ada, `/projects/${id}/labels`, { name, color: '#c0392b' })
  const [bug, later] = [await labels(here, 'Bug'), await labels(here, 'Later')]
  const theirs = await labels(there, 'BUG')
  const parent = await newTask(ada.token, here)
  const card = await newTask(ada.token, here, {
    title: 'Go over',
    description: 'All of it',
    status: 'review',
    priority: 'high',
    assignee_ids: [bob.id, eve.id],
    label_ids: [bug.id, later.id],
    parent_id: parent.id,
    estimate: 3,
    start_date: '2030-01-01',
    due_date: '2030-01-02',
  })
  const child = await newTask(ada.token, here, { parent_id: card.id })
  await post(ada, `/tasks/${card.id}/links`, { kind: 'blocks', task_id: parent.id })
  const said = await post(eve, `/tasks/${card.id}/comments`, { body: `For @[Bob](user:${bob.id})` })
  const list = await post(ada, `/tasks/${card.id}/checklists`, { title: 'Before' })
  const item = await post(ada, `/checklists/${list.id}/items`, { text: 'Look', assignee_id: eve.id })
  await call('PATCH', `/checklist-items/${item.id}`, { token: ada.token, body: { done: true } })
  const before = await call('GET', `/tasks/${card.id}`, { token: ada.token })
  const { status, body, headers } = await transfer(bob, card.id, { project_id: there })
  expect(status).toBe(200)
  const { dropped, ...row } = body
  expect(dropped).toEqual({
    labels: ['Later'],
    assignee_ids: [eve.id],
    links: 1,
    parent_id: parent.id,
    comment_authors: 0,
    subtasks: 1,
  })
  const kept = {
    title: 'Go over',
    description: 'All of it',
    priority: 'high',
    due_date: '2030-01-02',
    status: 'review',
  }
  expect(row).toMatchObject({ id: card.id, project_id: there, number: `${key}-1`, ...kept })
  expect(row).toMatchObject({ assignee_ids: [bob.id], label_ids: [theirs.id], parent_id: null, created_by: ada.id })
  expect(row).toMatchObject({ comment_count: 1, checklist_done: 1, checklist_total: 1 })
  // All other fields keep their values. A field that is null here could be lost unnoticed: give it a value above.
  const others = Object.keys(before.body).filter((field) => !ELSEWHERE.includes(field))
  for (const field of others) expect(row[field], field).toEqual(before.body[field])
  expect(others.filter((field) => row[field] === null)).toEqual(NOT_OF_THIS_CARD)
  expect(headers.get('ETag')).toBe(`"${row.seq}"`)
  expect((await call('GET', `/tasks/${key}-1`, { token: ada.token })).body).toEqual(row)
  expect((await call('GET', `/tasks/${before.body.number}`, { token: ada.token })).status).toBe(404)
  expect((await call('GET', `/tasks/${card.id}`, { token: eve.token })).status).toBe(404)
  const [comment] = (await call('GET', `/tasks/${card.id}/comments`, { token: ada.token })).body.items
  expect(comment).toMatchObject({
    id: said.id,
    user_id: eve.id,
    body: said.body,
    created_at: said.created_at,
    project_id: there,
  })
  const [checklist] = (await call('GET', `/tasks/${card.id}/checklists`, { token: ada.token })).body.items
  expect(checklist).toMatchObject({
    id: list.id,
    items: [{ id: item.id, text: 'Look', done: true, assignee_id: null }],
  })
  expect((await call('GET', `/tasks/${child.id}`, { token: ada.token })).body.parent_id).toBeNull()
  expect((await call('GET', `/tasks/${parent.id}`, { token: ada.token })).body.is_blocked).toBe(false)
})

it('records a transfer in both journals, sends it to their sockets, and repeats no notification', async () => {
  const { ada, bob, eve, here, there, key } = await twoProjects()
  const card = await newTask(ada.token, here, { assignee_ids: [bob.id] })
  await post(eve, `/tasks/${card.id}/comments`, { body: `Text that goes over, for @[Bob](user:${bob.id})` })
  const list = await post(ada, `/tasks/${card.id}/checklists`, { title: 'Before' })
  await post(ada, `/checklists/${list.id}/items`, { text: 'Look' })
  const head = async (id: string) =>
    Number((await database()`select event_seq from projects where id = ${id}`)[0]?.event_seq)
  const since = { here: await head(here), there: await head(there) }
  const unread = async () =>
    (
      await database()`select count(*)::int as n from notifications where user_id in (${bob.id}, ${eve.id}, ${ada.id})`
    )[0]?.n
  const [told, sockets] = [
    await unread(),
    [await connect(here, { token: ada.token }), await connect(there, { token: ada.token })],
  ]
  const moved = await transfer(bob, card.id, { project_id: there })
  expect(Number(moved.headers.get('FlowTrack-Seq'))).toBe(since.there + 4)
  const actions = async (id: string, from: number) =>
    (await readJournal(ada.token, id, from)).map(({ action }: { action: string }) => action)
  expect(await actions(here, since.here)).toEqual(['task.purged'])
  const arrival = ['task.created', 'checklist.created', 'checklist_item.created', 'comment.created']
  expect(await actions(there, since.there)).toEqual(arrival)
  for (const [n, last] of [since.here + 1, since.there + 4].entries()) await sockets[n]?.seq(last)
  expect(await unread()).toBe(told)
  const { text } = await exportProject(there, ada.token)
  const copyKey = freshKey()
  const copy = await upload(text, ada, `?key=${copyKey}`)
  expect(copy.status).toBe(201)
  const again = await exportProject(copy.body.project.id, ada.token)
  expect(withoutIds(again.text, copyKey)).toEqual(withoutIds(text, key))
  const left = await exportProject(here, ada.token)
  expect((await upload(left.text, ada, `?key=${freshKey()}`)).status).toBe(201)
  expect(left.text).not.toContain('Text that goes over')
})

it('transfers a task back with its current contents, and both journals can be imported', async () => {
  const { ada, bob, here, there, key } = await twoProjects()
  const card = await newTask(ada.token, here, { title: 'There and back' })
  const say = (body: string) => post(ada, `/tasks/${card.id}/comments`, { body })
  const [kept, deleted] = [await say('Stays'), await say('Goes')]
  const [list, other] = [
    await post(ada, `/tasks/${card.id}/checklists`, { title: 'Stays' }),
    await post(ada, `/tasks/${card.id}/checklists`, { title: 'Goes' }),
  ]
  const item = (on: { id: string }, text: string) => post(ada, `/checklists/${on.id}/items`, { text })
  const [, gone] = [await item(list, 'Stays'), await item(list, 'Goes'), await item(other, 'Goes along')]
  const end = async (path: string) => expect((await call('DELETE', path, { token: ada.token })).status).toBe(204)
  await transfer(bob, card.id, { project_id: there })
  for (const path of [`/comments/${deleted.id}`, `/checklists/${other.id}`, `/checklist-items/${gone.id}`])
    await end(path)
  const late = await say('Said there')
  expect((await transfer(ada, card.id, { project_id: here })).status).toBe(200)
  await transfer(bob, card.id, { project_id: there })
  expect((await transfer(ada, card.id, { project_id: here })).body.number).toMatch(/-3$/)
  await item(list, 'Made here')
  for (const from of [here, there]) {
    const copyKey = freshKey()
    const { text } = await exportProject(from, ada.token)
    const copy = await upload(text, ada, `?key=${copyKey}`)
    expect(copy).toMatchObject({ status: 201 })
    const was = from === here ? JSON.parse(text.slice(0, text.indexOf('\n'))).project.key : key
    expect(withoutIds((await exportProject(copy.body.project.id, ada.token)).text, copyKey)).toEqual(
      withoutIds(text, was),
    )
    const tasks = (await call('GET', `/tasks?project_id=${copy.body.project.id}`, { token: ada.token })).body.items
    expect(tasks).toHaveLength(from === here ? 1 : 0)
    if (from === there) continue
    expect(tasks[0]).toMatchObject({ comment_count: 2, checklist_total: 2 })
    const of = async (what: string) =>
      (await call('GET', `/tasks/${tasks[0].id}/${what}`, { token: ada.token })).body.items
    expect((await of('comments')).map(({ body }: any) => body).sort()).toEqual([late.body, kept.body].sort())
    expect((await of('checklists')).map(({ items }: any) => items.map(({ text }: any) => text))).toEqual([
      ['Stays', 'Made here'],
    ])
  }
})

it('puts a task into the requested column, or into the one most like its own', async () => {
  const { ada, here, there } = await twoProjects()
  const arrives = async (status: string, asked: object = {}) =>
    (await transfer(ada, (await newTask(ada.token, here, { status })).id, { project_id: there, ...asked })).body
  expect((await arrives('done')).status).toBe('done')
  expect((await arrives('todo', { status: 'review' })).status).toBe('review')
  expect(await arrives('todo', { status: 'nowhere' })).toMatchObject({ code: 'column_not_found' })
  await post(ada, `/projects/${here}/columns`, { key: 'ship', name: 'Ship', category: 'done' })
  const shipped = await arrives('ship')
  expect(shipped.status).toBe('done')
  expect(shipped.completed_at).not.toBeNull()
  await post(ada, `/projects/${here}/columns`, { key: 'idea', name: 'Idea', category: 'backlog' })
  expect((await arrives('idea')).status).toBe('todo')
})

it('requires rights in both projects, and reveals neither to people without access', async () => {
  const { ada, bob, eve, here, there } = await twoProjects()
  const card = await newTask(ada.token, here)
  expect(await transfer(eve, card.id, { project_id: there })).toMatchObject(problem(404, 'not_found'))
  expect(await transfer(ada, card.id, { project_id: crypto.randomUUID() })).toMatchObject(problem(404, 'not_found'))
  expect(await transfer(ada, card.id, { project_id: here })).toMatchObject(problem(422, 'validation_failed'))
  const viewer = await newMember(ada, here, 'editor')
  await call('POST', `/projects/${there}/members`, { token: ada.token, body: { user_id: viewer.id, role: 'viewer' } })
  expect(await transfer(viewer, card.id, { project_id: there })).toMatchObject(problem(403, 'forbidden'))
  const back = await newTask(ada.token, there)
  expect(await transfer(bob, back.id, { project_id: here })).toMatchObject(problem(403, 'forbidden'))
  await call('PATCH', `/projects/${there}`, { token: ada.token, body: { status: 'archived' } })
  expect(await transfer(ada, card.id, { project_id: there })).toMatchObject(problem(409, 'project_archived'))
  expect((await call('GET', `/tasks/${card.id}`, { token: ada.token })).body.project_id).toBe(here)
})

it('applies the WIP limits and the quotas of the other project', async () => {
  const { ada, here, there } = await twoProjects()
  const card = await newTask(ada.token, here)
  await post(ada, `/tasks/${card.id}/comments`, { body: 'One' })
  await post(ada, `/tasks/${card.id}/checklists`, { title: 'One' })
  await newTask(ada.token, there)
  const limit = (wip: object) => call('PATCH', `/projects/${there}/columns/todo`, { token: ada.token, body: wip })
  await limit({ wip_limit: 1, wip_mode: 'block' })
  expect(await transfer(ada, card.id, { project_id: there })).toMatchObject(problem(409, 'wip_limit_reached'))
  await limit({ wip_limit: null })
  for (const [what, code] of [
    ['tasks', 'too_many_tasks'],
    ['comments', 'too_many_comments'],
    ['items', 'too_many_items'],
  ]) {
    const quotas = JSON.stringify({ [what as string]: what === 'tasks' ? 1 : 0 })
    await database()`update projects set quotas = ${quotas}::jsonb where id = ${there}`
    expect(await transfer(ada, card.id, { project_id: there })).toMatchObject(problem(409, code as string))
  }
  await database()`update projects set quotas = '{}' where id = ${there}`
  expect((await transfer(ada, card.id, { project_id: there })).status).toBe(200)
})

it('transfers a task once per Idempotency-Key, and once for two concurrent requests', async () => {
  const { ada, bob, here, there } = await twoProjects()
  const card = await newTask(ada.token, here)
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const first = await transfer(ada, card.id, { project_id: there }, headers)
  const again = await transfer(ada, card.id, { project_id: there }, headers)
  expect([again.status, again.headers.get('Idempotency-Replayed'), again.body]).toEqual([200, 'true', first.body])
  const other = await newTask(ada.token, here)
  const both = await Promise.all([ada, bob].map((by) => transfer(by, other.id, { project_id: there })))
  expect(both.filter(({ status }) => status === 200)).toHaveLength(1)
  const [count] =
    await database()`select count(*)::int as n from activity_logs where project_id = ${there} and entity_id = ${other.id}`
  expect(count?.n).toBe(1)
})

it('transfers the searched text of comments, and refuses more text than it can copy in time', async () => {
  const { ada, here, there } = await twoProjects()
  const card = await newTask(ada.token, here)
  await post(ada, `/tasks/${card.id}/comments`, { body: 'A kingfisher on the quay' })
  const found = async (project: string) =>
    (await call('GET', `/search?q=kingfisher&project_id=${project}`, { token: ada.token })).body.items.length
  expect([await found(here), await found(there)]).toEqual([1, 0])
  expect((await transfer(ada, card.id, { project_id: there })).status).toBe(200)
  expect([await found(here), await found(there)]).toEqual([0, 1])
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`insert into comments (id, project_id, task_id, user_id, body, seq)
      select gen_random_uuid(), ${there}, ${card.id}, ${ada.id}, repeat(' ', 20000), 1 from generate_series(1, 420)`,
  ])
  expect(await transfer(ada, card.id, { project_id: here })).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'project_id', message: expect.stringContaining('8 MiB') }] },
  })
})

it('ends links to a third project on both sides, there as the system', async () => {
  const { ada, bob, here, there } = await twoProjects()
  const third = await newProject(ada.token)
  const waiting = await newTask(ada.token, third.id)
  const card = await newTask(ada.token, here)
  await post(ada, `/tasks/${card.id}/links`, { kind: 'blocks', task_id: waiting.id })
  expect((await transfer(bob, card.id, { project_id: there })).body.dropped.links).toBe(1)
  expect((await call('GET', `/tasks/${waiting.id}/links`, { token: ada.token })).body.items).toEqual([])
  expect((await call('GET', `/tasks/${waiting.id}`, { token: ada.token })).body.is_blocked).toBe(false)
  const last =
    await database()`select action, user_id from activity_logs where project_id = ${third.id} order by seq desc limit 2`
  expect(last.map(({ action, user_id }) => [action, user_id])).toContainEqual(['link.deleted', null])
  expect(await database()`select kind from pending_acts where project_id = ${third.id}`).toEqual([])
})

it('refuses a version from before the transfer as a version of this project', async () => {
  const { ada, bob, here, there } = await twoProjects()
  const edit = (by: Person, id: string, body: object) => call('PATCH', `/tasks/${id}`, { token: by.token, body })
  const early = await newTask(ada.token, here, { title: 'Known', estimate: 2 })
  const conflicts = { title: { yours: 'Mine', theirs: 'Theirs' }, estimate: { yours: 5, theirs: 2 } }
  const mine = { title: 'Mine', estimate: 5, priority: 'none', base_seq: early.seq }
  const refused = { ...problem(409, 'edit_conflict'), body: { conflicts } }
  await edit(ada, early.id, { title: 'Theirs' })
  while ((await newTask(ada.token, there)).seq <= early.seq);
  const { body: moved } = await transfer(ada, early.id, { project_id: there })
  expect(moved.seq).toBeGreaterThan(early.seq)
  expect(await edit(bob, early.id, mine)).toMatchObject(refused)
  expect((await edit(bob, early.id, { title: 'Theirs', base_seq: early.seq })).status).toBe(200)
  expect((await edit(bob, early.id, { ...mine, base_seq: moved.seq })).body).toMatchObject({
    title: 'Mine',
    estimate: 5,
  })

  // Transferred there and back: early.seq is from the task's first stay here, and is lower than the seq of its return.
  await transfer(ada, early.id, { project_id: here })
  expect(await edit(bob, early.id, { title: 'Old', base_seq: early.seq })).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { title: { yours: 'Old', theirs: 'Mine' } } },
  })
})

it('keeps exports importable, even if a person who was never a member made the card', async () => {
  const { ada, eve, here, there } = await twoProjects()
  const card = await newTask(eve.token, here)
  for (const project_id of [there, here]) expect((await transfer(ada, card.id, { project_id })).status).toBe(200)
  const { text } = await exportProject(there, ada.token)
  expect((await upload(text, ada, `?key=${freshKey()}`)).status).toBe(201)
})

it('does not treat the version of a copy from another project as a version of this project', async () => {
  const { ada, bob, here, there } = await twoProjects()
  for (let n = 0; n < 15; n++) await newTask(ada.token, here)
  const card = await newTask(ada.token, here, { title: 'Known', assignee_ids: [bob.id] })
  const list = await post(ada, `/tasks/${card.id}/checklists`, { title: 'Known' })
  const item = await post(ada, `/checklists/${list.id}/items`, { text: 'Known' })
  await transfer(ada, card.id, { project_id: there })
  const copies: [string, any, object, object][] = [
    [`/tasks/${card.id}`, card, { title: 'Theirs', assignee_ids: [bob.id, ada.id] }, { title: 'Mine' }],
    [`/checklists/${list.id}`, list, { title: 'Theirs' }, { title: 'Mine' }],
    [`/checklist-items/${item.id}`, item, { text: 'Theirs' }, { text: 'Mine' }],
  ]
  const edit = (path: string, body: object) => call('PATCH', path, { token: bob.token, body })
  for (const [path, , theirs] of copies) expect((await edit(path, theirs)).status).toBe(200)
  const conflicts = { yours: 'Mine', theirs: 'Theirs' }
  const refused = { ...problem(409, 'edit_conflict'), body: { conflicts: expect.anything() } }
  for (const when of ['before', 'after']) {
    for (const [path, { seq, project_id }, , mine] of copies) {
      const base = { base_seq: seq, base_project_id: project_id }
      const answer = await edit(path, { ...mine, ...base })
      expect(answer, `${path} ${when}`).toMatchObject(refused)
      expect(Object.values(answer.body.conflicts)).toEqual([conflicts])
      expect((await edit(path, base)).status).toBe(200) // nothing differs
    }
    // The second time, the head of the project is beyond the versions of the copies.
    if (when === 'before') while ((await newTask(ada.token, there)).seq <= item.seq);
  }
  const alone = { base_seq: card.seq, base_project_id: here, assignee_ids: [] }
  expect((await edit(`/tasks/${card.id}`, alone)).body.assignee_ids).toEqual([ada.id])
  const { seq } = (await call('GET', `/tasks/${card.id}`, { token: bob.token })).body
  const present = { title: 'Mine', base_seq: seq, base_project_id: there }
  expect((await edit(`/tasks/${card.id}`, present)).body.title).toBe('Mine')
  expect(await edit(`/tasks/${card.id}`, { title: 'Mine', base_project_id: there })).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'base_seq', message: 'must be given with base_project_id' }] },
  })
})

it('shows the text of a comment to a repeated request only if its author can see the new project', async () => {
  const { ada, bob, eve, here, there } = await twoProjects()
  const card = await newTask(ada.token, here)
  const say = (by: Person) =>
    call('POST', `/tasks/${card.id}/comments`, {
      token: by.token,
      body: { body: 'Said here' },
      headers: { 'Idempotency-Key': 'said' },
    })
  const [first] = [await say(bob), await say(eve)]
  await transfer(ada, card.id, { project_id: there })
  expect((await say(bob)).body).toEqual(first?.body)
  expect(await say(eve)).toMatchObject({ status: 201, body: { body: '' } })
})

const inboxOf = async ({ token }: Person) => (await call('GET', '/notifications', { token })).body

it('transfers notifications, and shows them only to people who can see the other project', async () => {
  const { ada, bob, eve, here, there, key } = await twoProjects()
  const card = await newTask(ada.token, here, { title: 'Go over', assignee_ids: [bob.id, eve.id] })
  await post(ada, `/tasks/${card.id}/comments`, { body: 'Look' })
  const ofCard = async (somebody: Person) =>
    (await inboxOf(somebody)).items.filter(({ task_id }: { task_id: string }) => task_id === card.id)
  const [said, given] = await ofCard(bob)
  expect(await ofCard(eve)).toHaveLength(2)
  await call('POST', `/notifications/${given.id}/read`, { token: bob.token })
  const { epoch, seq } = await inboxOf(bob)
  const socket = await connectAt(`notifications/${bob.id}`, { token: bob.token, query: `?since=${epoch}:${seq}` })
  await socket.message('replayed')
  await transfer(ada, card.id, { project_id: there })
  const place = { project_id: there, event_seq: null, data: { number: `${key}-1`, title: 'Go over', project_key: key } }
  const taken = [
    { id: said.id, kind: 'commented', seq: seq + 2, read_at: null, ...place },
    { id: given.id, kind: 'assigned', seq: seq + 1, read_at: expect.any(String), ...place },
  ]
  expect(await ofCard(bob)).toMatchObject(taken)
  expect(await ofCard(eve)).toEqual([]) // for her, they would lead to 404
  await socket.until(() => socket.notifications.length >= 2)
  expect(socket.notifications).toMatchObject(taken.toReversed())
  await call('DELETE', `/projects/${here}`, { token: ada.token })
  expect(await ofCard(bob)).toMatchObject(taken)
  expect(await ofCard(eve)).toEqual([])
})

it('transfers reminders and the newest 500 of many notifications', async () => {
  const { ada, bob, here, there } = await twoProjects()
  const due_date = '2031-01-02'
  const card = await newTask(ada.token, here, { due_date })
  const unread = (await inboxOf(bob)).unread_count
  const sql = database()
  await sql`insert into notifications (id, user_id, kind, project_id, task_id, dedupe_key)
    select uuid_v7(), ${bob.id}, case n when 1 then 'overdue' else 'commented' end, ${here}, ${card.id},
      case n when 1 then concat_ws(':', 'overdue', ${card.id}::text, ${due_date}::text) else n::text end
    from generate_series(1, 601) n`
  expect((await transfer(ada, card.id, { project_id: there })).status).toBe(200)
  const left =
    await sql`select kind, id < (select min(n.id::text)::uuid from notifications n where n.project_id = ${there} and n.kind = 'commented') as older
    from notifications where project_id = ${here} and task_id = ${card.id}`
  expect(left).toEqual(Array(100).fill({ kind: 'commented', older: true }))
  expect((await inboxOf(bob)).unread_count).toBe(unread + 501) // those left behind are hidden, as the task is elsewhere
})

it('leaves behind the names that only a file gives to imported comments, except those of its importer', async () => {
  const { ada, bob, here, there } = await twoProjects()
  const card = await newTask(ada.token, here)
  for (const author of [ada, bob]) await post(author, `/tasks/${card.id}/comments`, { body: `By ${author.id}` })
  const { text } = await exportProject(here, ada.token)
  const { project } = (await upload(text, bob, `?key=${freshKey()}`)).body
  const [copy] = (await call('GET', `/tasks?project_id=${project.id}`, { token: bob.token })).body.items
  const commentsOf = async () =>
    (await call('GET', `/tasks/${copy.id}/comments`, { token: bob.token })).body.items.map((c: any) => c.user_id)
  expect([copy.created_by, ...(await commentsOf())]).toEqual([ada.id, ada.id, bob.id])
  const moved = await transfer(bob, copy.id, { project_id: there })
  expect(moved).toMatchObject({ status: 200, body: { created_by: null, dropped: { comment_authors: 1 } } })
  expect(await commentsOf()).toEqual([null, bob.id])
  expect((await transfer(ada, card.id, { project_id: there })).body).toMatchObject({
    created_by: ada.id,
    dropped: { comment_authors: 0 },
  })
})
