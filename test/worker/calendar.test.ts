import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import ICAL from 'ical.js'
import { expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import {
  call,
  database,
  newAdmin,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  type Person,
  problem,
} from '../support/api.ts'
import { avoidMidnight } from '../support/midnight.ts'
import { newWorker } from '../support/worker.ts'

/** Due days as a calendar behind a signed link, read with an independent parser. */

const make = async ({ token }: Person, project_id: string | null, fields: object = {}) => {
  const answer = await call('POST', '/reports/links', { token, body: { report: 'calendar', project_id, ...fields } })
  expect(answer).toMatchObject({ status: 201, body: { report: 'calendar', project_id, query: {} } })
  return answer.body as { id: string; url: string; expires_at: string }
}
const look = async (url: string, init: RequestInit = {}) => {
  const response = await exports.default.fetch(new URL(url, ORIGIN), init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}
function parse(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text))
  const events = calendar.getAllSubcomponents('vevent').map((event) => ({
    uid: event.getFirstPropertyValue('uid'),
    sequence: event.getFirstPropertyValue('sequence'),
    summary: event.getFirstPropertyValue('summary'),
    description: event.getFirstPropertyValue('description'),
    url: event.getFirstPropertyValue('url'),
    stamp: String(event.getFirstPropertyValue('dtstamp')),
    start: String(event.getFirstPropertyValue('dtstart')),
    end: String(event.getFirstPropertyValue('dtend')),
    start_type: event.getFirstProperty('dtstart')?.type,
    transp: event.getFirstPropertyValue('transp'),
  }))
  return { name: calendar.getFirstPropertyValue('x-wr-calname'), events }
}
const unfolded = (text: string) => text.replaceAll('\r\n ', '')
const eventsAt = async (url: string) => parse((await look(url)).text).events
/** Seconds since 2026. */
const sequenceOf = (updated_at: string) => Math.floor((Date.parse(updated_at) - Date.UTC(2026)) / 1_000)
const uidsAt = async (url: string) => (await eventsAt(url)).map(({ uid }) => uid)

async function expectEnded(url: string, code: string) {
  const { status, headers, text } = await look(url)
  expect([status, headers.get('Content-Type')]).toEqual([403, 'application/problem+json'])
  expect(JSON.parse(text)).toMatchObject({ code })
}

const TRICKY = [
  'Commas, semicolons; colons: "quotes" and \\ backslashes \\n \\, \\;',
  'Ünïcödé 日本語のとても長い題名 🚀 '.repeat(10).trim(),
  'x'.repeat(300),
  '=1+1; BEGIN:VEVENT',
]

it('contains one all-day event for each due date, with the text of the task', async () => {
  const me = await newPerson()
  const board = await newProject(me.token, { name: 'Apollo; the, moon' })
  const made = []
  for (const title of TRICKY) {
    const description = `${title}\nsecond line\r\n\r\n- ${title}\u0001`
    made.push(await newTask(me.token, board.id, { title, description, due_date: '2026-12-24' }))
  }
  await newTask(me.token, board.id, { title: 'Some day' })
  const { status, headers, text } = await look((await make(me, board.id)).url)
  expect([status, headers.get('Content-Type')]).toEqual([200, 'text/calendar; charset=utf-8'])
  expect(headers.get('Cache-Control')).toBe('private, max-age=60')
  expect(headers.get('Server-Timing')).toMatch(/^db;dur=\d+;desc="1", cache;dur=\d+;desc="1"$/)
  expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true)
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  const octets = (line: string) => new TextEncoder().encode(line).length
  expect(Math.max(...text.split('\r\n').map(octets))).toBeLessThanOrEqual(75) // RFC 5545, 3.1
  expect(parse(text)).toEqual({
    name: 'Apollo; the, moon',
    events: made.map(({ id, number, title, description, updated_at }) => ({
      uid: id,
      sequence: sequenceOf(updated_at),
      summary: `${number} ${title}`,
      description: description.replaceAll('\r\n', '\n').replace('\u0001', ''),
      url: null,
      stamp: updated_at.replace(/\.\d+/, ''),
      start: '2026-12-24',
      end: '2026-12-25',
      start_type: 'date',
      transp: 'TRANSPARENT',
    })),
  })
})

