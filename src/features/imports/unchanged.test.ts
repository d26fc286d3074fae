import { expect, it } from 'vitest'
import { labelsOf, read, taskOf } from '../../../test/support/import-plans.ts'
import { toCsv } from '../reports/csv.ts'
import { COLUMNS } from '../task-csv/schema.ts'
import { categoryOf } from './words.ts'

/* What a file says arrives unchanged, or is reported. */

const trello = (card: object, more: object = {}) =>
  JSON.stringify({
    lists: [{ id: 'l', name: 'Doing', pos: 1 }],
    cards: [{ id: 'c', idList: 'l', name: 'A', pos: 1, ...card }],
    ...more,
  })
const wekan = (card: object, more: object = {}) =>
  JSON.stringify({
    _format: 'wekan-board-1.0.0',
    lists: [{ _id: 'l', title: 'Doing', sort: 1 }],
    cards: [{ _id: 'c', listId: 'l', title: 'A', createdAt: '2026-01-01T00:00:00Z', ...card }],
    ...more,
  })
const jira = (header: string, cells: string) =>
  `Summary,Issue key,Status,Created,${header}\nA,AB-1,To Do,2026-01-01,${cells}\n`
const linear = (header: string, cells: string) =>
  `ID,Team,Title,Status,Created,Creator,${header}\nAB-1,T,A,Todo,2026-01-01,x,${cells}\n`
const asana = (header: string, cells: string) =>
  `Task ID,Created At,Completed At,Last Modified,Name,Section/Column,${header}\n1,2026-01-01,,,A,To do,${cells}\n`

it('splits long comments, but never a surrogate pair', async () => {
  const text = `${'x'.repeat(18_999)}😀${'y'.repeat(18_998)}😀z`
  const action = { id: 'a', type: 'commentCard', date: '2026-01-01T00:00:00Z', data: { card: { id: 'c' }, text } }
  const { plan, warnings } = await read(trello({}, { actions: [action] }))
  const bodies = taskOf(plan, 'A').comments.map(({ body }) => body)
  expect([bodies.join('') === text, bodies.map(({ length }) => length)]).toEqual([true, [18_999, 19_000, 3]])
  expect(warnings.comments_split).toBe(1)
})

it.each(
  `Not done,Not completed,Not started,Not yet started,To be done,To be released,To complete,Isn't done,Unstarted,
  Nicht begonnen,Noch nicht fertig,Non commencé,Non terminé,Pas terminé,Sin empezar,No iniciado,Não concluído,
  Не сделано,Nie zrobione,未开始,未完成,未着手,시작 전`
    .split(',')
    .map((name) => name.trim()),
)('reads %s as a column of tasks to do', (name) => {
  expect(categoryOf(name)).toBe('todo')
})

it.each([
  ['Done', 'done'],
  ['Terminé(e)', 'done'],
  ['완료', 'done'],
  ['Started', 'in_progress'],
  ['Notes', 'in_progress'],
  ['To review', 'review'],
  ['To test', 'review'],
  ['To be reviewed', 'review'],
  ["Won't do", 'cancelled'],
  ['Not planned', 'cancelled'],
])('reads %s as a column of the category %s', (name, category) => {
  expect(categoryOf(name)).toBe(category)
})

it('does not use planned dates as times of creation', async () => {
  const { plan, warnings } = await read('Title,Status,Start,Due\nA,Todo,2026-01-02,2026-01-05\nB,Todo,,2027-03-01\n')
  const times = plan.tasks.map(({ created_at, due_date }) => [created_at, due_date])
  expect(times).toEqual([
    ['2000-01-01T00:00:00.000Z', '2026-01-05'],
    ['2000-01-01T00:00:00.000Z', '2027-03-01'],
  ])
  expect(warnings.times_missing).toBe(2)
  expect(warnings).not.toHaveProperty('dates_future')
})

it('replaces a missing creation time by the earliest past time of the card, and reports a future time once', async () => {
  const { plan, warnings } = await read(
    'Title,Updated,Started at,Completed\nA,2026-03-01,2026-02-01,\nB,2027-01-01,,2026-04-01\n',
  )
  expect([taskOf(plan, 'A').created_at, taskOf(plan, 'B').created_at]).toEqual([
    '2026-02-01T00:00:00.000Z',
    '2026-04-01T00:00:00.000Z',
  ])
  expect(warnings).toMatchObject({ times_missing: 2, dates_future: 1 })
})

