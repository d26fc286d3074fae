import { expect, it } from 'vitest'
import { applyEvent, type Board } from '../../client/src/index.ts'
import { tellStory } from '../../local/demo/weeks.ts'
import { seededDice } from '../../local/faults.ts'
import { call, database, newMember, newPerson, newProject, newTask, readAllPages } from '../support/api.ts'
import { exportProject, freshKey, JournalBuilder, toNdjson, upload, withoutIds } from '../support/exports.ts'
import type { History } from '../support/histories.ts'
import * as naive from '../support/replay.ts'

const REPORTS = ['summary', 'burndown', 'cumulative-flow', 'cycle-time', 'lead-time', 'throughput', 'aging', 'workload']

/** Adds checklists to tasks, and does everything to them that can be done. Some lists and items are deleted. */
async function addChecklists(
  tasks: string[],
  send: (method: string, path: string, body?: object) => any,
  people: string[],
) {
  for (const task of tasks) {
    const lists: any[] = []
    for (const title of ['Zażółć', 'Gone', 'Kept'])
      lists.push(await send('POST', `/tasks/${task}/checklists`, { title }))
    const items: any[] = []
    for (const list of lists)
      for (const assignee_id of [...people, null])
        items.push(await send('POST', `/checklists/${list.id}/items`, { text: '火箭', assignee_id }))
    const [first, second, third] = items
    await send('PATCH', `/checklist-items/${first.id}`, { done: true, due_date: '2029-12-31', after: third.id })
    await send('PATCH', `/checklist-items/${second.id}`, { text: 'Second', assignee_id: null, before: first.id })
    await send('DELETE', `/checklist-items/${third.id}`)
    await send('PATCH', `/checklist-items/${items[3].id}`, { done: true })
    await send('PATCH', `/checklists/${lists[2].id}`, { title: 'First', before: lists[0].id })
    await send('DELETE', `/checklists/${lists[1].id}`)
  }
}

