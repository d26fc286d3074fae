import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { GIVE_UP_MS } from '../../src/features/webhooks/retry.ts'
import {
  call,
  database,
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
import type { Manner } from '../support/receiver.ts'
import { createWebhook, newBox, seqsOf, verifyPayload, waitForState } from '../support/webhooks.ts'
import { newWorker } from '../support/worker.ts'

/** Webhooks, which send the events of a project to a URL. */

let ada: Person
let board: any
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
})

const hookOf = async (fields: object) => (await createWebhook(ada, board.id, fields)).body
const callHook = (method: string, { id }: { id: string }, rest = '', body?: object, by = ada) =>
  call(method, `/webhooks/${id}${rest}`, { token: by.token, body })
const listWebhooks = async () => (await call('GET', `/projects/${board.id}/webhooks`, { token: ada.token })).body.items
const add = (title: string) => newTask(ada.token, board.id, { title })
const attemptsOf = async (hook: { id: string }) => (await callHook('GET', hook, '/deliveries?limit=100')).body.items
const notificationsOf = async (by: Person) => (await call('GET', '/notifications', { token: by.token })).body.items

it('sends later events in order, with the same content as for sockets, and signed', async () => {
  const box = newBox()
  const { status, body: hook, headers } = await createWebhook(ada, board.id, { url: box.url })
  expect(status).toBe(201)
  expect(headers.get('Location')).toBe(`/webhooks/${hook.id}`)
  for (const title of ['One', 'Two', 'Three']) await add(title)
  const received = await box.until(3)
  const events = received.map((message) => verifyPayload(message, hook.secret))
  const told = await readJournal(ada.token, board.id, hook.seq)
  expect(events).toEqual(told.map((event: object) => ({ type: 'event', ...event })))
  expect(received.map(({ headers }) => headers['content-type'])).toEqual(Array(3).fill('application/json'))
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
  await waitForState(hook, { delivered_seq: hook.seq + 3 })
  expect(await listWebhooks()).toMatchObject([{ id: hook.id, delivered_seq: hook.seq + 3, failing_since: null }])
})

it('shows a secret only when it is made or replaced, and the secret and the URL in no event or export', async () => {
  const box = newBox()
  const hook = await hookOf({ url: `${box.url}?token=of-the-receiver`, description: 'Chat' })
  expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  await callHook('PATCH', hook, '', { url: `${box.url}?token=another`, description: 'Our chat' })
  const rotated = (await callHook('POST', hook, '/rotate-secret')).body
  const shown = JSON.stringify([await listWebhooks(), (await callHook('PATCH', hook, '', {})).body])
  await callHook('DELETE', hook)
  const told = await readJournal(ada.token, board.id, hook.seq - 1)
  expect(told.map(({ action, changes }: any) => [action, Object.keys(changes)])).toEqual([
    ['webhook.created', []],
    ['webhook.updated', ['description']],
    ['webhook.updated', ['rotated_at']],
    ['webhook.deleted', []],
  ])
  const { text: file } = await exportProject(board.id, ada.token)
  for (const text of [JSON.stringify(told), file]) {
    expect(text).not.toContain('of-the-receiver')
    expect(text).not.toContain(hook.secret)
    expect(text).not.toContain(rotated.secret)
  }
  expect(shown).toContain(hook.id)
  expect(shown).not.toContain('whsec_')
})

it('also signs with the former secret for a day', async () => {
  const box = newBox()
  const hook = await hookOf({ url: box.url })
  const next = (await callHook('POST', hook, '/rotate-secret')).body
  expect(next.secret).not.toBe(hook.secret)
  await add('Both')
  const [, both] = (await box.until(2)) as [any, any]
  for (const { secret } of [hook, next]) expect(verifyPayload(both, secret)).toMatchObject({ data: { title: 'Both' } })
  await database()`update webhook_states set previous_until = now() where webhook_id = ${hook.id}`
  await add('One')
  const [, , one] = (await box.until(3)) as [any, any, any]
  expect(verifyPayload(one, next.secret)).toMatchObject({ data: { title: 'One' } })
  expect(() => verifyPayload(one, hook.secret)).toThrow()
})

