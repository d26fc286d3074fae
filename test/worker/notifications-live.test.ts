import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  call,
  database,
  newMember,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  PASSWORD,
  type Person,
} from '../support/api.ts'
import { range } from '../support/range.ts'
import { connect, connectAt, tokenFor, upgradeAt, watchQuestions } from '../support/socket.ts'

const open = ({ id, token }: Person, query = '') => connectAt(`notifications/${id}`, { token, query })
const statusOf = async (id: string, options: Parameters<typeof upgradeAt>[1]) =>
  (await upgradeAt(`notifications/${id}`, options)).status
const hubOf = ({ id }: Person) => env.USER_HUB.getByName(id)
/** Deletes the hub's alarm, so that no later message comes from its tick. */
const stopTick = (somebody: Person) => runInDurableObject(hubOf(somebody), (_hub, state) => state.storage.deleteAlarm())
const inboxOf = async ({ token }: Person) => (await call('GET', '/notifications', { token })).body
const seqsOf = (socket: { notifications: any[] }) => socket.notifications.map(({ seq }) => seq)

/** A board of Ada's on which Bob works: he has one notification, that he was invited. */
async function newTeam() {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'editor', 'Bob')
  return { ada, bob, board }
}

/** Adds `count` notifications of a project to somebody's inbox, by SQL: no hub is told. */
async function addHistory({ id }: Person, project_id: string, count: number): Promise<void> {
  const sql = database()
  await sql`insert into notifications (id, user_id, kind, project_id, dedupe_key)
    select uuid_v7(), ${id}, 'assigned', ${project_id}, 'history:' || i from generate_series(1, ${count}::int) i`
}

describe('the socket of my notifications', () => {
  it('starts with the head of the stream, and sends new notifications at once', async () => {
    const { ada, bob, board } = await newTeam()
    const socket = await open(bob)
    const { epoch } = await inboxOf(bob)
    expect(await socket.message('hello')).toEqual({
      type: 'hello',
      epoch,
      seq: 1,
      region: expect.any(String),
      connection_id: expect.any(String),
      expires_at: expect.any(String),
    })
    await stopTick(bob)
    const { id } = await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const { type: _, ...row } = await socket.message('notification')
    expect(row).toMatchObject({ seq: 2, kind: 'assigned', task_id: id, actor: { name: 'Ada' } })
    expect(row).toEqual((await inboxOf(bob)).items[0])
  })

  it('sends that a person was added to a project while it is open', async () => {
    const bob = await newPerson()
    const socket = await open(bob)
    expect(await socket.message('hello')).toMatchObject({ seq: 0 })
    const ada = await newPerson()
    const { id } = await newProject(ada.token)
    await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: bob.id } })
    expect(await socket.message('notification')).toMatchObject({ seq: 1, kind: 'project_invited', project_id: id })
  })

  it('sends to every device what was read on one device', async () => {
    const { bob } = await newTeam()
    const [phone, desk] = [await open(bob), await open(bob)]
    await Promise.all([phone.message('hello'), desk.message('hello')])
    await stopTick(bob)
    const [{ id }] = (await inboxOf(bob)).items
    const { body } = await call('POST', `/notifications/${id}/read`, { token: bob.token })
    for (const device of [phone, desk]) {
      expect(await device.message('notification')).toEqual({ type: 'notification', ...body })
    }
  })

  it('sends notifications that were marked as read together as one message', async () => {
    const { ada, bob, board } = await newTeam()
    for (let n = 0; n < 3; n += 1) await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const socket = await open(bob)
    await socket.message('hello')
    await call('POST', '/notifications/read-all', { token: bob.token })
    const { items } = await socket.message('notifications')
    expect(items.map(({ seq, read_at }: any) => [seq, read_at !== null])).toEqual(range(5, 8).map((seq) => [seq, true]))
  })

  it('sends a notification that was not announced', async () => {
    const { bob, board } = await newTeam()
    const socket = await open(bob)
    await socket.message('hello')
    await addHistory(bob, board.id, 1)
    expect(await socket.message('notification')).toMatchObject({ seq: 2 })
  })

  it.each(['an inbox', 'a board'])('asks the database only once per tick for %s', async (what) => {
    const { bob, board } = await newTeam()
    const socket = what === 'a board' ? await connect(board.id, { token: bob.token }) : await open(bob)
    await socket.message('hello')
    const { asked, end } =
      what === 'a board' ? watchQuestions('has_access', board.id) : watchQuestions('has_session', bob.id)
    await expect.poll(() => asked.length).toBeGreaterThan(5)
    end()
    // A tick is a second. One that is answered late shortens the time to the next one.
    const tick = ((asked[5] ?? 0) - (asked[0] ?? 0)) / 5
    expect(tick).toBeGreaterThan(800)
    expect(tick).toBeLessThan(4_000)
  })

  it('continues after its hub was evicted from memory', async () => {
    const { ada, bob, board } = await newTeam()
    const socket = await open(bob)
    await socket.message('hello')
    await evictDurableObject(hubOf(bob))
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    expect(await socket.message('notification')).toMatchObject({ seq: 2 })
    socket.send('ping')
    await socket.until(() => socket.messages.includes('pong'))
  })

  it('sends each notification once and in order to sockets that are opened during many writes', async () => {
    const { ada, bob, board } = await newTeam()
    const sockets = [await open(bob, '?since=0')]
    for (let round = 0; round < 5; round += 1) {
      const writes = range(1, 6).map(() => newTask(ada.token, board.id, { assignee_ids: [bob.id] }))
      sockets.push(await open(bob, '?since=0'))
      await Promise.all(writes)
    }
    for (const socket of sockets) {
      await socket.until(() => socket.notifications.length >= 31)
      expect(seqsOf(socket)).toEqual(range(1, 31))
    }
  })

  it('sends notifications to nobody but their recipient', async () => {
    const { ada, bob, board } = await newTeam()
    const eve = await newMember(ada, board.id, 'manager')
    const others = [await open(eve), await open(ada)]
    const own = await open(bob)
    await Promise.all([...others, own].map((socket) => socket.message('hello')))
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    await own.message('notification')
    await newTask(bob.token, board.id, { assignee_ids: [ada.id, eve.id] })
    for (const socket of others) {
      expect(await socket.message('notification')).toMatchObject({ actor_id: bob.id })
      expect(socket.notifications).toHaveLength(1)
    }
  })
})

