import { exports } from 'cloudflare:workers'
import { parse } from 'csv-parse/sync'
import { beforeAll, expect, it } from 'vitest'
import {
  call,
  database,
  newMember,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { exportProject, freshKey, JournalBuilder, toNdjson, upload, withoutIds } from '../support/exports.ts'

const fixtures = import.meta.glob<string>('../fixtures/imports/*', { query: '?raw', import: 'default', eager: true })
const fixture = (name: string) => fixtures[`../fixtures/imports/${name}`] ?? ''
const trello = fixture('trello.json')

let ada: Person
beforeAll(async () => {
  ada = await newPerson('Ada')
})

const JSON_TYPE = { 'Content-Type': 'application/json' }
const send = (path: string, body: string, headers: object = JSON_TYPE, token = ada.token) =>
  call('POST', `/imports${path}`, { token, body, headers: { ...headers } as Record<string, string> })

async function boardOf(id: string) {
  const { body } = await call('GET', `/projects/${id}/board`, { token: ada.token })
  return body.columns.map(({ name, category, tasks }: any) => [name, category, tasks.map(({ title }: any) => title)])
}

it('gives each of several files of one name a key of its own, when they are imported at once', async () => {
  const csv = 'title,status\nWrite,To do\n'
  const people = [await newPerson(), await newPerson(), await newPerson(), await newPerson()]
  const name = `?name=${freshKey()}`
  const made = await Promise.all(people.map(({ token }) => send(name, csv, { 'Content-Type': 'text/csv' }, token)))
  expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201])
  const keys = made.map(({ body }) => body.project.key)
  expect(new Set(keys).size).toBe(4)
  for (const [i, { token }] of people.entries()) {
    const { body } = await call('GET', `/tasks?project_id=${made[i]?.body.project_id}`, { token })
    expect(body.items[0].number).toBe(`${keys[i]}-1`)
  }
})

it('previews and imports a board of Trello', async () => {
  const preview = await send('/preview', trello)
  expect(preview.status).toBe(200)
  expect(preview.body).toMatchObject({
    format: 'trello',
    project: { name: 'Harbour Kitchen Refit', key: expect.stringMatching(/^HARBO/) },
    counts: {
      columns: 3,
      tasks: 5,
      archived: 3,
      templates: 1,
      comments: 2,
      checklists: 3,
      checklist_items: 5,
      labels: 5,
      links: 1,
      attachments: 2,
    },
    people: [
      { name: 'Ada Brook', email: null, matched_user_id: null },
      { name: 'Ben Okafor', email: null, matched_user_id: null },
    ],
  })
  const made = await send('', trello)
  expect(made).toMatchObject({ status: 201, body: { project_id: expect.any(String) } })
  const { project_id, ...report } = made.body
  expect(report.counts).toEqual(preview.body.counts)
  expect(report.warnings).toEqual(preview.body.warnings)
  expect(await boardOf(project_id)).toEqual([
    ['Ideas', 'backlog', ['Measure the wall', 'Choose worktop']],
    ['Doing 🚧', 'in_progress', ['Plumber second visit', 'Order tiles']],
    ['Done', 'done', ['Remove old units']],
  ])
  const archived = await call('GET', `/tasks?project_id=${project_id}&archived=true&sort=title`, { token: ada.token })
  expect(archived.body.items.map(({ title }: any) => title)).toEqual([
    'Insulate pipes',
    'Knock the wall down',
    'Survey',
  ])
  const again = await upload((await exportProject(project_id, ada.token)).text, ada, `?key=${freshKey()}`)
  expect(again).toMatchObject({ status: 201, body: {} })
})

const CSV_TYPE = { 'Content-Type': 'text/csv' }

