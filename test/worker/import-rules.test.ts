import { expect, it } from 'vitest'
import { call, newPerson } from '../support/api.ts'
import { exportProject, freshKey, JournalBuilder, toNdjson, upload } from '../support/exports.ts'

/** An import obeys the same rules as the API. Each case adds lines to a valid file, and the last one breaks a rule. */

const LATER = '2024-03-01T10:00:00.000Z'

function newFile() {
  const builder = new JournalBuilder(freshKey())
  builder.column('todo', 'todo')
  builder.column('done', 'done', '2048')
  return builder
}

/** Adds `length` tasks, each the parent of the next, and returns them. */
function addChain(builder: JournalBuilder, from: number, length: number) {
  const rows = [builder.task(from, 'todo')]
  for (let n = 1; n < length; n += 1) rows.push(builder.task(from + n, 'todo', { parent_id: rows.at(-1).id }))
  return rows
}

const HELD: [rule: string, says: RegExp, write: (builder: JournalBuilder) => unknown][] = [
  [
    'a rank of more than 40 digits',
    /position.*40 digits/,
    (s) => s.task(1, 'todo', { position: `1.${'1'.repeat(40)}` }),
  ],
  ['a rank beyond the limit', /position beyond/, (s) => s.task(1, 'todo', { position: '9'.repeat(40) })],
  ['a rank of 0', /position.*more than 0/, (s) => s.task(1, 'todo', { position: '0' })],
  ['a rank with leading zeros', /position.*zeros/, (s) => s.task(1, 'todo', { position: '01024' })],
  ['a column far beyond the others', /position beyond/, (s) => s.column('far', 'todo', '9'.repeat(39))],
  ['two tasks with one rank', /position, 1024/, (s) => [s.task(1, 'todo'), s.task(2, 'todo', { position: '1024' })]],
  ['two columns with one rank', /position, 2048/, (s) => s.column('twin', 'todo', '2048')],
  ['a number that skips too many', /numbers unused/, (s) => s.task(999_999_999, 'todo')],
  ['a number beyond integers', /number/, (s) => s.task(2 ** 53, 'todo')],
  ['a line that goes back in time', /created_at/, (s) => [s.task(1, 'todo'), addEarlierLine(s)]],
  [
    'updated_at before created_at',
    /updated_at before created_at/,
    (s) => s.task(1, 'todo', { updated_at: '2023-01-01T00:00:00.000Z' }),
  ],
  [
    'deleted_at before created_at',
    /deleted_at before created_at/,
    (s) => s.task(1, 'todo', { deleted_at: '2000-01-01T00:00:00.000Z' }),
  ],
  [
    'created_at after its line',
    /created_at later than the line/,
    (s) => s.task(1, 'todo', { created_at: LATER, updated_at: LATER }),
  ],
  [
    'completed_at in the future',
    /completed_at in the future/,
    (s) => s.task(1, 'done', { completed_at: '9999-01-01T00:00:00.000Z' }),
  ],
  ['an open task with completed_at', /open task/, (s) => s.task(1, 'todo', { completed_at: LATER })],
  ['a done task without completed_at', /done task without completed_at/, (s) => s.task(1, 'done')],
  ['the year 0', /started_at/, (s) => s.task(1, 'done', { started_at: '0000-01-01T00:00:00.000Z' })],
  [
    'a changed created_at',
    /created_at/,
    (s) => s.change('task.updated', s.task(1, 'todo'), { created_at: '2024-02-01T09:00:00.000Z' }),
  ],
  ['a parent in the trash', /parent_id in the trash/, (s) => s.task(2, 'todo', { parent_id: addTrashed(s).id })],
  [
    'deleted_at in the future',
    /deleted_at in the future/,
    (s) => s.task(1, 'todo', { deleted_at: '9999-01-01T00:00:00.000Z' }),
  ],
  ['a subtask 21 levels deep', /20 deep/, (s) => addChain(s, 1, 22)],
  ['a task below itself', /its own ancestor/, (s) => addCircle(s)],
  ['a link of a task to itself', /to itself/, (s) => linkToSelf(s)],
  ['a link from an unknown task', /links a task that/, (s) => s.link('relates', { id: crypto.randomUUID() }, null)],
  [
    'a link to an unknown task',
    /links to a task/,
    (s) => s.link('relates', s.task(1, 'todo'), { id: crypto.randomUUID() }),
  ],
  [
    'a link without its other side',
    /the other is missing/,
    (s) => s.link('relates', s.task(1, 'todo'), s.task(2, 'todo')),
  ],
  [
    'a repeated link',
    /repeats a link/,
    (s) => [addPair(s, 'relates'), s.link('relates', s.rows[3].data, s.rows[4].data)],
  ],
  ['51 links', /more than 50 links/, (s) => s.rows.push(...addLinks(s, 51))],
  ['a blocked task with is_blocked false', /leaves is_blocked false/, (s) => addPair(s, 'blocks')],
  ['tasks that block each other', /circle of tasks/, (s) => blockEachOther(s)],
  ['an invisible title', /title.*visible/, (s) => s.task(1, 'todo', { title: '\u200b' })],
  ['a title of two lines', /title.*one line/, (s) => s.task(1, 'todo', { title: 'a\u0007b' })],
  ['a long title', /title/, (s) => s.task(1, 'todo', { title: 'x'.repeat(501) })],
  ['an estimate below 0', /estimate/, (s) => s.task(1, 'todo', { estimate: -0.5 })],
  [
    'a due date before the start date',
    /due_date/,
    (s) => s.task(1, 'todo', { start_date: '2024-03-02', due_date: '2024-03-01' }),
  ],
  ['a column key in capitals', /key/, (s) => s.column('Bad', 'todo', '3072')],
  ['an unknown category', /category/, (s) => s.column('bad', 'nowhere', '3072')],
  ['a 51st column', /50 columns/, (s) => Array.from({ length: 49 }, (_, n) => s.column(`c${n}`, 'todo', `${n + 5}`))],
  [
    'the deletion of the last column',
    /last column/,
    (s) => [s.add('column.deleted', s.rows[1].data), s.add('column.deleted', s.rows[2].data)],
  ],
  [
    'the deletion of a row with another seq',
    /another seq/,
    (s) => s.add('column.deleted', { ...s.rows[1].data, seq: 2 ** 40 }),
  ],
]

