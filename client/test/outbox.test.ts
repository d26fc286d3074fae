import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  browserStorage,
  type Client,
  type ClientOptions,
  cookieSession,
  createClient,
  type HeldTokens,
  type MutationStorage,
  memoryStorage,
  type OpenBoard,
  tokenSession,
} from '../src/index.ts'
import { FakeServer } from './fake-server.ts'
import { until } from './until.ts'

const clients: Client[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const client of clients.splice(0)) client.close()
  vi.unstubAllGlobals()
})

function newClient({ url, fetch, connect }: FakeServer, options: ClientOptions): Client {
  const client = createClient({ url, fetch, connect, ...options })
  clients.push(client)
  return client
}

/** A tab of a browser: its storage is the browser's, and so is its session. */
async function tab(server: FakeServer, storage: MutationStorage, email = 'ada') {
  const client = newClient(server, { storage })
  await client.signIn({ email, password: 'correct horse battery' })
  const board = client.openBoard({ project: server.project })
  return { client, board }
}

const live = (board: OpenBoard) => until('a live board', () => board.getSnapshot().status === 'live')
const idle = (board: OpenBoard) => until('an empty outbox', () => board.getSnapshot().pending === 0)
const newStorage = () => browserStorage(`flowtrack-${crypto.randomUUID()}`)
const titlesOf = (server: FakeServer) => [...server.tasks.values()].map(({ title }) => title)

it('sends unanswered mutations again after a reload, each once and in order', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const first = await tab(server, storage)
  await live(first.board)
  server.online = false
  const made = first.board.create({ title: 'One' })
  first.board.edit(made.task_id, { title: 'Two' })
  await first.board.comment(made.task_id, 'Three').saved
  first.client.close()
  server.online = true
  server.lose = 2 // the first attempt of each may have been the last thing that tab did
  const second = await tab(server, storage)
  await live(second.board)
  await idle(second.board)
  expect(titlesOf(server)).toEqual(['Two'])
  expect(server.comments).toEqual(['Three'])
})

it('reports to callers that the client was closed, and leaves their mutations to the next client', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const { client, board } = await tab(server, storage)
  await live(board)
  const elsewhere = client.openBoard({ project: server.project })
  await live(elsewhere)
  server.online = false
  const [one, two] = [board.create({ title: 'One' }), elsewhere.create({ title: 'Two' })]
  elsewhere.close()
  await Promise.all([one.saved, two.saved])
  client.close()
  const closed = { ok: false, problem: { code: 'closed' } }
  expect(await Promise.all([one.done, two.done])).toMatchObject([closed, closed])
  expect(await board.create({ title: 'Three' }).done).toMatchObject(closed)
  server.online = true
  const next = await tab(server, storage)
  await live(next.board)
  await idle(next.board)
  expect(titlesOf(server)).toEqual(['One', 'Two', 'Three'])
  const four = next.board.create({ title: 'Four' })
  await next.client.signOut()
  expect(await four.done).toMatchObject(closed)
})

it('repeats a mutation whose answer was lost before a reload, and the server applies it once', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const first = await tab(server, storage)
  await live(first.board)
  server.lose = 1
  first.board.create({ title: 'Once' })
  await until('the task', () => server.tasks.size === 1)
  first.client.close()
  const second = await tab(server, storage)
  await until(
    'the repeat',
    () => server.requests.filter(({ path, method }) => method === 'POST' && path === '/tasks').length === 2,
  )
  await idle(second.board)
  expect(titlesOf(server)).toEqual(['Once'])
  expect(await storage.read(`${server.url} ada`)).toEqual([])
})

it('shows a task once when its creation was done but not answered before a reload', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const first = await tab(server, storage)
  await live(first.board)
  server.lose = 1
  first.board.create({ title: 'Once' })
  await until('the task', () => server.tasks.size === 1)
  first.client.close()
  server.lose = 1
  const second = await tab(server, storage)
  const most = { cards: 0 }
  second.board.subscribe(() => {
    most.cards = Math.max(most.cards, second.board.getSnapshot().board?.columns[0]?.tasks.length ?? 0)
  })
  await live(second.board)
  const [task] = server.tasks.values()
  await second.board.edit(task?.id ?? '', { title: 'Two' }).done
  await idle(second.board)
  expect(most.cards).toBe(1)
  expect(titlesOf(server)).toEqual(['Two'])
})

