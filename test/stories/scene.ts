import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Page, WebSocket } from 'playwright-core'
import { onTestFinished } from 'vitest'
import type { Seat } from './seats.ts'

/** People who work on one board, each in their own browser. */

export const PASSWORD = 'correct horse battery'

type Call = { token?: string; body?: unknown; method?: string }

/** One API request, to prepare a story. Returns the parsed body; throws unless the status is 2xx. */
export async function call<T = any>(
  url: string,
  path: string,
  { token, body, method = body ? 'POST' : 'GET' }: Call = {},
): Promise<T> {
  const headers = {
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  }
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`)
  return (text ? JSON.parse(text) : undefined) as T
}

export type Account = { id: string; name: string; email: string; token: string }

/** Makes a function that sends requests as `who()`, unless it is given another token. */
export const apiOf =
  (url: string, who: () => Account) =>
  <T = any>(path: string, init: Call = {}) =>
    call<T>(url, path, { token: who().token, ...init })

export async function newAccount(url: string, name: string): Promise<Account> {
  const email = `${name.toLowerCase().replace(/\W+/g, '.')}.${crypto.randomUUID().slice(0, 8)}@example.com`
  const { user, tokens } = await call(url, '/auth/register', { body: { email, name, password: PASSWORD } })
  return { id: user.id, name, email, token: tokens.access }
}

/** Signs in with the form, as people do. */
export async function signIn({ page }: Seat, { email }: Account): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
}

/** Signs in without the form, which is faster. For stories that are not about signing in. */
export async function enter({ page }: Seat, { email }: Account): Promise<void> {
  const body = JSON.stringify({ email, password: PASSWORD })
  const headers = { 'Content-Type': 'application/json', 'FlowTrack-Session': 'cookie' }
  const init = JSON.stringify({ method: 'POST', headers, body })
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  const status = await page.evaluate(`fetch('/auth/login', ${init}).then(({ status }) => status)`)
  if (status !== 200) throw new Error(`The sign-in answered ${status}`)
  await page.reload()
  await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
}

export async function openBoard({ page }: Seat, project: string): Promise<void> {
  await page.goto(`/#/projects/${project}`)
  await page.locator('.state.live').waitFor()
}

/**
 * Opens a page of a project, until its socket has received something: whoever loses access before that reads that the
 * project is gone. Returns the socket.
 */
export async function openPart({ page }: Seat, project: string, part: string): Promise<WebSocket> {
  const opened = page.waitForEvent('websocket', (socket) => socket.url().includes(project))
  const live = opened.then((socket) => socket.waitForEvent('framereceived').then(() => socket))
  await page.goto(`/#/projects/${project}/${part}`)
  await page.getByRole('heading', { name: 'Apollo' }).waitFor()
  return live
}

export const cardNamed = (page: Page, title: string) =>
  page.locator('.card').filter({ has: page.getByRole('link', { name: title, exact: true }) })

/** The titles in each column, in order. */
export const columnsOf = (page: Page): Promise<Record<string, string[]>> =>
  page
    .locator('[data-column]')
    .evaluateAll((lists) =>
      Object.fromEntries(
        lists.map((list) => [
          (list as any).dataset.column,
          [...list.children].map((card) => (card as any).dataset.title),
        ]),
      ),
    )

/** How long a story waits for anything: a client tries again 10 s after a failure, and a machine may be busy. */
export const TIMEOUT_MS = 30_000

/** Waits until `isSo`; after `ms` throws an error that names `what`. */
export async function waitUntil(what: string, isSo: () => Promise<boolean> | boolean, ms = TIMEOUT_MS): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms in vain until ${what}`)
    await new Promise((next) => setTimeout(next, 40))
  }
}

export const waitForColumn = (page: Page, column: string, titles: string[]) =>
  waitUntil(
    `${column} holds ${titles.join(', ') || 'nothing'}`,
    async () => JSON.stringify((await columnsOf(page))[column]) === JSON.stringify(titles),
  )

/** The last text of the live region, which screen readers read. */
export const lastAnnouncementOf = (page: Page) =>
  page
    .locator('[data-announcements]')
    .last() // an open dialog has its own
    .textContent()
    .then((text) => (text ?? '').replaceAll('\u00a0', '').trim())

export const waitForAnnouncement = (page: Page, text: string) =>
  waitUntil(`it says “${text}”`, async () => (await lastAnnouncementOf(page)).includes(text))

const ARE_DRAGGABLE = `(lists => lists.length > 0 && lists.every((list) =>
  Object.keys(list).some((key) => key.startsWith('Sortable'))))([...document.querySelectorAll('[data-column]')])`

/** Waits until the code for dragging is loaded: sortablejs marks its lists. A press before that is repeated later. */
export const waitForDragging = (page: Page) =>
  waitUntil('cards can be dragged', async () => (await page.evaluate(ARE_DRAGGABLE)) === true)

// Importing it waits for the files that it needs, too.
const HAS_CARD_CODE = `import(performance.getEntriesByType('resource').map(({ name }) => name)
  .find((name) => /\\/dialog-.*js$/.test(name))).then(() => true, () => false)`

/** Waits until the board has loaded what it needs without a network. */
export async function waitForParts(page: Page): Promise<void> {
  await waitForDragging(page)
  await waitUntil('the code of cards is loaded', async () => (await page.evaluate(HAS_CARD_CODE)) === true)
}

/** Holds a card by touch at a point until it is taken. Returns what moves the finger, and lifts it. */
export async function holdByTouch(page: Page, x: number, y: number) {
  await waitForDragging(page)
  const session = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: points })
  await touch('touchStart', [{ x, y }])
  await page.locator('.card.sortable-chosen').waitFor()
  return { moveTo: (x: number, y: number) => touch('touchMove', [{ x, y }]), lift: () => touch('touchEnd', []) }
}

/**
 * Drags a card by mouse onto the upper part of the element `target` (a selector), also if the code for dragging is not
 * there yet. `before` runs before it is dropped.
 */
export async function dragAtOnce(
  page: Page,
  title: string,
  target: string,
  before = async () => {},
  steps = 12,
): Promise<void> {
  const card = cardNamed(page, title)
  const { height = 0 } = (await card.boundingBox()) ?? {}
  await card.hover({ position: { x: 40, y: height / 2 } }) // once it has stopped moving
  const from = await card.boundingBox()
  const to = await page.locator(target).boundingBox()
  if (!from || !to) throw new Error(`${title} or ${target} is not visible`)
  await page.mouse.down()
  await page.mouse.move(from.x + 60, from.y + from.height / 2 + 12, { steps: 3 })
  await page.mouse.move(to.x + 60, to.y + Math.min(24, to.height / 2), { steps })
  await before()
  await page.mouse.up()
}

/** As `dragAtOnce`, when cards can be dragged. */
export const drag = async (...how: Parameters<typeof dragAtOnce>): Promise<void> => {
  await waitForDragging(how[0])
  await dragAtOnce(...how)
}

/** Holds back the page's requests to an address until the returned function is called. */
export async function holdBack(page: Page, address: string | RegExp): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  await page.route(address, (route) => promise.then(() => route.continue()))
  return resolve
}

/**
 * Starts a proxy to the server that can be cut, until the end of the story. (A browser's offline mode does not end
 * sockets that are open.)
 */
export async function startProxy(url: string) {
  const { port } = new URL(url)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(Number(port), '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          open.delete(one)
          other.destroy()
        })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    mend: () => {
      isCut = false
    },
  }
}
