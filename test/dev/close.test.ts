import { afterAll, expect, inject, it, vi } from 'vitest'
import { CLOSED_WITHIN_MS } from '../support/bounds.ts'
import { CHROMIUM, CLIENTS, type Client, closeBrowser, type Seen } from '../support/clients.ts'

/** How fast sockets close over TCP, as for real clients: inside the runtime a close seems to come earlier. */

const url = inject('devUrl')

afterAll(closeBrowser)

async function call(method: string, path: string, token?: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return text ? JSON.parse(text) : undefined
}

async function newPerson(name: string) {
  const account = { email: `${crypto.randomUUID()}@example.com`, name, password: 'correct horse battery' }
  const { user, tokens } = await call('POST', '/auth/register', undefined, account)
  return { id: user.id as string, token: tokens.access as string }
}

/** Ada's board with a socket of Bob. `remove` removes him from the project. */
async function newBoard(client: string) {
  const [ada, bob] = [await newPerson('Ada'), await newPerson('Bob')]
  const { id } = await call('POST', '/projects', ada.token, { name: 'Live' })
  await call('POST', `/projects/${id}/members`, ada.token, { user_id: bob.id })
  const { ticket } = await call('POST', '/auth/ws-ticket', bob.token)
  const connect = CLIENTS[client]
  if (!connect) throw new Error(`CLIENTS has no client ${client}`)
  const his = await connect(`${url.replace('http', 'ws')}/ws/projects/${id}?ticket=${ticket}`)
  await waitUntil(his, ({ messages }) => messages.some(({ data }) => data.includes('"presence"')))
  return { his, remove: () => call('DELETE', `/projects/${id}/members/${bob.id}`, ada.token) }
}

const waitUntil = async (client: Client, condition: (seen: Seen) => boolean) => {
  await vi.waitFor(async () => expect(condition(await client.seen())).toBe(true), { timeout: 60_000, interval: 20 })
  return client.seen()
}

const bye = { type: 'bye', code: 4403, reason: 'You were removed from the project' }
const byeOf = ({ messages }: Seen) => messages.find(({ data }) => data.includes('"bye"'))

/** Removes Bob. Returns when his client heard of it, and when its socket was closed, in ms after the request began. */
async function timeRemoval({ his, remove }: Awaited<ReturnType<typeof newBoard>>) {
  const began = Date.now()
  await remove()
  const heard = byeOf(await waitUntil(his, (seen) => byeOf(seen) !== undefined))
  expect(JSON.parse(heard?.data ?? '')).toEqual(bye)
  const { closed } = await waitUntil(his, (seen) => seen.closed !== null)
  expect(closed?.code).toBe(4403)
  await his.end()
  return { heard: (heard?.at ?? 0) - began, closed: (closed?.at ?? 0) - began }
}

const noChromium = !CHROMIUM // Debian: apt-get install chromium, as .ci/run does

it.each(Object.keys(CLIENTS).filter((name) => name !== 'Chromium'))(
  'tells %s within 2 s that its user was removed, and closes the socket',
  (name) => expectAtOnce(name),
)
it.skipIf(noChromium)('tells Chromium within 2 s that its user was removed, and closes the socket', () =>
  expectAtOnce('Chromium'),
)

async function expectAtOnce(name: string): Promise<void> {
  const scene = await newBoard(name)
  await scene.his.send('ping')
  await waitUntil(scene.his, ({ messages }) => messages.some(({ data }) => data === 'pong'))
  const { heard, closed } = await timeRemoval(scene)
  expect(heard).toBeLessThan(CLOSED_WITHIN_MS)
  expect(closed).toBeLessThan(CLOSED_WITHIN_MS)
}

it('tells clients that have sent nothing yet within 2 s, even if their sockets close later', async () => {
  const clients = Object.keys(CLIENTS).filter((name) => name !== 'Chromium' || CHROMIUM)
  const scenes = await Promise.all(clients.map(newBoard))
  // docs/live.md says how late, and why.
  for (const { heard } of await Promise.all(scenes.map(timeRemoval))) {
    expect(heard).toBeLessThan(CLOSED_WITHIN_MS)
  }
})
