import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Client, type ClientOptions, createClient, memoryStorage, type OpenBoard } from '../src/index.ts'
import { COLUMNS, FakeServer } from './fake-server.ts'
import { until } from './until.ts'

const clients: Client[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

async function clientOf(server: FakeServer, email = 'ada', options: ClientOptions = {}): Promise<Client> {
  const { url, fetch, connect } = server
  const client = createClient({ url, fetch, connect, storage: memoryStorage(), ...options })
  clients.push(client)
  await client.signIn({ email, password: 'correct horse battery' })
  return client
}

const live = (board: OpenBoard) => until('a live board', () => board.getSnapshot().status === 'live')
const idle = (board: OpenBoard) => until('an empty outbox', () => board.getSnapshot().pending === 0)

/** A board with three tasks, and Ada who looks at it. */
async function scene(options: ClientOptions = {}) {
  const server = new FakeServer()
  const ids = ['A', 'B', 'C'].map((title) => server.theirs({ op: 'create', title }).id)
  const client = await clientOf(server, 'ada', options)
  const board = client.openBoard({ project: server.project })
  await live(board)
  return { server, client, board, ids: ids as [string, string, string] }
}

const titles = (board: OpenBoard) =>
  board.getSnapshot().board?.columns.map(({ tasks }) => tasks.map(({ title }) => title).join())
const shown = (board: OpenBoard) => {
  const columns = board.getSnapshot().board?.columns ?? []
  return columns.map(({ key, task_count, tasks }) => ({ key, task_count, tasks }))
}
const truth = (server: FakeServer) =>
  server.board().columns.map(({ key, task_count, tasks }) => ({ key, task_count, tasks }))

it('shows mutations at once and in order, and agrees with the server in the end', async () => {
  const { server, board, ids } = await scene()
  const made = board.create({ title: 'D', status: 'doing' })
  board.move(ids[2], { status: 'todo', before: ids[0] })
  board.move(made.task_id, { status: 'todo', after: ids[2] })
  board.edit(made.task_id, { title: 'D2', priority: 'high' })
  board.comment(ids[0], 'Hello')
  board.remove(ids[1])
  expect(titles(board)).toEqual(['C,D2,A', '', ''])
  expect(board.getSnapshot()).toMatchObject({ pending: 6, refusals: [] })
  expect(board.getSnapshot().board?.columns[0]).toMatchObject({
    task_count: 3,
    tasks: [{ pending: true }, { pending: true }, { comment_count: 1 }],
  })
  await idle(board)
  await until('all events', () => board.getSnapshot().board?.seq === server.seq)
  expect(shown(board)).toEqual(truth(server))
  expect(titles(board)).toEqual(['C,D2,A', '', ''])
})

it('lists comments as pending until the server has stored them', async () => {
  const { server, board } = await scene()
  server.online = false
  const made = board.create({ title: 'D' })
  const { key } = board.comment(made.task_id, 'Hello')
  expect(board.getSnapshot().comments).toEqual([{ key, task_id: made.task_id, body: 'Hello' }])
  server.online = true
  await idle(board)
  expect(board.getSnapshot().comments).toEqual([])
  expect(server.comments).toEqual(['Hello'])
})

it('returns the same snapshot object until something changes', async () => {
  const { board, ids } = await scene()
  const before = board.getSnapshot()
  expect(board.getSnapshot()).toBe(before)
  let told = 0
  const stop = board.subscribe(() => {
    told += 1
  })
  board.edit(ids[0], { title: 'A2' })
  expect(told).toBe(1)
  expect(board.getSnapshot()).not.toBe(before)
  expect(board.getSnapshot().board?.columns[1]).toBe(before.board?.columns[1])
  stop()
  board.edit(ids[0], { title: 'A3' })
  expect(told).toBe(1)
})

it('reports the result of each mutation, and undoes a refused one on the board', async () => {
  const { server, board, ids } = await scene()
  server.refuse = (path) =>
    path.endsWith('/move')
      ? { status: 409, body: { code: 'wip_limit_reached', status: 409, title: 'Full', limit: 1 } }
      : undefined
  const move = board.move(ids[0], { status: 'done' })
  const edit = board.edit(ids[0], { title: 'A2' })
  expect(titles(board)).toEqual(['B,C', '', 'A2'])
  expect(await move.done).toMatchObject({ ok: false, problem: { code: 'wip_limit_reached', limit: 1 } })
  expect(await edit.done).toMatchObject({ ok: true })
  expect(titles(board)).toEqual(['A2,B,C', '', ''])
  const [refusal] = board.getSnapshot().refusals
  expect(refusal).toMatchObject({ mutation: { kind: 'move' }, problem: { code: 'wip_limit_reached' } })
  server.refuse = undefined
  if (refusal) await board.retry(refusal)
  await idle(board)
  expect(titles(board)).toEqual(['B,C', '', 'A2'])
  expect(board.getSnapshot().refusals).toEqual([])
})

it('reports both values of a conflicting edit, and overwrites when the edit is retried', async () => {
  const { server, board, ids } = await scene()
  for (const socket of server.open) socket.mute = true
  server.theirs({ op: 'update', id: ids[0], title: 'Theirs', priority: 'low' })
  const edit = board.edit(ids[0], { title: 'Mine' })
  expect(await edit.done).toMatchObject({
    ok: false,
    problem: { conflicts: { title: { yours: 'Mine', theirs: 'Theirs' } } },
  })
  for (const socket of server.open) socket.end()
  await until('their title', () => titles(board)?.[0] === 'Theirs,B,C')
  const [refusal] = board.getSnapshot().refusals
  if (refusal) await board.retry(refusal)
  await idle(board)
  expect(server.tasks.get(ids[0])).toMatchObject({ title: 'Mine', priority: 'low' })
})

it('reports a conflict with an edit by another person, but not with the user’s own earlier edit', async () => {
  const { server, board, ids } = await scene()
  for (const socket of server.open) socket.mute = true
  board.edit(ids[0], { title: 'One' })
  server.theirs({ op: 'update', id: ids[0], description: 'Theirs' })
  const second = board.edit(ids[0], { title: 'Two', description: 'Mine' })
  expect(await second.done).toMatchObject({
    ok: false,
    problem: { code: 'edit_conflict', conflicts: { description: {} } },
  })
  await idle(board)
  expect(server.tasks.get(ids[0])).toMatchObject({ title: 'Two', description: 'Theirs' })
})

it('accepts a second edit of a field before the event of the first edit arrives', async () => {
  const { server, board, ids } = await scene()
  for (const socket of server.open) socket.mute = true
  expect(await board.edit(ids[0], { title: 'One' }).done).toMatchObject({ ok: true })
  expect(await board.edit(ids[0], { title: 'Two' }).done).toMatchObject({ ok: true })
  expect(titles(board)).toEqual(['Two,B,C', '', ''])
  expect(server.tasks.get(ids[0])?.title).toBe('Two')
})

it('accepts edits of a new task whose creation event arrives before the response', async () => {
  const { server, board } = await scene()
  server.lose = 1
  const made = board.create({ title: 'D' })
  board.edit(made.task_id, { title: 'One' })
  await until('its event', () => board.getSnapshot().board?.seq === 4)
  expect(board.getSnapshot().pending).toBe(2)
  expect(await board.edit(made.task_id, { title: 'Two' }).done).toMatchObject({ ok: true })
  expect(titles(board)).toEqual(['A,B,C,Two', '', ''])
})

it('merges a change of assignees with a change that another person made meanwhile', async () => {
  const { server, board, ids } = await scene()
  for (const socket of server.open) socket.mute = true
  server.theirs({ op: 'update', id: ids[0], add_assignee_ids: ['bob'] })
  await board.edit(ids[0], { assignee_ids: ['ada'] }).done
  expect(server.tasks.get(ids[0])?.assignee_ids).toEqual(['bob', 'ada'])
})

it('applies each mutation once when several responses are lost', async () => {
  const { server, board } = await scene()
  server.lose = 4
  const made = board.create({ title: 'Once' })
  board.comment(made.task_id, 'Once')
  await idle(board)
  expect([...server.tasks.values()].filter(({ title }) => title === 'Once')).toHaveLength(1)
  expect(server.comments).toEqual(['Once'])
  expect(new Set(server.requests.flatMap(({ key }) => key ?? [])).size).toBe(2)
  expect(server.requests.filter(({ key }) => key)).toHaveLength(6)
})

it('refuses the edits of a task whose creation was refused, and retries the creation together with them', async () => {
  const { server, board, ids } = await scene()
  server.refuse = (path) =>
    path === '/tasks' ? { status: 409, body: { code: 'too_many_tasks', status: 409 } } : undefined
  const made = board.create({ title: 'D' })
  board.edit(made.task_id, { title: 'D2' })
  board.move(ids[0], { after: made.task_id })
  await idle(board)
  expect(titles(board)).toEqual(['B,C,A', '', ''])
  expect(board.getSnapshot().refusals.map(({ mutation }) => mutation.kind)).toEqual(['create', 'edit'])
  server.refuse = undefined
  const [refusal] = board.getSnapshot().refusals
  if (refusal) await board.retry(refusal)
  await idle(board)
  expect(titles(board)).toEqual(['B,C,A,D2', '', ''])
})

it('retries a refused creation together with its dependent mutations, whichever of them is retried', async () => {
  const { server, board, ids } = await scene()
  const refuse = () => ({ status: 409, body: { code: 'too_many_tasks', status: 409 } })
  server.refuse = refuse
  const made = board.create({ title: 'D' })
  board.comment(made.task_id, 'Too long')
  board.move(ids[0], { status: 'done' })
  await idle(board)
  server.refuse = undefined
  const comment = board.getSnapshot().refusals.find(({ mutation }) => mutation.kind === 'comment')
  if (comment) await board.retry(comment, { body: 'Short' })
  await idle(board)
  expect([...server.tasks.values()].at(-1)).toMatchObject({ title: 'D' })
  expect(server.comments).toEqual(['Short'])
  expect(board.getSnapshot().refusals.map(({ mutation }) => mutation.kind)).toEqual(['move'])
})

it('retries a refused mutation with the corrections of its author', async () => {
  const { server, board, ids } = await scene()
  const forbidden = { status: 422, body: { code: 'validation_failed', status: 422 } }
  server.refuse = () => forbidden
  const made = board.create({ title: 'Too long', priority: 'high' })
  board.move(ids[0], { status: 'done' })
  board.edit(ids[1], { title: 'Too long' })
  board.comment(ids[1], 'Too long')
  board.remove(ids[2])
  await idle(board)
  const [create, move, edit, comment, remove] = board.getSnapshot().refusals
  if (!create || !move || !edit || !comment || !remove) throw new Error('Five refusals')
  server.refuse = undefined
  await board.retry(create, { title: 'D' })
  await until('the task', () => board.getSnapshot().pending === 0 && server.tasks.size === 4)
  await board.retry(move, { status: 'doing', after: made.task_id })
  await board.retry(edit, { description: 'Short' })
  await board.retry(comment, { body: 'Short' })
  await expect(board.retry(remove, { title: 'D' })).rejects.toThrow(TypeError)
  await idle(board)
  await until('all events', () => board.getSnapshot().board?.seq === server.seq)
  expect(titles(board)).toEqual(['B,C,D', 'A', ''])
  expect([...server.tasks.values()][3]).toMatchObject({ title: 'D', priority: 'high' })
  expect(server.tasks.get(ids[1])).toMatchObject({ title: 'B', description: 'Short' })
  expect(server.comments).toEqual(['Short'])
  expect(board.getSnapshot().refusals).toEqual([remove])
})

it('discards a refused creation together with the mutations that depend on it', async () => {
  const { server, board } = await scene()
  server.refuse = () => ({ status: 403, body: { code: 'forbidden', status: 403 } })
  const made = board.create({ title: 'D' })
  const edit = board.edit(made.task_id, { title: 'D2' })
  await idle(board)
  const [refusal] = board.getSnapshot().refusals
  if (refusal) await board.dismiss(refusal)
  expect(board.getSnapshot()).toMatchObject({ pending: 0, refusals: [] })
  const refused = { ok: false, problem: { code: 'forbidden' } }
  expect([await made.done, await edit.done]).toMatchObject([refused, refused])
})

it('reports the results of mutations after the board was closed or has ended', async () => {
  const { server, client, board, ids } = await scene()
  const before = board.create({ title: 'Before' })
  board.close()
  const after = board.edit(ids[0], { title: 'After' })
  expect([await before.done, await after.done]).toMatchObject([{ ok: true }, { ok: true }])

  const ended = client.openBoard({ project: server.project })
  await live(ended)
  server.refuse = () => ({ status: 404, body: { code: 'not_found', status: 404 } })
  const refused = ended.edit(ids[0], { title: 'Too late' })
  ended.end({ code: 4403, reason: 'You were removed' })
  expect(await refused.done).toMatchObject({ ok: false, problem: { code: 'not_found' } })
  expect(ended.getSnapshot()).toMatchObject({ status: 'ended', pending: 0, refusals: [{ mutation: { kind: 'edit' } }] })
})

it('ends without a retry when the server refuses the request for the board as invalid', async () => {
  const { server, client } = await scene()
  const asked = () => server.requests.filter(({ path }) => path.endsWith('/board')).length
  const before = asked()
  const board = client.openBoard({ project: server.project, perColumn: 1_000 })
  await until('the end', () => board.getSnapshot().status === 'ended')
  expect(board.getSnapshot().ended).toEqual({ code: 422, reason: 'validation_failed' })
  expect(asked()).toBe(before + 1)
})

it('reconnects after its socket breaks, and applies every event once', async () => {
  const { server, board, ids } = await scene()
  for (const socket of server.open) socket.end()
  expect(board.getSnapshot().status).toBe('connecting')
  server.theirs({ op: 'move', id: ids[0], status: 'done' })
  await live(board)
  server.theirs({ op: 'create', title: 'D' })
  await until('the last event', () => board.getSnapshot().board?.seq === server.seq)
  expect(shown(board)).toEqual(truth(server))
  expect(server.requests.filter(({ path }) => path.endsWith('/board'))).toHaveLength(1)
})

it('loads the board again when events are missing, or too many to replay', async () => {
  const { server, board, ids } = await scene()
  const [socket] = server.open
  if (socket) socket.mute = true
  server.theirs({ op: 'create', title: 'Missed' })
  await new Promise((resolve) => setTimeout(resolve, 5))
  if (socket) socket.mute = false
  server.theirs({ op: 'create', title: 'D' })
  await until('both', () => titles(board)?.[0] === 'A,B,C,Missed,D')
  server.forgotten = 1_000
  for (const open of server.open) open.end()
  server.theirs({ op: 'update', id: ids[0], title: 'A2' })
  await until('the new title', () => titles(board)?.[0] === 'A2,B,C,Missed,D')
  await live(board)
  expect(shown(board)).toEqual(truth(server))
})

it('keeps mutations while offline, and sends them in order when the server is available again', async () => {
  const { server, board, ids } = await scene()
  server.online = false
  for (const socket of server.open) socket.end()
  await until('offline', () => board.getSnapshot().status === 'offline')
  const made = board.create({ title: 'D' })
  for (const status of COLUMNS) board.move(made.task_id, { status })
  board.edit(ids[0], { title: 'Offline' })
  expect(titles(board)).toEqual(['Offline,B,C', '', 'D'])
  expect(board.getSnapshot().pending).toBe(5)
  server.online = true
  await idle(board)
  await live(board)
  await until('all events', () => board.getSnapshot().board?.seq === server.seq)
  expect(shown(board)).toEqual(truth(server))
  expect(titles(board)).toEqual(['Offline,B,C', '', 'D'])
})

it('ends with a reason when access is removed, reported by a message or by a 404 response', async () => {
  const { server, board } = await scene()
  for (const socket of server.open) socket.say({ type: 'bye', code: 4403, reason: 'You were removed from the project' })
  await until('the end', () => board.getSnapshot().status === 'ended')
  expect(board.getSnapshot().ended).toEqual({ code: 4403, reason: 'You were removed from the project' })
  server.member = false
  const again = (await clientOf(server)).openBoard({ project: server.project })
  await until('the end', () => again.getSnapshot().status === 'ended')
  expect(again.getSnapshot().ended).toEqual({ code: 404, reason: 'not_found' })
})

it('refreshes an access token that the socket reports as expired, and ends when the session has ended', async () => {
  const { server, board } = await scene()
  server.expireTokens()
  for (const socket of server.open) socket.say({ type: 'bye', code: 4401, reason: 'The access token has expired' })
  await until('another socket', () => server.sockets.length === 2)
  await live(board)
  expect(server.refreshes).toBe(1)
  server.endSessions()
  for (const socket of server.open) socket.say({ type: 'bye', code: 4401, reason: 'The access token has expired' })
  await until('the end', () => board.getSnapshot().status === 'ended')
  expect(clients[0]?.getSnapshot()).toEqual({ status: 'signed_out', user: null })
})

it('refreshes the token once for concurrent requests that need it', async () => {
  const { server, client } = await scene()
  server.expireTokens()
  const path = { id: server.project }
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => client.api.GET('/projects/{id}', { params: { path } })),
  )
  expect(answers.map(({ response }) => response.status)).toEqual(Array(10).fill(200))
  expect(server.refreshes).toBe(1)
})

