import { expect, it } from 'vitest'
import {
  archivedTitlesOf,
  labelsOf,
  read,
  readFixture,
  taskOf,
  titlesByColumn,
} from '../../../test/support/import-plans.ts'
import { toCsv } from '../reports/csv.ts'
import { COLUMNS } from '../task-csv/schema.ts'
import { ImportFileQuery } from './schema.ts'
import { foldName } from './words.ts'

/* What a file is, which of its names are the same one, and how its CSV is written. */

const PLANE = 'Project,ID,Name,Description,State,Priority,Assignee,Labels,Created At,Updated At,Archived At'
const YOUTRACK = 'Issue Id,Project,Tags,Summary,Reporter,Created,Updated,Resolved,Priority,Type,State'
const SHEET = 'Title,Status,Due date,Labels,Owner,Country,Topic,Source,Created,Issue Type'

it.each([
  ['a spreadsheet', SHEET, 'A,Doing,2026-05-01,x,Ada,FR,COVID-19,UTF-8,2026-04-01,Bug'],
  ['Plane', PLANE, 'Web,WEB-1,A,Text,Todo,high,Ada,x,2026-04-01,2026-04-02,'],
  ['YouTrack', YOUTRACK, 'GH-7,Web,x,A,ada,2026-04-01,2026-04-02,,Critical,Bug,Open'],
])('reads a file of %s as generic CSV, although a cell looks like a key of Jira', async (_, header, row) => {
  const { format, plan, warnings } = await read(
    `${header}\n${row}\n${row.replace(/\bA\b/, 'B').replace(/-[17],/, '-8,')}\n`,
  )
  expect([format, plan.tasks.map(({ title }) => title)]).toEqual(['csv', ['A', 'B']])
  expect(taskOf(plan, 'A').created_at).toBe('2026-04-01T00:00:00.000Z')
  expect(labelsOf(plan, 'A')).toEqual(['x'])
  expect(warnings).not.toHaveProperty('rows_repeated')
})

it.each([
  ['its key and issue type', 'Project,Key,Summary,Issue Type,Status,Priority,Resolution'],
  ['its status category', 'Résumé,Clé,Etat,Catégorie d’état,Type de ticket'],
  ['ranks under a header in an unknown language', 'Summary,Status,ключ,Поле (Rank)'],
])('recognises a file of Jira by %s', async (_, header) => {
  const cells: Record<string, string> = { Key: 'AB-1', Clé: 'AB-1', ключ: 'AB-1', 'Поле (Rank)': '0|i0001b:' }
  const row = header.split(',').map((name) => cells[name] ?? 'x')
  expect(await read(`${header}\n${row.join(',')}\n`)).toMatchObject({ format: 'jira', board: { key: 'AB' } })
})

it('reads a CSV file of tasks that FlowTrack has written', async () => {
  const row = (fields: Partial<Record<(typeof COLUMNS)[number], string>>) => COLUMNS.map((name) => fields[name] ?? '')
  const project = { project: 'Apollo', priority: 'high', created_at: '2026-03-01T08:00:00.000Z' }
  const times = { started_at: '2026-03-02T08:00:00.000Z', completed_at: '2026-03-03T08:00:00.000Z' }
  const csv = toCsv([
    COLUMNS,
    row({ ...project, number: 'APO-12', title: 'Shipped', status: 'Launched', category: 'done', ...times }),
    row({
      ...{ ...project, number: 'APO-13', title: '=1+1', status: 'Ideas', category: 'todo', parent: 'APO-12' },
      ...{ assignees: 'Brook, Ada; Ben Okafor', labels: 'a, b; C++; C#', estimate: '2.5e-7', comment_count: '3' },
      ...{ start_date: '2026-04-01', due_date: '2026-04-02', description: '-1\nTwo lines' },
    }),
    row({ ...project, number: 'APO-14', title: 'Gone', status: 'Ideas', archived_at: '2026-05-01T08:00:00.000Z' }),
  ])
  const { format, board, plan, warnings } = await read(csv, { accounts: { 'brook, ada': 'ada' } })
  expect([format, board.name]).toEqual(['csv', 'Apollo'])
  expect(titlesByColumn(plan)).toEqual([
    ['Ideas', 'todo', ['=1+1']],
    ['Launched', 'done', ['Shipped']],
  ])
  expect(archivedTitlesOf(plan)).toEqual(['Gone'])
  expect(taskOf(plan, 'Gone').archived_at).toBe('2026-05-01T08:00:00.000Z')
  expect(taskOf(plan, 'Shipped')).toMatchObject({ ...times, created_at: project.created_at, description: '' })
  expect(labelsOf(plan, '=1+1')).toEqual(['a, b', 'C++', 'C#'])
  expect(taskOf(plan, '=1+1')).toMatchObject({
    parent: 'APO-12',
    assignee_ids: ['ada'],
    start_date: '2026-04-01',
    due_date: '2026-04-02',
    description: '-1\nTwo lines\n\n---\n\n- Assigned to: Ben Okafor',
    card: { priority: 'high', estimate: 2.5e-7 },
  })
  expect(Object.keys(warnings).toSorted()).toEqual(['comments_none', 'moves_assumed'])
  const two = await read(csv.replace('Gone,Apollo', 'Gone,Gemini'))
  expect(two.board.name).toBe('Imported tasks')
  expect(taskOf(two.plan, 'Gone').description).toBe('---\n\n- Project: Gemini')
})

