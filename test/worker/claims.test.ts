import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import {
  call,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { actOnClaim, claim, expire } from '../support/claims.ts'
import { connect } from '../support/socket.ts'
import { newWorker } from '../support/worker.ts'

/** Claims, by which several workers use a column as a queue. */

let ada: Person
let bot: Person
let board: any
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
  bot = await newMember(ada, board.id, 'contributor', 'Bot')
})

const get = async (id: string) => (await call('GET', `/tasks/${id}`, { token: ada.token })).body
const cards = async (status: string) =>
  (await call('GET', `/tasks?project_id=${board.id}&status=${status}&sort=position`, { token: ada.token })).body.items
const order = async (status: string) => (await cards(status)).map(({ title }: any) => title)

it('claims the first unassigned card: assigns and moves it, and starts a lease', async () => {
  const [first, second] = [
    await newTask(ada.token, board.id, { title: 'First' }),
    await newTask(ada.token, board.id, { title: 'Second' }),
  ]
  const { status, body, headers } = await claim(bot, board.id)
  expect(status).toBe(201)
  expect(body).toMatchObject({ id: first.id, title: 'First', status: 'in_progress', assignee_ids: [bot.id] })
  expect(body.claim).toMatchObject({ token: expect.any(String), from: 'todo', lease_seconds: 300 })
  const left = Date.parse(body.claim.expires_at) - Date.now()
  expect(left).toBeGreaterThan(240_000)
  expect(left).toBeLessThan(360_000)
  expect(headers.get('Location')).toBe(`/tasks/${first.id}`)
  expect(headers.get('ETag')).toBe(`"${body.seq}"`)
  const { claim: _, ...row } = body
  expect(await get(first.id)).toEqual(row)
  expect((await claim(ada, board.id)).body).toMatchObject({ id: second.id, assignee_ids: [ada.id] })
  expect((await claim(bot, board.id)).status).toBe(204)
})

it('skips cards that are assigned, blocked, archived or in the trash, and filters by label', async () => {
  const { token } = ada
  const label = (await call('POST', `/projects/${board.id}/labels`, { token, body: { name: 'Bot' } })).body
  await newTask(token, board.id, { assignee_ids: [ada.id] })
  const blocked = await newTask(token, board.id)
  const blocker = await newTask(token, board.id, { status: 'review' })
  await call('POST', `/tasks/${blocker.id}/links`, { token, body: { kind: 'blocks', task_id: blocked.id } })
  const away = await newTask(token, board.id)
  await call('PATCH', `/tasks/${away.id}`, { token, body: { archived_at: new Date().toISOString() } })
  const trashed = await newTask(token, board.id)
  await call('DELETE', `/tasks/${trashed.id}`, { token })
  const plain = await newTask(token, board.id)
  const labelled = await newTask(token, board.id, { label_ids: [label.id] })
  expect((await claim(bot, board.id, { label_id: label.id })).body.id).toBe(labelled.id)
  expect((await claim(bot, board.id, { label_id: label.id })).status).toBe(204)
  expect((await claim(bot, board.id)).body.id).toBe(plain.id)
  expect((await claim(bot, board.id)).status).toBe(204)
})

it('gives each card to only one of many concurrent requests', async () => {
  const cards = await Promise.all(Array.from({ length: 8 }, () => newTask(ada.token, board.id)))
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => claim(n % 2 ? ada : bot, board.id)))
  const taken = answers.filter(({ status }) => status === 201).map(({ body }) => body.id)
  expect(taken.toSorted()).toEqual(cards.map(({ id }) => id).toSorted())
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(4)
})

it('leaves a claimed card in its column without `to`, and does not give it twice', async () => {
  const card = await newTask(ada.token, board.id)
  expect((await claim(bot, board.id, { to: undefined })).body).toMatchObject({
    id: card.id,
    status: 'todo',
    position: card.position,
  })
  expect((await claim(ada, board.id, { to: undefined })).status).toBe(204)
})

it('completes a card with a comment, leaves it assigned to the worker, and ends the claim', async () => {
  const card = await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  const { status, body } = await actOnClaim(bot, held, 'complete', { status: 'done', comment: 'All green' })
  expect(status).toBe(200)
  expect(body).toMatchObject({ id: card.id, status: 'done', assignee_ids: [bot.id], comment_count: 1 })
  expect(body).toEqual(await get(card.id))
  const said = (await call('GET', `/tasks/${card.id}/comments`, { token: ada.token })).body.items
  expect(said).toMatchObject([{ user_id: bot.id, body: 'All green' }])
  expect(await actOnClaim(bot, held, 'complete', { status: 'done' })).toMatchObject(problem(409, 'lease_lost'))
})