it('imports every format with its own dates, and the result can be exported and imported again', async () => {
  for (const [name, type] of [
    ['jira.csv', CSV_TYPE],
    ['linear.csv', CSV_TYPE],
    ['wekan.json', JSON_TYPE],
    ['asana.csv', CSV_TYPE],
  ] as const) {
    const preview = await send('/preview?tz=Europe/Berlin', fixture(name), type)
    const { status, body } = await send('?tz=Europe/Berlin', fixture(name), type)
    expect({ name, status, body }).toMatchObject({
      status: 201,
      body: { counts: preview.body.counts, warnings: preview.body.warnings },
    })
    const rows = await readJournal(ada.token, body.project_id, 0)
    expect(rows.every(({ request_id }: any) => request_id === `import:${ada.id}`)).toBe(true)
    expect(rows.every(({ created_at }: any) => Date.parse(created_at) < Date.now() - 3_600_000)).toBe(true)
    const shown = await boardOf(body.project_id)
    expect(shown.map(([column, category, tasks]: any) => [column, category, tasks.length])).toEqual(
      body.columns.map(({ name, category, tasks }: any) => [name, category, tasks]),
    )
    expect(
      (await upload((await exportProject(body.project_id, ada.token)).text, ada, `?key=${freshKey()}`)).status,
    ).toBe(201)
  }
})

it('keeps the numbers of imported issues', async () => {
  const { body } = await send(`?key=${freshKey()}`, fixture('jira.csv'), CSV_TYPE)
  const { items } = (await call('GET', `/tasks?project_id=${body.project_id}`, { token: ada.token })).body
  const numbers = items.map(({ number, title }: any) => [title, number.split('-')[1]])
  expect(Object.fromEntries(numbers)).toMatchObject({ 'Show the tide table': '8', 'Berth names': '3' })
})

it('keeps numbers that do not follow the order of creation, also when an export is imported', async () => {
  const rows = [
    [1, 2],
    [2, 3],
    [7, 4],
    [9, 1],
  ].map(([n, day]) => `APP-${n},Issue ${n},To Do,2025-11-0${day}\n`)
  const file = `Issue key,Summary,Status,Created\n${rows.join('')}`
  const { body } = await send(`?key=${freshKey()}`, file, CSV_TYPE)
  expect(body.warnings.map(({ code }: any) => code)).not.toContain('numbers_changed')
  const again = await upload((await exportProject(body.project_id, ada.token)).text, ada, `?key=${freshKey()}`)
  for (const id of [body.project_id, again.body.project?.id ?? again.body.id]) {
    await newTask(ada.token, id, { title: 'Issue 10' })
    const { items } = (await call('GET', `/tasks?project_id=${id}`, { token: ada.token })).body
    const numbers = Object.fromEntries(items.map(({ number, title }: any) => [title, number.split('-')[1]]))
    expect(numbers).toEqual(Object.fromEntries(['1', '2', '7', '9', '10'].map((n) => [`Issue ${n}`, n])))
  }
})

it('reads dates in the time zone of the account, unless tz= names another', async () => {
  const bo = await newPerson('Bo')
  await call('PATCH', '/users/me', { token: bo.token, body: { timezone: 'America/Bogota' } })
  const dueOf = async (query: string) => {
    const { body } = await send(query, trello, JSON_TYPE, bo.token)
    const { items } = (await call('GET', `/tasks?project_id=${body.project_id}&q=worktop`, { token: bo.token })).body
    return items[0].due_date
  }
  expect([await dueOf(''), await dueOf('?tz=UTC')]).toEqual(['2024-03-01', '2024-03-02'])
})

it('makes only people whom the importer knows members, and does not assign tasks of others to anybody', async () => {
  const grace = await newMember(ada, (await newProject(ada.token)).id, 'viewer', 'Grace')
  const stranger = await newPerson('Stranger')
  const map = JSON.stringify({ people: { 'Ada Brook': grace.email, ben_okafor: stranger.email } })
  const { body } = await send(`?map=${encodeURIComponent(map)}`, trello)
  expect(body.people).toEqual([
    { name: 'Ada Brook', email: grace.email, matched_user_id: grace.id },
    { name: 'Ben Okafor', email: stranger.email, matched_user_id: null },
  ])
  const members = (await call('GET', `/projects/${body.project_id}/members`, { token: ada.token })).body.items
  expect(Object.fromEntries(members.map(({ user_id, role }: any) => [user_id, role]))).toEqual({
    [ada.id]: 'manager',
    [grace.id]: 'contributor',
  })
  const { items } = (await call('GET', `/tasks?project_id=${body.project_id}`, { token: ada.token })).body
  const assigned = items.filter(({ assignee_ids }: any) => assignee_ids.length > 0)
  expect(assigned.map(({ title, assignee_ids }: any) => [title, assignee_ids])).toEqual([
    ['Choose worktop', [grace.id]],
  ])
  const tiles = items.find(({ title }: any) => title === 'Order tiles')
  const comments = (await call('GET', `/tasks/${tiles.id}/comments`, { token: ada.token })).body.items
  expect(comments.map(({ user_id, body }: any) => [user_id, body])).toEqual([
    [grace.id, 'Which **colour**? @ben_okafor'],
    [null, 'Ben Okafor:\n\nSea green.\n\nSee https://example.com/swatch'],
  ])
})

