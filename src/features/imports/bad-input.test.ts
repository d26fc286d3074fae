import { expect, it } from 'vitest'
import { read, readFixture, taskOf, titlesByColumn } from '../../../test/support/import-plans.ts'
import { AppError } from '../../lib/errors.ts'
import { readBoard } from './read.ts'

async function refusalOf(text: string, told = {}): Promise<string> {
  const error = await read(text, told).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw error ?? new Error('It was not refused')
  return (error.details.errors ?? []).map(({ path, message }) => `${path} ${message}`).join('\n')
}

const listsOf = (n: number) => Array.from({ length: n }, (_, at) => ({ id: `l${at}`, name: `List ${at}`, pos: at }))
const trelloFile = (fields: object) => JSON.stringify({ name: 'Board', cards: [], ...fields })

it.each([
  ['text that is not JSON', '{"cards": [nonsense', /^body is not JSON at byte \d+ or before: export the board again/],
  [
    'incomplete JSON',
    trelloFile({ lists: listsOf(2) }).slice(0, -5),
    /^body is not complete JSON \(it ends after byte \d+\): /,
  ],
  [
    'JSON of an unknown format',
    '{"hello": [1, 2]}',
    /^format is not recognised, or the board is empty: a JSON of Trello has `lists`/,
  ],
  ['a board of Trello without lists', '{"lists": [], "cards": []}', /^format is not recognised, or the board is empty/],
  ['an array', '[{"id": 1}]', /^format is not recognised/],
  [
    'arrays that are nested too deeply',
    `{"cards": [${'['.repeat(100_000)}`,
    /^body is nested more than 64 deep: export the board again, unchanged$/,
  ],
  [
    'one element of a million tokens',
    `{"cards": [[${'1,'.repeat(600_000)}1]]}`,
    /^body has more than 500000 JSON tokens in one element: export the board again, unchanged$/,
  ],
  ['a board without a list', trelloFile({ cards: [{ id: 'a', idList: 'x', name: 'Lost' }] }), /^columns are missing/],
  [
    'a board with only closed lists',
    trelloFile({ lists: [{ id: 'l', name: 'L', closed: true }] }),
    /^columns are missing/,
  ],
  [
    'more than 50 lists',
    trelloFile({ lists: listsOf(51) }),
    /^columns are 51, and a board has at most 50\. Merge or archive some of them: List 0, List 1, .*List 50$/,
  ],
  ['an empty CSV', '\n\n', /^body is empty, or has only blank rows: export the file again$/],
  ['a file with only a separator line', 'sep=;\n\n', /^body is empty, or has only blank rows/],
  [
    'a table without a title column',
    'colour,size\nred,3\n',
    /^body has no header that means the title of a task\. It has: colour, size\. Choose one with map=/,
  ],
  ['a table without rows', 'title,status\n', /^body has a header, but no tasks below it: export the tasks again$/],
  [
    'dates that fit two orders',
    'title,due\nA,3/4/2026\nB,5/6/2026\n',
    /3\/4\/2026 is 2026-04-03 or 2026-03-04\. Choose one with map=\{"dates": "dmy"\} or/,
  ],
  [
    'dates that contradict each other in order',
    'title,due\nA,31/4/2026\nB,5/16/2026\n',
    /two orders: 31\/4\/2026 and 5\/16\/2026/,
  ],
  [
    'an ambiguous date beside one that is the same in both orders',
    'title,due\nA,5/5/2026\nB,3/4/2026\n',
    /two ways: 3\/4\/2026 is 2026-04-03 or 2026-03-04/,
  ],
  [
    'a quotation mark that is never closed',
    `title\n"${'x\n'.repeat(2_200_000)}`,
    /^row 2 is longer than 4194304 characters: a quotation mark may be missing$/,
  ],
  [
    'quotation marks that do not match',
    'title,status\nA,x\n"B"x,y\nC,z\n',
    /^row 3 has quotation marks that do not match/,
  ],
  [
    'quotation marks that do not match, after a separator line',
    'sep=;\ntitle;status\nA;x\n"B"x;y\n',
    /^row 4 has quotation marks that do not match/,
  ],
  [
    'a file of Jira with unknown headers',
    'a,Issue key,b\nx,AB-1,y\n',
    /^body has no header that means title or status\. It has: a, Issue key, b\./,
  ],
])('refuses %s, and says what is wrong', async (_, text, said) => {
  expect(await refusalOf(text)).toMatch(said)
})

it('refuses text that is not UTF-8, and compressed files', async () => {
  const read = (bytes: number[]) => {
    const body = (async function* () {
      yield new Uint8Array(bytes)
    })()
    return readBoard(body, undefined, {
      fields: new Map(),
      columns: new Map(),
      people: new Map(),
      alias: () => undefined,
      keep: (text) => text,
    })
  }
  const latin = [...new TextEncoder().encode('title\nCaf')].concat(0xe9, 0x0a)
  await expect(read(latin)).rejects.toMatchObject({
    details: { errors: [{ message: expect.stringMatching(/is not UTF-8 at byte 11 or before/) }] },
  })
  for (const magic of [
    [0x1f, 0x8b, 8],
    [0x50, 0x4b, 3, 4],
  ])
    await expect(read(magic)).rejects.toMatchObject({ code: 'unsupported_media_type' })
})

