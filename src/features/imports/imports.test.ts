import { expect, it } from 'vitest'
import {
  archivedTitlesOf,
  labelsOf,
  read,
  readFixture,
  taskOf,
  titlesByColumn,
} from '../../../test/support/import-plans.ts'
import { Journal } from './journal.ts'

/* The project that each fixture becomes, compared in detail. */

it.each(['UTC', 'America/Bogota'])('reads a board of Trello with the time zone %s', async (zone) => {
  const { format, board, plan, warnings } = await read(readFixture('trello.json'), { zone })
  expect([format, board.name, board.people.map(({ name }) => name)]).toEqual([
    'trello',
    'Harbour Kitchen Refit',
    ['Ada Brook', 'Ben Okafor'],
  ])
  expect(titlesByColumn(plan)).toEqual([
    ['Ideas', 'backlog', ['Measure the wall', 'Choose worktop']],
    ['Doing 🚧', 'in_progress', ['Plumber second visit', 'Order tiles']],
    ['Done', 'done', ['Remove old units']],
  ])
  expect(archivedTitlesOf(plan)).toEqual(['Insulate pipes', 'Knock the wall down', 'Survey'])
  expect(board.counts).toEqual({ templates: 1, attachments: 2 })
  const dates = (title: string) => {
    const { created_at, updated_at, start_date, due_date } = taskOf(plan, title)
    return [created_at.slice(0, 19), updated_at, start_date, due_date]
  }
  const worktop = zone === 'UTC' ? '2024-03-02' : '2024-03-01'
  expect(dates('Measure the wall')).toEqual(['2023-11-05T09:30:00', '2023-11-05T09:30:00.000Z', null, null])
  expect(dates('Choose worktop')).toEqual(['2023-12-01T10:00:00', '2024-02-20T18:05:06.789Z', null, worktop])
  expect(dates('Plumber second visit')).toEqual([
    '2024-01-05T16:45:10',
    '2024-01-05T16:45:10.000Z',
    '2024-03-10',
    '2024-03-10',
  ])
  expect(dates('Order tiles')).toEqual(['2023-12-11T11:11:11', '2024-02-01T09:00:00.000Z', null, null])
  expect(dates('Remove old units')).toEqual(['2023-10-20T14:00:00', '2024-01-21T08:16:00.000Z', null, '2024-01-20'])
  expect(taskOf(plan, 'Remove old units').completed_at).toBe('2024-01-21T08:15:00.000Z') // the move to Done, not the tick of 08:16
  expect(warnings).not.toHaveProperty('starts_dropped')
})

it('reads the contents of cards of Trello', async () => {
  const accounts = { '5eb1fe00a1b2c3d400000003': 'ben' }
  const { plan, warnings } = await read(readFixture('trello.json'), { fields: { Hours: 'estimate' }, accounts })
  expect(plan.labels.map(({ name }) => name)).toEqual(['Urgent', 'Supplier', 'Supplier (light blue)', 'Sky', 'Waiting'])
  expect(labelsOf(plan, 'Choose worktop')).toEqual(['Urgent', 'Sky'])
  expect(labelsOf(plan, 'Measure the wall')).toEqual(['Supplier (light blue)'])
  expect(labelsOf(plan, 'Order tiles')).toEqual(['Supplier'])
  expect(labelsOf(plan, 'Plumber second visit')).toEqual(['Waiting'])
  const tiles = taskOf(plan, 'Order tiles')
  expect(tiles.comments).toMatchObject([
    {
      at: '2023-12-13T08:00:00.001Z',
      edited_at: null,
      user_id: null,
      body: 'Ada Brook:\n\nWhich **colour**? @ben_okafor',
    },
    {
      at: '2023-12-14T09:30:15.250Z',
      edited_at: '2023-12-14T10:00:00.000Z',
      user_id: 'ben',
      body: 'Sea green.\n\nSee https://example.com/swatch',
    },
  ])
  expect(taskOf(plan, 'Remove old units').checklists).toMatchObject([
    { title: 'Tools', items: [] },
    {
      title: 'Steps',
      items: [
        { text: 'Switch off power', done: false },
        { text: 'Cap the pipes', done: true },
        { text: 'Hire a van', done: true, due_date: '2024-01-15', assignee_id: 'ben' },
      ],
    },
  ])
  const worktop = taskOf(plan, 'Choose worktop')
  expect(worktop.checklists).toMatchObject([
    {
      title: 'Compare',
      items: [
        { text: 'Oak, 40 mm', done: true },
        { text: 'Slate', done: false },
      ],
    },
  ])
  expect(worktop.description).toContain('https://example.com/worktops')
  expect(worktop.description).not.toMatch(/smartCard|\u200c/)
  expect(worktop.card).toMatchObject({ priority: 'high', estimate: 2.5 })
  expect([worktop, tiles].map(({ assignee_ids }) => assignee_ids)).toEqual([['ben'], ['ben']])
  expect(worktop.description).toContain('Assigned to: Ada Brook')
  expect(plan.links).toEqual([{ kind: 'relates', from: tiles.card.id, to: worktop.card.id }])
  expect(tiles.description).toMatch(
    /Paid: true\n- Order no\.: T-0042\n- Attachment: tiles\.jpg https:.*\n- Attachment: Price list https:\/\/example\.com\/prices\.pdf/,
  )
  expect(warnings).toMatchObject({
    comments_missing: 1,
    attachments_left: 1,
    fields_unknown: 1,
    templates_left: 1,
    columns_archived: 2,
  })
  expect(warnings).not.toHaveProperty('item_people')
  expect((await read(readFixture('trello.json'))).warnings).toMatchObject({ item_people: 1 })
})

