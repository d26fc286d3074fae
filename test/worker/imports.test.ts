import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { exportProject, freshKey, JournalBuilder, toNdjson, upload } from '../support/exports.ts'
import { laneOf } from '../support/lane.ts'
import { connect } from '../support/socket.ts'

let [ada, grace]: Person[] = []
beforeAll(async () => {
  ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  grace = await newMember(ada, board.id, 'viewer', 'Grace')
})
const me = () => ada as Person
const her = () => grace as Person

const toUser = ({ id, email }: Person, name: string) => ({ id, email, name })
const newStranger = (name: string) => ({
  id: crypto.randomUUID(),
  email: `${crypto.randomUUID()}@elsewhere.example`,
  name,
})

/** The rows of a project of another FlowTrack, with these people as members. */
function foreignProject(members: [id: string, role: string][], fields: object = {}) {
  const builder = new JournalBuilder(freshKey(), fields)
  for (const [id, role] of members) builder.member(id, role)
  builder.column('todo', 'todo')
  builder.column('done', 'done', '2048')
  return builder
}

/** A file with so much text that it is exported in several pages, and stored by several requests. */
function longFile(lines: number) {
  const builder = foreignProject([])
  let row = builder.task(1, 'todo')
  for (let n = 0; n < lines; n += 1)
    row = builder.change('task.updated', row, { description: String(n).padEnd(100_000, 'x') })
  return builder
}

it('finds people by e-mail, records the importer for others, and journals changes of memberships', async () => {
  const [alan, barbara] = [newStranger('Alan'), newStranger('Barbara')]
  const users = [
    { ...toUser(her(), 'Grace'), id: crypto.randomUUID(), email: her().email.toUpperCase() },
    alan,
    barbara,
  ]
  const builder = foreignProject([
    [users[0]?.id ?? '', 'editor'],
    [alan.id, 'viewer'],
    [barbara.id, 'contributor'],
  ])
  const shared = builder.task(1, 'todo', { assignee_ids: [alan.id, barbara.id], created_by: alan.id })
  const hers = builder.change('task.updated', shared, { assignee_ids: [alan.id, users[0]?.id] })
  builder.change('task.updated', hers, { assignee_ids: [barbara.id, users[0]?.id] })
  builder.rows.at(-1).user_id = users[0]?.id
  const n = builder.rows.length

  const { status, body } = await upload(toNdjson(builder.lines(users)), me())
  expect({ status, body }).toMatchObject({ status: 201, body: { imported: n, seq: n + 2 } })
  expect(body.unmatched).toEqual([alan, barbara].map(({ email, name }) => ({ email, name })))
  const { id } = body.project
  const { body: members } = await call('GET', `/projects/${id}/members`, { token: me().token })
  const roles = Object.fromEntries(members.items.map(({ user_id, role }: any) => [user_id, role]))
  expect(roles).toEqual({ [her().id]: 'editor', [me().id]: 'manager' })
  const { body: tasks } = await call('GET', `/tasks?project_id=${id}`, { token: her().token })
  expect(tasks.items).toMatchObject([{ assignee_ids: [me().id, her().id], created_by: me().id }])

  const rows = await readJournal(me().token, id, 0)
  expect(rows.slice(n).map(({ action, user_id, changes }: any) => [action, user_id, changes])).toEqual([
    ['member.removed', me().id, {}],
    ['member.updated', me().id, { role: ['contributor', 'manager'] }],
  ])
  expect(new Set(rows.slice(0, n).map(({ request_id }: any) => request_id))).toEqual(new Set([`import:${me().id}`]))
  expect(rows[n - 1]).toMatchObject({ user_id: her().id, changes: {} }) // the importer replaces the importer: no change
  expect(rows[n].request_id).not.toContain('import:')
  expect((await exportProject(id, me().token)).rows).toHaveLength(n + 2)
  const again = await upload((await exportProject(id, me().token)).text, me(), `?key=${freshKey()}`)
  expect(again).toMatchObject({ status: 201, body: { imported: n + 2, seq: n + 2 } })
})