it('leaves out tasks that are done, archived or in the trash, until they come back', async () => {
  const me = await newPerson()
  const board = await newProject(me.token)
  const [open, done, archived, trashed] = await Promise.all(
    ['Open', 'Done', 'Archived', 'Trashed'].map((title) =>
      newTask(me.token, board.id, { title, due_date: '2024-02-29' }),
    ),
  )
  const { url } = await make(me, board.id)
  const act = (method: string, path: string, body?: object) => call(method, path, { token: me.token, body })
  await act('PATCH', `/tasks/${done.id}/move?status=done`)
  await act('PATCH', `/tasks/${archived.id}`, { archived_at: new Date().toISOString() })
  await act('DELETE', `/tasks/${trashed.id}`)
  expect(await eventsAt(url)).toMatchObject([{ uid: open.id, start: '2024-02-29', end: '2024-03-01' }])
  await act('PATCH', `/tasks/${done.id}/move?status=todo`)
  expect((await uidsAt(url)).toSorted()).toEqual([open.id, done.id].toSorted())
})

it('keeps the UID and increases the SEQUENCE of a task that changes, even after a transfer', async () => {
  const me = await newPerson()
  const [board, young] = [await newProject(me.token), await newProject(me.token)]
  for (let n = 0; n < 9; n++) await newTask(me.token, board.id)
  const { id, seq, updated_at } = await newTask(me.token, board.id, {
    due_date: '2026-12-31',
    assignee_ids: [me.id],
  })
  const { url } = await make(me, null)
  expect(await eventsAt(url)).toMatchObject([{ uid: id, sequence: sequenceOf(updated_at) }])
  await new Promise((passed) => setTimeout(passed, 1_000)) // SEQUENCE counts seconds
  const act = (method: string, path: string, body: object) => call(method, path, { token: me.token, body })
  await act('POST', `/tasks/${id}/transfer`, { project_id: young.id })
  const { body: changed } = await act('PATCH', `/tasks/${id}`, { due_date: '2027-01-01' })
  expect(changed.seq).toBeLessThan(seq)
  const sequence = sequenceOf(changed.updated_at)
  expect(sequence).toBeGreaterThan(sequenceOf(updated_at))
  expect(await eventsAt(url)).toMatchObject([{ uid: id, sequence, start: '2027-01-01' }])
})

it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago'])(
  'shows the due date unchanged to a person in the time zone %s',
  async (timezone) => {
    const me = await newPerson()
    await call('PATCH', '/users/me', { token: me.token, body: { timezone } })
    const board = await newProject(me.token)
    await newTask(me.token, board.id, { due_date: '2026-06-15', assignee_ids: [me.id] })
    for (const of of [board.id, null]) {
      expect(await eventsAt((await make(me, of)).url)).toMatchObject([{ start: '2026-06-15', end: '2026-06-16' }])
    }
  },
)

it.each([
  ['0001-01-01', ['00010101', '00010102']],
  ['0099-12-31', ['00991231', '01000101']],
  ['9999-12-31', ['99991231']], // without DTEND, an event lasts one day
])('shows the due date %s at the limits of the calendar', async (due_date, days) => {
  const me = await newPerson()
  const board = await newProject(me.token)
  await newTask(me.token, board.id, { due_date })
  const { text } = await look((await make(me, board.id)).url)
  expect([...text.matchAll(/DT(?:START|END);VALUE=DATE:(\d+)\r/g)].map(([, day]) => day)).toEqual(days)
})