it.each([
  ['UTC', 0],
  ['Europe/Berlin', 2],
])('reads issues of Jira with the time zone %s', async (zone, ahead) => {
  const { format, board, plan, warnings } = await read(readFixture('jira.csv'), { zone })
  const at = (utc: string) => new Date(Date.parse(utc) - ahead * 3_600_000).toISOString()
  expect([format, board.key, board.name]).toEqual(['jira', 'PIER', 'Pier 7'])
  expect(titlesByColumn(plan)).toEqual([
    ['To Do', 'todo', ['Timetable', 'Berth names', 'Load test the ferry gate']],
    ['In Review', 'review', ['Show the tide table']],
    ['Done', 'done', ['Trim me']],
    ["Won't Do", 'cancelled', ['Cancelled idea']],
  ])
  const facts = (title: string) => {
    const { created_at, updated_at, completed_at, card, parent } = taskOf(plan, title)
    return [created_at, updated_at, completed_at, card.priority, card.estimate, parent, labelsOf(plan, title)]
  }
  const [n9, n8, n7, n6, n5, n3] = [
    '2025-10-02T00:05Z',
    '2025-09-30T12:30Z',
    '2025-09-29T08:00Z',
    '2025-09-28T08:00Z',
    '2025-09-27T08:00Z',
    '2025-09-26T08:00Z',
  ].map(at)
  expect(facts('Load test the ferry gate')).toEqual([n9, n9, null, 'medium', undefined, null, []])
  expect(facts('Show the tide table')).toEqual([
    n8,
    at('2025-10-01T09:00Z'),
    null,
    'urgent',
    3,
    'PIER-5',
    ['ui', 'tides', 'needs design'],
  ])
  expect(facts('Trim me')).toEqual([
    n7,
    at('2025-09-30T08:00Z'),
    at('2025-09-30T07:59Z'),
    'medium',
    undefined,
    'PIER-8',
    ['ui'],
  ])
  expect(facts('Cancelled idea')).toEqual([
    n6,
    at('2025-09-29T08:00Z'),
    at('2025-09-29T08:00Z'),
    'low',
    undefined,
    null,
    [],
  ])
  expect(facts('Timetable')).toEqual([n5, n5, null, 'medium', 8, null, []])
  expect(facts('Berth names')).toEqual([n3, n3, null, 'medium', undefined, null, []])
  const tide = taskOf(plan, 'Show the tide table')
  expect([tide.start_date, tide.due_date]).toEqual(['2025-09-29', '2025-10-18'])
  expect(tide.description).toContain('{code:java}\nint a = 1; // "quoted"\n{code}\n\n!tide.png|width=300!')
  expect(tide.description).toContain('Sprint: Pier Sprint 1, Pier Sprint 2')
  expect(tide.description).toContain('Assigned to: Tom Quill')
  expect(plan.links).toEqual([{ kind: 'blocks', from: 'PIER-8', to: 'PIER-9' }])
  expect(tide.comments.map(({ at, body }) => [at, body])).toEqual([
    [at('2025-09-30T13:15Z'), 'Tom Quill:\n\nStart at 9;30; then check the log'],
    [at('2025-09-30T23:59Z'), 'Mira Holt:\n\n@Tom Quill fine.\n\nSecond line, "quoted".'],
    [at('2025-10-01T09:00Z'), 'Zoë Ramos:\n\nok'],
  ])
  expect(board.people.map(({ name, email }) => [name, email])).toEqual([
    ['Mira Holt', undefined],
    ['Tom Quill', undefined],
    ['Zoë Ramos', undefined],
  ])
  expect(warnings).toMatchObject({ parents_unknown: 1, attachments_left: 1, time_as_text: 1 })
})