/** A project with every kind of event in its journal, `linus`, who has left it, and `ada`, its manager. */
async function projectWithHistory() {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token, { key: freshKey(), due_date: '2030-01-01' })
  const [grace, linus] = [
    await newMember(ada, board.id, 'editor', 'Grace'),
    await newMember(ada, board.id, 'viewer', 'Linus'),
  ]
  const send = async (method: string, path: string, body?: object) => {
    const { status, body: answer, text } = await call(method, path, { token: ada.token, body })
    if (status >= 300) throw new Error(`${method} ${path} failed: ${text}`)
    return answer
  }
  const path = `/projects/${board.id}`
  await send('POST', `${path}/columns`, { key: 'limbo', name: 'Limbo', category: 'backlog' })
  const parent = await newTask(ada.token, board.id, { title: 'Zażółć "it" \\n', assignee_ids: [ada.id, linus.id] })
  const child = await newTask(grace.token, board.id, { parent_id: parent.id, estimate: 0.1, due_date: '2029-12-31' })
  const [lower, upper] = [await newTask(ada.token, board.id), await newTask(ada.token, board.id)]
  await send('PATCH', `/tasks/${upper.id}/move?status=todo&before=${lower.id}`) // renumbered below
  const stray = await newTask(ada.token, board.id, { status: 'limbo' })
  await send('PATCH', `/tasks/${child.id}/move?status=in_progress`)
  await send('PATCH', `/tasks/${child.id}/move?status=done`)
  await send('PATCH', `/tasks/${child.id}/move?status=review`)
  await send('PATCH', `/tasks/${stray.id}`, { title: 'Strayed', description: '火箭 🚀', priority: 'urgent' })
  await send('PATCH', `${path}/columns/review`, { name: 'Look', wip_limit: 3, before: 'todo' })
  await send('DELETE', `${path}/columns/limbo?move_to=todo`)
  const [bug, wish] = [
    await send('POST', `${path}/labels`, { name: 'Bug', color: '#d93025' }),
    await send('POST', `${path}/labels`, { name: 'Wish' }),
  ]
  await send('PATCH', `/tasks/${child.id}`, { label_ids: [bug.id, wish.id] })
  await send('PATCH', `/tasks/${stray.id}`, { add_label_ids: [bug.id] })
  await send('PATCH', `/labels/${wish.id}`, { name: 'Idea' })
  await send('DELETE', `/labels/${bug.id}`) // later, its tasks are written again
  await send('PATCH', `${path}/members/${grace.id}`, { role: 'manager' })
  await send('DELETE', `${path}/members/${linus.id}`)
  await send('DELETE', `/tasks/${stray.id}`)
  await send('POST', `/tasks/${stray.id}/restore`)
  await send('DELETE', `/tasks/${parent.id}`)
  await send('PATCH', path, { description: 'To the Moon' })
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`select renumber_column(${board.id}, 'todo', gen_random_uuid(), 0)`,
    sql`delete from tasks where id = ${parent.id}`, // purged: the child loses its parent
  ])
  await send('PATCH', `/tasks/${stray.id}`, { estimate: 3 })
  await send('POST', `/tasks/${lower.id}/links`, { kind: 'blocks', task_id: upper.id })
  const link = await send('POST', `/tasks/${stray.id}/links`, { kind: 'duplicates', task_id: upper.id })
  await send('DELETE', `/links/${link.id}`)
  const say = (id: string, body: string) => send('POST', `/tasks/${id}/comments`, { body })
  const [kept, gone] = [await say(stray.id, `@[Grace](user:${grace.id}) 火箭`), await say(stray.id, 'Gone')]
  await send('PATCH', `/comments/${kept.id}`, { body: `@[Grace](user:${grace.id}) 火箭 🚀` })
  await send('DELETE', `/comments/${gone.id}`)
  const brief = await newTask(ada.token, board.id)
  await say(brief.id, 'Purged with its task')
  await addChecklists([stray.id, brief.id], send, [ada.id, grace.id])
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`delete from tasks where id = ${brief.id}`])
  return { ada, grace, linus, board }
}

/** The rows of a project as the API shows them, in one text, without values that an import may change. */
async function tablesOf(id: string, token: string) {
  const { body: board } = await call('GET', `/projects/${id}/board?per_column=100`, { token })
  const trash = await readAllPages(`/tasks?project_id=${id}&deleted=true`, token)
  const tasks = board.columns.flatMap(({ tasks }: any) => tasks)
  const allOf = (what: string) => Promise.all(tasks.map(({ id }: any) => readAllPages(`/tasks/${id}/${what}`, token)))
  return JSON.stringify({
    ...board,
    links: await allOf('links'),
    threads: await allOf('comments'),
    checklists: await allOf('checklists'),
    epoch: '',
    trash,
    members: board.members.map((m: any) => ({ ...m, user: '' })),
  })
}