it('keeps columns of a CSV file of FlowTrack apart when only their categories differ', async () => {
  const rows = ['todo', 'cancelled', 'todo'].map((category, n) =>
    COLUMNS.map((name) => ({ title: `${n}`, status: 'Blocked', category })[name as string] ?? ''),
  )
  const csv = toCsv([COLUMNS, ...rows])
  expect(titlesByColumn((await read(csv)).plan)).toEqual([
    ['Blocked', 'todo', ['0', '2']],
    ['Blocked', 'cancelled', ['1']],
  ])
  const mapped = await read(csv, { categories: new Map([['blocked', 'review']]) })
  expect(mapped.plan.columns.map(({ category }) => category)).toEqual(['review', 'review'])
})

it('takes the column of a task from the header Column, not from a Status that is open or closed', async () => {
  const { plan } = await read('Status,Column,Subject\nOpen,Backlog,A\nClosed,Done,B\n')
  expect(titlesByColumn(plan)).toEqual([
    ['Backlog', 'backlog', ['A']],
    ['Done', 'done', ['B']],
  ])
  expect(taskOf(plan, 'A').description).toBe('---\n\n- Status: Open')
})

it('reads lists of people and labels in brackets', async () => {
  const { board, plan } = await read('Name,Assignees,Tags\nA,"[Ann,Bob]","[ui, api]"\nB,[],[]\nC,,"[a], [b]"\n')
  expect(board.people.map(({ name }) => name)).toEqual(['Ann', 'Bob'])
  expect(['A', 'B', 'C'].map((title) => labelsOf(plan, title))).toEqual([['ui', 'api'], [], ['[a]', '[b]']])
})

it('reads a name with a comma as one person when map= contains that name', async () => {
  const csv = 'Title,Assignee\nA,"Doe, Jane"\nB,"DOE, Jane; Ann, Bob"\n'
  const namesOf = async (told: object) => (await read(csv, told)).board.people.map(({ name }) => name)
  expect(await namesOf({ people: { 'doe, jane': 'jane@example.com' } })).toEqual(['Doe, Jane', 'Ann', 'Bob'])
  expect(await namesOf({})).toEqual(['Doe', 'Jane', 'Ann', 'Bob'])
})

it('finds the e-mail address of a person beside the name, and after mailto:', async () => {
  const mails = { 'Bob B <bob@example.com>': 'bob', 'mailto:cy@example.com': 'cy', 'DI@example.com': 'di' }
  const cells = [...Object.keys(mails), 'Eve <CORP\\eve>', '@fay', '<gus@example.com>']
  const people = [
    ['Bob B', 'bob@example.com'],
    ['cy@example.com', 'cy@example.com'],
    ['DI@example.com', 'DI@example.com'],
    ['Eve <CORP\\eve>', undefined],
    ['@fay', undefined],
    ['gus@example.com', 'gus@example.com'],
  ]
  const write = (header: string, rest: string) =>
    `${header}\n${cells.map((cell, n) => `AB-${n + 1},Task ${n},To do,${cell}${rest}\n`).join('')}`
  for (const csv of [
    write('ID,Title,State,Assigned To', ''),
    write('ID,Title,Status,Assignee,Team,Created,Creator', ',T,2026-01-01,'),
    write('Issue key,Summary,Status,Assignee', ''),
  ])
    expect((await read(csv)).board.people.map(({ name, email }) => [name, email])).toEqual(people)
})