it('assigns people whose e-mail address is beside their name, in a file separated by tabs', async () => {
  const grace = await newMember(ada, (await newProject(ada.token)).id, 'viewer', 'Grace')
  const assigned = `Hopper, Grace <${grace.email}>`
  const file = `Title\tState\tAssigned To\tDue\nA\tActive\t${assigned}\tjeudi 1 octobre 2026\n`
  const { status, body } = await send('', file, { 'Content-Type': 'text/tab-separated-values' })
  expect({ status, people: body.people }).toEqual({
    status: 201,
    people: [{ name: 'Hopper, Grace', email: grace.email, matched_user_id: grace.id }],
  })
  const { items } = (await call('GET', `/tasks?project_id=${body.project_id}`, { token: ada.token })).body
  expect(items).toMatchObject([{ title: 'A', assignee_ids: [grace.id], due_date: '2026-10-01', description: '' }])
  for (const name of [assigned, 'Hopper, Grace', grace.email]) {
    const map = encodeURIComponent(JSON.stringify({ people: { [name]: ada.email } }))
    const told = await send(`/preview?map=${map}`, file, CSV_TYPE)
    expect([name, told.body.people[0].matched_user_id]).toEqual([name, ada.id])
  }
})

it('creates one project for repeated requests with the same key', async () => {
  const headers = { ...JSON_TYPE, 'Idempotency-Key': crypto.randomUUID() }
  const first = await send('', trello, headers)
  const again = await send('', trello, headers)
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('Idempotency-Replayed')).toBe('true')
  expect(await send('', `${trello} `, headers)).toMatchObject(problem(422, 'idempotency_key_reused'))
})

const LINES_TYPE = { 'Content-Type': 'application/x-ndjson' }

it('leaves nothing behind when an import fails', async () => {
  const { token, id } = await newPerson('Eve')
  const key = freshKey()
  await newProject(token, { key })
  const projects = async () => (await call('GET', '/projects', { token })).body.items.length
  const { text: ours } = await exportProject((await send('', trello)).body.project_id, ada.token)
  for (const path of [`?key=${key}`, `/preview?key=${key}`]) {
    expect(await send(path, trello, JSON_TYPE, token), path).toMatchObject(problem(409, 'key_taken'))
    expect(await send(path, ours, LINES_TYPE, token), path).toMatchObject(problem(409, 'key_taken'))
  }
  expect(await send('', trello.slice(0, -100), JSON_TYPE, token)).toMatchObject(problem(422, 'validation_failed'))
  expect(await projects()).toBe(1)
  const [left] = await database()`select count(*)::int as n from imports where user_id = ${id}`
  expect(left?.n).toBe(0)
})

it('imports a FlowTrack export, and reports its contents', async () => {
  const { project_id, format: _, ...made } = (await send('', trello)).body
  const { text } = await exportProject(project_id, ada.token)
  const preview = await send('/preview', text, LINES_TYPE)
  expect(preview).toMatchObject({
    status: 200,
    body: {
      format: 'flowtrack',
      project: { name: 'Harbour Kitchen Refit', key: expect.stringMatching(/^HARBO/) },
      counts: { ...made.counts, templates: 0, attachments: 0 },
      columns: made.columns,
      people: [{ name: 'Ada', email: ada.email, matched_user_id: ada.id }],
      warnings: [],
    },
  })
  const headers = { ...LINES_TYPE, 'Idempotency-Key': crypto.randomUUID() }
  const { status, body } = await send('', text, headers)
  expect({ status, body }).toEqual({
    status: 201,
    body: { ...preview.body, project_id: body.project_id },
  })
  expect(await boardOf(body.project_id)).toEqual(await boardOf(project_id))
  const again = (await exportProject(body.project_id, ada.token)).text
  expect(withoutIds(again, body.project.key).slice(1)).toEqual(withoutIds(text, made.project.key).slice(1))
  expect((await send('', text, headers)).body).toEqual(body)
})