it('notifies people of their membership, but not of past events in the file', async () => {
  const reader = await newMember(me(), (await newProject(me().token)).id, 'viewer', 'Reader')
  await call('POST', '/notifications/read-all', { token: reader.token })
  const builder = foreignProject([
    [me().id, 'manager'],
    [reader.id, 'viewer'],
  ])
  const assigned = builder.task(1, 'todo', { assignee_ids: [reader.id] })
  builder.change('task.moved', assigned, { status: 'done', completed_at: '2024-03-01T09:00:00.000Z' })
  const { body } = await upload(toNdjson(builder.lines([toUser(me(), 'Ada'), toUser(reader, 'Reader')])), me())
  const inbox = await call('GET', '/notifications', { token: reader.token })
  expect(inbox.body).toMatchObject({
    unread_count: 1,
    items: [
      { kind: 'project_invited', project_id: body.project.id, actor_id: me().id, data: { role: 'viewer' } },
      { kind: 'project_invited' },
    ],
  })
  const seen = (await call('GET', '/projects', { token: reader.token })).body.items.map(({ id }: any) => id)
  expect(seen).toHaveLength(2)
  expect(seen).toContain(body.project.id)
})

it('continues numbers, seq, rules and sockets after the last line of the file', async () => {
  const builder = foreignProject([[me().id, 'manager']])
  builder.task(1, 'todo')
  builder.task(7, 'todo')
  const n = builder.rows.length
  const { body } = await upload(toNdjson(builder.lines([toUser(me(), 'Ada')])), me())
  const { id, key } = body.project
  const old = await connect(id, { token: me().token, query: `?since=${crypto.randomUUID()}:${n}` })
  expect(await old.message('snapshot_required')).toMatchObject({ seq: n })
  const socket = await connect(id, { token: me().token, query: `?since=${n - 2}` })
  await socket.seq(n)
  expect(await newTask(me().token, id, { assignee_ids: [me().id] })).toMatchObject({ number: `${key}-8`, seq: n + 1 })
  await socket.seq(n + 1)
  expect(socket.seqs).toEqual([n - 1, n, n + 1])
  for (const live of [old, socket]) live.close()
  const outsider = await call('POST', '/tasks', {
    token: me().token,
    body: { project_id: id, title: 'x', assignee_ids: [her().id] },
  })
  expect(outsider).toMatchObject(problem(422, 'assignee_not_member'))
})

it('uses the key of the file or another key, and reports a key that is taken', async () => {
  const builder = foreignProject([])
  builder.task(3, 'todo')
  const file = toNdjson(builder.lines())
  expect((await upload(file, me())).body.project.key).toBe(builder.project.key)
  expect(await upload(file, me())).toMatchObject({ ...problem(409, 'key_taken'), body: { detail: /\?key=/ } })
  const key = freshKey()
  const { body } = await upload(file, me(), `?key=${key}`)
  expect(body.project.key).toBe(key)
  const { body: tasks } = await call('GET', `/tasks?project_id=${body.project.id}`, { token: me().token })
  expect(tasks.items).toMatchObject([{ number: `${key}-3` }])
  expect(await upload(file, me(), '?key=lower')).toMatchObject({ status: 422, body: { errors: [{ path: 'key' }] } })
})

it('repeats the first answer for the same Idempotency-Key, and refuses another file with it', async () => {
  const builder = foreignProject([])
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const file = toNdjson(builder.lines())
  const first = await upload(file, me(), '', headers)
  const repeat = await upload(file, me(), '', headers)
  expect(repeat).toMatchObject({ status: 201, text: first.text })
  expect(repeat.headers.get('Idempotency-Replayed')).toBe('true')
  builder.task(1, 'todo')
  expect(await upload(toNdjson(builder.lines()), me(), `?key=${freshKey()}`, headers)).toMatchObject(
    problem(422, 'idempotency_key_reused'),
  )
})

it('refuses another media type, a file of more than 64 MiB, and an empty file', async () => {
  const file = toNdjson(foreignProject([]).lines())
  expect(await upload(file, me(), '', { 'Content-Type': 'application/json' })).toMatchObject(
    problem(415, 'unsupported_media_type'),
  )
  expect(await upload(file, me(), '', { 'Content-Encoding': 'gzip' })).toMatchObject(
    problem(415, 'unsupported_media_type'),
  )
  expect(await upload('', me())).toMatchObject({ status: 422, body: { errors: [{ path: 'line 1' }] } })
  expect(await upload(' '.repeat(64 * 1024 * 1024 + 1), me())).toMatchObject(problem(413, 'body_too_large'))
  const latin = new Uint8Array([...new TextEncoder().encode(file.trimEnd()), 10, 0xe9])
  const headers = { Authorization: `Bearer ${me().token}`, 'Content-Type': 'application/x-ndjson' }
  const answer = await exports.default.fetch(`${ORIGIN}/projects/import`, { method: 'POST', body: latin, headers })
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ errors: [{ path: 'line 5', message: 'is not UTF-8' }] })
})