it('identifies a person of Jira by the e-mail address of the account, not by one in the display name', async () => {
  const csv = 'Issue key,Summary,Status,Assignee,Assignee Id\nAB-1,A,Done,Boss <boss@example.com>,ann@example.com\n'
  expect((await read(csv)).board.people).toMatchObject([{ name: 'Boss', email: 'ann@example.com' }])
})

it('reads a name with a comma before an e-mail address as one person', async () => {
  const cell = 'Doe, Jane <jane@example.com> , Bob <bob@example.com>; Ann, Cy'
  const { board } = await read(`Title,Assigned To\nA,"${cell}"\n`)
  expect(board.people.map(({ name }) => name)).toEqual(['Doe, Jane', 'Bob', 'Ann', 'Cy'])
})

it('archives the tasks that a generic CSV marks as archived', async () => {
  const { plan, warnings } = await read('title,archived,created\nA,false,2026-01-01\nB,yes,2026-01-02\nC,,2026-01-03\n')
  expect(archivedTitlesOf(plan)).toEqual(['B'])
  expect(warnings).not.toHaveProperty('dates_unreadable')
})

it.each([
  ['signs', 'C++', 'C#', 'C'],
  ['emoji', '✅', '🔥', '⏱'],
  ['Japanese characters', 'がく', 'かく', 'はく'],
  ['Thai characters', 'ทำ', 'ท่า', 'ทา'],
  ['accents', 'Résumé', 'Resume', 'Resumé'],
])('treats names that differ in %s as different names', async (_, ...names) => {
  const { columns, fields } =
    ImportFileQuery.parse({
      map: JSON.stringify({ columns: { [names[0] ?? '']: 'done' }, fields: { [names[2] ?? '']: 'estimate' } }),
    }).map ?? {}
  const rows = names.map((name, n) => `${name},${n},${name},${n + 1},${n + 4}`)
  const csv = `status,title,labels,${names[1]},${names[2]}\n${rows.join('\n')}\n`
  const { plan } = await read(csv, {
    categories: columns ?? new Map(),
    fields: Object.fromEntries(fields ?? []),
  })
  expect(plan.columns.map(({ name, category }) => [name, category === 'done'])).toEqual(
    names.map((name, n) => [name.normalize('NFC'), n === 0]),
  )
  expect(plan.labels.map(({ name }) => name)).toEqual(names.map((name) => name.normalize('NFC')))
  expect(taskOf(plan, '1')).toMatchObject({
    card: { estimate: 5 },
    description: `---\n\n- ${names[1]?.normalize('NFC')}: 2`,
  })
})

it('treats names as equal when only case, width, spaces or invisible characters differ', () => {
  const same = [
    ['In Progress ', 'in  progress', 'ＩＮ\u00a0progress'],
    ['⏱\ufe0f', '⏱'],
    ['Straße', 'STRASSE', 'straẞe'],
    ['ΟΔΟΣ', 'οδος'],
    ['É', 'e\u0301'],
    ['Ada’s', "ada's\u200b"],
    ['İ', 'i', 'ı'],
  ]
  for (const names of same) expect(new Set(names.map(foldName)).size, names[0]).toBe(1)
  expect(new Set(same.map(([name = '']) => foldName(name))).size).toBe(same.length)
})

it('keeps columns and labels of Jira, Linear and Asana apart when only their symbols differ', async () => {
  const files = {
    jira: 'Summary,Issue key,Status,Labels\nA,AB-1,✅,C++\nB,AB-2,🔥,C#\n',
    linear: 'ID,Team,Title,Status,Created,Creator,Labels\nAB-1,T,A,✅,2026-01-01,x,C++\nAB-2,T,B,🔥,2026-01-01,x,C#\n',
    asana: 'Task ID,Name,Section/Column,Tags,⏱,€\n1,A,✅,C++,3,\n2,B,🔥,C#,,5\n',
  }
  for (const [name, csv] of Object.entries(files)) {
    const { format, plan } = await read(csv, { categories: new Map([['✅', 'done']]), fields: { '⏱': 'estimate' } })
    expect([format, new Map(plan.columns.map((column) => [column.name, column.category]))]).toEqual([
      name,
      new Map([
        ['🔥', 'in_progress'],
        ['✅', 'done'],
      ]),
    ])
    expect(plan.labels.map((label) => label.name)).toEqual(['C++', 'C#'])
    if (name === 'asana') expect(taskOf(plan, 'A').card.estimate).toBe(3)
    if (name === 'asana') expect(taskOf(plan, 'B').description).toBe('---\n\n- €: 5')
  }
})