it('reports what a FlowTrack export contains, and in whose place the importer is recorded', async () => {
  const builder = new JournalBuilder(freshKey())
  const [grace, stranger] = ['grace', 'stranger'].map((name) => ({
    id: crypto.randomUUID(),
    email: `${crypto.randomUUID()}@elsewhere.example`,
    name,
  }))
  const known = await newMember(ada, (await newProject(ada.token)).id, 'viewer', 'Grace')
  builder.column('todo', 'todo')
  builder.column('done', 'done', '2048')
  const [first, second, third] = [1, 2, 3].map((n) => builder.task(n, 'todo'))
  builder.link('relates', first, second)
  builder.link('relates', second, first)
  builder.link('relates', first, null)
  builder.change('task.updated', second, { archived_at: '2024-03-01T09:00:00.000Z' })
  builder.change('task.deleted', third, { deleted_at: '2024-03-01T09:00:00.000Z' })
  const text = toNdjson(builder.lines([grace, stranger] as any))
  const map = encodeURIComponent(JSON.stringify({ people: { Grace: known.email } }))
  const { status, body } = await send(`/preview?map=${map}`, text, LINES_TYPE)
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      counts: { columns: 2, tasks: 1, archived: 1, links: 1 },
      columns: [
        { name: 'todo', category: 'todo', tasks: 1 },
        { name: 'done', category: 'done', tasks: 0 },
      ],
      people: [
        { name: 'grace', email: known.email, matched_user_id: known.id },
        { name: 'stranger', email: stranger?.email, matched_user_id: null },
      ],
    },
  })
  expect(Object.fromEntries(body.warnings.map(({ code, count }: any) => [code, count]))).toEqual({
    people_replaced: 1,
    tasks_trashed: 1,
    links_outside: 1,
  })
  const { project_id, ...report } = (await send(`?map=${map}`, text, LINES_TYPE)).body
  expect(report).toEqual({ ...body, project: report.project })
  expect((await call('GET', `/projects/${project_id}/members`, { token: ada.token })).body.items).toHaveLength(1)
})

it('checks each line of a FlowTrack export, also in a preview, and writes nothing when one is wrong', async () => {
  const { token, id } = await newPerson('Previewer')
  const { project_id } = (await send('', trello)).body
  const lines = (await exportProject(project_id, ada.token)).text.split('\n')
  const bad = [...lines.slice(0, 10), '', '{"seq": 1}', ...lines.slice(10)].join('\n')
  for (const path of ['/preview', '']) {
    const refused = await send(path, bad, LINES_TYPE, token)
    expect(refused).toMatchObject(problem(422, 'validation_failed'))
    expect(refused.body.errors[0].path).toBe('line 12')
  }
  expect((await call('GET', '/projects', { token })).body.items).toEqual([])
  const [left] = await database()`select count(*)::int as n from imports where user_id = ${id}`
  expect(left?.n).toBe(0)
})

it.each([
  ['name=Another', LINES_TYPE, 'name'],
  ['map={"columns":{"Ideas":"todo"}}', LINES_TYPE, 'map'],
  ['format=trello', LINES_TYPE, 'format'],
  ['format=flowtrack', JSON_TYPE, 'format'],
])('refuses ?%s for a FlowTrack export', async (query, headers, path) => {
  const refused = await send(`/preview?${query}`, '{"flowtrack":1}\n', headers)
  expect(refused).toMatchObject(problem(422, 'validation_failed'))
  expect(refused.body.errors[0].path).toBe(path)
})

