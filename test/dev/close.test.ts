import { afterAll, expect, inject, it, vi } from 'vitest'
import { CHROMIUM, CLIENTS, type Client, closeBrowser, type Seen } from '../support/clients.ts'

/** Over TCP, as clients have it: inside the runtime a close looks sooner than it is. */

const WITHIN_MS = 2_000

const url = inject('devUrl')

afterAll(closeBrowser)

async function call(method: string, path: string, token?: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

async function person(name: string) {
  const account = { email: `${crypto.randomUUID()}@example.com`, name, password: 'correct horse battery' }
  const { user, tokens } = await call('POST', '/auth/register', undefined, account)
  return { id: user.id as string, token: tokens.access as string }
}

/** Ada's board, and Bob with a socket on it. */
async function board(client: string) {
  const [ada, bob] = [await person('Ada'), await person('Bob')]
  const { id } = await call('POST', '/projects', ada.token, { name: 'Live' })
  await call('POST', `/projects/${id}/members`, ada.token, { user_id: bob.id })
  const { ticket } = await call('POST', '/auth/ws-ticket', bob.token)
  const connect = CLIENTS[client]
  if (!connect) throw new Error(`No client ${client}`)
  const his = await connect(`${url.replace('http', 'ws')}/ws/projects/${id}?ticket=${ticket}`)
  await until(his, ({ messages }) => messages.some(({ data }) => data.includes('"presence"')))
  return { his, remove: () => call('DELETE', `/projects/${id}/members/${bob.id}`, ada.token) }
}

const until = async (client: Client, condition: (seen: Seen) => boolean) => {
  await vi.waitFor(async () => expect(condition(await client.seen())).toBe(true), { timeout: 20_000, interval: 20 })
  return client.seen()
}

const bye = { type: 'bye', code: 4403, reason: 'You were removed from the project' }
const saidBye = ({ messages }: Seen) => messages.find(({ data }) => data.includes('"bye"'))

/** When it heard that it is out, and when its socket was closed, in milliseconds after the act. */
async function removed({ his, remove }: Awaited<ReturnType<typeof board>>) {
  const began = Date.now()
  await remove()
  const heard = saidBye(await until(his, (seen) => saidBye(seen) !== undefined))
  expect(JSON.parse(heard?.data ?? '')).toEqual(bye)
  const { closed } = await until(his, (seen) => seen.closed !== null)
  expect(closed?.code).toBe(4403)
  await his.end()
  return { heard: (heard?.at ?? 0) - began, closed: (closed?.at ?? 0) - began }
}

const noChromium = !CHROMIUM // Debian: apt-get install chromium, as .ci/run does

it.each(Object.keys(CLIENTS).filter((name) => name !== 'Chromium'))(
  '%s hears and sees at once that it is out',
  (name) => atOnce(name),
)
it.skipIf(noChromium)('Chromium hears and sees at once that it is out', () => atOnce('Chromium'))

async function atOnce(name: string): Promise<void> {
  const scene = await board(name)
  await scene.his.send('ping')
  await until(scene.his, ({ messages }) => messages.some(({ data }) => data === 'pong'))
  const { heard, closed } = await removed(scene)
  expect(heard).toBeLessThan(WITHIN_MS)
  expect(closed).toBeLessThan(WITHIN_MS)
}

it('tells it at once those who have sent nothing yet, though their sockets close late', async () => {
  const clients = Object.keys(CLIENTS).filter((name) => name !== 'Chromium' || CHROMIUM)
  const scenes = await Promise.all(clients.map(board))
  // docs/live.md says how late, and why.
  for (const { heard } of await Promise.all(scenes.map(removed))) {
    expect(heard).toBeLessThan(WITHIN_MS)
  }
})