it('reports an unknown outcome for an unanswered mutation whose idempotency key may have expired', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const first = await tab(server, storage)
  await live(first.board)
  server.lose = 1
  first.board.create({ title: 'Long ago' })
  await until('the task', () => server.tasks.size === 1)
  first.client.close()
  const [mutation] = await storage.read(`${server.url} ada`)
  if (mutation) await storage.write([{ ...mutation, sent_at: Date.now() - 25 * 3_600_000 }], [])
  const second = await tab(server, storage)
  await until('the question', () => second.board.getSnapshot().refusals.length === 1)
  expect(second.board.getSnapshot().refusals[0]?.problem.code).toBe('outcome_unknown')
  expect(titlesOf(server)).toEqual(['Long ago'])
})

it('shows the mutations of every tab in all tabs, and sends each mutation once', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const tabs = await Promise.all([tab(server, storage), tab(server, storage), tab(server, storage)])
  for (const { board } of tabs) await live(board)
  server.online = false
  for (const [i, { board }] of tabs.entries()) for (let n = 0; n < 20; n++) board.create({ title: `${i}.${n}` })
  for (const { board } of tabs) await until('all mutations', () => board.getSnapshot().pending === 60)
  server.online = true
  for (const { board } of tabs) await idle(board)
  expect(titlesOf(server).sort()).toEqual(
    tabs.flatMap((_, i) => Array.from({ length: 20 }, (_, n) => `${i}.${n}`)).sort(),
  )
  const sent = server.requests.filter(({ key }) => key).map(({ key }) => key)
  expect(sent).toHaveLength(new Set(sent).size) // nothing was tried that had to be told apart
  for (const { board } of tabs) await until('the same board', () => board.getSnapshot().board?.seq === server.seq)
})

it('shows a refusal in every tab, until one of them dismisses it', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const tabs = [await tab(server, storage), await tab(server, storage)] as const
  for (const { board } of tabs) await live(board)
  server.refuse = () => ({ status: 403, body: { code: 'forbidden', status: 403 } })
  expect(await tabs[0].board.create({ title: 'No' }).done).toMatchObject({ ok: false })
  await until('the refusal', () => tabs[1].board.getSnapshot().refusals.length === 1)
  for (const refusal of tabs[1].board.getSnapshot().refusals) await tabs[1].board.dismiss(refusal)
  await until('none', () => tabs[0].board.getSnapshot().refusals.length === 0)
})

it('never sends the mutations of one person in the session of another person', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const { client, board } = await tab(server, storage)
  await live(board)
  server.online = false
  await board.create({ title: "Ada's" }).saved
  await client.signOut()
  expect(board.getSnapshot()).toMatchObject({ status: 'ended', ended: { code: 401 } })
  server.online = true
  await client.signIn({ email: 'bob', password: 'correct horse battery' })
  const his = client.openBoard({ project: server.project })
  await live(his)
  await his.create({ title: "Bob's" }).done
  expect(titlesOf(server)).toEqual(["Bob's"])
  await client.signIn({ email: 'ada', password: 'correct horse battery' })
  await until("Ada's", () => server.tasks.size === 2)
  expect(server.requests.filter(({ path, key }) => path === '/tasks' && key).map(({ user }) => user)).toEqual([
    'bob',
    'ada',
  ])
})

it('discards unsent mutations when the user signs out with the option `discard`', async () => {
  const [server, storage] = [new FakeServer(), newStorage()]
  const { client, board } = await tab(server, storage)
  await live(board)
  expect(client.pending).toBe(0)
  server.online = false
  await board.create({ title: 'Secret' }).saved
  expect(client.pending).toBe(1)
  await client.signOut({ discard: true })
  expect(client.pending).toBe(0)
  expect(await storage.read(`${server.url} ada`)).toEqual([])
})

it('keeps a session across a reload, and signs out all tabs together', async () => {
  const server = new FakeServer()
  const first = newClient(server, { storage: memoryStorage(), session: cookieSession() })
  await first.signIn({ email: 'ada', password: 'correct horse battery' })
  expect(server.cookie).toBeDefined()
  const second = newClient(server, { storage: memoryStorage(), session: cookieSession() })
  expect(await second.resume()).toMatchObject({ id: 'ada' })
  await first.signOut()
  await until('the other tab', () => second.getSnapshot().status === 'signed_out')
  expect(await newClient(server, { storage: memoryStorage(), session: cookieSession() }).resume()).toBeNull()
})

