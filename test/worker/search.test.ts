import { beforeAll, expect, it } from 'vitest'
import {
  addProjects,
  call,
  database,
  newAdmin,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readAllPages,
} from '../support/api.ts'

const ask = (token: string, query: Record<string, string>) =>
  call('GET', `/search?${new URLSearchParams(query)}`, { token })
const titlesOf = ({ body }: any) => body.items.map(({ title }: { title: string }) => title)

let ada: Person
let board: any
const numbers = new Map<string, string>()
beforeAll(async () => {
  ada = await newPerson()
  const key = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => String.fromCharCode(65 + (byte % 26)))
  board = await newProject(ada.token, { key: key.join('') }) // without digits, as tests search for digits of numbers
  const add = async (title: string, description = '', fields = {}) =>
    numbers.set(title, (await newTask(ada.token, board.id, { title, description, ...fields })).number)
  await add('Plan the launch')
  await add('Straße sperren', 'Für den Umzug in Zürich')
  await add('准备项目会议室', '讨论议程')
  await add('Café au lait')
  await add('Write the relaunch report', 'Say what was learned in Łódź and ĐàNẵng; 12 pages', {
    status: 'done',
    priority: 'high',
  })
  await add('ประชุมคณะกรรมการพัฒนาทรัพยากรมนุษย์ประจำปีงบประมาณสองพันห้าร้อยหกสิบเก้าครั้งที่หนึ่ง', `${'q'.repeat(70)}ending`)
  await add('Upgrade Node.js on 10.0.0.45, from v2.10.3', 'with an x-ray')
  await add('Other', `${'padding '.repeat(500)}the needle of a haystack${' padding'.repeat(500)}`)
  for (let n = 0; n < 6; n++) await add(`Filler ${n}`)
})
const find = async (q: string, rest: object = {}) => titlesOf(await ask(ada.token, { q, ...rest }))

it.each([
  ['launch', ['Plan the launch', 'Write the relaunch report']],
  ['LAUNCH plan', ['Plan the launch']],
  ['aunc', ['Write the relaunch report', 'Plan the launch']],
  ['launch nothing', []],
  ['strasse', ['Straße sperren']],
  ['STRASSE', ['Straße sperren']],
  ['zurich', ['Straße sperren']],
  ['fur den umzug', ['Straße sperren']],
  ['会议', ['准备项目会议室']],
  ['室', ['准备项目会议室']],
  ['会室', []],
  ['议程', ['准备项目会议室']],
  ['cafe', ['Café au lait']],
  ['cafe\u0301', ['Café au lait']],
  ['lodz', ['Write the relaunch report']],
  ['ŁÓDŹ', ['Write the relaunch report']],
  ['danang', ['Write the relaunch report']],
  ['needle haystack', ['Other']],
  ['ครั้งที่หนึ่ง', ['ประชุมคณะกรรมการพัฒนาทรัพยากรมนุษย์ประจำปีงบประมาณสองพันห้าร้อยหกสิบเก้าครั้งที่หนึ่ง']],
  ['ending', ['ประชุมคณะกรรมการพัฒนาทรัพยากรมนุษย์ประจำปีงบประมาณสองพันห้าร้อยหกสิบเก้าครั้งที่หนึ่ง']],
  ['node.j', ['Upgrade Node.js on 10.0.0.45, from v2.10.3']],
  ['node.s', []],
  ['10.0.0.4', ['Upgrade Node.js on 10.0.0.45, from v2.10.3']],
  ['v2.1', ['Upgrade Node.js on 10.0.0.45, from v2.10.3']],
  ['2.10', ['Upgrade Node.js on 10.0.0.45, from v2.10.3']],
  ['x-r', ['Upgrade Node.js on 10.0.0.45, from v2.10.3']],
  ['x r', []],
  ['!!! — ?', []],
  ["'; drop table tasks; --\\", []],
  ['a', ['Other']],
])('finds with the query %s', async (q, wanted) => {
  expect(await find(q)).toEqual(wanted)
})

it('lists a task whose number matches first, with or without its key', async () => {
  const number = `${board.key}-12`
  const [wanted] = [...numbers].find(([, other]) => other === number) ?? []
  for (const q of [number, number.toLowerCase(), `${board.key} 12`, '12']) {
    const found = await find(q)
    expect(found[0], q).toBe(wanted)
  }
  expect(await find('12')).toEqual([wanted, 'Write the relaunch report'])
})