it('reads a date-time as the day in the chosen time zone', async () => {
  const csv = jira('Custom field (Start date),Due date', '2026-04-30T23:30:00+00:00,2026-05-01T22:30:00Z')
  const dates = async (zone: string) => taskOf((await read(csv, { zone })).plan, 'A')
  expect(await dates('Europe/Berlin')).toMatchObject({ start_date: '2026-05-01', due_date: '2026-05-02' })
  expect(await dates('UTC')).toMatchObject({ start_date: '2026-04-30', due_date: '2026-05-01' })
})

it.each([
  ['linear', linear('Estimate', 'L'), 'Estimate: L'],
  ['linear', linear('Estimate', '1000001'), 'Estimate: 1000001'],
  ['jira', jira('Custom field (Story Points)', 'abc'), 'Story Points: abc'],
  ['jira', jira('Custom field (Story point estimate)', '2000000'), 'Story point estimate: 2000000'],
  ['jira', jira('Custom field (Story Points)', '-3'), 'Story Points: -3'],
  ['csv', 'Title,Created,Estimate\nA,2026-01-01,abc\n', 'Estimate: abc'],
])('writes an unreadable estimate of %s into the description, and counts it', async (name, csv, note) => {
  const { format, plan, warnings } = await read(csv)
  expect([format, warnings.values_unknown]).toEqual([name, 1])
  expect(taskOf(plan, 'A')).toMatchObject({ description: `---\n\n- ${note}`, card: { estimate: undefined } })
})

it('reads estimates and durations of Linear and Jira', async () => {
  const estimateOf = async (csv: string, told = {}) => taskOf((await read(csv, told)).plan, 'A').card.estimate
  expect(await estimateOf(linear('Estimate', '3'))).toBe(3)
  expect(await estimateOf(jira('Custom field (Story point estimate)', '5'))).toBe(5)
  const { plan, warnings } = await read(jira('Original Estimate', '3h'))
  expect([taskOf(plan, 'A').description, warnings.time_as_text]).toEqual(['---\n\n- Original Estimate: 3h', 1])
})

it.each([
  ['asana', asana('Deadline', '05/04/2026')],
  ['linear', linear('Deadline', '05/04/2026')],
  ['jira', jira('Custom field (Deadline)', '05/04/2026')],
  [
    'trello',
    trello(
      { customFieldItems: [{ idCustomField: 'f', value: { text: '05/04/2026' } }] },
      { customFields: [{ id: 'f', name: 'Deadline' }] },
    ),
  ],
])('reads a numeric date of %s in the order that map= gives, in a field that map= names', async (name, text) => {
  const fields = { Deadline: 'due_date', 'Custom field (Deadline)': 'due_date' }
  const { format, plan } = await read(text, { dates: 'dmy', fields })
  expect([format, taskOf(plan, 'A').due_date]).toEqual([name, '2026-04-05'])
})

it('reads a due date from the second of two columns that map= assigns to it', async () => {
  const fields = { Deadline: 'due_date', Finish: 'due_date' }
  const own = await read('Title,Created,Deadline,Finish\nA,2026-01-01,,2026-04-05\n', { fields })
  expect(taskOf(own.plan, 'A').due_date).toBe('2026-04-05')
  expect(taskOf((await read(jira('Deadline,Finish', ',2026-04-05'), { fields })).plan, 'A').due_date).toBe('2026-04-05')
})

