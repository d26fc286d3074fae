import { beforeAll, expect, it } from 'vitest'
import { call, newPerson, type Person, readAllPages } from '../support/api.ts'
import { freshKey } from '../support/exports.ts'

/** `completed_at` of an imported task, and what reports count as finished, are the same instant. */

const TZ = 'Asia/Kolkata'
const PERIODS = ['from=2021-01-01&to=2023-12-31', 'from=2024-01-01&to=2026-12-31']

let ada: Person
beforeAll(async () => {
  ada = await newPerson('Ada')
})

const typeOf = (file: string) => (file.startsWith('{') ? 'application/json' : 'text/csv')
const dayOf = (instant: string) => new Intl.DateTimeFormat('en-CA', { timeZone: TZ }).format(new Date(instant))

/**
 * Imports a file, and returns its report, its tasks by title, and the lead times in days of those that reports count.
 */
async function importAndCompare(file: string) {
  const { token } = ada
  const headers = { 'Content-Type': typeOf(file) }
  const { status, body } = await call('POST', `/imports?tz=${TZ}&key=${freshKey()}`, { token, body: file, headers })
  expect({ status, body }).toMatchObject({ status: 201 })
  const id = body.project_id
  const { columns } = (await call('GET', `/projects/${id}/board`, { token })).body
  const isDone = (key: string) => columns.some((column: any) => column.key === key && column.category === 'done')
  const list = (archived: boolean) => readAllPages(`/tasks?project_id=${id}&archived=${archived}`, token)
  const tasks = [...(await list(false)), ...(await list(true))]
  const ask = async (report: string) =>
    Promise.all(
      PERIODS.map(async (period) => {
        const answer = await call('GET', `/reports/projects/${id}/${report}?tz=${TZ}&interval=day&${period}`, { token })
        return answer.body
      }),
    )
  const finished = tasks.filter(({ status }) => isDone(status))
  const timed = (await ask('lead-time')).flatMap((answer) => answer.tasks)
  expect(Object.fromEntries(timed.map((task) => [task.title, task.completed_at]))).toEqual(
    Object.fromEntries(finished.map(({ title, completed_at }) => [title, completed_at])),
  )
  const days = (await ask('throughput')).flatMap(({ points }) =>
    points.flatMap(({ start, completed }: any) => Array(completed).fill(start)),
  )
  expect(days).toEqual(finished.map(({ completed_at }) => dayOf(completed_at)).toSorted())
  const leads = Object.fromEntries(timed.map(({ title, hours }) => [title, hours / 24]))
  return { ...body, leads, tasks: Object.fromEntries(tasks.map((task) => [task.title, task])) }
}

const fixtures = import.meta.glob<string>('../fixtures/imports/*', { query: '?raw', import: 'default', eager: true })

it.each(Object.entries(fixtures))('tasks and reports agree on when a task was finished: %s', async (_, file) => {
  const { leads } = await importAndCompare(file.replace(/^\uFEFF/, ''))
  expect(Object.keys(leads)).not.toEqual([])
})

const at = (day: string) => `${day}T10:00:00.000Z`
const jira = (...rows: string[]) => ['Summary,Issue key,Issue id,Status,Created,Updated,Resolved', ...rows].join('\n')

/** A card of Trello, made on 1 October, in its list; with its moves and its completion. */
function trello(moves: [day: string, from: string, to: string][], list: string, fields: object = {}) {
  const card = { id: `${(Date.parse(at('2026-10-01')) / 1000).toString(16)}${'0'.repeat(16)}` }
  const actions = moves.map(([day, before, after], n) => ({
    id: `a${n}`,
    type: 'updateCard',
    date: at(day),
    data: { card, listBefore: { id: before }, listAfter: { id: after }, old: {} },
  }))
  const lists = ['To do', 'Doing', 'Done', 'Shipped', 'Cancelled'].map((name, pos) => ({ id: name, name, pos }))
  const more = { name: 'A', pos: 1, dateLastActivity: at('2026-10-28'), ...fields }
  return JSON.stringify({ name: 'Cards', lists, cards: [{ ...card, idList: list, ...more }], actions })
}
const wekan = (fields: object) =>
  JSON.stringify({
    _format: 'wekan-board-1.0.0',
    title: 'Board',
    lists: ['To do', 'Done'].map((title, sort) => ({ _id: title, title, sort })),
    swimlanes: [{ _id: 's', title: 'S', sort: 0 }],
    cards: [{ _id: 'c', title: 'A', listId: 'Done', swimlaneId: 's', sort: 0, createdAt: at('2026-10-01'), ...fields }],
  })