it('returns a piece of plain text with the positions of the matches', async () => {
  const marked = async (q: string) => {
    const { body } = await ask(ada.token, { q })
    const { text, highlights, field } = body.items[0].snippet
    return { field, text, words: highlights.map(([from, to]: [number, number]) => text.slice(from, to)) }
  }
  expect(await marked('strasse')).toEqual({ field: 'title', text: 'Straße sperren', words: ['Straße'] })
  expect(await marked('会议')).toMatchObject({ words: ['会议'] })
  expect(await marked('cafe LAIT')).toMatchObject({ words: ['Café', 'lait'] })
  const deep = await marked('needle haystack')
  expect(deep).toMatchObject({ field: 'description', words: ['needle', 'haystack'] })
  expect(deep.text.length).toBeLessThan(300)
})

it.each([
  ['More soft\u00adware', 'software', 'soft\u00adware'],
  ['A pass\u200bword', 'password', 'pass\u200bword'],
  ['Bir ıspanak', 'ispanak', 'ıspanak'],
  ['Istanbul', 'ıstanbul', 'Istanbul'],
  ['ｶﾞｷﾞ', 'ガギ', 'ｶﾞｷﾞ'],
])('marks in the title %s the match of the query %s', async (title, q, word) => {
  await newTask(ada.token, board.id, { title })
  const { body } = await ask(ada.token, { q })
  expect(body.items).toMatchObject([{ title, snippet: { text: title } }])
  const [[from, to]] = body.items[0].snippet.highlights
  expect(title.slice(from, to)).toBe(word)
})

it('finds a single letter only as a whole word', async () => {
  const add = (title: string, description: string) => newTask(ada.token, board.id, { title, description })
  await add('Nach', `${'Stich nach '.repeat(300)}all about C++ here`)
  await add('C语言', '室内')
  await add('Vitamin C', 'Nach')
  const hitsOf = async (q: string) =>
    (await ask(ada.token, { q })).body.items.map(({ title, snippet: { field, text, highlights } }: any) => [
      title,
      field,
      ...highlights.map(([from, to]: [number, number]) => text.slice(from, to)),
    ])
  expect(await hitsOf('C++')).toEqual([
    ['Vitamin C', 'title', 'C'],
    ['C语言', 'title', 'C'],
    ['Nach', 'description', 'C'],
  ])
  expect((await hitsOf('nach c')).map((hit: string[]) => hit.slice(0, 3))).toEqual([
    ['Vitamin C', 'description', 'Nach'],
    ['Nach', 'description', 'nach'],
  ])
  expect(await hitsOf('语')).toEqual([['C语言', 'title', '语']])
  expect(await hitsOf('内')).toEqual([['C语言', 'description', '内']])
})

it('filters in the same way as a list', async () => {
  expect(await find('launch', { include_done: 'false' })).toEqual(['Plan the launch'])
  expect(await find('launch', { status_category: 'done' })).toEqual(['Write the relaunch report'])
  expect(await find('launch', { priority: 'high' })).toEqual(['Write the relaunch report'])
  expect(await find('launch', { assignee_id: 'none', project_id: board.id })).toHaveLength(2)
  expect(await find('launch', { assignee_id: ada.id })).toEqual([])
})

it('returns all hits over several pages in one order', async () => {
  const all = await readAllPages('/search?q=filler&limit=4', ada.token)
  expect(all.map(({ title }) => title)).toEqual([5, 4, 3, 2, 1, 0].map((n) => `Filler ${n}`))
})

it('finds an edited text, and nothing in the trash until it is restored', async () => {
  const { id } = await newTask(ada.token, board.id, { title: 'Ephemeral' })
  await call('PATCH', `/tasks/${id}`, { token: ada.token, body: { title: 'Lasting', description: 'of zeppelins' } })
  expect(await find('ephemeral')).toEqual([])
  expect(await find('zeppelin')).toEqual(['Lasting'])
  await call('DELETE', `/tasks/${id}`, { token: ada.token })
  expect(await find('zeppelin')).toEqual([])
  await call('POST', `/tasks/${id}/restore`, { token: ada.token })
  expect(await find('zeppelin')).toEqual(['Lasting'])
  await call('DELETE', `/tasks/${id}`, { token: ada.token })
})