const CHECKED: [rule: string, says: RegExp, write: (builder: JournalBuilder, task: any) => unknown][] = [
  ['a checklist of an unknown task', /trash, or gone/, (s) => s.checklist({ id: crypto.randomUUID() })],
  ['a checklist of a column', /trash, or gone/, (s) => s.checklist(s.rows[1].data)],
  ['a checklist of a task in the trash', /trash, or gone/, (s) => s.checklist(addTrashed(s, 2))],
  ['a checklist of a purged task', /trash, or gone/, (s, task) => s.checklist(purge(s, task))],
  ['a 21st checklist', /20 checklists/, (s, task) => addLists(s, task, 21)],
  ['two checklists with one rank', /position, 1024/, (s, task) => [s.checklist(task), s.checklist(task)]],
  ['a checklist without a title', /title/, (s, task) => s.checklist(task, { title: ' ' })],
  ['an item of an unknown checklist', /does not have/, (s, task) => addOrphan(s, task.id, task)],
  [
    'an item in a checklist of another task',
    /does not have/,
    (s, task) => addOrphan(s, s.checklist(s.task(2, 'todo')).id, task),
  ],
  [
    'an item of a deleted checklist',
    /does not have/,
    (s, task) => addOrphan(s, deleteList(s, s.checklist(task)).id, task),
  ],
  ['a 101st item', /100 items/, (s, task) => addItems(s, task, 101)],
  ['two items with one rank', /position, 5/, (s, task) => addTwins(s, task)],
  [
    'an item text of 501 characters',
    /text/,
    (s, task) => addOrphan(s, s.checklist(task).id, task, { text: 'x'.repeat(501) }),
  ],
  [
    'an item assigned to a person who is not a member',
    /not a member/,
    (s, task) => addOrphan(s, s.checklist(task).id, task, { assignee_id: task.id }),
  ],
  ['an item that moves to another checklist', /checklist_id/, (s, task) => moveItem(s, task)],
  ['a count of items that do not exist', /checklist_total/, (s, task) => setCounts(s, task, { checklist_total: 1 })],
  [
    'a count of items that are not done',
    /checklist_done/,
    (s, task) => setCounts(s, addItems(s, task, 1), { checklist_done: 1 }),
  ],
  ['a change of an item that was deleted with its list', /does not exist/, (s, task) => changeLateItem(s, task)],
  ['a task that is created again with its old number', /number/, (s, task) => s.add('task.created', purge(s, task))],
  ['a task that is created while it exists', /exists, or existed/, (s, task) => s.add('task.created', task)],
  [
    'a deleted list that is created again without its task',
    /existed/,
    (s, task) => s.checklist(task, { id: deleteList(s, s.checklist(task)).id }),
  ],
  ['a list that is created while it exists', /existed/, (s, task) => s.checklist(task, { id: s.checklist(task).id })],
  [
    'a task with the id of a deleted list',
    /existed/,
    (s, task) => s.task(2, 'todo', { id: deleteList(s, s.checklist(task)).id }),
  ],
  [
    'a change of a list that was not created again with its task',
    /does not exist/,
    (s, task) => changeLostList(s, task),
  ],
  [
    'an item of a list that was not created again with its task',
    /does not have/,
    (s, task) => addOrphan(s, moveAwayAndBack(s, task).id, task),
  ],
]