it('answers HEAD, and returns 304 to clients that have the current version', async () => {
  const me = await newPerson()
  const board = await newProject(me.token)
  await newTask(me.token, board.id, { due_date: '2026-12-24' })
  for (const of of [board.id, null]) {
    const { url } = await make(me, of)
    const head = await look(url, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    const headers = { 'If-None-Match': head.headers.get('ETag') ?? '' }
    const again = await look(url, { headers })
    expect([again.status, again.text, again.headers.get('Cache-Control')]).toEqual([304, '', 'private, max-age=60'])
    await newTask(me.token, board.id, { due_date: '2026-12-25', assignee_ids: [me.id] })
    expect((await look(url, { headers })).status).toBe(200)
  }
})

it('shows my tasks in all projects of which I am a member at that time', async () => {
  const boss = await newPerson()
  const here = await newProject(boss.token)
  const me = await newMember(boss, here.id, 'viewer')
  const there = await newProject(me.token)
  const due = { due_date: '2026-12-24' }
  const [mine, other] = [
    await newTask(boss.token, here.id, { ...due, assignee_ids: [me.id, boss.id] }),
    await newTask(me.token, there.id, { ...due, assignee_ids: [me.id] }),
  ]
  await newTask(boss.token, here.id, { ...due, assignee_ids: [boss.id] })
  const [{ url }, theirs] = [await make(me, null), await make(boss, null)]
  expect((await uidsAt(url)).toSorted()).toEqual([mine.id, other.id].toSorted())
  expect(await eventsAt(theirs.url)).toHaveLength(2)
  await call('DELETE', `/projects/${here.id}/members/${me.id}`, { token: boss.token })
  expect(await uidsAt(url)).toEqual([other.id])
  await call('PATCH', `/projects/${there.id}`, { token: me.token, body: { status: 'archived' } })
  expect(await uidsAt(url)).toEqual([])
})

it('ends a link when it is withdrawn, its maker leaves or is disabled, or its project is deleted', async () => {
  const [me, boss] = [await newPerson(), await newAdmin()]
  const board = await newProject(me.token)
  const member = await newMember(me, board.id, 'manager')
  const [withdrawn, left, all] = [await make(me, board.id), await make(member, board.id), await make(member, null)]
  expect((await call('DELETE', `/reports/links/${withdrawn.id}`, { token: me.token })).status).toBe(204)
  await expectEnded(withdrawn.url, 'link_revoked')
  await call('DELETE', `/projects/${board.id}/members/${member.id}`, { token: me.token })
  await expectEnded(left.url, 'link_revoked')
  expect((await look(all.url)).status).toBe(200)
  for (const is_active of [false, true]) {
    await call('PATCH', `/users/${member.id}`, { token: boss.token, body: { is_active } })
    await expectEnded(all.url, 'link_revoked')
  }
  const gone = await make(me, board.id)
  await call('DELETE', `/projects/${board.id}`, { token: me.token })
  await expectEnded(gone.url, 'link_expired')
  const [mine, over] = [await make(me, null), await make(me, null, { expires_in: 60 })]
  await database()`update report_links set expires_at = now() where id = ${over.id}`
  await expectEnded(over.url, 'link_expired')
  await database()`update users set is_active = false where id = ${me.id}` // without the other effects of disabling
  await expectEnded(mine.url, 'link_revoked')
})

it('accepts only an unaltered link, and only for the calendar that it was signed for', async () => {
  const me = await newPerson()
  const [board, other] = [await newProject(me.token), await newProject(me.token)]
  const [{ url }, mine] = [await make(me, board.id), await make(me, null)]
  const linkOf = (url: string) => new URL(url, ORIGIN).searchParams.get('link') ?? ''
  const link = linkOf(url)
  for (const altered of [
    url.replace(board.id, other.id),
    url.replace(link, linkOf(mine.url)),
    mine.url.replace(linkOf(mine.url), link),
    url.replace(
      link,
      link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ),
    url.replace(board.id, 'null'),
    url.replace(link, ''),
  ]) {
    await expectEnded(altered, 'link_invalid')
  }
  for (const report of ['calendar', 'burndown']) {
    expect((await look(`/reports/pictures/${link}/${board.id}/${report}.svg`)).text).toContain('This link is not valid')
  }
  expect(await call('GET', `/projects/${board.id}/calendar.ics`, { token: me.token })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'link' }] },
  })
})