describe('since', () => {
  it('replays later notifications, reports the end of the replay, and continues live', async () => {
    const { ada, bob, board } = await newTeam()
    for (let n = 0; n < 3; n += 1) await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const { epoch } = await inboxOf(bob)
    for (const since of ['2', `${epoch}:2`, `${epoch.toUpperCase()}:2`]) {
      const socket = await open(bob, `?since=${since}`)
      expect(await socket.message('replayed')).toEqual({ type: 'replayed', seq: 4 })
      expect(socket.messages.map(({ type }) => type)).toEqual(['hello', 'notifications', 'replayed'])
      expect(seqsOf(socket)).toEqual([3, 4])
      socket.close()
    }
    const socket = await open(bob, '?since=3')
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    await socket.until(() => socket.notifications.length === 2)
    expect(seqsOf(socket)).toEqual([4, 5])
  })

  it('replays nothing to a client at the head', async () => {
    const { bob } = await newTeam()
    const socket = await open(bob, '?since=1')
    await socket.message('replayed')
    expect(socket.messages.map(({ type }) => type)).toEqual(['hello', 'replayed'])
  })

  it('replays once, in its current state, what was read elsewhere meanwhile', async () => {
    const { ada, bob, board } = await newTeam()
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    const [assigned] = (await inboxOf(bob)).items
    await call('POST', `/notifications/${assigned.id}/read`, { token: bob.token })
    const socket = await open(bob, '?since=1')
    await socket.message('replayed')
    expect(socket.notifications).toEqual([{ ...assigned, seq: 3, read_at: expect.any(String) }])
  })

  it.each(['abc', '-1', '1.5', '1e3', '', ':5', '6:6', 'x'.repeat(65)])('refuses the value %s', async (since) => {
    const { bob } = await newTeam()
    const response = await upgradeAt(`notifications/${bob.id}`, { token: bob.token, query: `?since=${since}` })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ path: 'since' }] })
  })

  it.each([
    ['a point in the future', () => '2'],
    ['another epoch', () => `${crypto.randomUUID()}:1`],
  ])('asks for a snapshot instead of a replay from %s, and continues live from the hello', async (_what, since) => {
    const { ada, bob, board } = await newTeam()
    const socket = await open(bob, `?since=${since()}`)
    expect(await socket.message('snapshot_required')).toEqual({ type: 'snapshot_required', seq: 1 })
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    await socket.message('notification')
    expect(socket.messages.map(({ type, seq }) => [type, seq])).toEqual([
      ['hello', 1],
      ['snapshot_required', 1],
      ['notification', 2],
    ])
  })

  it('replays up to 10,000 notifications in pages of at most 500, and asks for a snapshot for more', async () => {
    const { bob, board } = await newTeam()
    await addHistory(bob, board.id, 10_000)
    const enough = await open(bob, '?since=1')
    const tooFar = await open(bob, '?since=0')
    expect(await tooFar.message('snapshot_required')).toEqual({ type: 'snapshot_required', seq: 10_001 })
    expect(await enough.message('replayed')).toEqual({ type: 'replayed', seq: 10_001 })
    expect(seqsOf(enough)).toEqual(range(2, 10_001))
    const pages = enough.messages.filter(({ type }) => type === 'notifications')
    expect(Math.max(...pages.map(({ items }) => items.length))).toBe(500)
  })

  it('replays nothing of a project that I have left', async () => {
    const { ada, bob, board } = await newTeam()
    await newTask(ada.token, board.id, { assignee_ids: [bob.id] })
    await call('DELETE', `/projects/${board.id}/members/${bob.id}`, { token: ada.token })
    const socket = await open(bob, '?since=0')
    expect(await socket.message('replayed')).toEqual({ type: 'replayed', seq: 2 })
    expect(socket.notifications).toEqual([])
  })
})