it.each(['UTC', 'Europe/London'])('reads issues of Linear with the time zone %s', async (zone) => {
  const { format, board, plan, warnings } = await read(readFixture('linear.csv'), {
    zone,
    accounts: { 'omar@example.com': 'omar' },
  })
  expect([format, board.name, board.key]).toEqual(['linear', 'Lantern', 'LAN'])
  expect(titlesByColumn(plan)).toEqual([
    ['Backlog', 'backlog', ['Night mode']],
    ['Todo', 'todo', ['=SUM of lumens']],
    ['In Progress', 'in_progress', ['Dim after midnight']],
    ['Done', 'done', ['Pick a driver chip']],
    ['Canceled', 'cancelled', []],
    ['Duplicate', 'cancelled', ['Old twin of LAN-12']],
  ])
  expect(archivedTitlesOf(plan)).toEqual(['Solar lid'])
  const facts = (title: string) => {
    const { created_at, updated_at, started_at, completed_at, due_date, card } = taskOf(plan, title)
    return [created_at, updated_at, started_at, completed_at, due_date, card.priority, card.estimate]
  }
  const day = zone === 'UTC' ? '2026-06-25' : '2026-06-26'
  expect(facts('Dim after midnight')).toEqual([
    '2026-05-13T11:21:41.123Z',
    '2026-06-02T08:00:00.500Z',
    '2026-06-01T09:30:00.000Z',
    null,
    '2026-06-15',
    'urgent',
    3,
  ])
  expect(facts('=SUM of lumens')).toEqual([
    '2026-05-12T23:59:59.999Z',
    '2026-05-12T23:59:59.999Z',
    null,
    null,
    day,
    'none',
    undefined,
  ])
  expect(facts('Pick a driver chip')).toEqual([
    '2026-05-10T07:00:00.000Z',
    '2026-05-20T10:00:00.000Z',
    '2026-05-11T07:00:00.000Z',
    '2026-05-20T10:00:00.000Z',
    null,
    'low',
    1,
  ])
  expect(facts('Night mode')).toEqual([
    '2026-05-08T07:00:00.000Z',
    '2026-05-08T07:00:00.000Z',
    null,
    null,
    null,
    'high',
    undefined,
  ])
  expect(facts('Old twin of LAN-12')).toEqual([
    '2026-05-07T07:00:00.000Z',
    '2026-05-08T07:00:00.000Z',
    null,
    '2026-05-08T07:00:00.000Z',
    null,
    'none',
    undefined,
  ])
  expect(taskOf(plan, 'Dim after midnight')).toMatchObject({ parent: 'LAN-10', assignee_ids: ['omar'] })
  expect(taskOf(plan, 'Dim after midnight').description).toContain('- [ ] bench\n- [x] datasheet')
  expect(taskOf(plan, 'Dim after midnight').description).toContain('Cycle Name: Cycle 4')
  expect(labelsOf(plan, 'Dim after midnight')).toEqual(['firmware', 'power'])
  expect(plan.links).toEqual([
    { kind: 'blocks', from: 'LAN-12', to: 'LAN-14' },
    { kind: 'relates', from: 'LAN-14', to: 'LAN-13' },
    { kind: 'duplicates', from: 'LAN-9', to: 'LAN-12' },
  ])
  expect(warnings).toMatchObject({ comments_none: 1, order_none: 1 })
})