it('sends which card is open again after a reconnect, and shows the presence of others', async () => {
  const { server, board, ids } = await scene()
  board.lookAt(ids[1])
  for (const socket of server.open) socket.end()
  await until('another socket', () => server.open.length === 1)
  const said = { type: 'presence', task_id: ids[1] }
  await until('what is looked at', () => server.open[0]?.sent.some((text) => text === JSON.stringify(said)) ?? false)
  server.open[0]?.say({ type: 'presence', users: [{ user_id: 'bob', task_id: null }] })
  await until('Bob', () => board.getSnapshot().presence.length === 1)
})

it('sends few presence messages when cards are opened in quick succession, and the last one names the last card', async () => {
  const { server, board, ids } = await scene()
  const looks = () => server.open[0]?.sent.filter((text) => text.includes('presence')) ?? []
  const look = (task_id: string) => JSON.stringify({ type: 'presence', task_id })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    for (let n = 0; n < 150; n += 1) board.lookAt(ids[n % 3] ?? null)
    expect(looks()).toEqual([look(ids[0])])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(looks()).toEqual([look(ids[0]), look(ids[2])])
    board.lookAt(ids[2])
    expect(looks()).toHaveLength(2)
  } finally {
    vi.useRealTimers()
  }
})

it('loads all pages of a long column while the column changes', async () => {
  const server = new FakeServer()
  server.per_page = 4
  const ids = Array.from({ length: 11 }, (_, i) => server.theirs({ op: 'create', title: `T${i}` }).id)
  const board = (await clientOf(server)).openBoard({ project: server.project })
  await live(board)
  const pages = board.loadMore('todo')
  server.theirs({ op: 'move', id: ids[5], status: 'done' }) // on the page that is under way
  server.theirs({ op: 'update', id: ids[6], title: 'Changed' })
  server.theirs({ op: 'move', id: ids[10], status: 'todo', before: ids[0] })
  expect(await pages).toBe(true)
  await until('all events', () => board.getSnapshot().board?.seq === server.seq)
  while (await board.loadMore('todo'));
  const column = board.getSnapshot().board?.columns[0]
  server.per_page = 100
  const [now] = server.board().columns
  expect(column?.tasks.map(({ title }) => title)).toEqual(now?.tasks.map(({ title }) => title))
  expect(column?.task_count).toBe(10)
  server.per_page = 4
  server.forgotten = 1_000
  for (const socket of server.open) socket.end()
  const counts: (number | undefined)[] = []
  board.subscribe(() => counts.push(board.getSnapshot().board?.columns[0]?.tasks.length))
  await until('another reading', () => counts.includes(4))
  await until('as much as before', () => counts.at(-1) === 10)
})