it('makes the same export again after an import, except for ids', async () => {
  const { ada, linus, board } = await projectWithHistory()
  const other = await newProject(ada.token) // shared with Linus, who has left the board: so the import finds him
  await call('POST', `/projects/${other.id}/members`, { token: ada.token, body: { user_id: linus.id } })
  const first = await exportProject(board.id, ada.token)
  expect(first.header).toMatchObject({
    flowtrack: 1,
    seq: first.rows.length,
    project: { id: board.id, key: board.key },
  })
  expect(first.rows.map(({ seq }) => seq)).toEqual(first.rows.map((_, n) => n + 1))
  expect(new Set(first.rows.map(({ action }) => action)).size).toBe(29)

  const key = freshKey()
  const answer = await upload(first.text, ada, `?key=${key}`)
  expect(answer).toMatchObject({
    status: 201,
    body: { seq: first.header.seq, imported: first.header.seq, unmatched: [], project: { key, name: board.name } },
  })
  const copy = answer.body.project.id
  const second = await exportProject(copy, ada.token)
  expect(withoutIds(second.text, key)).toEqual(withoutIds(first.text, board.key))
  expect(second.header.epoch).not.toBe(first.header.epoch)
  expect(second.text).not.toContain(board.id)

  const [before, after] = [await tablesOf(board.id, ada.token), await tablesOf(copy, ada.token)]
  expect(withoutIds(after, key)).toEqual(withoutIds(before, board.key))
  for (const report of REPORTS) {
    const ask = async (id: string) => {
      const { body } = await call('GET', `/reports/projects/${id}/${report}?tz=Asia/Kolkata`, { token: ada.token })
      return JSON.stringify({ ...body, generated_at: '', tasks: body.tasks?.map((t: any) => ({ ...t, hours: 0 })) })
    }
    const [first, second] = [await ask(board.id), await ask(copy)]
    expect(withoutIds(second, key), report).toEqual(withoutIds(first, board.key))
  }
})

it('leaves out links to other projects, and unblocks the tasks that they blocked', async () => {
  const ada = await newPerson()
  const [here, there] = [await newProject(ada.token), await newProject(ada.token)]
  const [waiting, blocker] = [await newTask(ada.token, here.id), await newTask(ada.token, there.id)]
  await call('POST', `/tasks/${blocker.id}/links`, { token: ada.token, body: { kind: 'blocks', task_id: waiting.id } })
  const { text, rows } = await exportProject(here.id, ada.token)
  expect(rows.map(({ action }) => action).slice(-2)).toEqual(['link.created', 'task.updated'])
  expect(text).not.toContain(blocker.id)
  const { status, body } = await upload(text, ada, `?key=${freshKey()}`)
  expect(status).toBe(201)
  const list = async () => (await call('GET', `/tasks?project_id=${body.project.id}`, { token: ada.token })).body.items
  await expect.poll(async () => (await list())[0].is_blocked).toBe(false)
  const after = await exportProject(body.project.id, ada.token)
  expect(after.rows.slice(rows.length).map(({ action }) => action)).toEqual(['link.deleted', 'task.updated'])
})

it('gives the same board as a replay of the events, and the same reports as a computation row by row', async () => {
  const ada = await newPerson('Ada')
  const shared = await newProject(ada.token)
  const people = [
    ada,
    await newMember(ada, shared.id, 'viewer', 'Jonas'),
    await newMember(ada, shared.id, 'viewer', 'Mei'),
  ]
  const { token } = ada
  const story = tellStory(
    people.map(({ id }) => id),
    seededDice(5),
    Date.now(),
  )
  const file = story.toLines(people.map(({ id, email }) => ({ id, email, name: 'Somebody' })))
  const answer = await upload(file, { token }, `?key=${freshKey()}`)
  expect(answer.status).toBe(201)
  const { id } = answer.body.project
  const { rows } = await exportProject(id, token)
  expect(rows.length).toBeGreaterThan(400)

  const { body: board } = await call('GET', `/projects/${id}/board?per_column=100`, { token })
  const empty: Board = { epoch: board.epoch, seq: 0, project: board.project, columns: [], labels: [], members: [] }
  const replayed = rows.reduce(applyEvent, empty)
  expect({ ...replayed, members: replayed.members.length }).toEqual({ ...board, members: board.members.length })

  const journal = rows.filter(({ entity }) => entity === 'task')
  const columns = board.columns.map(({ key, category }: any) => ({ key, category }))
  const history: History = { project_id: id, first: '', columns, journal }
  const [from, to] = [board.project.start_date, new Date().toISOString().slice(0, 10)]
  const question = { from, to, tz: 'UTC', interval: 'day' as const, now: new Date().toISOString() }
  const ask = async (report: string) =>
    (await call('GET', `/reports/projects/${id}/${report}?from=${from}&to=${to}&tz=UTC`, { token })).body
  const flow = (await ask('cumulative-flow')).points.map(({ date, counts }: any) => ({
    date,
    counts: Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0)),
  }))
  expect(flow).toEqual(naive.cumulativeFlow(history, question))
  expect((await ask('burndown')).points.map(({ ideal: _, ...point }: any) => point)).toEqual(
    naive.burn(history, question),
  )
  const { count } = await ask('cycle-time')
  expect(count).toBe(naive.durations(history, question, 'cycle').count)
  expect(count).toBeGreaterThan(30)
})

