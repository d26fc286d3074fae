import { beforeAll, expect, it } from 'vitest'
import {
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
  readJournal,
} from '../support/api.ts'
import { exportProject, freshKey, upload } from '../support/exports.ts'
import { connect } from '../support/socket.ts'

let ada: Person
let grace: Person
let linus: Person
let board: any
beforeAll(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
  grace = await newMember(ada, board.id, 'commenter', 'Grace')
  linus = await newMember(ada, board.id, 'viewer', 'Linus')
})

const say = (who: Person, card: { id: string }, body: unknown, headers = {}) =>
  call('POST', `/tasks/${card.id}/comments`, { token: who.token, body: { body }, headers })
const edit = (who: Person, id: string, body: string, headers = {}) =>
  call('PATCH', `/comments/${id}`, { token: who.token, body: { body }, headers })
const remove = (who: Person, id: string) => call('DELETE', `/comments/${id}`, { token: who.token })
const readThread = (card: { id: string }, query = '') => readAllPages(`/tasks/${card.id}/comments${query}`, linus.token)
const mentionOf = (person: Person, name = 'Somebody') => `@[${name}](user:${person.id})`

/** The notifications of mentions in these comments, oldest first. */
const mentionsIn = async (...ids: string[]) =>
  database()`select user_id, kind, data from notifications where kind = 'mentioned' and data ->> 'comment_id' = any(${ids}) order by id`

it('lists the comments of a card oldest first, page by page, with their authors', async () => {
  const card = await newTask(ada.token, board.id)
  const first = await say(grace, card, '**Hello**\nthere')
  expect(first).toMatchObject({
    status: 201,
    body: { task_id: card.id, project_id: board.id, user_id: grace.id, body: '**Hello**\nthere', edited_at: null },
  })
  expect(first.body.user).toEqual({ id: grace.id, name: 'Grace', avatar_url: null })
  expect(first.headers.get('Location')).toBe(`/comments/${first.body.id}`)
  const others = [await say(ada, card, 'Two'), await say(grace, card, 'Three'), await say(ada, card, 'Four')]
  const all = [first, ...others].map(({ body }) => body)
  expect(await readThread(card)).toEqual(all)
  expect(await readThread(card, '?limit=3')).toEqual(all)
  expect(await readThread(card, '?limit=1&sort=-created_at')).toEqual(all.toReversed())
  expect((await call('GET', `/tasks/${card.id}`, { token: linus.token })).body.comment_count).toBe(4)
})

it('lets an administrator’s key without the scope admin delete what its owner may delete as a member', async () => {
  const root = await newAdmin()
  await call('POST', `/projects/${board.id}/members`, {
    token: ada.token,
    body: { user_id: root.id, role: 'commenter' },
  })
  const card = await newTask(ada.token, board.id)
  const [hers, theirs] = [(await say(grace, card, 'Hers')).body, (await say(root, card, 'Theirs')).body]
  const { key } = await newApiKey(root)
  expect(await call('DELETE', `/comments/${hers.id}`, { token: key })).toMatchObject(problem(403, 'forbidden'))
  expect((await call('DELETE', `/comments/${theirs.id}`, { token: key })).status).toBe(204)
  expect((await remove(root, hers.id)).status).toBe(204)
})

it('counts the bytes of a page as they are in JSON', async () => {
  const card = await newTask(ada.token, board.id)
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`insert into comments (id, project_id, task_id, user_id, body, seq)
      select gen_random_uuid(), ${board.id}, ${card.id}, ${ada.id}, repeat(chr(1), 19990), 1 from generate_series(1, 20)`,
  ])
  const { text, body } = await call('GET', `/tasks/${card.id}/comments?limit=100`, { token: ada.token })
  expect(text.length).toBeLessThan(1.3 * 1024 * 1024) // one more than fits, as a page is never empty
  expect(body.next_cursor).not.toBeNull()
  expect(await readThread(card)).toHaveLength(20)
})