it('links to its cards if the address of the API is known', async () => {
  const me = await newPerson()
  const board = await newProject(me.token)
  const { id } = await newTask(me.token, board.id, { due_date: '2026-12-24' })
  const { url } = await make(me, board.id)
  const at = async (origin: string, vars: object = {}) => {
    const request = new Request(new URL(url, origin))
    const response = await app.fetch(request, { ...env, ...vars }, createExecutionContext())
    return parse(await response.text()).events[0]?.url
  }
  const card = `/#/projects/${board.id}/cards/${id}`
  expect(await at('https://evil.example')).toBe(null)
  expect(await at('http://localhost:8787')).toBe(`http://localhost:8787${card}`)
  const PUBLIC_URL = 'https://flow.example.com/here'
  expect(await at('https://evil.example', { PUBLIC_URL })).toBe(`${PUBLIC_URL}${card}`)
})

it('contains at most 1,000 events, those nearest to today', async () => {
  await avoidMidnight()
  const me = await newPerson()
  const board = await newProject(me.token)
  const day = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
  const { id } = await newTask(me.token, board.id, { due_date: day(-900) })
  await database()`update tasks set due_date = ${day(-900)}::date where id = ${id}`
  await database()`
    with who as (select set_config('flowtrack.actor', ${me.id}, true))
    insert into tasks (id, project_id, number, title, status, position, due_date)
    select gen_random_uuid(), ${board.id}, 'X-' || n, 'Far', 'todo', n, current_date + n from who, generate_series(1, 1001) n`
  const { url } = await make(me, board.id)
  const events = await eventsAt(url)
  expect(events).toHaveLength(1_000)
  expect(events.map(({ start }) => start)).toContain(day(-900))
  expect(events.map(({ start }) => start)).not.toContain(day(1_001))
  expect(unfolded((await look(url)).text)).toContain('The 1000 of 1002 tasks whose due dates are nearest to today')
})

it('shows the first 1,000 characters of a description', async () => {
  const me = await newPerson()
  const board = await newProject(me.token)
  await newTask(me.token, board.id, { due_date: '2026-12-24', description: '🚀'.repeat(1_001) })
  const [event] = await eventsAt((await make(me, board.id)).url)
  expect(event?.description).toBe('🚀'.repeat(1_000))
})

it('makes links for a year, and lists and counts a link to all my tasks only for me', async () => {
  const { call: low } = newWorker({ QUOTA_LINKS: '2', QUOTA_PROJECT_LINKS: '1' })
  const me = await newPerson()
  const board = await newProject(me.token)
  const add = (project_id: string | null) =>
    low('POST', '/reports/links', { token: me.token, body: { report: 'calendar', project_id } })
  const [mine, of] = [await add(null), await add(board.id)]
  expect([mine.status, of.status]).toEqual([201, 201])
  expect((Date.parse(mine.body.expires_at) - Date.now()) / 86_400_000).toBeCloseTo(366, 1)
  expect(await add(null)).toMatchObject({ ...problem(409, 'too_many_links'), body: { limit: 2 } })
  const listed = await call('GET', '/reports/links', { token: me.token })
  expect(listed.body.items).toEqual([of.body, mine.body])
  const other = await newPerson()
  expect((await call('DELETE', `/reports/links/${mine.body.id}`, { token: other.token })).status).toBe(404)
  expect((await call('DELETE', `/reports/links/${mine.body.id}`, { token: me.token })).status).toBe(204)
  expect((await add(null)).status).toBe(201)
})

it('refuses to make, list or end a link to all my tasks for a key that is bound to projects', async () => {
  const me = await newPerson()
  const board = await newProject(me.token)
  const bound = { token: (await newApiKey(me, { scopes: ['read', 'write'], project_ids: [board.id] })).key }
  const body = { report: 'calendar' }
  expect(await call('POST', '/reports/links', { ...bound, body })).toMatchObject(problem(403, 'scope_missing'))
  const of = await call('POST', '/reports/links', { ...bound, body: { ...body, project_id: board.id } })
  const mine = await make(me, null)
  expect((await call('GET', '/reports/links', bound)).body.items).toEqual([of.body])
  expect((await call('DELETE', `/reports/links/${mine.id}`, bound)).status).toBe(404)
})