/** The rows of a valid file, whose manager is Ada. Each case below spoils one line. */
function goodFile(ada: { id: string; email: string }) {
  const builder = new JournalBuilder(freshKey())
  builder.member(ada.id, 'manager')
  builder.column('todo', 'todo')
  builder.column('done', 'done', '2048')
  const task = builder.task(1, 'todo', { assignee_ids: [ada.id] })
  builder.change('task.moved', task, { status: 'done', completed_at: '2024-03-02T09:00:00.000Z' })
  return { builder, task, users: [{ id: ada.id, email: ada.email, name: 'Ada' }] }
}
type Good = ReturnType<typeof goodFile>

const SPOILT: [why: string, line: number, spoil: (good: Good, lines: any[]) => unknown][] = [
  ['is not JSON', 4, (_, lines) => lines.splice(3, 1, '{"seq": 3')],
  ['has an unknown field', 3, (_, lines) => Object.assign(lines[2], { surprise: 1 })],
  ['has an unknown field in its data', 3, (_, lines) => Object.assign(lines[2].data, { surprise: 1 })],
  ['lacks a field', 6, (_, lines) => delete lines[5].data.priority],
  ['has a value that the table does not allow', 6, (_, lines) => Object.assign(lines[5].data, { estimate: -1 })],
  ['has an estimate that is too large', 6, (_, lines) => Object.assign(lines[5].data, { estimate: 1.7e308 })],
  ['has NUL in a text', 6, (_, lines) => Object.assign(lines[5].data, { description: 'a\0b' })],
  ['has an unknown entity', 3, (_, lines) => Object.assign(lines[2], { entity: 'rocket' })],
  ['has an unknown action', 3, (_, lines) => Object.assign(lines[2], { action: 'member.crowned' })],
  [
    'has a label of another project',
    6,
    (_, lines) => Object.assign(lines[5].data, { label_ids: [crypto.randomUUID()] }),
  ],
  [
    'keeps a deleted label',
    11,
    ({ builder, task }) => {
      const label = builder.label('Bug')
      const marked = builder.change(
        'task.updated',
        { ...builder.rows.at(-2).data, label_ids: [] },
        { label_ids: [label.id] },
      )
      builder.add('label.deleted', label)
      builder.change('task.updated', marked, { title: 'x' })
      expect(marked.id).toBe(task.id)
    },
  ],
  ['is missing', 4, (_, lines) => lines.splice(3, 1)],
  ['is repeated', 5, (_, lines) => lines.splice(3, 0, lines[3])],
  ['comes too early', 6, (_, lines) => lines.splice(5, 2, lines[6], lines[5])],
  ['belongs to another project', 3, (_, lines) => Object.assign(lines[2], { project_id: crypto.randomUUID() })],
  ['has a time in the future', 5, (_, lines) => Object.assign(lines[4], { created_at: '2999-01-01T00:00:00.000Z' })],
  [
    'names a person who is not in the header',
    5,
    (_, lines) => Object.assign(lines[4], { user_id: crypto.randomUUID() }),
  ],
  ['names a wrong former value', 7, (_, lines) => Object.assign(lines[6].changes, { status: ['done', 'done'] })],
  [
    'names another new value than its data',
    7,
    (_, lines) => Object.assign(lines[6].changes, { status: ['todo', 'todo'] }),
  ],
  ['changes a field that it does not name', 7, (_, lines) => Object.assign(lines[6].data, { title: 'Other' })],
  ['has the action of an edit for a move', 7, (_, lines) => Object.assign(lines[6], { action: 'task.updated' })],
  [
    'changes an unknown task',
    8,
    ({ builder, task }) => {
      builder.change('task.updated', { ...task, id: crypto.randomUUID() }, { title: 'x' })
    },
  ],
  ['puts a task into an unknown column', 6, (_, lines) => Object.assign(lines[5].data, { status: 'limbo' })],
  [
    'assigns a person who is not a member',
    6,
    (_, lines) => Object.assign(lines[5].data, { assignee_ids: [crypto.randomUUID()] }),
  ],
  ['uses a task number again', 8, ({ builder }) => builder.task(1, 'todo')],
  ['has a number of another project', 8, ({ builder }) => builder.task(2, 'todo', { number: 'OTHER-2' })],
  ['uses a column key again', 8, ({ builder }) => builder.column('todo', 'todo')],
  ['creates a task again', 8, ({ builder, task }) => builder.add('task.created', task)],
  ['deletes a column with tasks', 8, ({ builder }) => builder.add('column.deleted', builder.rows[3].data)],
  ['names an unknown parent', 8, ({ builder }) => builder.task(2, 'todo', { parent_id: crypto.randomUUID() })],
  ['is missing at the end', 8, (_, lines) => Object.assign(lines[0], { seq: 7 })],
  ['names another format', 1, (_, lines) => Object.assign(lines[0], { flowtrack: 2 })],
]