it('returns a released card to its place in the queue, where it can be claimed again', async () => {
  await newTask(ada.token, board.id, { title: 'First' })
  await newTask(ada.token, board.id, { title: 'Second' })
  const held = (await claim(bot, board.id)).body
  const { body } = await actOnClaim(bot, held, 'release', { comment: 'Not for me' })
  expect(body).toMatchObject({ id: held.id, status: 'todo', assignee_ids: [], comment_count: 1 })
  expect(await order('todo')).toEqual(['First', 'Second'])
  expect((await claim(ada, board.id)).body.id).toBe(held.id)
  for (const what of ['release', 'renew'] as const)
    expect(await actOnClaim(bot, held, what)).toMatchObject(problem(409, 'lease_lost'))
})

const QUEUE = ['One', 'Two', 'Three', 'Four', 'Five', 'Six']
const newQueue = async () => {
  for (const title of QUEUE) await newTask(ada.token, board.id, { title })
}

it('keeps the order of the queue, whatever the order in which cards are released', async () => {
  await newQueue()
  const held: any[] = []
  for (let n = 0; n < 4; n += 1) held.push((await claim(bot, board.id)).body)
  for (const n of [0, 2, 3, 1]) await actOnClaim(bot, held[n], 'release')
  expect(await order('todo')).toEqual(QUEUE)
})

it('keeps the order of the queue when leases end one after another', async () => {
  await newQueue()
  const ids: string[] = []
  for (let n = 0; n < 4; n += 1) ids.push((await claim(bot, board.id)).body.id)
  for (const id of ids) {
    await expire(id)
    await claim(bot, board.id, { from: 'review' }) // gives it back
  }
  expect(await order('todo')).toEqual(QUEUE)
})

it('returns a card next to its former place when another card has taken that place', async () => {
  await newQueue()
  const held = [(await claim(bot, board.id)).body, (await claim(bot, board.id)).body]
  const [third] = await cards('todo')
  for (const title of ['New', 'Newer']) {
    const { id } = await newTask(ada.token, board.id, { title, status: 'review' })
    await call('PATCH', `/tasks/${id}/move`, { token: ada.token, body: { status: 'todo', before: third.id } })
  }
  for (const card of held) await actOnClaim(bot, card, 'release')
  expect(new Set((await cards('todo')).map(({ position }: any) => position)).size).toBe(8)
  expect((await order('todo')).filter((title: string) => QUEUE.includes(title))).toEqual(QUEUE)
})

it('leaves a card where people have moved it when it never left its queue', async () => {
  await newQueue()
  const held = (await claim(bot, board.id, { to: undefined })).body
  await call('PATCH', `/tasks/${held.id}/move`, { token: ada.token, body: { status: 'todo' } })
  await actOnClaim(bot, held, 'release')
  expect(await order('todo')).toEqual([...QUEUE.slice(1), 'One'])
})

it('renews a lease for as long as before, or for the requested time', async () => {
  await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  const renewed = await actOnClaim(bot, held, 'renew', { lease_seconds: 3600 })
  expect(renewed.body).toMatchObject({ token: held.claim.token, from: 'todo', lease_seconds: 3600 })
  expect(Date.parse(renewed.body.expires_at) - Date.parse(held.claim.expires_at)).toBeGreaterThan(3_000_000)
  expect((await actOnClaim(bot, held, 'renew')).body.lease_seconds).toBe(3600)
})

const UNDONE = {
  'moved the card': [{ status: 'review' }, { status: 'in_progress' }],
  'archived the card': [{ archived_at: new Date().toISOString() }, { archived_at: null }],
  'unassigned the worker': [{ assignee_ids: [] }, (held: any) => ({ assignee_ids: held.assignee_ids })],
} as const

it.each(Object.entries(UNDONE))(
  'does not restore a lease that ended when somebody %s and undid that',
  async (_, acts) => {
    const card = await newTask(ada.token, board.id)
    const held = (await claim(bot, board.id)).body
    for (const act of acts) {
      const body = typeof act === 'function' ? act(held) : act
      expect((await call('PATCH', `/tasks/${card.id}`, { token: ada.token, body })).status).toBe(200)
    }
    expect(await actOnClaim(bot, held, 'renew')).toMatchObject(problem(409, 'lease_lost'))
    expect(await get(card.id)).toMatchObject({ status: 'in_progress', assignee_ids: [bot.id] })
  },
)

it('does not restore a lease when its card is restored from the trash', async () => {
  const card = await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  await call('DELETE', `/tasks/${card.id}`, { token: ada.token })
  await call('POST', `/tasks/${card.id}/restore`, { token: ada.token })
  expect(await actOnClaim(bot, held, 'renew')).toMatchObject(problem(409, 'lease_lost'))
})