/** Moves a task to another project and back, without its new checklist. Returns the checklist. */
function moveAwayAndBack(builder: JournalBuilder, task: any) {
  const list = builder.checklist(task)
  builder.add('task.created', { ...purge(builder, task), number: `${builder.project.key}-2` })
  return list
}
const changeLostList = (builder: JournalBuilder, task: any) =>
  builder.change('checklist.updated', moveAwayAndBack(builder, task), { title: 'Late' })

const purge = (builder: JournalBuilder, task: any) => {
  builder.add('task.purged', task)
  builder.rows.at(-1).data.seq = task.seq
  return task
}
const deleteList = (builder: JournalBuilder, list: any) => {
  builder.add('checklist.deleted', list)
  return list
}
const setCounts = (builder: JournalBuilder, task: any, fields: object) =>
  builder.change('task.updated', { checklist_done: 0, checklist_total: 0, ...task }, fields)
function addLists(builder: JournalBuilder, task: any, count: number) {
  for (let n = 1; n <= count; n += 1) builder.checklist(task, { position: `${n}` })
}
function addOrphan(builder: JournalBuilder, list: string, task: any, fields: object = {}) {
  builder.item({ id: list, task_id: task.id }, task, fields)
  builder.rows.pop() // the line that breaks the rule must be the last one
}
/** Adds a list of items, with the counts on the task. Returns the task. */
function addItems(builder: JournalBuilder, task: any, count: number, fields: object = {}) {
  const list = builder.checklist(task)
  let counted = { ...task, checklist_total: 0 }
  for (let n = 1; n <= count; n += 1) counted = builder.item(list, counted, fields)[1]
  if (count > 100) builder.rows.pop()
  return counted
}
function addTwins(builder: JournalBuilder, task: any) {
  addItems(builder, task, 2, { position: '5' })
  builder.rows.pop()
}
function moveItem(builder: JournalBuilder, task: any) {
  const list = builder.checklist(task)
  const [item] = builder.item(list, { ...task, checklist_total: 0 })
  builder.change('checklist_item.updated', item, { checklist_id: task.id })
}
function changeLateItem(builder: JournalBuilder, task: any) {
  const list = builder.checklist(task)
  const [item] = builder.item(list, { ...task, checklist_total: 0 })
  deleteList(builder, list)
  builder.change('checklist_item.updated', item, { done: true })
}

it.each(CHECKED)('refuses %s, and names its line', async (_, says, write) => {
  const builder = newFile()
  write(builder, { ...builder.task(1, 'todo'), checklist_done: 0, checklist_total: 0 })
  const { status, body } = await upload(toNdjson(builder.lines()), await newPerson())
  expect(status).toBe(422)
  expect(body.errors[0].path).toBe(`line ${builder.rows.length + 1}`)
  expect(body.errors[0].message).toMatch(says)
})

it('accepts the maximum number of checklists and items', async () => {
  const builder = newFile()
  let task = { ...builder.task(1, 'todo'), checklist_total: 0 }
  for (let n = 1; n <= 20; n += 1) {
    const list = builder.checklist(task, { position: `${n}` })
    for (let m = 0; m < 100; m += 1) task = builder.item(list, task)[1]
  }
  const { token } = await newPerson()
  const { status, body } = await upload(toNdjson(builder.lines()), { token })
  expect(status).toBe(201)
  const path = `/tasks?project_id=${body.project.id}`
  expect((await call('GET', path, { token })).body.items[0]).toMatchObject({
    checklist_done: 0,
    checklist_total: 2_000,
  })
})

function addEarlierLine(builder: JournalBuilder) {
  builder.task(2, 'todo')
  builder.rows.at(-1).created_at = '2024-03-01T08:00:00.000Z'
}
const addTrashed = (builder: JournalBuilder, n = 1) =>
  builder.change('task.deleted', builder.task(n, 'todo'), { deleted_at: '2024-03-01T09:00:00.000Z' })