it.each(SPOILT)('refuses the whole file for a line that %s, and names line %i', async (_, line, spoil) => {
  const ada = await newPerson('Ada')
  const good = goodFile(ada)
  const lines: any[] = structuredClone(good.builder.lines(good.users))
  const before = good.builder.rows.length
  spoil(good, lines)
  lines.push(...good.builder.rows.slice(before))
  const text = lines.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('')
  const answer = await upload(text, ada)
  expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ path: `line ${line}` }] } })
  expect((await call('GET', '/projects', { token: ada.token })).body.items).toEqual([])
  expect(await database()`select 1 from imports where user_id = ${ada.id}`).toEqual([])
})

it('refuses a file that ends before or after the seq that its header names', async () => {
  const ada = await newPerson('Ada')
  const { builder, users } = goodFile(ada)
  const refusalOf = async (seq: number) => {
    const [header, ...rows] = builder.lines(users)
    return (await upload(toNdjson([{ ...(header as object), seq }, ...rows]), ada)).body.errors
  }
  const cut = 'is missing: the file ends after seq 6, but its header says 7. Send the whole file'
  expect(await refusalOf(7)).toEqual([{ path: 'line 8', message: cut }])
  const long = 'comes after the end: the header says seq 4. Export the project again'
  expect(await refusalOf(4)).toEqual([{ path: 'line 6', message: long }])
})

it('accepts a valid file, a long one, and one without a newline at its end', async () => {
  const ada = await newPerson('Ada')
  const { builder, task, users } = goodFile(ada)
  expect((await upload(toNdjson(builder.lines(users)).trimEnd(), ada)).status).toBe(201)
  const long = builder.change('task.updated', builder.rows.at(-1).data, { description: 'x'.repeat(100_000) })
  for (const c of 'abcdef') builder.change('task.updated', builder.rows.at(-1).data, { description: c.repeat(100_000) })
  const { status, body } = await upload(toNdjson(builder.lines(users)), ada, `?key=${freshKey()}`)
  expect({ status, body }).toMatchObject({ status: 201, body: { imported: builder.rows.length } })
  const [kept] = await readAllPages(`/tasks?project_id=${body.project.id}`, ada.token)
  expect(kept).toMatchObject({ title: task.title, description: 'f'.repeat(100_000), completed_at: long.completed_at })
})