it('shortens a page of long comments, and returns all comments over all pages', async () => {
  const card = await newTask(ada.token, board.id)
  const long = '🚀'.repeat(10_000)
  for (let n = 0; n < 30; n += 1) expect((await say(ada, card, long)).status).toBe(201)
  const { body } = await call('GET', `/tasks/${card.id}/comments`, { token: ada.token })
  expect(body.items.length).toBeGreaterThan(25)
  expect(body.items.length).toBeLessThan(29)
  expect(await readThread(card)).toHaveLength(30)
  const activity = await call('GET', `/projects/${board.id}/activity?task_id=${card.id}&limit=100`, {
    token: ada.token,
  })
  expect(activity.text.length).toBeLessThan(2 * 1024 * 1024)
  expect(await readAllPages(`/projects/${board.id}/activity?task_id=${card.id}`, ada.token)).toHaveLength(61)
})

it('lets only the author edit a comment, and shows when it was edited', async () => {
  const card = await newTask(ada.token, board.id)
  const { body: said } = await say(grace, card, 'Helo')
  const edited = await edit(grace, said.id, 'Hello', { 'If-Match': `"${said.seq}"` })
  expect(edited).toMatchObject({ status: 200, body: { id: said.id, body: 'Hello', edited_at: expect.any(String) } })
  expect(await edit(grace, said.id, 'Late', { 'If-Match': `"${said.seq}"` })).toMatchObject({ status: 412 })
  const again = await edit(grace, said.id, 'Hello')
  expect(again.body).toEqual(edited.body)
  expect(await edit(ada, said.id, 'By a manager')).toMatchObject({
    ...problem(403, 'forbidden'),
    body: { detail: 'Only its author may edit a comment: write a new comment instead' },
  })
})

it('lets the author and managers delete a comment, and nobody else', async () => {
  const card = await newTask(ada.token, board.id)
  const editor = await newMember(ada, board.id, 'editor')
  const [one, two, three] = [
    (await say(grace, card, 'One')).body,
    (await say(grace, card, 'Two')).body,
    (await say(ada, card, 'Three')).body,
  ]
  expect(await remove(editor, one.id)).toMatchObject(problem(403, 'forbidden'))
  expect((await remove(grace, one.id)).status).toBe(204)
  expect((await remove(ada, two.id)).status).toBe(204)
  expect(await remove(grace, three.id)).toMatchObject(problem(403, 'forbidden'))
  expect(await remove(ada, two.id)).toMatchObject(problem(404, 'not_found'))
  expect(await readThread(card)).toEqual([three])
  expect((await call('GET', `/tasks/${card.id}`, { token: ada.token })).body.comment_count).toBe(1)
})

it.each([
  ['an empty text', ''],
  ['only spaces', ' \n\t'],
  ['only invisible characters', '\u200b\u2060\u202e'],
  ['20,001 characters', 'x'.repeat(20_001)],
  ['NUL', 'a\0b'],
  ['a number', 42],
])('refuses %s as a comment', async (_, body) => {
  const card = await newTask(ada.token, board.id)
  expect(await say(ada, card, body)).toMatchObject(problem(422, 'validation_failed'))
})

it('accepts a comment of 20,000 characters in any script', async () => {
  const card = await newTask(ada.token, board.id)
  expect((await say(ada, card, 'x'.repeat(20_000))).status).toBe(201)
  expect((await say(ada, card, '火'.repeat(20_000))).status).toBe(201)
})

