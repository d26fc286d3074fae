import { exports } from 'cloudflare:workers'
import { parse } from 'csv-parse/sync'
import { SaxesParser } from 'saxes'
import { beforeAll, describe, expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask, ORIGIN, type Person } from '../support/api.ts'
import { makeHistory } from '../support/histories.ts'

/** Reports as tables and as pictures, read with independent parsers. */

const REPORTS = [
  'summary',
  'burndown',
  'burnup',
  'cumulative-flow',
  'cycle-time',
  'lead-time',
  'throughput',
  'time-in-column',
  'aging',
  'workload',
  'forecast',
]

type Fixture = { me: Person; boards: { kind: string; id: string; period: string }[] }
let fixture: Fixture
beforeAll(async () => {
  const me = await newPerson('O’Hara & <Söhne> 🚀')
  const others = [me.id, (await newPerson('=cmd()')).id]
  const empty = await newProject(me.token, { name: 'Nothing here' })
  const small = await newProject(me.token, {
    name: 'Small & <b>"quoted"</b>',
    start_date: '2024-03-01',
    due_date: '2024-05-01',
  })
  const { seq } = (await call('GET', `/projects/${small.id}/board`, { token: me.token })).body
  const { first } = await makeHistory(3, small.id, others, seq, 14)
  const large = await newProject(me.token, { name: 'L'.repeat(200) })
  await makeHistory(4, large.id, others, seq, 400)
  fixture = {
    me,
    boards: [
      { kind: 'an empty project', id: empty.id, period: '' },
      { kind: 'a small project', id: small.id, period: `from=${first}&to=2024-12-31&tz=Europe/Berlin` },
      { kind: 'a large project', id: large.id, period: 'from=2024-01-01&to=2026-12-31' },
    ],
  }
})

/** Every report of an empty, a small and a large project, and those of all projects. */
const allPaths = () => [
  ...fixture.boards.flatMap(({ kind, id, period }) =>
    REPORTS.map((name) => ({ kind, name, path: `/reports/projects/${id}/${name}`, period })),
  ),
  ...['overview', 'activity'].map((name) => ({
    kind: 'all projects',
    name,
    path: `/reports/${name}`,
    period: name === 'overview' ? '' : 'from=2024-01-01&to=2024-12-31', // the overview has no period
  })),
]

const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(`${ORIGIN}${path}`, { headers: { Authorization: `Bearer ${fixture.me.token}`, ...headers } })

/** The elements of a picture. Throws if it is not well-formed XML. */
function elementsOf(svg: string) {
  const elements: { name: string; attributes: Record<string, string>; text: string }[] = []
  const open: typeof elements = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: attributes as Record<string, string>, text: '' }
    elements.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    const last = open.at(-1)
    if (last) last.text += text
  })
  parser.on('closetag', () => void open.pop())
  parser.write(svg).close()
  return elements
}