it('finds only in projects of which the reader is a member, and in archived ones on request', async () => {
  const other = await newProject(ada.token)
  const { number } = await newTask(ada.token, other.id, { title: 'Secret zebra' })
  const [eve, boss, bob] = [await newPerson(), await newAdmin(), await newMember(ada, other.id, 'viewer')]
  expect(titlesOf(await ask(bob.token, { q: 'zebra' }))).toEqual(['Secret zebra'])
  for (const { token } of [eve, boss])
    for (const q of ['zebra', number]) expect(titlesOf(await ask(token, { q }))).toEqual([])
  expect(await ask(eve.token, { q: 'zebra', project_id: other.id })).toMatchObject(problem(404, 'not_found'))
  expect(titlesOf(await ask(boss.token, { q: 'zebra', project_id: other.id }))).toEqual(['Secret zebra'])
  const bound = await newApiKey(ada, { project_ids: [board.id] })
  expect(titlesOf(await ask(bound.key, { q: 'zebra' }))).toEqual([])
  await call('DELETE', `/projects/${other.id}/members/${bob.id}`, { token: ada.token })
  expect(titlesOf(await ask(bob.token, { q: 'zebra' }))).toEqual([])
  await call('PATCH', `/projects/${other.id}`, { token: ada.token, body: { status: 'archived' } })
  expect(await find('zebra')).toEqual([])
  expect(await find('zebra', { include_archived: 'true' })).toEqual(['Secret zebra'])
  expect(await find('zebra', { project_id: other.id })).toEqual(['Secret zebra'])
})

it.each([
  {},
  { q: '' },
  { q: 'x'.repeat(201) },
  { q: 'a', limit: '101' },
  { q: 'a', sort: 'title' },
  { q: 'a', cursor: 'x' },
])('refuses the query %j', async (query) => {
  expect(await ask(ada.token, query as Record<string, string>)).toMatchObject(problem(422, 'validation_failed'))
})

it('finds a task by the current text of its comments, but not of deleted ones', async () => {
  const { id } = await newTask(ada.token, board.id, { title: 'Talked about' })
  const say = (body: string) => call('POST', `/tasks/${id}/comments`, { token: ada.token, body: { body } })
  const comment = (await say('The giraffe is tall')).body
  await say('A second giraffe')
  const { body } = await ask(ada.token, { q: 'giraffe is' })
  expect(body.items).toMatchObject([
    {
      id,
      comment_id: comment.id,
      snippet: {
        field: 'comment',
        highlights: [
          [4, 11],
          [12, 14],
        ],
      },
    },
  ])
  expect(await find('giraffe')).toEqual(['Talked about'])
  await call('PATCH', `/comments/${comment.id}`, { token: ada.token, body: { body: 'An okapi' } })
  expect([await find('giraffe is'), await find('okapi')]).toEqual([[], ['Talked about']])
  await call('DELETE', `/comments/${comment.id}`, { token: ada.token })
  expect(await find('okapi')).toEqual([])
  const left = await database()`select body from search_texts where task_id = ${id} and title = ''`
  expect(left).toEqual([{ body: 'a second giraffe' }])
  await call('DELETE', `/tasks/${id}`, { token: ada.token })
  expect(await find('giraffe')).toEqual([])
})

it('says when it did not search everything: more than 2,000 texts, or more than 500 projects', async () => {
  const me = await newPerson()
  const first = await newProject(me.token)
  const cards = (project: string, count: number) => database()`
    with who as (select set_config('flowtrack.actor', ${me.id}, true))
    insert into tasks (id, project_id, number, title, status, position)
    select gen_random_uuid(), ${project}, 'S-' || n, 'Common', 'todo', n from who, generate_series(1, ${count}::int) n`
  const incomplete = async (query: object) => (await ask(me.token, { limit: '1', ...query } as any)).body.incomplete
  await cards(first.id, 2_000)
  expect(await incomplete({ q: 'common' })).toBe(undefined)
  await newTask(me.token, first.id, { title: 'Common' })
  expect(await incomplete({ q: 'common' })).toBe(true)
  expect(await incomplete({ q: 'rare' })).toBe(undefined)
  await addProjects(me, 500)
  expect(await ask(me.token, { q: 'rare' })).toMatchObject({ status: 200, body: { items: [], incomplete: true } })
  expect(await incomplete({ q: 'rare', project_id: first.id })).toBe(undefined)
})

it('refuses a cursor whose numbers no page has', async () => {
  for (const rank of [2 ** 31, -(2 ** 40), 0.5]) {
    const cursor = btoa(JSON.stringify([rank, board.id]))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
    expect(await ask(ada.token, { q: 'launch', cursor })).toMatchObject(problem(422, 'validation_failed'))
  }
})
