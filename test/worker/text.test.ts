import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  PASSWORD,
  type Person,
  problem,
} from '../support/api.ts'

const UNSTORABLE = { NUL: 'a\0b', 'half a surrogate pair': 'a\ud83d' }
it.each(Object.entries(UNSTORABLE))('refuses text that Postgres cannot hold: %s', async (_, text) => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const { id } = await newTask(token, board.id)
  const bodies: [string, string, object][] = [
    ['POST', '/projects', { name: text }],
    ['PATCH', `/projects/${board.id}`, { description: text }],
    ['POST', '/tasks', { project_id: board.id, title: text }],
    ['PATCH', `/tasks/${id}`, { description: text }],
    ['PATCH', `/tasks/${id}`, { status: text }],
    ['PATCH', `/tasks/${id}/move`, { status: text }],
    ['PATCH', `/projects/${board.id}/columns/todo`, { name: text }],
    ['PATCH', '/users/me', { name: text }],
    ['PATCH', '/users/me', { avatar_url: `https://example.com/${text}` }],
    ['PATCH', '/users/me', { timezone: text }],
  ]
  for (const [method, path, body] of bodies) {
    expect([path, body, await call(method, path, { token, body })]).toMatchObject([
      path,
      body,
      problem(422, 'validation_failed'),
    ])
  }
})

it.each(['status', 'q', 'priority', 'cursor'])('refuses NUL in the query: %s', async (name) => {
  const { token } = await newPerson()
  expect(await call('GET', `/tasks?${name}=a%00b`, { token })).toMatchObject(problem(422, 'validation_failed'))
})

it.each(['', '%00', 'task.painted'])('refuses an action that the journal does not know: %j', async (action) => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const answer = await call('GET', `/projects/${board.id}/activity?action=${action}`, { token })
  expect(answer).toMatchObject({ ...problem(422, 'validation_failed'), body: { errors: [{ path: 'action' }] } })
})

it.each([
  '0000-01-01T00:00:00Z',
  '2026-01-01T00:00:00',
  'yesterday',
  '2026-02-30T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
])('refuses an invalid time: %s', async (instant) => {
  const { token } = await newPerson()
  const answer = await call('GET', `/tasks?updated_since=${encodeURIComponent(instant)}`, { token })
  expect(answer).toMatchObject(problem(422, 'validation_failed'))
})

it('accepts a time with any offset', async () => {
  const { token } = await newPerson()
  const answer = await call('GET', `/tasks?updated_since=${encodeURIComponent('2026-01-01T00:00:00+23:00')}`, { token })
  expect(answer).toMatchObject({ status: 200, body: { items: [] } })
})

const INVISIBLE = ['\u200b', '\u2060\u00ad', '\u3164', '\u202e\u202c', '\u2800', '\u00a0 \u3000', '\ufe0f', '\u{e0041}']
const BROKEN = ['two\nlines', 'bell\u0007', 'a\tb', 'next\u0085line', 'a\u2028b', 'a\u009bb']

it('refuses a name that is invisible or not on one line, for tasks, projects, columns, people and keys', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const { id } = await newTask(token, board.id)
  for (const text of [...INVISIBLE, ...BROKEN]) {
    const bodies: [string, string, object][] = [
      ['POST', '/tasks', { project_id: board.id, title: text }],
      ['PATCH', `/tasks/${id}`, { title: text }],
      ['POST', '/projects', { name: text }],
      ['PATCH', `/projects/${board.id}/columns/todo`, { name: text }],
      ['PATCH', '/users/me', { name: text }],
      ['POST', '/users/me/keys', { name: text, scopes: ['read'] }],
      ['POST', '/auth/register', { name: text, email: 'never@example.com', password: PASSWORD }],
    ]
    for (const [method, path, body] of bodies) {
      const answer = await call(method, path, { token, body })
      expect([path, JSON.stringify(body), answer]).toMatchObject([
        path,
        expect.any(String),
        problem(422, 'validation_failed'),
      ])
      const said = BROKEN.includes(text) ? /one line, without control/ : /visible character|must not be empty/
      expect(answer.body.errors[0].message).toMatch(said)
    }
  }
})

it.each(['👩‍👩‍👧', 'می‌خواهم', 'a\u00adb', '\u202eabc', ' trimmed\n'])('accepts a visible title: %j', async (title) => {
  const { token } = await newPerson()
  const board = await newProject(token)
  expect((await newTask(token, board.id, { title })).title).toBe(title.trim())
})

it('stores text in the Unicode form NFC', async () => {
  const { token } = await newPerson('Zoë'.normalize('NFD'))
  const board = await newProject(token, { name: 'Ĺéğ'.normalize('NFD') })
  const made = await newTask(token, board.id, { title: 'é'.normalize('NFD'), description: 'ü'.normalize('NFD') })
  const { body } = await call('GET', '/users/me', { token })
  expect([body.name, board.name, made.title, made.description]).toEqual(
    ['Zoë', 'Ĺéğ', 'é', 'ü'].map((text) => text.normalize('NFC')),
  )
})