it('names the media type that a FlowTrack export needs', async () => {
  const { body } = await send('/preview', '{"flowtrack": 1}\n')
  expect(body.errors).toMatchObject([{ path: 'format', message: expect.stringContaining('application/x-ndjson') }])
})

it('refuses a file with more text than fits into memory', async () => {
  const rows = Array.from({ length: 200 }, (_, n) => `Task ${n},${'x'.repeat(100_000)}\n`)
  const refused = await send('/preview', `title,description\n${rows.join('')}`, CSV_TYPE)
  expect(refused).toMatchObject(problem(413, 'body_too_large'))
})

it.each([
  ['of another type', { 'Content-Type': 'text/plain' }, trello, 415, 'unsupported_media_type'],
  ['that is compressed', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, trello, 415, 'unsupported_media_type'],
  ['that is too long', { ...JSON_TYPE, 'Content-Length': String(65 * 1024 * 1024) }, '{}', 413, 'body_too_large'],
  ['that is empty', JSON_TYPE, '', 422, 'validation_failed'],
])('refuses a body %s', async (_, headers, body, status, code) => {
  for (const path of ['', '/preview']) expect(await send(path, body, headers)).toMatchObject(problem(status, code))
})

it.each([
  ['tz=Mars/Olympus'],
  ['format=excel'],
  ['map={'],
  ['map={"columns":{"Ideas":"later"}}'],
  ['map={"columns":{"__proto__":"later"}}'],
  ['map={"columns":[]}'],
  ['key=no'],
  ['unknown=1'],
])('refuses ?%s', async (query) => {
  expect(await send(`/preview?${query}`, trello)).toMatchObject(problem(422, 'validation_failed'))
})

it('gives reports the history that the actions of the board describe', async () => {
  const hour = 3_600_000
  const idOf = (at: number, n: number) => `${(at / 1000).toString(16)}${n.toString(16).padStart(16, '0')}`
  const start = Date.parse('2026-03-02T08:00:00Z')
  const lists = ['To do', 'Doing', 'Done'].map((name, n) => ({ id: `l${n}`, name, pos: n }))
  const lives = Array.from({ length: 12 }, (_, n) => ({
    made: start + n * 20 * hour,
    begun: start + n * 29 * hour + 5 * hour,
    ended: start + n * 40 * hour + 9 * hour,
  }))
  const actions = lives.flatMap(({ made, begun, ended }, n) => {
    const card = { id: idOf(made, n) }
    const move = (at: number, from: number) => ({
      id: idOf(at, n),
      type: 'updateCard',
      date: new Date(at).toISOString(),
      data: { card, listBefore: { id: `l${from}` }, listAfter: { id: `l${from + 1}` }, old: {} },
    })
    return [
      { id: card.id, type: 'createCard', date: new Date(made).toISOString(), data: { card, list: { id: 'l0' } } },
      move(begun, 0),
      move(ended, 1),
    ]
  })
  const cards = lives.map(({ made, ended }, n) => ({
    id: idOf(made, n),
    idList: 'l2',
    name: `Card ${n}`,
    pos: n,
    dateLastActivity: new Date(ended).toISOString(),
  }))
  const { body } = await send('', JSON.stringify({ name: 'Past', lists, cards, actions }))
  const ask = async (report: string, query = '') =>
    (
      await call('GET', `/reports/projects/${body.project_id}/${report}?tz=UTC&from=2026-03-01&to=2026-03-31${query}`, {
        token: ada.token,
      })
    ).body
  const lead = await ask('lead-time')
  const naive = lives.map(({ made, ended }) => (ended - made) / hour).toSorted((a, b) => a - b)
  expect(lead.tasks.map(({ hours }: any) => hours).toSorted((a: number, b: number) => a - b)).toEqual(naive)
  const flow = await ask('cumulative-flow')
  for (const { date, counts } of flow.points) {
    const end = Date.parse(`${date}T00:00:00Z`) + 24 * hour
    const count = (is: (life: (typeof lives)[number]) => boolean) => lives.filter(is).length
    expect({ date, ...counts }).toEqual({
      date,
      to_do: count(({ made, begun }) => made < end && begun >= end),
      doing: count(({ begun, ended }) => begun < end && ended >= end),
      done: count(({ ended }) => ended < end),
    })
  }
})