it('returns 404 for comments of a card in the trash, and refuses changes in an archived project', async () => {
  const shelf = await newProject(ada.token)
  const [card, other] = [await newTask(ada.token, shelf.id), await newTask(ada.token, shelf.id)]
  const [{ body: said }, { body: kept }] = [await say(ada, card, 'Said'), await say(ada, other, 'Kept')]
  await call('DELETE', `/tasks/${card.id}`, { token: ada.token })
  const list = () => call('GET', `/tasks/${card.id}/comments`, { token: ada.token })
  const all = [await say(ada, card, 'More'), await edit(ada, said.id, 'New'), await remove(ada, said.id), await list()]
  for (const answer of all) expect(answer).toMatchObject(problem(404, 'not_found'))
  await call('POST', `/tasks/${card.id}/restore`, { token: ada.token })
  expect((await list()).body.items).toEqual([said])
  await call('PATCH', `/projects/${shelf.id}`, { token: ada.token, body: { status: 'archived' } })
  for (const answer of [await say(ada, other, 'More'), await edit(ada, kept.id, 'New'), await remove(ada, kept.id)])
    expect(answer).toMatchObject(problem(409, 'project_archived'))
  expect((await list()).status).toBe(200)
})

it('notifies each mentioned member once, and nobody else', async () => {
  const card = await newTask(ada.token, board.id)
  const stranger = await newPerson()
  const text = `${mentionOf(linus)} ${mentionOf(linus, 'Linus')} ${mentionOf(ada)} ${mentionOf(stranger)} [${linus.id}](user:${grace.id}) @[x](user:1)`
  const { body: said } = await say(ada, card, text)
  expect(said.body).toBe(text)
  const data = { comment_id: said.id, number: card.number, title: card.title }
  expect(await mentionsIn(said.id)).toMatchObject([{ user_id: linus.id, kind: 'mentioned', data }])
  await edit(ada, said.id, `${text} ${mentionOf(grace)}`)
  await edit(ada, said.id, mentionOf(grace))
  await edit(ada, said.id, `${mentionOf(grace)} ${mentionOf(linus)} secret`)
  const all = await mentionsIn(said.id)
  expect(all.map(({ user_id }) => user_id)).toEqual([linus.id, grace.id])
  expect(JSON.stringify(all)).not.toContain('secret')
})

it.each([
  ['in code', '`M`'],
  ['after a backslash', '\\M'],
])('ignores a mention %s, and notifies nobody of it', async (_, text) => {
  const card = await newTask(ada.token, board.id)
  const hidden = text.replace('M', mentionOf(linus))
  const { body: said } = await say(ada, card, `Write ${hidden}, and ask ${mentionOf(grace)}`)
  expect((await mentionsIn(said.id)).map(({ user_id }) => user_id)).toEqual([grace.id])
})

// M is a mention of Linus, and N one of Grace.
it.each([
  ['`M`', ''],
  ['``a` M ``', ''],
  ['a `b\nM` c', ''],
  ['\\M', ''],
  ['\\\\M', 'M'],
  ['\\`M`', 'M'],
  ['`M N', 'MN'],
  ['`a` M `b`', 'M'],
  ['`\\` M `a`', 'M'],
  ['`` ` ` M', 'M'],
  ['It `is\n\nM `', 'M'],
  ['- It `is\n- M `', 'M'],
  ['```ts\nM', ''],
  ['```\nM\n```\nN', 'N'],
  ['~~~\nM\n```\nM\n~~~\nN', 'N'],
  ['````\n```\nM\n````\nN', 'N'],
  ['```\r\nM\r\n```\r\nN', 'N'],
  ['```a``` M', 'M'],
  ['1. ```\n   M\n   ```\n2. N', 'N'],
  ['> ```\n> M\n> ```\n> N', 'N'],
  ['> Try this:\n> ```\n> npm i\n\nM', 'M'],
  ['- ```\n  code\n\nM', 'M'],
  ['- ```\n- a M', 'M'],
  ['Look:\n\n    ```\n\nM', 'M'],
  ['Log:\n\n    M failed\n\n\tM again\n \n    M\nN', 'N'],
  ['    M\n\nN', 'N'],
  ['See\n    M', 'M'],
  ['- See\n\n    M', 'M'],
])('finds mentions in Markdown as the page shows them: %j has %j', async (text, found) => {
  const body = text.replaceAll('M', mentionOf(linus)).replaceAll('N', mentionOf(grace))
  const [row] = await database()`select mentioned_in(${body}) as people`
  const expected = [...found].map((letter) => (letter === 'M' ? linus.id : grace.id))
  expect(row?.people.toSorted()).toEqual(expected.toSorted())
})