describe('access to the socket', () => {
  it('is given once for a ticket', async () => {
    const { bob } = await newTeam()
    const { body } = await call('POST', '/auth/ws-ticket', { token: bob.token })
    const query = `?ticket=${body.ticket}`
    const socket = await connectAt(`notifications/${bob.id}`, { query })
    await socket.message('hello')
    expect(await statusOf(bob.id, { query })).toBe(401)
  })

  it('is refused with 404 for the inbox of another person, also to an administrator', async () => {
    const { ada, bob } = await newTeam()
    expect(await statusOf(bob.id, { token: ada.token })).toBe(404)
    await database()`update users set role = 'admin' where id = ${ada.id}`
    expect(await statusOf(bob.id, { token: ada.token })).toBe(404)
    const { body } = await call('POST', '/auth/ws-ticket', { token: ada.token })
    expect(await statusOf(bob.id, { query: `?ticket=${body.ticket}` })).toBe(404)
    expect(await statusOf(crypto.randomUUID(), { token: ada.token })).toBe(404)
  })

  it('requires a token, an upgrade, an id and an allowed origin', async () => {
    const { id, token } = await newPerson()
    expect(await statusOf(id, {})).toBe(401)
    expect(await statusOf(id, { token, headers: { Upgrade: 'h2c' } })).toBe(426)
    expect(await statusOf('me', { token })).toBe(422)
    expect(await statusOf(id, { token, headers: { Origin: 'https://evil.example' } })).toBe(403)
    expect(await statusOf(id, { token, headers: { Origin: ORIGIN } })).toBe(101)
  })

  it('ends with the session, and for that session only', async () => {
    const bob = await newPerson()
    const other = await call('POST', '/auth/login', { body: { email: bob.email, password: PASSWORD } })
    const [ends, stays] = [await open({ ...bob, token: other.body.tokens.access }), await open(bob)]
    await Promise.all([ends.message('hello'), stays.message('hello')])
    await stopTick(bob)
    await call('POST', '/auth/logout', { token: other.body.tokens.access })
    expect(await ends.end()).toMatchObject({ code: 4403 })
    stays.send('ping')
    await stays.until(() => stays.messages.includes('pong'))
  })

  it('ends together with the boards when the account is disabled', async () => {
    const { bob, board } = await newTeam()
    const boss = await newPerson()
    await database()`update users set role = 'admin' where id = ${boss.id}`
    const sockets = [await open(bob), await connect(board.id, { token: bob.token })]
    await Promise.all(sockets.map((socket) => socket.message('hello')))
    await stopTick(bob)
    await call('PATCH', `/users/${bob.id}`, { token: boss.token, body: { is_active: false } })
    for (const socket of sockets) expect(await socket.end()).toMatchObject({ code: 4403 })
  })

  it('ends when a session was revoked by SQL', async () => {
    const bob = await newPerson()
    const socket = await open(bob)
    await socket.message('hello')
    await database()`update sessions set revoked_at = now() where user_id = ${bob.id}`
    expect(await socket.end()).toMatchObject({ code: 4403 })
  })

  it('ends when the token expires, unless a new token was sent', async () => {
    const bob = await newPerson()
    const token = await tokenFor(bob, 6)
    const [ends, stays] = [await open({ ...bob, token }), await open({ ...bob, token })]
    await stays.message('hello')
    stays.send({ type: 'auth', access: bob.token })
    expect(await ends.end()).toMatchObject({ code: 4401 })
    stays.send('ping')
    await stays.until(() => stays.messages.includes('pong'))
    expect(stays.closed).toBeNull()
  })

  it('ends when the inbox was restored, but not after an invalid message', async () => {
    const bob = await newPerson()
    const socket = await open(bob)
    socket.send('{"type":')
    expect(await socket.message('error')).toMatchObject({ code: 'message_invalid' })
    await database()`update inboxes set epoch = gen_random_uuid() where user_id = ${bob.id}`
    expect(await socket.end()).toMatchObject({ code: 1012 })
  })
})