it.each([
  ['UTC', '2024-02-10'],
  ['America/New_York', '2024-02-10'],
  ['America/Chicago', '2024-02-09'],
])('reads a board of WeKan with the time zone %s', async (zone, due) => {
  const { format, board, plan, warnings } = await read(readFixture('wekan.json'), {
    zone,
    accounts: { uAlma0000000000001: 'alma', uBirk0000000000002: 'birk' },
  })
  expect([format, board.name]).toEqual(['wekan', 'Bakery week'])
  expect(plan.columns.map(({ name, wip_limit, wip_mode }) => [name, wip_limit, wip_mode])).toEqual([
    ['To bake', 4, 'warn'],
    ['In the oven', null, 'warn'],
    ['Done', null, 'warn'],
  ])
  expect(titlesByColumn(plan).map(([, , titles]) => titles)).toEqual([
    ['Croissants', 'Rye loaves'],
    ['Order flour'],
    ['Print it', 'Price list'],
  ])
  expect(archivedTitlesOf(plan)).toEqual(['Clean the oven'])
  const rye = taskOf(plan, 'Rye loaves')
  expect(rye).toMatchObject({
    created_at: '2024-02-05T04:30:00.000Z',
    start_date: '2024-02-09',
    due_date: due,
    assignee_ids: ['alma'],
  })
  expect(rye.comments.map(({ at, user_id, body }) => [at, user_id, body])).toEqual([
    ['2024-02-05T09:00:00.000Z', 'alma', 'Which starter? @birk'],
    ['2024-02-06T09:00:00.000Z', 'birk', 'Use the old starter.'],
  ])
  expect(rye.checklists).toMatchObject([
    {
      title: 'Steps',
      items: [
        { text: 'Feed', done: true },
        { text: 'Knead', done: true },
        { text: 'Bake', done: false },
      ],
    },
  ])
  expect(labelsOf(plan, 'Rye loaves')).toEqual(['Hot', 'Green'])
  expect(labelsOf(plan, 'Croissants')).toEqual(['Wholesale'])
  expect(taskOf(plan, 'Croissants')).toMatchObject({ created_at: '2024-02-06T04:30:00.000Z', assignee_ids: ['birk'] })
  expect(taskOf(plan, 'Order flour').created_at).toBe('2024-02-07T04:30:00.000Z')
  expect(taskOf(plan, 'Price list')).toMatchObject({
    created_at: '2024-02-02T04:30:00.000Z',
    completed_at: '2024-02-04T15:00:00.000Z',
  })
  expect(taskOf(plan, 'Print it')).toMatchObject({ created_at: '2024-02-03T04:30:00.000Z', parent: 'c5' })
  expect(warnings).toMatchObject({ attachments_left: 1 })
})

it('reads a header of Jira as the field that map= names', async () => {
  const csv = 'Summary,Issue key,Status,Utworzono,Termin\nA,KEY-1,To Do,02/Oct/25 12:05 AM,25/12/2026\n'
  const { plan } = await read(csv, { zone: 'UTC', fields: { Utworzono: 'created_at', Termin: 'due_date' } })
  expect(taskOf(plan, 'A')).toMatchObject({ created_at: '2025-10-02T00:05:00.000Z', due_date: '2026-12-25' })
})