it('accepts a mention only if its name is one line of at most 200 characters', async () => {
  for (const [name, count] of [
    ['x'.repeat(200), 1],
    ['x'.repeat(201), 0],
    ['x\ny', 0],
  ] as const) {
    const [row] = await database()`select cardinality(mentioned_in(${mentionOf(linus, name)})) as count`
    expect(row?.count).toBe(count)
  }
})

it('finds mentions in the longest texts of repeated characters within 3 s', async () => {
  for (const piece of [
    '`a',
    '`',
    '\\`` ',
    '\n',
    '\n- ',
    '\n```',
    '@[',
    '\\',
    '1',
    '\n1',
    '\n ',
    '\n\n    ',
    '\n\n\t',
  ]) {
    const body = (mentionOf(linus) + piece.repeat(20_000)).slice(0, 20_000)
    const [row] = await database()`select cardinality(mentioned_in(${body})) as count,
      extract(epoch from clock_timestamp() - statement_timestamp())::float as seconds`
    expect(row?.count).toBe(1)
    expect(row?.seconds).toBeLessThan(3)
  }
})

it('sends a comment with its text to sockets, and its new count on the card as another event', async () => {
  const card = await newTask(ada.token, board.id)
  const socket = await connect(board.id, linus)
  await socket.message('hello')
  const { body: said } = await say(grace, card, 'Live')
  await edit(grace, said.id, 'Lively')
  await remove(grace, said.id)
  await socket.until(() => socket.events.length === 5)
  const [created, counted, updated, deleted, recounted] = socket.events
  const { user: _, ...row } = said
  expect(created).toMatchObject({ action: 'comment.created', entity: 'comment', task_id: card.id, data: row })
  expect(counted).toMatchObject({ action: 'task.updated', changes: { comment_count: [0, 1] } })
  expect(updated).toMatchObject({ action: 'comment.updated', data: { body: 'Lively' } })
  expect(Object.keys(updated.changes)).toEqual(['edited_at'])
  expect(deleted).toMatchObject({ action: 'comment.deleted', entity_id: said.id, data: { body: null } })
  expect(recounted).toMatchObject({ changes: { comment_count: [1, 0] } })
  socket.close()
})

it('keeps no deleted or replaced text in the journal, a replay, an export or a stored answer', async () => {
  const [gone, old, kept] = ['gone', 'old', 'kept'].map((word) => `${word}-${crypto.randomUUID()}`) as [
    string,
    string,
    string,
  ]
  const shelf = await newProject(ada.token, { key: freshKey() })
  const card = await newTask(ada.token, shelf.id)
  const key = { 'Idempotency-Key': crypto.randomUUID() }
  const first = await say(ada, card, gone, key)
  expect((await say(ada, card, gone, key)).text).toBe(first.text)
  const { body: second } = await say(ada, card, old)
  await edit(ada, second.id, kept)
  await remove(ada, first.body.id)

  const repeat = await say(ada, card, gone, key)
  expect(repeat).toMatchObject({ status: 201, body: { id: first.body.id, body: '' } })
  const socket = await connect(shelf.id, { ...ada, query: '?since=0' })
  await socket.message('replayed')
  socket.close()
  const { text: file } = await exportProject(shelf.id, ada.token)
  const activity = JSON.stringify(await readJournal(ada.token, shelf.id, 0))
  for (const text of [JSON.stringify(socket.events), file, activity]) {
    expect(text).not.toContain(gone)
    expect(text).not.toContain(old)
    expect(text).toContain(kept)
  }
  const [stored] = await database()`
    select (select count(*)::int from activity_logs where (data::text || changes::text) ~ ${`${gone}|${old}|${kept}`}) as journal,
      (select count(*)::int from idempotency_keys where response::text ~ ${`${gone}|${old}|${kept}`}) as answers,
      (select count(*)::int from notifications where data::text ~ ${`${gone}|${old}|${kept}`}) as notifications`
  expect(stored).toEqual({ journal: 0, answers: 0, notifications: 0 })
})