describe('a sign-out that the server does not answer', () => {
  /** Ada has signed out while nothing answered. `reload` opens the page once more. */
  async function leave() {
    const kept = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    })
    const server = new FakeServer()
    const reload = () => newClient(server, { storage: memoryStorage(), session: cookieSession() })
    const client = reload()
    await client.signIn({ email: 'ada', password: 'correct horse battery' })
    server.online = false
    await client.signOut()
    expect(client.getSnapshot().status).toBe('signed_out')
    expect(server.personOfCookie()).toBe('ada')
    return { server, reload }
  }

  it('prevents further use of the cookie, and ends the session when the server is available again', async () => {
    const { server, reload } = await leave()
    expect(await reload().resume()).toBeNull()
    server.online = true
    expect(await reload().resume()).toBeNull()
    expect(server.personOfCookie()).toBeUndefined()
    expect(server.refreshes).toBe(0)
  })

  it('ends the old session before the next person signs in, and keeps the session of that person', async () => {
    const { server, reload } = await leave()
    server.online = true
    server.requests.length = 0
    await reload().signIn({ email: 'grace', password: 'correct horse battery' })
    expect(server.requests.map(({ path }) => path)).toEqual(['/auth/logout', '/auth/login'])
    expect(await reload().resume()).toMatchObject({ id: 'grace' })
  })
})

it('signs out with the cookie when the access token has expired', async () => {
  const server = new FakeServer()
  server.token_seconds = 0
  const client = newClient(server, { storage: memoryStorage(), session: cookieSession() })
  await client.signIn({ email: 'ada', password: 'correct horse battery' })
  server.lost = '/auth/refresh'
  await client.signOut()
  expect(server.personOfCookie()).toBeUndefined()
})

it('refreshes once for five tabs that share a cookie', async () => {
  const server = new FakeServer()
  const tabs = Array.from({ length: 5 }, () =>
    newClient(server, { storage: memoryStorage(), session: cookieSession() }),
  )
  await tabs[0]?.signIn({ email: 'ada', password: 'correct horse battery' })
  for (const client of tabs) await client.resume()
  const before = server.refreshes
  server.expireTokens()
  const path = { id: server.project }
  const answers = await Promise.all(tabs.map((client) => client.api.GET('/projects/{id}', { params: { path } })))
  expect(answers.map(({ response }) => response.status)).toEqual([200, 200, 200, 200, 200])
  expect(server.refreshes - before).toBe(1)
})

it('uses tokens that another tab has stored instead of a refresh', async () => {
  const server = new FakeServer()
  let kept: HeldTokens | null = null
  const session = () =>
    tokenSession({
      load: () => kept,
      save: (tokens) => {
        kept = tokens
      },
    })
  const [one, two] = [newClient(server, { session: session() }), newClient(server, { session: session() })]
  await one.signIn({ email: 'ada', password: 'correct horse battery' })
  expect(await two.resume()).toMatchObject({ id: 'ada' })
  server.expireTokens()
  expect((await one.api.GET('/users/me')).response.status).toBe(200)
  expect((await two.api.GET('/users/me')).response.status).toBe(200)
  expect(server.refreshes).toBe(1)
})

it('learns from the refresh response who is signed in, without another request', async () => {
  const server = new FakeServer()
  const open = () => newClient(server, { storage: memoryStorage(), session: cookieSession() })
  await open().signIn({ email: 'ada', password: 'correct horse battery' })
  server.requests.length = 0
  expect(await open().resume()).toEqual({ id: 'ada', name: 'ada' })
  expect(server.requests.map(({ path }) => path)).toEqual(['/auth/refresh'])
})

it('reports that nobody is signed in after a single request to the server', async () => {
  const server = new FakeServer()
  const client = newClient(server, { session: cookieSession() })
  expect(await client.resume()).toBeNull()
  expect(client.getSnapshot()).toEqual({ status: 'signed_out', user: null })
  expect(await client.resume()).toBeNull()
  expect(server.refreshes).toBe(1)
  const board = client.openBoard({ project: server.project })
  await until('the end', () => board.getSnapshot().status === 'ended')
})

it('replaces a socket that does not answer pings', async () => {
  const server = new FakeServer()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const { board } = await tab(server, memoryStorage())
  await vi.advanceTimersByTimeAsync(1_000)
  expect(board.getSnapshot().status).toBe('live')
  for (const socket of server.open) socket.mute = true
  await vi.advanceTimersByTimeAsync(16_000)
  expect(server.sockets.length).toBe(2)
  expect(server.open).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.sockets.length).toBe(2) // one that answers is left alone
})

it('sends a new token to a socket before the old token expires', async () => {
  const server = new FakeServer()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const client = newClient(server, { storage: memoryStorage() })
  await client.signIn({ email: 'ada', password: 'correct horse battery' })
  const board = client.openBoard({ project: server.project })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(board.getSnapshot().status).toBe('live')
  await vi.advanceTimersByTimeAsync(server.token_seconds * 1000)
  expect(server.refreshes).toBe(1)
  expect(server.open[0]?.sent.some((text) => text.includes('"auth"'))).toBe(true)
})