const moved = { dateLastActivity: at('2026-10-20') }
const CASES: [what: string, file: string, day: string, lead: number, assumed: number][] = [
  ['a CSV without a completion', 'title,status,created,updated\nA,Done,2026-10-01,2026-10-20', '2026-10-20', 19, 1],
  ['a CSV without a change', 'title,status,created,updated\nA,Done,2026-10-01,2026-10-01', '2026-10-01', 0, 0],
  [
    'Jira without Resolved',
    jira('A,K-1,1,Done,01/Oct/26 10:00 AM,20/Oct/26 10:00 AM,', 'B,K-2,2,To Do,01/Oct/26 10:00 AM,,'),
    '2026-10-20',
    19,
    1,
  ],
  [
    'Jira with done issues only',
    jira('A,K-1,1,Done,02/Oct/26 10:00 AM,20/Oct/26 10:00 AM,05/Oct/26 10:00 AM'),
    '2026-10-05',
    3,
    1,
  ],
  ['WeKan without endAt', wekan({ modifiedAt: at('2026-10-20') }), '2026-10-20', 19, 1],
  ['WeKan with endAt', wekan({ modifiedAt: at('2026-10-20'), endAt: at('2026-10-12') }), '2026-10-12', 11, 1],
  ['Trello without actions', trello([], 'Done', moved), '2026-10-20', 19, 1],
  [
    'Trello without actions, archived before',
    trello([], 'Done', { closed: true, dateClosed: at('2026-10-18') }),
    '2026-10-18',
    17,
    1,
  ],
  [
    'Trello, ticked before the move',
    trello([['2026-10-20', 'Doing', 'Done']], 'Done', { dueComplete: true, dateCompleted: at('2026-10-15') }),
    '2026-10-20',
    19,
    0,
  ],
  [
    'Trello, ticked after the move',
    trello([['2026-10-18', 'Doing', 'Done']], 'Done', { dueComplete: true, dateCompleted: at('2026-10-25') }),
    '2026-10-18',
    17,
    0,
  ],
  [
    'Trello, ticked, with a move that the file lacks',
    trello([['2026-10-05', 'To do', 'Doing']], 'Done', { dueComplete: true, dateCompleted: at('2026-10-25') }),
    '2026-10-25',
    24,
    0,
  ],
  [
    'Trello, cancelled and then done',
    trello(
      [
        ['2026-10-05', 'To do', 'Cancelled'],
        ['2026-10-09', 'Cancelled', 'Done'],
      ],
      'Done',
    ),
    '2026-10-09',
    8,
    0,
  ],
  [
    'Trello, cancelled, done and shipped',
    trello(
      [
        ['2026-10-05', 'To do', 'Cancelled'],
        ['2026-10-09', 'Cancelled', 'Done'],
        ['2026-10-12', 'Done', 'Shipped'],
      ],
      'Shipped',
    ),
    '2026-10-09',
    8,
    0,
  ],
  [
    'Trello, reopened and done again',
    trello(
      [
        ['2026-10-05', 'Doing', 'Done'],
        ['2026-10-06', 'Done', 'Doing'],
        ['2026-10-09', 'Doing', 'Done'],
      ],
      'Done',
    ),
    '2026-10-09',
    8,
    0,
  ],
]

it.each(CASES)('tasks and reports agree on when a task was finished: %s', async (_, file, day, lead, assumed) => {
  const { tasks, leads, warnings } = await importAndCompare(file)
  expect(dayOf(tasks.A.completed_at)).toBe(day)
  expect(leads.A).toBe(lead)
  expect(warnings.find(({ code }: any) => code === 'moves_assumed')?.count ?? 0).toBe(assumed)
})

it('adds an open column for the time before completion to a file with only finished tasks', async () => {
  const { columns } = await importAndCompare(
    jira('A,K-1,1,Done,02/Oct/26 10:00 AM,20/Oct/26 10:00 AM,05/Oct/26 10:00 AM'),
  )
  expect(columns).toEqual([
    { name: 'To do', category: 'todo', tasks: 0 },
    { name: 'Done', category: 'done', tasks: 1 },
  ])
})

it('keeps the time at which a task was cancelled, as a move does', async () => {
  const moves: [string, string, string][] = [
    ['2026-10-05', 'To do', 'Done'],
    ['2026-10-09', 'Done', 'Cancelled'],
  ]
  const { tasks } = await importAndCompare(trello(moves, 'Cancelled'))
  expect(tasks.A.completed_at).toBe(at('2026-10-09'))
})

it('keeps every time at which a card was archived or restored', async () => {
  const days = ['2026-10-05', '2026-10-08', '2026-10-11', '2026-10-14', '2026-10-17']
  const file = (closed: boolean, dates: string[], fields: object) => {
    const board = JSON.parse(trello([], 'To do', { closed, ...fields }))
    board.actions = dates.map((day, n) => ({
      id: `a${n}`,
      type: 'updateCard',
      date: at(day),
      data: { card: { id: board.cards[0].id }, old: { closed: n % 2 === 1 } },
    }))
    const renamed = { ...board.actions[0], id: 'b', date: at('2026-10-16') }
    renamed.data = { ...renamed.data, old: { name: 'B' } }
    return JSON.stringify({ ...board, actions: [renamed, ...board.actions.toReversed()] })
  }
  const daysOnBoard = async (closed: boolean, dates: string[], fields = {}) => {
    const { project_id, tasks } = await importAndCompare(file(closed, dates, fields))
    const query = `from=2026-10-01&to=2026-10-19&tz=${TZ}`
    const flow = await call('GET', `/reports/projects/${project_id}/cumulative-flow?${query}`, { token: ada.token })
    const shown = flow.body.points.map(({ counts }: any) => counts.to_do).join('')
    return [shown, tasks.A.archived_at]
  }
  expect(await daysOnBoard(false, days.slice(0, 4))).toEqual(['1111000111000111111', null])
  expect(await daysOnBoard(true, days)).toEqual(['1111000111000111000', at('2026-10-17')])
  // The file says what is now: an action that contradicts it counts for nothing.
  expect(await daysOnBoard(false, days)).toEqual(['1111000111000111111', null])
  // A time in the future becomes the latest past time of the file, or that of the change before it if this is later.
  const old = { dateLastActivity: at('2026-10-02') }
  expect(await daysOnBoard(false, ['2026-10-05', '2030-01-01'], old)).toEqual(['1'.repeat(19), null])
})