it('puts completed tasks of Asana into the column that map= calls done', async () => {
  const csv = 'Task ID,Name,Section/Column,Completed At\n1,A,Launched,2026-05-01\n2,B,Ideas,\n3,C,Ideas,2026-05-02\n'
  const { plan } = await read(csv, { categories: new Map([['launched', 'done']]) })
  expect(titlesByColumn(plan)).toEqual([
    ['Launched', 'done', ['A', 'C']],
    ['Ideas', 'backlog', ['B']],
  ])
})

it('orders the columns of Jira and Linear by the categories of map=', async () => {
  const categories = new Map([['zeta', 'backlog'] as const, ['to do', 'done'] as const])
  const jira = 'Summary,Issue key,Status\nA,AB-1,To Do\nB,AB-2,Doing\nC,AB-3,Zeta\n'
  const linear = 'ID,Team,Title,Status,Created,Creator\nAB-1,T,A,To Do,,\nAB-2,T,B,Doing,,\nAB-3,T,C,Zeta,,\n'
  for (const csv of [jira, linear])
    expect((await read(csv, { categories })).plan.columns.map(({ name, category }) => [name, category])).toEqual([
      ['Zeta', 'backlog'],
      ['Doing', 'in_progress'],
      ['To Do', 'done'],
    ])
})

it('maps or reports every header of Linear, and finds headers of Jira with and without their prefix', async () => {
  const { examples, plan } = await read(readFixture('linear.csv'))
  expect(examples.find(({ code }) => code === 'headers_left')?.examples).toEqual([
    'Cycle Start',
    'Cycle End',
    'Time in status (minutes)',
  ])
  expect(taskOf(plan, 'Dim after midnight').due_date).toBe('2026-06-15')
  const fields = { 'cycle end': 'due_date', 'Time in status (minutes)': 'text', 'Cycle start': 'ignore' }
  const mapped = await read(readFixture('linear.csv'), { fields })
  expect(mapped.warnings).not.toHaveProperty('headers_left')
  expect(taskOf(mapped.plan, 'Dim after midnight')).toMatchObject({
    due_date: '2026-06-14',
    description: expect.stringContaining('- Time in status (minutes): 1530'),
  })
  const effort = 'Summary,Issue key,Status,Custom field (Effort)\nA,AB-1,To Do,3\n'
  for (const name of ['Effort', 'Custom field (Effort)'])
    expect(taskOf((await read(effort, { fields: { [name]: 'estimate' } })).plan, 'A').card.estimate).toBe(3)
})

it.each([';', '\t', ','])('reads variants of CSV with the separator %j', async (separator) => {
  const write = (...lines: string[][]) => lines.map((cells) => cells.join(separator)).join('\r\n')
  const [header, row] = [
    ['title', 'status', 'labels'],
    ['A', 'Doing', 'x'],
  ]
  for (const csv of [
    `\r\n \r\n${write(header, row)}`,
    `${write(['', '', ''], header, row, ['', '', ''])}\r\n`,
    write(['"title"', '"sta\n""t"', '"a, b; c, d"'], row),
    write(['"Sum,ma;ry\n\n(of it)"', 'title', 'status'], ['x', 'A', 'Doing']),
    write(header, [...row, '', ' ']),
    write([...header, ''], [...row, '']),
  ]) {
    const { plan, warnings } = await read(csv)
    expect({ csv, titles: plan.tasks.map(({ title }) => title) }).toEqual({ csv, titles: ['A'] })
    expect(warnings).not.toHaveProperty('rows_wide')
    expect(warnings).not.toHaveProperty('rows_narrow')
  }
})