it('skips blank lines, and counts them in the line numbers of errors', async () => {
  const builder = foreignProject([[me().id, 'manager']])
  builder.task(1, 'todo')
  const lines = builder.lines([toUser(me(), 'Ada')]).map((line) => JSON.stringify(line))
  const spaced = (list: string[]) => `\ufeff\r\n${list[0]}\n\n \t\r\n${list.slice(1).join('\r\n\r\n')}\n\n\n`
  const taken = await upload(spaced(lines), me(), `?key=${freshKey()}`)
  expect(taken).toMatchObject({ status: 201, body: { imported: lines.length - 1 } })
  const { text } = await exportProject(taken.body.project.id, me().token)
  expect((await upload(`${text}\n`, me(), `?key=${freshKey()}`)).status).toBe(201)

  const badness: [n: number, bad: string][] = [
    [0, '{'],
    [3, 'not JSON'],
    [3, lines[3]?.replace('"seq":3', '"seq":30') ?? ''],
    [3, lines[3]?.replaceAll('"todo"', '7') ?? ''],
  ]
  for (const [n, bad] of badness) {
    const file = spaced(lines.with(n, bad))
    const line = file.split('\n').findIndex((text) => text.trim() === bad) + 1
    expect(line).toBe(n === 0 ? 2 : 9)
    const { status, body } = await upload(file, me(), `?key=${freshKey()}`)
    expect({ status, path: body.errors?.[0].path }).toEqual({ status: 422, path: `line ${line}` })
  }
})

it('makes nobody a member who shares no project with the importer, and does not reveal their accounts', async () => {
  const [eve, root] = [await newPerson('Eve'), await newAdmin()]
  const users = [toUser(me(), 'Ada'), toUser(her(), 'Grace'), toUser(eve, 'Eve'), newStranger('Nobody')]
  const builder = foreignProject(users.map(({ id }) => [id, 'editor']))
  const theirs = builder.task(1, 'todo', { assignee_ids: [eve.id] })
  builder.change('task.updated', theirs, { assignee_ids: [her().id] })
  const file = toNdjson(builder.lines(users))
  const members = async (answer: any, { token }: Person) => {
    expect(answer.status).toBe(201)
    const { body } = await call('GET', `/projects/${answer.body.project.id}/members`, { token })
    return new Set(body.items.map(({ user_id }: any) => user_id))
  }
  const mine = await upload(file, me(), `?key=${freshKey()}`)
  expect(mine.body.unmatched.map(({ name }: any) => name)).toEqual(['Eve', 'Nobody'])
  expect(await members(mine, me())).toEqual(new Set([me().id, her().id]))
  expect((await call('GET', '/projects', { token: eve.token })).body.items).toEqual([])
  expect((await call('GET', '/notifications', { token: eve.token })).body.items).toEqual([])
  const everybody = await upload(file, root, `?key=${freshKey()}`)
  expect(everybody.body.unmatched.map(({ name }: any) => name)).toEqual(['Nobody'])
  expect(await members(everybody, root)).toEqual(new Set([me().id, her().id, eve.id, root.id]))
})

it('does not make people with disabled accounts members, not even for an administrator', async () => {
  const [ada, root] = [await newPerson('Ada'), await newAdmin()]
  const bob = await newMember(ada, (await newProject(ada.token)).id, 'editor', 'Bob')
  await call('PATCH', `/users/${bob.id}`, { token: root.token, body: { is_active: false } })
  const users = [toUser(ada, 'Ada'), toUser(bob, 'Bob')]
  const file = toNdjson(foreignProject(users.map(({ id }) => [id, 'manager'])).lines(users))
  for (const importer of [ada, root]) {
    const { status, body } = await upload(file, importer, `?key=${freshKey()}`)
    expect([status, body.unmatched.map(({ name }: any) => name)]).toEqual([201, ['Bob']])
    const members = await call('GET', `/projects/${body.project.id}/members`, { token: importer.token })
    expect(members.body.items.map(({ user_id }: any) => user_id)).not.toContain(bob.id)
  }
})