it('treats names of labels and people as equal exactly when the database does', async () => {
  const names = ['C++', 'C#', 'C', '✅', '🔥', 'がく', 'かく', 'İ', 'i', 'Straße', 'STRASSE', '①', '1', 'ΟΔΟΣ', 'οδος']
  const rows = names.map((name, n) => `Task ${n},${name},${name === 'C#' ? 'C#' : 'C++'}`)
  const map = encodeURIComponent(JSON.stringify({ people: { 'c#': ada.email } }))
  const { status, body } = await send(`?map=${map}`, ['title,labels,assignee', ...rows].join('\n'), CSV_TYPE)
  expect([status, body.people.map(({ matched_user_id }: any) => matched_user_id)]).toEqual([201, [null, ada.id]])
  const { items } = (await call('GET', `/projects/${body.project_id}/labels`, { token: ada.token })).body
  const kept = ['C++', 'C#', 'C', '✅', '🔥', 'がく', 'かく', 'İ', 'Straße', '①', 'ΟΔΟΣ']
  expect(new Set(items.map(({ name }: any) => name))).toEqual(new Set(kept))
})

it('warns of entries in map= that the file does not contain', async () => {
  const unusedOf = async (map: object, file: string, type: Record<string, string>) => {
    const answer = await send(`/preview?map=${encodeURIComponent(JSON.stringify(map))}`, file, type)
    expect(answer.status).toBe(200)
    return answer.body.warnings.find(({ code }: any) => code === 'map_unused')
  }
  const csv = 'title,status,hours,assignee\nPaint,Ready,3,Bo\n'
  expect(
    await unusedOf({ people: { 'Doe, Jane': ada.email } }, 'title,owner\nA,"Doe, Jane"\n', CSV_TYPE),
  ).toBeUndefined()
  const proto = await send('/preview?map={"columns":{"__proto__":"done"}}', 'title,status\nA,__proto__\n', CSV_TYPE)
  expect(proto.body.columns).toContainEqual({ name: '__proto__', category: 'done', tasks: 1 })
  const right = { columns: { ready: 'todo' }, fields: { Hours: 'estimate' }, people: { BO: ada.email } }
  expect(await unusedOf(right, csv, CSV_TYPE)).toBeUndefined()
  const wrong = { columns: { Raedy: 'todo' }, fields: { Hour: 'estimate' }, people: { 'Bo B.': ada.email } }
  expect(await unusedOf(wrong, csv, CSV_TYPE)).toMatchObject({ count: 3, examples: ['Raedy', 'Hour', 'Bo B.'] })
  const { text } = await exportProject((await send('', csv, CSV_TYPE)).body.project_id, ada.token)
  const people = { people: { Nobody: ada.email } }
  expect(await unusedOf(people, text, LINES_TYPE)).toMatchObject({ count: 1, examples: ['Nobody'] })
})

it('imports the CSV file of tasks that FlowTrack itself writes', async () => {
  const tableOf = async (id: string) => {
    const headers = { Authorization: `Bearer ${ada.token}` }
    return (await exports.default.fetch(`${ORIGIN}/projects/${id}/tasks.csv`, { headers })).text()
  }
  const factsOf = (table: string) =>
    (parse(table, { columns: true }) as Record<string, string>[])
      .map(({ number: _, comment_count: __, checklist_done: ___, checklist_total: ____, ...facts }) => facts)
      .toSorted((a, b) => ((a.title ?? '') < (b.title ?? '') ? -1 : 1))
  const { body } = await send(`?key=${freshKey()}`, trello)
  const table = await tableOf(body.project_id)
  const { status, body: again } = await send('', table, CSV_TYPE)
  expect({ status, again }).toMatchObject({
    status: 201,
    again: { format: 'csv', counts: { tasks: 5, archived: 3, labels: 5 }, columns: body.columns },
  })
  expect(again.warnings.map(({ code }: any) => code)).toEqual(['comments_none', 'moves_assumed'])
  expect(factsOf(await tableOf(again.project_id))).toEqual(factsOf(table))
})