it.each([
  ['sep=;', ';'],
  ['"sep=;"', ';'],
  ['SEP=\t', '\t'],
  ['sep=,', ','],
  ['sep=|', '|'],
])('takes the separator from the first line %j', async (line, separator) => {
  const rows = [
    ['Title', 'Status', '"a,b;c\td|e"'],
    ['A', 'Done'],
    ['B', 'Done', 'x'],
  ]
  for (const end of ['\n', '\r\n']) {
    const csv = [line, ...rows.map((cells) => cells.join(separator))].join(end)
    const { plan, examples } = await read(`\ufeff${csv}`, { chunk: 3 })
    expect(plan.tasks.map(({ title }) => title)).toEqual(['A', 'B'])
    expect(examples.find(({ code }) => code === 'rows_narrow')?.examples).toEqual(['row 3: 2 cells for 3 headers'])
  }
})

it('leaves out a row that has text beyond the last header', async () => {
  const { plan, warnings } = await read('title,status\nA,Doing,,\nB,Doing,,lost\n')
  expect([plan.tasks.map(({ title }) => title), warnings.rows_wide]).toEqual([['A'], 1])
})

it.each([
  ['2026/10/05', '2026-10-05T00:00:00.000Z'],
  ['2026.1.5', '2026-01-05T00:00:00.000Z'],
  ['2026/1/5 9:05', '2026-01-05T09:05:00.000Z'],
  ['2026-10-01 09:00:00+00', '2026-10-01T09:00:00.000Z'],
  ['2026-10-01 09:00:00.5+0530', '2026-10-01T03:30:00.500Z'],
  ['2026-10-01 09:00:00 -05', '2026-10-01T14:00:00.000Z'],
  ['2026-10-01 09:00:00 UTC', '2026-10-01T09:00:00.000Z'],
  ['2026-10-01 09:00:00 UTC+0000', '2026-10-01T09:00:00.000Z'],
  ['2026-10-01T09:00Z', '2026-10-01T09:00:00.000Z'],
  ['Mon, 05 Oct 2026', '2026-10-05T00:00:00.000Z'],
  ['Thursday, October 1, 2026', '2026-10-01T00:00:00.000Z'],
  ['Thu Oct 1 2026', '2026-10-01T00:00:00.000Z'],
  ['Donnerstag, 1. Oktober 2026', '2026-10-01T00:00:00.000Z'],
  ['jeudi 1 octobre 2026', '2026-10-01T00:00:00.000Z'],
  ['mar. 6 oct. 2026', '2026-10-06T00:00:00.000Z'],
  ['jueves, 1 de octubre de 2026, 9:05', '2026-10-01T09:05:00.000Z'],
  ['quinta-feira, 1 de outubro de 2026', '2026-10-01T00:00:00.000Z'],
  ['Thu, 01 Oct 2026 09:10:11 GMT', '2026-10-01T09:10:11.000Z'],
  ['Thu, 01 Oct 2026 09:10:11 UTC+0000', '2026-10-01T09:10:11.000Z'],
  ['Thu, 01 Oct 2026 09:10:11 -0330', '2026-10-01T12:40:11.000Z'],
  ['Thu Oct 01 2026 09:10:11 GMT-0300 (Brasilia Standard Time)', '2026-10-01T12:10:11.000Z'],
  ['10/18/2026, 2:40:00 PM GMT+2', '2026-10-18T12:40:00.000Z'],
  ['02/Oct/26 12:05 AM', '2026-10-02T00:05:00.000Z'],
  ['1719360000000', '2024-06-26T00:00:00.000Z'],
])('reads the time %s', async (text, created_at) => {
  expect(taskOf((await read(`title,created\nA,"${text}"\n`)).plan, 'A')).toMatchObject({ created_at })
})

it.each([
  '2026/10-05',
  '2026-13-01',
  '2026-10-01 09:00:00 CET',
  '2026-10-01 09:00+5',
  'Fri, 01 Oct 2026', // a Thursday
  'before 1 Oct 2026',
  '1 Oct 2026 soon',
  '1 Oct 2026 9:00 CET',
  '1 Oct 2026 9:00 +99:00',
  '1 Oct 2026 10:00-11:00', // from one time to another
  '1719360000', // seconds, or a number
  '9719360000000',
])('reports the time %s as unreadable', async (text) => {
  expect((await read(`title,created\nA,"${text}"\n`)).warnings).toMatchObject({ dates_unreadable: 1 })
})

it('does not read the name of a built-in object property as a priority', async () => {
  const { plan, warnings } = await read('title,priority\nA,constructor\n')
  expect([taskOf(plan, 'A').card.priority, warnings.values_unknown]).toEqual([undefined, 1])
})