it('finds a task by the visible characters of its title, in whatever form it is stored', async () => {
  const { id: me, token } = await newPerson()
  const board = await newProject(token)
  const titles = [
    'Résumé hochladen',
    'STRASSE kehren',
    'ΟΔΟΣ',
    'Ｆｕｌｌ width',
    're\u00adsum\u00e9 zwei',
    'Łódź',
    'Ørsted, Đà Nẵng',
  ]
  for (const title of titles) await newTask(token, board.id, { title })
  const sql = database() // as titles were stored before all were normalised
  await sql.transaction([
    sql`select set_actor(${me})`,
    sql`update tasks set title = normalize(title, nfd) where project_id = ${board.id}`,
  ])
  const find = async (q: string) => {
    const { body } = await call('GET', `/tasks?project_id=${board.id}&sort=created_at&q=${encodeURIComponent(q)}`, {
      token,
    })
    return body.items.map(({ title }: any) => titles.indexOf(title.normalize('NFC')) + 1)
  }
  for (const q of ['RÉSUMÉ'.normalize('NFC'), 'RÉSUMÉ'.normalize('NFD'), 'resume'])
    expect(await find(q)).toEqual([1, 5])
  expect([await find('LODZ'), await find('łódź'), await find('orsted, da n')]).toEqual([[6], [6], [7]])
  expect([await find('straße'), await find('οδος'), await find('full'), await find('%')]).toEqual([[2], [3], [4], []])
})

it('finds people by each word of their name, and by one Chinese, Japanese or Korean character', async () => {
  const mark = crypto.randomUUID().slice(0, 8)
  const names = [`Ada Lovelace ${mark}`, `Zoë O’Brien-Smith ${mark}`, `李小龙 ${mark}`, `김민수 ${mark}`]
  const people: Person[] = []
  for (const name of names) people.push(await newPerson(name.normalize('NFD')))
  const somebody = await newAdmin()
  const find = async (q: string) => {
    const { status, body } = await call('GET', `/users?limit=100&q=${encodeURIComponent(q)}`, { token: somebody.token })
    return status === 200
      ? people.flatMap(({ id }, n) => (body.items.some((u: any) => u.id === id) ? [n] : []))
      : status
  }
  const found = async (q: string) => [q, await find(`${q} ${mark}`)]
  for (const q of ['ada', 'lovelace', 'LOVE', 'ada love', 'love ada']) expect(await found(q)).toEqual([q, [0]])
  for (const q of ['zoë', 'zoë'.normalize('NFD'), 'smith', "o'brien", 'O’Br']) expect(await found(q)).toEqual([q, [1]])
  for (const q of ['李', '小龙', '李小']) expect(await found(q)).toEqual([q, [2]])
  for (const q of ['김', '민수']) expect(await found(q)).toEqual([q, [3]])
  expect(await find('李')).toContain(2)
  expect(await find(people[0]?.email.slice(0, 20) ?? '')).toEqual([0])
  expect([await find('a'), await find('\u200b'), await find('velace')]).toEqual([422, 422, []])
  expect(await find(`'; --:* & ${mark}`)).toEqual([])
})

const utf8Of = (text: string) => [...new TextEncoder().encode(text)]
it.each([
  ['an invalid byte', [0xff]],
  ['an incomplete character', [0xc3]],
  ['an overlong encoding', [0xc0, 0xaf]],
  ['half a surrogate pair', [0xed, 0xa0, 0x80]],
])('refuses a body with %s, and stores nothing of it', async (_what, bytes) => {
  const { token } = await newPerson()
  const body = new Uint8Array([...utf8Of('{"name":"x'), ...bytes, ...utf8Of('"}')])
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const response = await exports.default.fetch(`${ORIGIN}/projects`, { method: 'POST', headers, body })
  expect({ status: response.status, body: await response.json() }).toMatchObject(problem(400, 'body_malformed'))
  expect((await call('GET', '/projects', { token })).body.items).toEqual([])
})

it.each(['/tasks?q=%FF', '/tasks?q=a%C3&limit=1', '/tasks?%ff=1', '/projects/%C0%AF', '/users/%ED%A0%80', '/%FF'])(
  'refuses a URL that is not UTF-8: %s',
  async (path) => {
    const { token } = await newPerson()
    expect(await call('GET', path, { token })).toMatchObject(problem(400, 'uri_malformed'))
  },
)

it('accepts a body with a byte order mark, and URLs with any characters', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const titled = await newTask(token, id, { title: '100 % ü 🙂' })
  for (const q of ['%C3%BC', 'ü', '%F0%9F%99%82', '100 %', '100%20%25', '%u'])
    expect((await call('GET', `/tasks?project_id=${id}&q=${q}`, { token })).status, q).toBe(200)
  const found = await call('GET', `/tasks?project_id=${id}&q=%C3%BC`, { token })
  expect(found.body.items).toMatchObject([{ id: titled.id }])
  expect((await call('POST', '/projects', { token, body: '\ufeff{"name":"Marked"}' })).body.name).toBe('Marked')
})

it('refuses a compressed body, except on a route that reads no body', async () => {
  const { token } = await newPerson()
  const send = (method: string, path: string, headers: Record<string, string>) =>
    exports.default.fetch(`${ORIGIN}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
      body: new Uint8Array([0x1f, 0x8b, 0xff]),
    })
  const refused = await send('POST', '/tasks', { 'Content-Encoding': 'gzip' })
  expect([refused.status, refused.headers.get('Accept-Encoding')]).toEqual([415, 'identity'])
  expect((await send('POST', '/tasks', { 'Content-Encoding': 'identity' })).status).toBe(400)
  expect((await send('POST', '/auth/ws-ticket', {})).status).toBe(400)
  expect((await send('DELETE', `/tasks/${crypto.randomUUID()}`, { 'Content-Encoding': 'gzip' })).status).toBe(404)
})