describe('a project with more members than its board shows', () => {
  const membersOf = (board: OpenBoard) =>
    board.getSnapshot().board?.members.map(({ user_id, role, user }) => `${user?.name ?? '?'} ${user_id} ${role}`)

  async function crowd(me: string, members: string[]) {
    const server = new FakeServer()
    server.per_page = 2
    server.members.push(...members)
    const answer = server.hold('/members')
    const board = (await clientOf(server, me)).openBoard({ project: server.project })
    await live(board)
    return { server, board, answer }
  }

  it('shows the user’s own membership at once, and all members after they are loaded', async () => {
    const { board, answer } = await crowd('eve', ['ada', 'bob', 'cleo', 'dan', 'eve'])
    expect(membersOf(board)).toEqual(['ada ada contributor', 'bob bob contributor', 'eve eve contributor'])
    answer()
    await until('all members', () => membersOf(board)?.length === 5)
    expect(board.getSnapshot().board).not.toHaveProperty('members_next_cursor')
    expect(board.getSnapshot().board?.member_count).toBe(5)
  })

  it('shows all members to a user who is not a member, such as an administrator', async () => {
    const { board, answer } = await crowd('root', ['ada', 'bob', 'cleo'])
    answer()
    await until('all members', () => membersOf(board)?.length === 3)
  })

  it('keeps changes of members that arrive while the other members are loaded', async () => {
    const { server, board, answer } = await crowd('ada', ['ada', 'bob', 'cleo', 'dan', 'eve'])
    server.changeMember('member.updated', 'cleo', 'manager')
    server.changeMember('member.removed', 'dan')
    server.changeMember('member.removed', 'eve')
    server.changeMember('member.added', 'eve', 'editor')
    await until('all events', () => board.getSnapshot().board?.seq === server.seq)
    answer()
    await until('the name of Cleo', () => membersOf(board)?.includes('cleo cleo manager') === true)
    expect(membersOf(board)).toEqual([
      'ada ada contributor',
      'bob bob contributor',
      'cleo cleo manager',
      '? eve editor', // an event holds the membership, not the person
    ])
  })

  it('tries again when the other members cannot be loaded', async () => {
    const { server, board, answer } = await crowd('ada', ['ada', 'bob', 'cleo'])
    server.lost = '/members'
    answer()
    await until('a second request', () => server.requests.filter(({ path }) => path.endsWith('/members')).length > 1)
    server.lost = undefined
    await until('all members', () => membersOf(board)?.length === 3)
  })
})