it.each([
  ['UTC', 'T00:00:00.000Z'],
  ['Europe/Paris', 'T22:00:00.000Z'],
])('reads tasks of Asana with the time zone %s', async (zone, midnight) => {
  const { format, board, plan, warnings } = await read(readFixture('asana.csv'), {
    zone,
    fields: { 'Estimated time': 'estimate' },
    accounts: { 'ines@example.com': 'ines', 'ola@example.com': 'ola' },
  })
  const on = (day: string) =>
    zone === 'UTC'
      ? `${day}${midnight}`
      : `${new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)}${midnight}`
  expect([format, board.name]).toEqual(['asana', 'Launch'])
  expect(titlesByColumn(plan).map(([name, , titles]) => [name, titles])).toEqual([
    ['To do', ['Write the brief']],
    ['Doing', ['Send invoices']],
    ['Untitled section', ['Choose a date']],
    ['Done', ['Draft outline', 'Book the room']],
  ])
  expect(taskOf(plan, 'Write the brief')).toMatchObject({
    created_at: on('2026-09-01'),
    start_date: '2026-09-20',
    due_date: '2026-10-01',
    assignee_ids: ['ines'],
    description: 'Two pages.\nLine two, with a comma',
    card: { priority: 'high' },
  })
  expect(labelsOf(plan, 'Write the brief')).toEqual(['Urgent', 'Client'])
  expect(taskOf(plan, 'Draft outline')).toMatchObject({
    parent: taskOf(plan, 'Write the brief').card.id,
    completed_at: on('2026-09-05'),
    assignee_ids: ['ola'],
  })
  expect(taskOf(plan, 'Book the room').completed_at).toBe(on('2026-09-03'))
  expect(taskOf(plan, 'Send invoices').card.estimate).toBe(2.5)
  expect(plan.links).toEqual([
    { kind: 'blocks', from: taskOf(plan, 'Write the brief').card.id, to: taskOf(plan, 'Send invoices').card.id },
  ])
  expect(warnings).toMatchObject({ projects_several: 1, comments_none: 1 })
})

it.each([
  ['Jira', 'Summary,Status,Issue key,Created\n', (n: number, on: string) => `Issue ${n},To Do,APP-${n},${on}\n`],
  [
    'Linear',
    'Title,Status,ID,Created,Team,Creator\n',
    (n: number, on: string) => `Issue ${n},Todo,APP-${n},${on},T,\n`,
  ],
])(
  'keeps the issue numbers of %s, and writes keys whose number is too large into the description',
  async (_, head, row) => {
    const numbersOf = async (...rows: [number, string][]) => {
      const { plan, warnings } = await read(head + rows.map((each) => row(...each)).join(''))
      const numbers = plan.tasks.map(({ title, number, description }) => {
        const [, key = ''] = /^---\n\n- Key: (.*)$/.exec(description) ?? []
        return [title, number, key]
      })
      return [numbers, warnings.numbers_changed]
    }
    const first: [number, string][] = [
      [1, '2025-11-01'],
      [2, '2025-11-02'],
      [7, '2025-11-03'],
    ]
    const kept = [
      ['Issue 1', 1, ''],
      ['Issue 2', 2, ''],
      ['Issue 7', 7, ''],
    ]
    expect(await numbersOf(...first)).toEqual([kept, undefined])
    expect(await numbersOf(...first, [5, '2025-11-04'])).toEqual([[...kept, ['Issue 5', 5, '']], undefined])
    expect(await numbersOf(...first, [9, '2025-01-05'])).toEqual([[['Issue 9', 9, ''], ...kept], undefined])
    expect(await numbersOf(...first, [1_000_001, '2025-11-01'])).toEqual([
      [kept[0], ['Issue 1000001', 8, 'APP-1000001'], ...kept.slice(1)],
      1,
    ])
  },
)

it('gives each issue a number of its own', async () => {
  const rows = ['One,Todo,APP-1,2025-11-01,T,', 'Two,Todo,APP-2,2025-11-02,T,', 'Again,Todo,APP-01,2025-11-03,T,']
  const { plan } = await read(['Title,Status,ID,Created,Team,Creator', ...rows].join('\n'))
  expect(plan.tasks.map(({ title, number }) => [title, number])).toEqual([
    ['One', 1],
    ['Two', 2],
    ['Again', 3],
  ])
})

it('makes a journal with times in ascending order, all of them from the file', async () => {
  for (const name of ['trello.json', 'jira.csv', 'linear.csv', 'wekan.json', 'asana.csv']) {
    const { plan } = await read(readFixture(name))
    const importer = { id: '01900000-0000-7000-8000-000000000000', email: 'ada@example.com', name: 'Ada' }
    const lines = [...new Journal(plan, { key: 'ABC', name, description: '', importer, people: [] }).writeLines()].map(
      (line) => JSON.parse(line),
    )
    const times = lines.slice(1).map(({ created_at }) => created_at)
    expect(times).toEqual(times.toSorted())
    expect(times.at(-1) < '2026-11-01').toBe(true)
    const seqs = lines.slice(1).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, n) => n + 1))
  }
})