/** Sends the first line of a file, runs `act` once the import has begun, and sends the rest. */
async function importWhile(lines: unknown[], importer: Person, act: () => Promise<unknown>) {
  const { readable, writable } = new TransformStream()
  const slow = exports.default.fetch(`${ORIGIN}/projects/import`, {
    method: 'POST',
    body: readable,
    headers: { Authorization: `Bearer ${importer.token}`, 'Content-Type': 'application/x-ndjson' },
  })
  const pen = writable.getWriter()
  await pen.write(new TextEncoder().encode(toNdjson(lines.slice(0, 1))))
  const sql = database()
  for (let begun = 0; begun === 0; ) begun = (await sql`select 1 from imports where user_id = ${importer.id}`).length
  await act()
  await pen.write(new TextEncoder().encode(toNdjson(lines.slice(1))))
  await pen.close()
  const response = await slow
  return { status: response.status, body: await response.json() }
}

it('imports nothing when a future member leaves or is deleted while the file is read', async () => {
  const [ann, root] = [await newPerson('Ann'), await newAdmin()]
  const { id } = await newProject(ann.token)
  const leaver = await newMember(ann, id, 'viewer')
  const users = [toUser(ann, 'Ann'), toUser(leaver, 'Leaver')]
  const lines = () => foreignProject(users.map((user) => [user.id, 'editor'])).lines(users)
  const leave = () => call('DELETE', `/projects/${id}/members/${leaver.id}`, { token: ann.token })
  expect(await importWhile(lines(), ann, leave)).toMatchObject(problem(409, 'import_outdated'))
  const end = () => call('DELETE', `/users/${leaver.id}`, { token: root.token })
  expect(await importWhile(lines(), root, end)).toMatchObject(problem(409, 'import_outdated'))
  expect((await call('GET', '/projects', { token: ann.token })).body.items).toMatchObject([{ id }])
})

it('imports nothing when a future member is disabled or the importer is deleted while the file is read', async () => {
  const [ann, root] = [await newPerson('Ann'), await newAdmin()]
  const { id } = await newProject(ann.token)
  const viewer = await newMember(ann, id, 'viewer')
  const users = [toUser(ann, 'Ann'), toUser(viewer, 'Viewer')]
  const lines = () => foreignProject(users.map((user) => [user.id, 'editor'])).lines(users)
  const disable = () => call('PATCH', `/users/${viewer.id}`, { token: root.token, body: { is_active: false } })
  expect(await importWhile(lines(), ann, disable)).toMatchObject(problem(409, 'import_outdated'))
  expect((await call('GET', '/projects', { token: ann.token })).body.items).toMatchObject([{ id }])
  const importer = await newPerson('Importer')
  const end = () => call('DELETE', `/users/${importer.id}`, { token: root.token })
  expect(await importWhile(foreignProject([]).lines(), importer, end)).toMatchObject(problem(401, 'token_revoked'))
  expect(await database()`select 1 from project_members where user_id = ${importer.id}`).toEqual([])
})

it('ends an import when another one of the same person begins', async () => {
  const other = async () => expect((await upload(toNdjson(foreignProject([]).lines()), me())).status).toBe(201)
  expect(await importWhile(foreignProject([]).lines(), me(), other)).toMatchObject(problem(409, 'import_superseded'))
})

it('exports an imported project in full, and aborts the download when the database fails', async () => {
  const builder = longFile(20)
  const { body } = await upload(toNdjson(builder.lines()), me())
  expect(body).toMatchObject({ imported: builder.rows.length })
  const { header, rows } = await exportProject(body.project.id, me().token)
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: header.seq }, (_, n) => n + 1))

  const lane = laneOf(crypto.randomUUID())
  const request = new Request(`${ORIGIN}/projects/${body.project.id}/export`, {
    headers: { Authorization: `Bearer ${me().token}` },
  })
  const response = await app.fetch(request, { ...env, ...lane.vars }, createExecutionContext())
  expect(response.status).toBe(200)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const first = new TextDecoder().decode((await reader.read()).value)
  expect(JSON.parse(first)).toMatchObject({ flowtrack: 1, seq: header.seq })
  await fetch(`${lane.neon}/control`, { method: 'POST', body: JSON.stringify({ down: true }) })
  const drain = async () => {
    for (;;) if ((await reader.read()).done) return 'the end'
  }
  await expect(drain()).rejects.toThrow()
})

it('refuses an export to people who are not managers of the project', async () => {
  const { body } = await upload(toNdjson(foreignProject([[her().id, 'editor']]).lines([toUser(her(), 'Grace')])), me())
  const path = `/projects/${body.project.id}/export`
  expect(await call('GET', path, { token: her().token })).toMatchObject(problem(403, 'forbidden'))
  expect(await call('GET', path, { token: (await newPerson()).token })).toMatchObject(problem(404, 'not_found'))
})