describe('a receiver that fails', () => {
  it.each<[Manner, string, number | null]>([
    [500, 'answered 500', 500],
    ['redirect', 'answered 302: redirects are not followed', 302],
    ['hang', 'did not answer in time', null],
    ['reset', 'could not be reached', null],
    ['endless', 'answered 500', 500],
  ])('is tried again with the same id: %s', async (manner, error, status) => {
    const box = newBox(manner)
    await box.ready
    const hook = await hookOf({ url: box.url })
    await add('First')
    await box.until(2)
    await add('Second')
    await waitForState(hook, { last_error: error, failing_since: expect.any(String) })
    await box.behave(204)
    await callHook('PATCH', hook, '', {}) // a change lets it try at once, without waiting for the next attempt
    await waitForState(hook, { delivered_seq: hook.seq + 2, last_error: null, failing_since: null })
    const received = await box.received()
    const ids = received.map(({ headers }) => headers['webhook-id'])
    expect([...new Set(seqsOf(received))]).toEqual([hook.seq + 1, hook.seq + 2])
    expect(new Set(ids).size).toBe(2)
    for (const message of received) verifyPayload(message, hook.secret)
    const tried = await attemptsOf(hook)
    expect(tried.at(-1)).toMatchObject({ event_seq: hook.seq + 1, status, error, ms: expect.any(Number) })
    expect(tried[0]).toMatchObject({ event_seq: hook.seq + 2, status: 204, error: null })
  })

  it('delays no other webhook of the project', async () => {
    const bad = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const box = newBox('hang')
        await box.ready
        return { box, ...(await hookOf({ url: box.url })) }
      }),
    )
    const box = newBox()
    const hook = await hookOf({ url: box.url })
    await add('For all')
    const got = (await Promise.all([box, ...bad.map(({ box }) => box)].map((box) => box.until(1)))).map(
      ([one]) => one?.at,
    )
    // Each receiver that hangs is waited for 2 s: one after another, they would take 16.
    expect(Math.max(...(got as number[])) - Math.min(...(got as number[]))).toBeLessThan(8_000)
    await waitForState(hook, { delivered_seq: hook.seq + 1 })
    for (const { id, seq } of bad) expect((await waitForState({ id }, {})).delivered_seq).toBeLessThan(seq + 9)
  })

  it('is read no further than needed when its answer is endless', async () => {
    const box = newBox('stall')
    await box.ready
    const hook = await hookOf({ url: box.url })
    await add('Acknowledged')
    await waitForState(hook, { delivered_seq: hook.seq + 1 })
    expect(await attemptsOf(hook)).toMatchObject([{ status: 200, error: null, response: null }])
  })

  it('has the beginning of its answer stored', async () => {
    const box = newBox(503)
    await box.ready
    const hook = await hookOf({ url: box.url })
    await add('Refused')
    await waitForState(hook, { last_error: 'answered 503' })
    expect((await attemptsOf(hook)).at(-1)).toMatchObject({ response: 'I answer 503', status: 503 })
  })

  it('sets the time of the next attempt by Retry-After, and gets nothing before', async () => {
    const box = newBox('busy')
    await box.ready
    const hook = await hookOf({ url: box.url })
    await add('Not now')
    await waitForState(hook, { last_error: 'answered 503' })
    const wait = Date.parse((await listWebhooks())[0].next_attempt_at) - Date.now()
    expect(wait).toBeGreaterThan(500_000)
    expect(wait).toBeLessThanOrEqual(600_000)
    const sender = env.WEBHOOK_SENDER.getByName(hook.id)
    const alarm = () => runInDurableObject(sender, (_, { storage }) => storage.getAlarm())
    const later = Date.now() + 400_000
    await expect.poll(alarm).toBeGreaterThan(later)
    await evictDurableObject(sender) // its memory has the time, too
    await add('Nor this')
    await runDurableObjectAlarm(sender)
    await expect.poll(alarm).toBeGreaterThan(later)
    expect(await box.received()).toHaveLength(1)
    await database()`update webhook_states set next_attempt_at = now() where webhook_id = ${hook.id}`
    await runDurableObjectAlarm(sender)
    expect(new Set(seqsOf(await box.until(2)))).toEqual(new Set([hook.seq + 1]))
  })

  it('is paused after a day, with a notification to its managers, and resumes where it stopped', async () => {
    const boss = await newMember(ada, board.id, 'manager', 'Boss')
    const editor = await newMember(ada, board.id, 'editor', 'Editor')
    const box = newBox(500)
    await box.ready
    const hook = await hookOf({ url: box.url, description: 'Chat' })
    await add('First')
    await waitForState(hook, { last_error: 'answered 500' })
    await database()`update webhook_states set failing_since = now() - ${`${GIVE_UP_MS} ms`}::interval where webhook_id = ${hook.id}`
    await waitForState(hook, { status: 'paused' })
    for (const manager of [ada, boss])
      expect((await notificationsOf(manager))[0]).toMatchObject({
        kind: 'webhook_paused',
        actor_id: null,
        data: { webhook_id: hook.id, description: 'Chat', host: new URL(box.url).host },
      })
    expect((await notificationsOf(editor)).map(({ kind }: any) => kind)).not.toContain('webhook_paused')
    const before = (await box.received()).length
    await add('Second')
    await box.behave(204)
    expect(await listWebhooks()).toMatchObject([{ status: 'paused', delivered_seq: hook.seq }])
    await callHook('PATCH', hook, '', { status: 'active' })
    await waitForState(hook, { delivered_seq: hook.seq + 4 })
    expect(seqsOf((await box.received()).slice(before))).toEqual([1, 2, 3, 4].map((n) => hook.seq + n))
  })

  it('still shows since when and why it fails after somebody pauses it, until it is active again', async () => {
    const box = newBox(500)
    await box.ready
    const hook = await hookOf({ url: box.url })
    await add('First')
    await waitForState(hook, { last_error: 'answered 500' })
    const [{ failing_since }] = await listWebhooks()
    const paused = await callHook('PATCH', hook, '', { status: 'paused' })
    expect(paused.body).toMatchObject({
      status: 'paused',
      failing_since,
      last_error: 'answered 500',
      next_attempt_at: null,
    })
    const same = await callHook('PATCH', hook, '', { url: box.url, status: 'paused' })
    expect(same.body).toMatchObject({ failing_since, last_error: 'answered 500' })
    await box.behave(204)
    const active = await callHook('PATCH', hook, '', { status: 'active' })
    expect(active.body).toMatchObject({ failing_since: null, last_error: null, next_attempt_at: null })
    await waitForState(hook, { delivered_seq: hook.seq + 3, failing_since: null, last_error: null })
  })

  it('and answers 410 is removed at once, with a notification to its managers', async () => {
    const box = newBox(410)
    await box.ready
    const hook = await hookOf({ url: box.url })
    await add('Nobody there')
    await expect.poll(listWebhooks).toEqual([])
    expect((await notificationsOf(ada))[0]).toMatchObject({ kind: 'webhook_removed', data: { webhook_id: hook.id } })
    expect((await readJournal(ada.token, board.id, hook.seq + 1))[0]).toMatchObject({
      action: 'webhook.deleted',
      user_id: null,
      request_id: 'webhook',
    })
    expect(await box.received()).toHaveLength(1)
    const rest = env.WEBHOOK_SENDER.getByName(hook.id)
    await expect
      .poll(() => runInDurableObject(rest, async (_, { storage }) => [...storage.kv.list(), await storage.getAlarm()]))
      .toEqual([null])
  })
})