describe('a picture', () => {
  it('is well-formed XML with a title and a description, and runs and loads nothing', async () => {
    for (const { kind, name, path, period } of allPaths()) {
      const response = await get(`${path}.svg?${period}`)
      const svg = await response.text()
      expect({ kind, name, status: response.status, svg: svg.slice(0, 300) }).toMatchObject({ status: 200 })
      expect(response.headers.get('Content-Type')).toBe('image/svg+xml; charset=utf-8')
      const elements = elementsOf(svg)
      const names = new Set(elements.map(({ name }) => name))
      expect([elements[0]?.name, elements[1]?.name, elements[2]?.name]).toEqual(['svg', 'title', 'desc'])
      expect(elements[1]?.text.length).toBeGreaterThan(3)
      expect(elements[2]?.text.length).toBeGreaterThan(10)
      for (const forbidden of ['script', 'foreignObject', 'image', 'use', 'a', 'animate'])
        expect(names).not.toContain(forbidden)
      for (const { attributes } of elements)
        for (const attribute of Object.keys(attributes)) expect(attribute).not.toMatch(/^on|href/)
      expect(svg).not.toMatch(/NaN|undefined|Infinity|url\(|@import/)
      expect(svg).toContain('@media (prefers-color-scheme:dark)')
      expect(svg.length).toBeLessThan(300_000)
    }
  })

  it('says that there is nothing to show', async () => {
    const empty = fixture.boards[0]?.id
    for (const name of REPORTS.filter((name) => name !== 'aging' && name !== 'workload')) {
      const svg = await (await get(`/reports/projects/${empty}/${name}.svg`)).text()
      expect(svg).toMatch(/No |Nothing |When will 0 tasks/)
    }
  })

  it('keeps titles, axes and labels within its frame', async () => {
    for (const { path, period } of allPaths()) {
      const [svg, ...elements] = elementsOf(await (await get(`${path}.svg?${period}`)).text())
      const [, , width = 0, height = 0] = (svg?.attributes.viewBox ?? '').split(' ').map(Number)
      for (const { attributes } of elements.filter(({ name }) => name === 'text')) {
        const { x, y } = { x: Number(attributes.x), y: Number(attributes.y) }
        expect(x >= 0 && x <= width && y >= 0 && y <= height).toBe(true)
      }
    }
  })

  it('escapes markup in the texts of users', async () => {
    const svg = await (await get(`/reports/projects/${fixture.boards[1]?.id}/workload.svg`)).text()
    const elements = elementsOf(svg)
    expect(elements.some(({ name }) => name === 'b' || name === 'Söhne')).toBe(false)
    expect(elements.find(({ name }) => name === 'title')?.text).toBe('Workload · Small & <b>"quoted"</b>')
  })
})

describe('a report that is cached', () => {
  it('is read by one request to Redis in every format, with the same content', async () => {
    const { id, period } = fixture.boards[1] as Fixture['boards'][number]
    const paths = REPORTS.map((name) => `/reports/projects/${id}/${name}?${period}`)
    for (const path of [...paths, `/reports/activity?project_id=${id}&${period}`]) {
      const ask = async (type: string) => {
        const answer = await get(path, { Accept: type })
        return { text: await answer.text(), spent: answer.headers.get('Server-Timing') }
      }
      const types = ['application/json', 'text/csv', 'image/svg+xml']
      const fresh = await ask('application/json')
      for (const type of types)
        await expect.poll(async () => (await ask(type)).spent).toMatch(/db;dur=0;desc="0", cache;dur=\d+;desc="1"/)
      const kept = JSON.parse((await ask('application/json')).text)
      expect(kept).toEqual({ ...JSON.parse(fresh.text), generated_at: kept.generated_at })
    }
  })
})

/** A value as CSV has it: a text that a spreadsheet would run begins with an apostrophe. */
const cellOf = (value: unknown) => (typeof value === 'string' && /^[=+\-@]/.test(value) ? `'${value}` : String(value))

/** The fields of a row of JSON that are columns of its table, as CSV has them. */
function cellsOf(item: Record<string, unknown>, row: Record<string, string>): Record<string, string> {
  const fields = Object.entries(item).filter(([key, value]) => key in row && typeof value !== 'object')
  expect(fields.length).toBeGreaterThan(0)
  return Object.fromEntries(fields.map(([key, value]) => [key, cellOf(value)]))
}

describe('a table', () => {
  it('is RFC 4180 with the rows of the JSON, for every report and size', async () => {
    for (const { kind, name, path, period } of allPaths()) {
      const response = await get(`${path}.csv?${period}`)
      expect({ kind, name, status: response.status }).toMatchObject({ status: 200 })
      expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
      expect(response.headers.get('Content-Disposition')).toBe(`attachment; filename="${name}.csv"`)
      const text = await response.text()
      expect(text.endsWith('\r\n')).toBe(true)
      const rows: Record<string, string>[] = parse(text, { columns: true, record_delimiter: '\r\n' })
      const json = (await call('GET', `${path}?${period}`, { token: fixture.me.token })).body
      const list = json.points ?? json.tasks ?? json.assignees ?? json.outcomes ?? json.projects ?? json.days
      if (!list || name === 'summary') continue
      expect(rows).toHaveLength(list.length)
      for (const [n, row] of rows.entries())
        expect({ report: name, ...row }).toMatchObject({ report: name, ...cellsOf(list[n], row) })
    }
  })

  it('keeps titles unchanged, except that those which a spreadsheet would run begin with an apostrophe', async () => {
    const { me } = fixture
    const board = await newProject(me.token)
    const titles = [
      '=HYPERLINK("http://evil")',
      '+1',
      '-1',
      '@SUM(A1)',
      '\ta',
      '\r=1',
      '\n=1',
      '＝1',
      '＋1',
      '－1',
      '＠a',
      'a,"b"\r\nc',
      'plain',
      '1-1',
    ]
    const sql = database() // as the API refuses some of these titles
    const ids: string[] = []
    for (const _ of titles) ids.push((await newTask(me.token, board.id, { status: 'done' })).id)
    await sql.transaction([
      sql`select set_actor(null)`,
      sql`update tasks set title = stored.title from unnest(${ids}::uuid[], ${titles}::text[]) stored(id, title) where tasks.id = stored.id`,
    ])
    const csv = await (await get(`/reports/projects/${board.id}/lead-time`, { Accept: 'text/csv' })).text()
    const rows: { title: string }[] = parse(csv, { columns: true })
    const harmless = titles.map((title, n) => (n < titles.length - 3 ? `'${title}` : title))
    expect(rows.map(({ title }) => title).toSorted()).toEqual(harmless.toSorted())
  })
})

describe('the format of an answer', () => {
  const typeOf = async (path: string, accept?: string) => {
    const response = await get(path, accept === undefined ? {} : { Accept: accept })
    expect(response.headers.get('Vary')).toContain('Accept')
    return response.headers.get('Content-Type')?.split(';')[0]
  }

  it('is chosen by the extension of the path, and without one by Accept', async () => {
    const path = `/reports/projects/${fixture.boards[0]?.id}/throughput`
    expect(await typeOf(path)).toBe('application/json')
    expect(await typeOf(path, '*/*')).toBe('application/json')
    expect(await typeOf(path, 'text/csv')).toBe('text/csv')
    expect(await typeOf(path, 'text/csv;q=0.5, application/json')).toBe('application/json')
    expect(await typeOf(path, 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8')).toBe('image/svg+xml')
    expect(await typeOf(`${path}.svg`, 'text/csv')).toBe('image/svg+xml')
    expect(await typeOf(`${path}.csv`, 'application/json')).toBe('text/csv')
    expect(await typeOf(`${path}.json`, 'text/csv')).toBe('application/json')
    expect(await typeOf(`${path}/`)).toBe('application/json')
  })

  it.each([
    ['', 'application/json'],
    ['application/json;q=0.1, text/csv;q=0.2', 'text/csv'],
    ['text/csv;q=0, image/svg+xml;q=0.001', 'image/svg+xml'],
    ['application/json;q=0, */*', 'text/csv'],
    ['*/*;q=0.1, image/*', 'image/svg+xml'],
    ['text/*, text/csv;q=0, image/svg+xml;q=0.3', 'image/svg+xml'],
    ['text/csv; charset=utf-8; header=present', 'text/csv'],
    ['TEXT/CSV ; Q=1', 'text/csv'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
    ['application/pdf', 'application/json'],
    ['nonsense, text/csv', 'text/csv'],
  ])('follows the weights of Accept: %s', async (accept, chosen) => {
    expect(await typeOf(`/reports/projects/${fixture.boards[0]?.id}/throughput`, accept)).toBe(chosen)
  })

  it('is limited to the documented extensions', async () => {
    expect((await get(`/reports/projects/${fixture.boards[0]?.id}/throughput.pdf`)).status).toBe(404)
    expect((await get(`/projects/${fixture.boards[0]?.id}.svg`)).status).toBe(422)
  })

  it('is a problem document for a failure, whatever was requested', async () => {
    const response = await get(`/reports/projects/${crypto.randomUUID()}/throughput.svg`)
    expect([response.status, response.headers.get('Content-Type')]).toEqual([404, 'application/problem+json'])
  })
})