it('releases a card with an expired lease as the system, and gives it to the next request', async () => {
  const card = await newTask(ada.token, board.id)
  const late = (await claim(bot, board.id)).body
  await expire(card.id)
  const next = (await claim(ada, board.id)).body
  expect(next.id).toBe(card.id)
  expect(next.claim.token).not.toBe(late.claim.token)
  for (const [what, fields] of [['renew'], ['release'], ['complete', { status: 'done', comment: 'Late' }]] as const)
    expect(await actOnClaim(bot, late, what, fields)).toMatchObject(problem(409, 'lease_lost'))
  expect(await get(card.id)).toMatchObject({ status: 'in_progress', assignee_ids: [ada.id], comment_count: 0 })
  const told = (await readJournal(ada.token, board.id, late.seq)).map(({ user_id, request_id, changes }: any) => ({
    user_id,
    lease: request_id === 'lease',
    status: changes.status,
    assignee_ids: changes.assignee_ids,
  }))
  expect(told).toEqual([
    { user_id: null, lease: true, status: ['in_progress', 'todo'], assignee_ids: [[bot.id], []] },
    { user_id: ada.id, lease: false, status: ['todo', 'in_progress'], assignee_ids: [[], [ada.id]] },
  ])
})

it('refuses the holder of an expired lease even when nobody else has the card', async () => {
  const card = await newTask(ada.token, board.id)
  const late = (await claim(bot, board.id)).body
  await expire(card.id)
  expect(await actOnClaim(bot, late, 'complete', { status: 'done' })).toMatchObject(problem(409, 'lease_lost'))
  expect(await get(card.id)).toMatchObject({ status: 'in_progress' })
})

it.each([
  [
    'who becomes a viewer',
    () => call('PATCH', `/projects/${board.id}/members/${bot.id}`, { token: ada.token, body: { role: 'viewer' } }),
  ],
  [
    'whose account is disabled',
    async () => call('PATCH', `/users/${bot.id}`, { token: (await newAdmin()).token, body: { is_active: false } }),
  ],
])('ends the lease of a person %s, so that the next claim gets the card', async (_, end) => {
  const card = await newTask(ada.token, board.id)
  await claim(bot, board.id, { lease_seconds: 86_400 })
  expect((await claim(ada, board.id)).status).toBe(204)
  expect((await end()).status).toBe(200)
  expect((await claim(ada, board.id)).body).toMatchObject({ id: card.id, assignee_ids: [ada.id] })
})

it('releases a card by the alarm when its lease ends', async () => {
  const card = await newTask(ada.token, board.id)
  const socket = await connect(board.id, { token: ada.token })
  const held = (await claim(bot, board.id, { lease_seconds: 1 })).body
  await socket.seq(held.seq + 1)
  const event = socket.events.at(-1)
  expect(event).toMatchObject({ task_id: card.id, user_id: null, data: { status: 'todo', assignee_ids: [] } })
  expect(Date.parse(event.created_at)).toBeGreaterThanOrEqual(Date.parse(held.claim.expires_at))
})

it('releases a card by the alarm even if the claim that first set the alarm was completed', async () => {
  await newTask(ada.token, board.id)
  const later = await newTask(ada.token, board.id)
  const socket = await connect(board.id, { token: ada.token })
  const first = (await claim(bot, board.id, { lease_seconds: 1 })).body
  const held = (await claim(bot, board.id, { lease_seconds: 2 })).body
  expect(held.id).toBe(later.id)
  const done = (await actOnClaim(bot, first, 'complete', { status: 'done' })).body
  await socket.seq(done.seq + 1)
  expect(socket.events.at(-1)).toMatchObject({ task_id: later.id, user_id: null, data: { status: 'todo' } })
})

it('keeps the cached board valid when the alarm finds a renewed lease', async () => {
  await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  await actOnClaim(bot, held, 'renew', { lease_seconds: 3_600 })
  const { call: read } = newWorker()
  /** Reads the board, and counts the requests to Postgres. */
  const trips = async () => {
    const { headers } = await read('GET', `/projects/${board.id}/board`, { token: ada.token })
    return /db;dur=\d+;desc="(\d+)"/.exec(headers.get('Server-Timing') ?? '')?.[1]
  }
  expect([await trips(), await trips()]).toEqual(['1', '0'])
  const clock = env.LEASE_CLOCK.getByName(board.id)
  await clock.wakeAt(board.id, Date.now())
  await runInDurableObject(clock, (object) => object.alarm())
  expect(await trips()).toBe('0')
})

it('refuses a claim or completion that exceeds a hard WIP limit, and changes nothing', async () => {
  const card = await newTask(ada.token, board.id)
  const limit = { wip_limit: 1, wip_mode: 'block' }
  await call('PATCH', `/projects/${board.id}/columns/in_progress`, { token: ada.token, body: limit })
  await newTask(ada.token, board.id, { status: 'in_progress' })
  expect(await claim(bot, board.id)).toMatchObject(problem(409, 'wip_limit_reached'))
  expect(await get(card.id)).toEqual(card)
  const held = (await claim(bot, board.id, { to: 'review' })).body
  expect(await actOnClaim(bot, held, 'complete', { status: 'in_progress', comment: 'Done' })).toMatchObject(
    problem(409, 'wip_limit_reached'),
  )
  expect(await get(card.id)).toMatchObject({ status: 'review', comment_count: 0 })
  expect((await actOnClaim(bot, held, 'complete', { status: 'done' })).status).toBe(200)
})

