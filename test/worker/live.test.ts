import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { call, database, newMember, newPerson, newProject, newTask, ORIGIN, ticketOf } from '../support/api.ts'
import { connect, hubOf, upgrade } from '../support/socket.ts'

async function newBoard() {
  const ada = await newPerson()
  return { ada, ...(await newProject(ada.token)) }
}

async function refusalOf(project_id: string, options: Parameters<typeof upgrade>[1]) {
  const response = await upgrade(project_id, options)
  expect(response.headers.get('Content-Type')).toBe('application/problem+json')
  const { code } = await response.json<{ code: string }>()
  return [response.status, code]
}

it('shows a moved card to everybody who looks at the board', async () => {
  const { ada, id: project_id } = await newBoard()
  const grace = await newMember(ada, project_id, 'viewer')
  const sockets = [await connect(project_id, { token: ada.token }), await connect(project_id, { token: grace.token })]
  const { id } = await newTask(ada.token, project_id)
  await call('PATCH', `/tasks/${id}/move?status=done`, { token: ada.token })
  for (const socket of sockets) {
    await socket.seq(9)
    expect(socket.events.map(({ seq, action }) => [seq, action])).toEqual([
      [8, 'task.created'],
      [9, 'task.moved'],
    ])
    expect(socket.events[1]).toMatchObject({
      project_id,
      task_id: id,
      user_id: ada.id,
      changes: { status: ['todo', 'done'] },
    })
  }
})

it('sends hello with the head, the epoch, the connection id and the expiry of the token', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token })
  const { epoch } = (await call('GET', `/projects/${id}/board`, { token: ada.token })).body
  const hello = await socket.message('hello')
  expect(hello).toEqual({
    type: 'hello',
    epoch,
    seq: 6,
    region: expect.any(String),
    connection_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    expires_at: expect.any(String),
  })
  const minutes = (Date.parse(hello.expires_at) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(14)
  expect(minutes).toBeLessThanOrEqual(15)
})

it('accepts a ticket once', async () => {
  const { ada, id } = await newBoard()
  const ticket = await ticketOf(ada.token)
  const socket = await connect(id, { query: `?ticket=${ticket}` })
  const { expires_at } = await socket.message('hello')
  expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(14 * 60_000)
  expect(await refusalOf(id, { query: `?ticket=${ticket}` })).toEqual([401, 'ticket_invalid'])
})

it('opens only one socket when two requests use the same ticket at once', async () => {
  const { ada, id } = await newBoard()
  const ticket = await ticketOf(ada.token)
  const answers = await Promise.all([0, 1].map(() => upgrade(id, { query: `?ticket=${ticket}` })))
  expect(answers.map(({ status }) => status).sort()).toEqual([101, 401])
  for (const { webSocket } of answers) webSocket?.accept()
})

it('refuses an expired ticket', async () => {
  const { ada, id } = await newBoard()
  const ticket = await ticketOf(ada.token)
  await database()`update ws_tickets set expires_at = now() - interval '1 second' where user_id = ${ada.id}`
  expect(await refusalOf(id, { query: `?ticket=${ticket}` })).toEqual([401, 'ticket_invalid'])
})

it('refuses an upgrade without a token, with an invalid token, or with one of an ended session', async () => {
  const { ada, id } = await newBoard()
  expect(await refusalOf(id, {})).toEqual([401, 'token_missing'])
  expect(await refusalOf(id, { token: 'nonsense' })).toEqual([401, 'token_invalid'])
  expect(await refusalOf(id, { query: '?ticket=nonsense' })).toEqual([401, 'ticket_invalid'])
  const unused = await ticketOf(ada.token)
  await call('POST', '/auth/logout', { token: ada.token })
  expect(await refusalOf(id, { token: ada.token })).toEqual([401, 'token_revoked'])
  expect(await refusalOf(id, { query: `?ticket=${unused}` })).toEqual([401, 'token_revoked'])
  expect((await upgrade(id, {})).headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
})

it('returns 404 for a board of other people', async () => {
  const { id } = await newBoard()
  const stranger = await newPerson()
  expect(await refusalOf(id, { token: stranger.token })).toEqual([404, 'not_found'])
  expect(await refusalOf(id, { query: `?ticket=${await ticketOf(stranger.token)}` })).toEqual([404, 'not_found'])
  expect(await refusalOf(crypto.randomUUID(), { token: stranger.token })).toEqual([404, 'not_found'])
})

it('accepts pages of its own origin, and refuses pages of other origins', async () => {
  const { ada, id } = await newBoard()
  expect(await refusalOf(id, { token: ada.token, headers: { Origin: 'https://evil.test' } })).toEqual([
    403,
    'origin_forbidden',
  ])
  const socket = await connect(id, { token: ada.token, headers: { Origin: ORIGIN } })
  await socket.message('hello')
})

it('returns 426 to a request without an upgrade', async () => {
  const { ada, id } = await newBoard()
  expect(await call('GET', `/ws/projects/${id}`, { token: ada.token })).toMatchObject({
    status: 426,
    body: { code: 'upgrade_required' },
  })
})

it('answers a ping without waking the hub', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token })
  await socket.message('hello')
  await evictDurableObject(hubOf(id))
  socket.send('ping')
  await socket.until(() => socket.messages.includes('pong'))
  await expect(evictDurableObject(hubOf(id))).rejects.toThrow(/not.*running/i)
})

it.each([
  ['invalid JSON', 'garbage'],
  ['an unknown type', { type: 'shout' }],
  ['an unknown field', { type: 'auth', access: 'x', admin: true }],
  ['a list', []],
  ['a wrong type of field', { type: 'auth', access: 5 }],
  ['a binary frame', new ArrayBuffer(16)],
  ['a long frame', 'x'.repeat(64 * 1024)],
])('answers %s with an error, without an effect on other sockets', async (_what, message) => {
  const { ada, id } = await newBoard()
  const [odd, other] = [await connect(id, { token: ada.token }), await connect(id, { token: ada.token })]
  odd.send(message)
  expect(await odd.message('error')).toMatchObject({ code: 'message_invalid' })
  await newTask(ada.token, id)
  await Promise.all([odd.seq(7), other.seq(7)])
  expect(other.messages.map(({ type }) => type)).toEqual(['hello', 'event'])
})