it.each(['=x', "'=x", "''=x", "'-5 °C", "'plain", '\uff1dx', "'"])(
  'reads the text %s back unchanged from a CSV file that FlowTrack has written',
  async (text) => {
    const cells: Record<string, string> = {
      ...{ number: 'A-1', title: text, description: text, project: 'P', created_at: '2026-01-01T00:00:00.000Z' },
      ...{ labels: 'R&D;; core; ;;x; y;;;; z', assignees: 'Ada;; Ltd; Ben' },
    }
    const csv = toCsv([COLUMNS, COLUMNS.map((name) => cells[name] ?? '')])
    expect(csv.split('\r\n')[1]).toMatch(/^A-1,"?(?!=|\uff1d)/)
    const { board, plan } = await read(csv, { accounts: { 'ada; ltd': 'ada', ben: 'ben' } })
    expect(plan.tasks.map(({ title, description }) => [title, description])).toEqual([[text, text]])
    expect(labelsOf(plan, text)).toEqual(['R&D; core', ';x', 'y;; z'])
    expect(board.people.map(({ name }) => name)).toEqual(['Ada; Ltd', 'Ben'])
  },
)

it.each([
  ["'=x", '=x'],
  ["''=x", "''=x"],
  ["'x", "'x"],
])('reads the title %s of Linear as %s', async (cell, title) => {
  const csv = linear('Priority', '').replace(',A,', `,${cell},`)
  expect((await read(csv)).plan.tasks.map((task) => task.title)).toEqual([title])
})

it('keeps spaces around a description', async () => {
  const text = '    code\n\ntext\n'
  for (const csv of [`Title,Created,Notes\nA,2026-01-01,"${text}"\n`, jira('Description', `"${text}"`)])
    expect(taskOf((await read(csv)).plan, 'A').description).toBe(text)
})

const RANGE = 'November 1, 2025 → November 3, 2025'

it.each([
  ['any CSV', `Title,Created,Start date,Due date\nA,2026-01-01,"soon","${RANGE}"\n`],
  ['Jira', jira('Custom field (Start date),Due date', `soon,"${RANGE}"`)],
  ['Asana', asana('Start Date,Due Date', `soon,"${RANGE}"`)],
  ['Trello', trello({ start: 'soon', due: RANGE })],
  ['WeKan', wekan({ startAt: 'soon', dueAt: RANGE })],
])('writes unreadable dates of %s below the description', async (_, file) => {
  const { plan, warnings } = await read(file)
  const description = `---\n\n- Start: soon\n- Due: ${RANGE}`
  expect(taskOf(plan, 'A')).toMatchObject({ start_date: null, due_date: null, description })
  expect(warnings.dates_unreadable).toBe(2)
})

it('writes an unreadable due date of Linear below the description', async () => {
  const { plan } = await read(linear('Due Date', `"${RANGE}"`))
  expect(taskOf(plan, 'A')).toMatchObject({ due_date: null, description: `---\n\n- Due: ${RANGE}` })
})

it('keeps an impossible due date of a Trello checklist item as text, and reports it', async () => {
  const checkItems = [{ name: 'i', state: 'incomplete', pos: 1, due: '2024-02-30T00:00:00Z' }]
  const checklists = [{ id: 'k', name: 'K', idCard: 'c', pos: 1, checkItems }]
  const { plan, warnings } = await read(trello({}, { checklists }))
  expect(warnings.dates_unreadable).toBe(1)
  expect(taskOf(plan, 'A').description).toBe('---\n\n- Item "i": 2024-02-30T00:00:00Z')
})

it('writes the location of a card of Trello below its description', async () => {
  const place = { locationName: 'Pier 3', address: 'Quay Road', coordinates: { latitude: 52.5, longitude: 13.4 } }
  const { plan, warnings } = await read(trello(place))
  expect(taskOf(plan, 'A').description).toBe('---\n\n- Location: Pier 3, Quay Road, 52.5, 13.4')
  expect(warnings.fields_as_text).toBe(1)
})

it('imports labels that no card has, if they have a name', async () => {
  const labels = [
    { id: 'n', name: '', color: 'red' },
    { id: 'u', name: 'Later', color: 'blue' },
    { id: 'd', name: 'Garden', color: 'green' },
  ]
  const { plan } = await read(trello({ idLabels: ['d'] }, { labels }))
  expect(plan.labels.map(({ name }) => name)).toEqual(['Garden', 'Later'])
  const many = Array.from({ length: 201 }, (_, n) => ({ id: `${n}`, name: `L${n}`, color: null }))
  const full = await read(trello({ idLabels: ['d'] }, { labels: [...many, ...labels] }))
  expect([full.plan.labels.length, full.warnings.labels_left, labelsOf(full.plan, 'A')]).toEqual([200, 3, ['Garden']])
})

it('writes the requester, the votes and similar fields of a WeKan card below its description', async () => {
  const { plan, warnings } = await read(
    wekan({
      ...{ spentTime: 2.5, requestedBy: 'Ada', assignedBy: 'Ben', receivedAt: '2026-01-01T00:00:00Z' },
      ...{ vote: { question: 'Ship?', positive: ['a', 'b'], negative: [] }, poker: { estimation: 5 } },
    }),
  )
  expect(taskOf(plan, 'A').description.split('\n').slice(2)).toEqual([
    '- Spent time (hours): 2.5',
    '- Requested by: Ada',
    '- Assigned by: Ben',
    '- Received: 2026-01-01T00:00:00Z',
    '- Vote: Ship? (2 for, 0 against)',
    '- Poker estimation: 5',
  ])
  expect(warnings.fields_as_text).toBe(6)
  const plain = await read(wekan({ requestedBy: '', vote: { question: '' }, poker: { question: false } }))
  expect(taskOf(plain.plan, 'A').description).toBe('')
})

it('leaves out templates of WeKan with their comments, checklists and attachments', async () => {
  const template = { _id: 't', type: 'template-card', listId: 'l', title: 'T' }
  const { plan, board, warnings } = await read(
    wekan(
      {},
      {
        cards: [{ _id: 'c', type: 'cardType-card', listId: 'l', title: 'A' }, template],
        comments: [{ _id: 'm', cardId: 't', text: 'x' }],
        checklists: [{ _id: 'k', cardId: 't', title: 'K', sort: 1 }],
        checklistItems: [{ checklistId: 'k', cardId: 't', title: 'i', sort: 1 }],
        attachments: [{ cardId: 't', name: 'f' }],
      },
    ),
  )
  expect([plan.tasks.map(({ title }) => title), board.counts]).toEqual([['A'], { templates: 1, attachments: 0 }])
  expect(warnings).toEqual({ templates_left: 1, times_missing: 1 })
})

it('reads true, false and no in the columns Completed and Archived', async () => {
  const { plan, warnings } = await read(
    'Title,Status,Created,Completed,Archived\nA,Done,2026-01-01,true,false\nB,Todo,2026-01-01,false,no\nC,Todo,2026-01-01,No,\n',
  )
  expect(plan.tasks.map(({ completed_at, archived_at }) => [completed_at !== null, archived_at])).toEqual([
    [true, null],
    [false, null],
    [false, null],
  ])
  expect(warnings).toEqual({ comments_none: 1 })
})

it('reports times before the creation of their task, and writes such completion times below the description', async () => {
  const { plan, warnings, examples } = await read(
    [
      'Title,Status,Created,Completed,Updated,Archived',
      'A,Done,2026-10-05T10:00:00Z,2026-09-20T10:00:00Z,2026-10-06T10:00:00Z,',
      'B,Done,2026-10-05T14:00:00Z,2026-10-05,2026-10-06T10:00:00Z,',
      'C,Todo,2026-10-05T14:00:00Z,,2026-09-01T10:00:00Z,2026-09-02',
      'D,Done,2026-10-05,2026-10-04,,',
      'E,Todo,2026-10-05,2026-10-04,,',
    ].join('\n'),
    { zone: 'Europe/Berlin' },
  )
  const shown = plan.tasks.map(({ title, completed_at, updated_at, archived_at, description }) => [
    ...[title, completed_at, updated_at, archived_at],
    description.replace(/^---\n\n/, ''),
  ])
  const [midnight, ten, two] = ['2026-10-04T22:00:00.000Z', '2026-10-05T10:00:00.000Z', '2026-10-05T14:00:00.000Z']
  expect(shown.toSorted()).toEqual([
    ['A', ten, '2026-10-06T10:00:00.000Z', null, '- Completed: 2026-09-20T10:00:00.000Z'],
    ['B', two, '2026-10-06T10:00:00.000Z', null, ''],
    ['C', null, two, two, ''],
    ['D', midnight, midnight, null, '- Completed: 2026-10-04'],
    ['E', null, midnight, null, '- Completed: 2026-10-04'],
  ])
  expect(warnings).toEqual({ comments_none: 1, dates_early: 4, completed_elsewhere: 1 })
  expect(examples.find(({ code }) => code === 'dates_early')?.examples).toContain('A: 2026-09-20T10:00:00.000Z')
})

it('reports a Trello completion time before the last move, unless that move completed the card', async () => {
  const lists = ['Doing', 'Done'].map((name, pos) => ({ id: name, name, pos }))
  const move = (n: number, before: string, after: string) => ({
    ...{ id: `a${n}`, type: 'updateCard', date: `2026-01-0${n}T00:00:00.000Z` },
    data: { card: { id: 'c' }, listBefore: { id: before }, listAfter: { id: after }, old: {} },
  })
  const card = { idList: 'Done', dueComplete: true, dateCompleted: '2026-01-02T00:00:00.000Z' }
  const finished = async (...actions: object[]) => {
    const { plan, warnings } = await read(trello(card, { lists, actions }))
    const { completed_at, description } = taskOf(plan, 'A')
    return [completed_at, description, warnings.dates_early]
  }
  const note = '---\n\n- Completed: 2026-01-02T00:00:00.000Z'
  expect(await finished(move(5, 'Done', 'Doing'))).toEqual(['2026-01-05T00:00:00.000Z', note, 1])
  expect(await finished(move(5, 'Doing', 'Done'))).toEqual(['2026-01-05T00:00:00.000Z', '', undefined])
})