it('returns the same card, or again no card, to a repeat with the same key', async () => {
  const key = () => ({ 'Idempotency-Key': crypto.randomUUID() })
  const [none, some] = [key(), key()]
  const first_none = await claim(bot, board.id, {}, none)
  expect([first_none.status, first_none.headers.get('Idempotency-Replayed')]).toEqual([204, null])
  await newTask(ada.token, board.id)
  await newTask(ada.token, board.id)
  const first = await claim(bot, board.id, {}, some)
  const again = await claim(bot, board.id, {}, some)
  expect(again.status).toBe(201)
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('Idempotency-Replayed')).toBe('true')
  const still = await claim(bot, board.id, {}, none)
  expect([still.status, still.headers.get('Idempotency-Replayed')]).toEqual([204, 'true'])
})

it('returns 404 for a claimed card that was deleted', async () => {
  await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  await call('DELETE', `/tasks/${held.id}`, { token: ada.token })
  for (const [what, fields] of [['renew'], ['release'], ['complete', { status: 'done' }]] as const)
    expect(await actOnClaim(bot, held, what, fields)).toMatchObject(problem(404, 'not_found'))
})

it('refuses invalid input, and every request in an archived project', async () => {
  await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  for (const [fields, path] of [
    [{ lease_seconds: 0 }, 'lease_seconds'],
    [{ lease_seconds: 86_401 }, 'lease_seconds'],
    [{ lease_seconds: 1.5 }, 'lease_seconds'],
    [{ lease_seconds: undefined }, 'lease_seconds'],
    [{ from: undefined }, 'from'],
    [{ from: 'nowhere' }, 'from'],
    [{ to: 'nowhere' }, 'to'],
    [{ label_id: crypto.randomUUID() }, 'label_id'],
    [{ status: 'done' }, 'status'],
  ] as const) {
    const { status, body } = await claim(bot, board.id, fields)
    expect({ status, path: body.errors?.[0].path }).toEqual({ status: 422, path })
  }
  const other = { ...held, claim: { token: crypto.randomUUID() } }
  expect(await actOnClaim(bot, other, 'complete', { status: 'done' })).toMatchObject(problem(409, 'lease_lost'))
  expect(await actOnClaim(ada, held, 'release')).toMatchObject(problem(409, 'lease_lost'))
  expect(await actOnClaim(bot, held, 'complete', { status: 'nowhere' })).toMatchObject(problem(422, 'column_not_found'))
  expect((await actOnClaim(bot, held, 'complete', { status: 'done', comment: ' ' })).status).toBe(422)
  await call('PATCH', `/projects/${board.id}`, { token: ada.token, body: { status: 'archived' } })
  expect(await claim(bot, board.id)).toMatchObject(problem(409, 'project_archived'))
  expect(await actOnClaim(bot, held, 'release')).toMatchObject(problem(409, 'project_archived'))
})

it('keeps the earlier alarm time when a lease begins while the alarm runs', async () => {
  await newTask(ada.token, board.id)
  const long = (await claim(bot, board.id, { lease_seconds: 3_600 })).body
  const clock = env.LEASE_CLOCK.getByName(board.id)
  await clock.wakeAt(board.id, Date.parse(long.claim.expires_at))
  const soon = Date.now() + 30_000
  const set = await runInDurableObject(clock, async (object, { storage }) => {
    await storage.deleteAlarm() // as it is while an alarm runs
    const running = object.alarm()
    await object.wakeAt(board.id, soon)
    await running
    return storage.getAlarm()
  })
  expect(set).toBe(soon)
})

it('releases a card with an expired lease after its project was archived and opened again', async () => {
  const card = await newTask(ada.token, board.id)
  const set = (status: string) => call('PATCH', `/projects/${board.id}`, { token: ada.token, body: { status } })
  await claim(bot, board.id)
  await set('archived')
  await expire(card.id)
  const clock = env.LEASE_CLOCK.getByName(board.id)
  await clock.wakeAt(board.id, Date.now())
  await runInDurableObject(clock, (object) => object.alarm())
  expect(await get(card.id)).toMatchObject({ status: 'in_progress', assignee_ids: [bot.id] })
  await set('active')
  expect((await claim(ada, board.id)).body).toMatchObject({
    id: card.id,
    assignee_ids: [ada.id],
    claim: { from: 'todo' },
  })
})