function addCircle(builder: JournalBuilder) {
  const [upper, lower] = addChain(builder, 1, 2)
  builder.change('task.updated', upper, { parent_id: lower.id })
}

function linkToSelf(builder: JournalBuilder) {
  const task = builder.task(1, 'todo')
  builder.link('relates', task, task)
}
/** Adds two tasks, and both sides of a link between them. Returns the tasks. */
function addPair(builder: JournalBuilder, kind: 'relates' | 'blocks', fields: object = {}) {
  const [task, other] = [builder.task(1, 'todo', fields), builder.task(2, 'todo', fields)]
  linkBothSides(builder, kind, task, other)
  return [task, other]
}
function linkBothSides(builder: JournalBuilder, kind: 'relates' | 'blocks', task: any, other: any) {
  builder.link(kind === 'blocks' ? 'blocked_by' : kind, other, task)
  builder.link(kind, task, other)
}
function addLinks(builder: JournalBuilder, count: number): [] {
  const task = builder.task(1, 'todo')
  for (let n = 0; n < count; n += 1) builder.link('relates', task, null)
  return []
}
function blockEachOther(builder: JournalBuilder) {
  const [task, other] = addPair(builder, 'blocks', { is_blocked: true })
  linkBothSides(builder, 'blocks', other, task)
}

it.each(HELD)('refuses %s, and names its line', async (_, says, write) => {
  const builder = newFile()
  write(builder)
  const { status, body } = await upload(toNdjson(builder.lines()), await newPerson())
  expect(status).toBe(422)
  expect(body.errors[0].path).toBe(`line ${builder.rows.length + 1}`)
  expect(body.errors[0].message).toMatch(says)
})

it('names a link that closes a circle, not a link to a task that waits for the circle', async () => {
  const builder = newFile()
  const [task, other] = addPair(builder, 'blocks', { is_blocked: true })
  const waiting = builder.task(3, 'todo', { is_blocked: true })
  linkBothSides(builder, 'blocks', other, task)
  const closed = builder.rows.length + 1
  linkBothSides(builder, 'blocks', other, waiting)
  const { status, body } = await upload(toNdjson(builder.lines()), await newPerson())
  expect(status).toBe(422)
  expect(body.errors).toEqual([{ path: `line ${closed}`, message: expect.stringMatching(/circle of tasks/) }])
})

it('accepts tasks whose dates do not yet match the new category of their column', async () => {
  const builder = newFile()
  builder.task(1, 'todo')
  builder.task(2, 'done', { completed_at: '2024-03-01T09:00:00.000Z' })
  builder.change('column.updated', builder.rows[1].data, { category: 'cancelled' })
  builder.change('column.updated', builder.rows[2].data, { category: 'review' })
  expect((await upload(toNdjson(builder.lines()), await newPerson())).status).toBe(201)
})

it('refuses a change of parent that puts tasks more than 20 levels deep', async () => {
  const builder = newFile()
  const upper = addChain(builder, 1, 12)
  const lower = addChain(builder, 13, 12)
  builder.change('task.updated', lower[0], { parent_id: upper.at(-1).id })
  const { status, body } = await upload(toNdjson(builder.lines()), await newPerson())
  expect({ status, message: body.errors?.[0].message }).toEqual({
    status: 422,
    message: expect.stringMatching(/20 deep/),
  })
})

it('imports ranks and numbers near their limits, continues after them, and imports an export of the result', async () => {
  const { token } = await newPerson()
  const builder = newFile()
  const near = `1.${'0'.repeat(38)}`
  builder.task(1, 'todo', { position: `${near}1` })
  builder.task(2, 'todo', { position: `${near}2` })
  builder.task(1_000_003, 'todo', { position: `${10 ** 15}` })
  const { status, body } = await upload(toNdjson(builder.lines()), { token })
  expect(status).toBe(201)
  const { id, key } = body.project
  const made = await call('POST', '/tasks', { token, body: { project_id: id, title: 'Next' } })
  expect(made.body).toMatchObject({ number: `${key}-1000004` })
  const list = async () =>
    (await call('GET', `/tasks?project_id=${id}&status=todo&sort=position`, { token })).body.items.map(
      ({ id, number }: any) => ({ id, number }),
    )
  const [one] = await list()
  await call('PATCH', `/tasks/${made.body.id}/move?after=${one.id}`, { token })
  expect((await list()).map(({ number }: any) => number.split('-')[1])).toEqual(['1', '1000004', '2', '1000003'])
  const { text } = await exportProject(id, token)
  expect((await upload(text, { token }, `?key=${freshKey()}`)).status).toBe(201)
})