it('reads dates in the only order that fits them, or in the order that map= gives', async () => {
  const dueOf = async (csv: string, told = {}) => taskOf((await read(csv, told)).plan, 'A').due_date
  expect(await dueOf('title,due\nA,3/4/2026\nB,25/6/2026\n')).toBe('2026-04-03')
  expect(await dueOf('title,due\nA,3/4/2026\nB,6/25/2026\n')).toBe('2026-03-04')
  expect(await dueOf('title,due\nA,3.4.2026\n')).toBe('2026-04-03')
  expect(await dueOf('title,due\nA,3/4/2026\n', { dates: 'mdy' })).toBe('2026-03-04')
})

it('counts the rows and values that it leaves out or changes', async () => {
  const { plan, warnings, examples } = await read(
    [
      'title;state;tags;created;due;Size',
      'A;Ready;"x;y";0001-01-01;2026-05-01;XL',
      'B;Ready',
      'C;Ready;a;b;c;d;e',
      '  =1+1;Doing;;2025-01-01',
    ].join('\n'),
  )
  expect(titlesByColumn(plan)).toEqual([
    ['Ready', 'todo', ['A', 'B']],
    ['Doing', 'in_progress', ['=1+1']],
  ])
  expect(taskOf(plan, 'A')).toMatchObject({ created_at: '2025-01-01T00:00:00.000Z', description: '---\n\n- Size: XL' })
  expect(warnings).toMatchObject({
    rows_wide: 1,
    rows_narrow: 2,
    dates_unreadable: 1,
    times_missing: 2,
    fields_as_text: 1,
    comments_none: 1,
  })
  expect(examples.find(({ code }) => code === 'rows_wide')?.examples).toEqual(['row 4: 7 cells for 6 headers'])
})

it('keeps names in other scripts, replaces invisible names, and shortens names that are too long', async () => {
  const name = '名'.repeat(600)
  const board = {
    lists: [
      { id: 'l1', name: '進行中', pos: -5 },
      { id: 'l2', name: '\u200b', pos: 0 },
      { id: 'l3', name: `Ü ${'n'.repeat(200)}`, pos: 2 ** 47 },
    ],
    cards: [
      { id: 'a', idList: 'l1', name: `${name}😀`, pos: 0 },
      { id: 'b', idList: 'l1', name: ' \u200b\n', pos: 0 },
      { id: 'c', idList: 'nowhere', name: 'Two\r\n\r\n lines\ud800', pos: -1 },
    ],
  }
  const { plan, warnings } = await read(trelloFile(board))
  expect(plan.columns.map(({ key, category }) => [key, category])).toEqual([
    ['column_1', 'in_progress'],
    ['column_2', 'in_progress'],
    [expect.stringMatching(/^u_n+$/), 'in_progress'],
  ])
  expect(plan.columns[1]?.name).toBe('Column 2')
  expect(titlesByColumn(plan)[0]?.[2]).toEqual(['Two lines\ufffd', name.slice(0, 500), '(untitled)'])
  expect(warnings).toMatchObject({
    columns_unknown: 1,
    titles_cut: 1,
    titles_missing: 1,
    names_cut: 1,
    times_missing: 3,
  })
})

it('drops circular parents, and parents that would nest tasks too deeply', async () => {
  const chain = Array.from({ length: 25 }, (_, n) => `${n},Task ${n},${n - 1}`)
  const { plan, warnings } = await read(['id,title,parent', '-1,Top,24', ...chain, '99,Self,99'].join('\n'))
  expect(warnings).toMatchObject({ parents_circular: 2, parents_deep: 1 })
  expect(plan.tasks.filter(({ parent }) => parent !== null)).toHaveLength(24)
})

it.each(['jira.csv', 'linear.csv'])(
  'refuses %s without issues, and a project that the file does not contain',
  async (name) => {
    const [header = ''] = readFixture(name).split('\n')
    expect(await refusalOf(header)).toBe('body has a header, but no issues below it: export the issues again')
    expect(await refusalOf(readFixture(name), { project: 'Elsewhere' })).toMatch(
      /^project is not in the file, which has \w+(, \w+)*: choose one of these$/,
    )
  },
)

it('refuses the choice of a project when the issues of the file name no project', async () => {
  const nameless = 'Summary,Issue key,Issue id,Status,Created\nA,,1,To Do,02/Oct/25 12:05 AM\n'
  expect(await refusalOf(nameless, { project: 'PIER' })).toBe(
    'project is not in the file, whose issues name no project: leave it out',
  )
})