it('deletes the comments of a purged task in one event', async () => {
  const shelf = await newProject(ada.token)
  const card = await newTask(ada.token, shelf.id)
  for (const n of [1, 2, 3]) await say(ada, card, `Comment ${n}`)
  await call('DELETE', `/tasks/${card.id}`, { token: ada.token })
  const sql = database()
  const [before] = await sql`select event_seq::int as seq from projects where id = ${shelf.id}`
  await sql.transaction([sql`select set_actor(${ada.id})`, sql`select purge_trash(${shelf.id}, now(), 500)`])
  const events = await readJournal(ada.token, shelf.id, before?.seq)
  expect(events.map(({ action }: any) => action)).toEqual(['task.purged'])
  const [left] = await sql`select comment_total, task_count from projects where id = ${shelf.id}`
  expect(left).toEqual({ comment_total: 0, task_count: 0 })
  expect(await sql`select 1 from comments where task_id = ${card.id}`).toEqual([])
})

it('purges only as many tasks at once as fit into a batch of rows, comments included', async () => {
  const shelf = await newProject(ada.token)
  const cards = [
    await newTask(ada.token, shelf.id),
    await newTask(ada.token, shelf.id),
    await newTask(ada.token, shelf.id),
  ]
  for (const card of cards) {
    for (const n of [1, 2]) await say(ada, card, `Comment ${n}`)
    await call('DELETE', `/tasks/${card.id}`, { token: ada.token })
  }
  const sql = database()
  const purge = async () => {
    const [, rows] = await sql.transaction([
      sql`select set_actor(${ada.id})`,
      sql`select purge_trash(${shelf.id}, now(), 4) as rows, (select count(*)::int from tasks where project_id = ${shelf.id}) as tasks`,
    ])
    return rows?.[0]
  }
  expect(await purge()).toMatchObject({ rows: 6 })
  expect(await purge()).toMatchObject({ rows: 3 })
  expect(await purge()).toMatchObject({ rows: 0, tasks: 0 })
})

it('imports a comment of an unknown person without an author', async () => {
  const shelf = await newProject(ada.token, { key: freshKey() })
  const guest = await newMember(ada, shelf.id, 'commenter', 'Guest')
  await call('POST', `/projects/${shelf.id}/members`, {
    token: ada.token,
    body: { user_id: grace.id, role: 'commenter' },
  })
  const card = await newTask(ada.token, shelf.id)
  const { body: said } = await say(guest, card, `I ask ${mentionOf(grace, 'Grace')} and ${mentionOf(guest, 'Guest')}`)
  await say(grace, card, 'I answer')
  const { text } = await exportProject(shelf.id, ada.token)
  await call('DELETE', `/projects/${shelf.id}/members/${guest.id}`, { token: ada.token })
  const answer = await upload(text, ada, `?key=${freshKey()}`)
  expect(answer).toMatchObject({ status: 201, body: { unmatched: [{ email: guest.email }] } })
  const { id } = answer.body.project
  const [copy] = (await call('GET', `/tasks?project_id=${id}`, { token: ada.token })).body.items
  expect(copy.comment_count).toBe(2)
  const { items } = (await call('GET', `/tasks/${copy.id}/comments`, { token: ada.token })).body
  expect(items).toMatchObject([
    { user_id: null, user: null, body: said.body, created_at: said.created_at },
    { user_id: grace.id, body: 'I answer' },
  ])
  expect(await remove(ada, items[0].id)).toMatchObject({ status: 204 })
})