it('sends only the requested actions, and skips the others for good', async () => {
  const box = newBox()
  const hook = await hookOf({ url: box.url, actions: ['task.moved', 'comment.created'] })
  const card = await add('Quiet')
  await call('PATCH', `/tasks/${card.id}/move?status=done`, { token: ada.token })
  await call('POST', `/tasks/${card.id}/comments`, { token: ada.token, body: { body: 'Well done' } })
  await call('PATCH', `/tasks/${card.id}`, { token: ada.token, body: { title: 'Other' } })
  const received = await box.until(2)
  expect(received.map(({ body }) => JSON.parse(body).action)).toEqual(['task.moved', 'comment.created'])
  expect(verifyPayload(received[1] as any, hook.secret)).toMatchObject({ data: { body: 'Well done' } })
  const head = (await call('GET', `/projects/${board.id}/board`, { token: ada.token })).body.seq
  await waitForState(hook, { delivered_seq: head })
})

it('does not send the text of a comment that was deleted meanwhile', async () => {
  const box = newBox(500)
  await box.ready
  const hook = await hookOf({ url: box.url, actions: ['comment.created'] })
  await callHook('PATCH', hook, '', { status: 'paused' })
  const card = await add('A card')
  const said = (await call('POST', `/tasks/${card.id}/comments`, { token: ada.token, body: { body: 'A secret' } })).body
  await call('DELETE', `/comments/${said.id}`, { token: ada.token })
  await box.behave(204)
  await callHook('PATCH', hook, '', { status: 'active' })
  const [sent] = (await box.until(1)) as [any]
  expect(verifyPayload(sent, hook.secret)).toMatchObject({ entity_id: said.id, data: { body: null } })
})

it('stores each action once, however often it is named', async () => {
  const hook = await hookOf({ url: newBox().url, actions: ['task.moved', 'task.created', 'task.moved'] })
  expect(hook.actions).toEqual(['task.moved', 'task.created'])
})

it('still reads, changes and imports an old webhook for project.deleted', async () => {
  const hook = await hookOf({ url: newBox().url, actions: ['task.moved'] })
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null)`,
    sql`update webhooks set actions = '{task.moved,project.deleted}' where id = ${hook.id}`,
  ])
  const actions = ['task.moved', 'project.deleted']
  expect(await listWebhooks()).toMatchObject([{ actions }])
  expect(await callHook('PATCH', hook, '', { description: 'Chat', status: 'paused' })).toMatchObject({
    status: 200,
    body: { description: 'Chat', status: 'paused', actions },
  })
  const { text } = await exportProject(board.id, ada.token)
  expect(text).toContain('project.deleted')
  expect((await upload(text, ada, `?key=${freshKey()}`)).status).toBe(201)
  expect(await callHook('PATCH', hook, '', { actions })).toMatchObject(problem(422, 'validation_failed'))
  expect((await callHook('PATCH', hook, '', { actions: ['task.moved'] })).body.actions).toEqual(['task.moved'])
})

it('continues after its Durable Object was evicted from memory', async () => {
  const box = newBox('hang')
  await box.ready
  const hook = await hookOf({ url: box.url })
  await add('First')
  await box.until(1)
  await evictDurableObject(env.WEBHOOK_SENDER.getByName(hook.id))
  await box.behave(204)
  await add('Second')
  await waitForState(hook, { delivered_seq: hook.seq + 2 })
  expect([...new Set(seqsOf(await box.received()))]).toEqual([hook.seq + 1, hook.seq + 2])
})

it('sends events again with the same ids, and can skip events', async () => {
  const box = newBox()
  const hook = await hookOf({ url: box.url })
  for (const title of ['One', 'Two', 'Three']) await add(title)
  await waitForState(hook, { delivered_seq: hook.seq + 3 })
  const first = await box.received()
  const again = await callHook('POST', hook, '/redeliver', { since_seq: hook.seq + 1 })
  expect(again).toMatchObject({ status: 200, body: { id: hook.id, delivered_seq: hook.seq + 1 } })
  const all = await box.until(5)
  expect(all.slice(3).map(({ headers, body }) => [headers['webhook-id'], body])).toEqual(
    first.slice(1).map(({ headers, body }) => [headers['webhook-id'], body]),
  )
  await callHook('PATCH', hook, '', { status: 'paused' })
  await add('Left out')
  await callHook('POST', hook, '/redeliver', { since_seq: hook.seq + 5 })
  await callHook('PATCH', hook, '', { status: 'active' })
  expect(seqsOf(await box.until(6)).at(-1)).toBe(hook.seq + 6)
  expect(await callHook('POST', hook, '/redeliver', { since_seq: 1_000 })).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'since_seq' }] },
  })
})

it('sends a test message while events fail, and returns its result', async () => {
  const box = newBox(500)
  await box.ready
  const hook = await hookOf({ url: box.url })
  expect(await callHook('POST', hook, '/test')).toMatchObject({
    status: 200,
    body: { status: 500, error: 'answered 500', response: 'I answer 500' },
  })
  await box.behave(200)
  expect((await callHook('POST', hook, '/test')).body).toMatchObject({ status: 200, error: null, response: null })
  const [, message] = (await box.received()) as [any, any]
  expect(verifyPayload(message, hook.secret)).toMatchObject({ type: 'test', webhook_id: hook.id, project_id: board.id })
  expect(message.headers['webhook-id']).toMatch(new RegExp(`^${hook.id}_test_`))
})

it('stores the last 100 attempts', async () => {
  const box = newBox()
  const hook = await hookOf({ url: box.url })
  const operations = Array.from({ length: 100 }, (_, n) => ({ op: 'create', title: `Card ${n}` }))
  await call('POST', '/tasks/bulk', { token: ada.token, body: { project_id: board.id, operations } })
  await add('One more')
  await waitForState(hook, { delivered_seq: hook.seq + 101 })
  const all = await readAllPages(`/webhooks/${hook.id}/deliveries?limit=40`, ada.token)
  expect(all.map(({ event_seq }) => event_seq)).toEqual(Array.from({ length: 100 }, (_, n) => hook.seq + 101 - n))
})

it('sends to a new URL from the next event on, and deletes a webhook with its project', async () => {
  const [box, other] = [newBox(), newBox()]
  const hook = await hookOf({ url: box.url })
  await add('Here')
  await waitForState(hook, { delivered_seq: hook.seq + 1 })
  await callHook('PATCH', hook, '', { url: other.url })
  await add('There')
  expect(seqsOf(await other.until(2))).toEqual([hook.seq + 2, hook.seq + 3])
  await waitForState(hook, { delivered_seq: hook.seq + 3 })
  expect(await box.received()).toHaveLength(1)
  await call('DELETE', `/projects/${board.id}`, { token: ada.token })
  expect(await database()`select 1 from webhooks where id = ${hook.id}`).toEqual([])
  expect((await callHook('GET', hook, '/deliveries')).status).toBe(404)
})

it('keeps a webhook when its former receiver answers 410 after the URL has changed', async () => {
  const [former, box] = [newBox('late_gone'), newBox()]
  await former.ready
  const hook = await hookOf({ url: former.url })
  await add('For the former one')
  await former.until(1)
  await callHook('PATCH', hook, '', { url: box.url })
  expect(seqsOf(await box.until(2))).toEqual([hook.seq + 1, hook.seq + 2])
  expect(await listWebhooks()).toMatchObject([{ id: hook.id, status: 'active' }])
  expect(await notificationsOf(ada)).toEqual([])
})

it('refuses a change of a URL that is based on an older version, and returns both URLs', async () => {
  const [first, mine, theirs] = [newBox().url, newBox().url, newBox().url]
  const hook = await hookOf({ url: first })
  const change = (url: string) => callHook('PATCH', hook, '', { url, base_seq: hook.seq })
  expect(await change(mine)).toMatchObject({ status: 200 })
  expect(await change(theirs)).toMatchObject({
    ...problem(409, 'edit_conflict'),
    body: { conflicts: { url: { yours: theirs, theirs: mine } } },
  })
  expect(await change(mine)).toMatchObject({ status: 200 }) // it is so already
  expect(await listWebhooks()).toMatchObject([{ url: mine }])
})

it('requires a key with the scope read, too', async () => {
  const { url } = newBox()
  const hook = await hookOf({ url })
  const { key } = await newApiKey(ada, { scopes: ['write'] })
  const writer = { ...ada, token: key }
  const refused = { ...problem(403, 'scope_missing'), body: { scope: 'read' } }
  expect(await createWebhook(writer, board.id, { url })).toMatchObject(refused)
  for (const [method, rest, body] of [
    ['PATCH', '', { description: 'Mine' }],
    ['POST', '/redeliver', { since_seq: 0 }],
    ['POST', '/rotate-secret', undefined],
    ['POST', '/test', undefined],
    ['DELETE', '', undefined],
  ] as const)
    expect(await callHook(method, hook, rest, body, writer)).toMatchObject(refused)
  expect(await listWebhooks()).toHaveLength(1)
})

it('allows pausing and deleting a webhook in an archived project', async () => {
  const box = newBox()
  const hook = await hookOf({ url: box.url })
  await call('PATCH', `/projects/${board.id}`, { token: ada.token, body: { status: 'archived' } })
  expect(JSON.parse((await box.until(1))[0]?.body ?? '')).toMatchObject({ action: 'project.updated' })
  expect((await callHook('PATCH', hook, '', { status: 'paused' })).status).toBe(200)
  expect((await callHook('DELETE', hook)).status).toBe(204)
})

it('exports the history of a webhook, but an import does not create the webhook', async () => {
  await hookOf({ url: newBox().url, actions: ['task.moved'] })
  const { text } = await exportProject(board.id, ada.token)
  expect(text).toContain('"webhook.created"')
  const imported = await upload(text, ada, `?key=${freshKey()}`)
  expect(imported.status).toBe(201)
  const { id } = imported.body.project
  expect((await call('GET', `/projects/${id}/webhooks`, { token: ada.token })).body.items).toEqual([])
})

const INSIDE = [
  '10.1.2.3',
  '127.0.0.1',
  '169.254.169.254',
  '[::1]',
  '[fd00::1]',
  'localhost',
  'intranet',
  'db.internal',
]
it.each(INSIDE)('refuses to send into a private network: %s', async (host) => {
  const { call: strict } = newWorker({ WEBHOOKS_TO_LOOPBACK: 'false' })
  const url = `https://${host}/hook`
  const refused = await strict('POST', `/projects/${board.id}/webhooks`, { token: ada.token, body: { url } })
  expect(refused).toMatchObject({ ...problem(422, 'validation_failed'), body: { errors: [{ path: 'url' }] } })
})

it('neither sends to an address that is no longer allowed, nor accepts it as a new URL', async () => {
  const { call: strict } = newWorker({ WEBHOOKS_TO_LOOPBACK: 'false' })
  const box = newBox()
  const hook = await hookOf({ url: box.url })
  const { body } = await strict('POST', `/webhooks/${hook.id}/test`, { token: ada.token })
  expect(body).toMatchObject({ status: null, error: 'the URL must begin with https:' })
  expect(await box.received()).toEqual([])
  const change = { token: ada.token, body: { url: 'http://example.com/' } }
  expect(await strict('PATCH', `/webhooks/${hook.id}`, change)).toMatchObject(problem(422, 'validation_failed'))
})

it('refuses unknown and empty actions, and a password in the URL', async () => {
  const wrong = [
    { actions: ['task.exploded'] },
    { actions: ['task.moved', 'project.created'] },
    { actions: ['task.moved', 'project.deleted'] },
    { actions: [] },
    { url: 'https://a:b@example.com/' },
    { secret: 'mine' },
  ]
  for (const fields of wrong) {
    const answer = await createWebhook(ada, board.id, { url: 'https://hooks.example.com/', ...fields })
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
  }
})
