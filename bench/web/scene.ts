import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { CHROMIUM } from '../../test/support/clients.ts'
import { startDev } from '../../test/support/dev.ts'

/** What is measured must not be stopped by limits. */
const SETTINGS = {
  LIMIT_ADDRESS: '1000000/60',
  LIMIT_USER: '1000000/60',
  SCRYPT_LOG2_N: '10',
  LOGIN_REFUSAL_MS: '0',
}
const PASSWORD = 'correct horse battery'
export const COLUMNS = ['todo', 'in_progress', 'review', 'done']
/** The most operations that one bulk may have. */
const BULK = 100

export type Person = { id: string; email: string; token: string }
export type Site = { url: string; browser: Browser; ada: Person; grace: Person; close(): Promise<void> }

export async function call<T>(site: { url: string }, token: string, method: string, path: string, body?: object) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const answer = await fetch(`${site.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

async function register(url: string, name: string): Promise<Person> {
  const email = `${name.toLowerCase()}@example.com`
  const body = JSON.stringify({ email, name, password: PASSWORD })
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${url}/auth/register`, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error(`The registration was answered with ${answer.status}: ${await answer.text()}`)
  const { user, tokens } = (await answer.json()) as { user: { id: string }; tokens: { access: string } }
  return { id: user.id, email, token: tokens.access }
}

/** Starts `npm run dev`, registers two people, and starts a browser. */
export async function openSite(): Promise<Site> {
  const dev = await startDev(SETTINGS)
  const [ada, grace] = [await register(dev.url, 'Ada'), await register(dev.url, 'Grace')]
  const browser = await chromium.launch({ ...(CHROMIUM && { executablePath: CHROMIUM }), args: ['--no-sandbox'] })
  const close = async () => {
    await browser.close()
    await dev.stop()
  }
  return { url: dev.url, browser, ada, grace, close }
}

const WORDS = 'write test draw weld paint check launch guide land radar suit engine valve capsule parachute'.split(' ')
const titleOf = (n: number) =>
  `${n} ${Array.from({ length: 2 + (n % 9) }, (_, i) => WORDS[(n * 7 + i * 5) % 15]).join(' ')}`

type Columns = { columns: { key: string; tasks: { id: string }[] }[] }
/** A board, and the first cards of each of its columns. */
export type BigBoard = { id: string; top: Record<string, string[]> }

/** Makes a board of both people with `cards` cards: some have labels, dates, assignees and priorities. */
export async function makeBoard(site: Site, name: string, cards: number): Promise<BigBoard> {
  const { ada, grace } = site
  const { id } = await call<{ id: string }>(site, ada.token, 'POST', '/projects', { name })
  await call(site, ada.token, 'POST', `/projects/${id}/members`, { user_id: grace.id, role: 'contributor' })
  const label = await call<{ id: string }>(site, ada.token, 'POST', `/projects/${id}/labels`, { name: 'Hardware' })
  for (let from = 0; from < cards; from += BULK) {
    const operations = Array.from({ length: Math.min(BULK, cards - from) }, (_, i) => {
      const n = from + i
      return {
        op: 'create',
        title: titleOf(n),
        status: COLUMNS[n % COLUMNS.length],
        ...(n % 3 === 0 && { label_ids: [label.id] }),
        ...(n % 4 === 0 && { due_date: '2099-12-20' }),
        ...(n % 5 === 0 && { assignee_ids: [ada.id, grace.id] }),
        ...(n % 6 === 0 && { priority: 'high' }),
      }
    })
    await call(site, ada.token, 'POST', '/tasks/bulk', { project_id: id, operations })
  }
  const board = await call<Columns>(site, ada.token, 'GET', `/projects/${id}/board`)
  return { id, top: Object.fromEntries(board.columns.map(({ key, tasks }) => [key, tasks.map(({ id }) => id)])) }
}

export type Seat = { context: BrowserContext; page: Page; cdp: CDPSession }

/** Signs Ada in, and waits for her list of projects. `init`: a script that runs first in each page. */
export async function signIn({ url, browser, ada }: Site, init = ''): Promise<Seat> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 } })
  await context.addInitScript(init)
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
  return { context, page, cdp: await context.newCDPSession(page) }
}

/** Another page of the same browser: its cache and its session are warm. */
export async function newPage({ context }: Seat): Promise<Seat> {
  const page = await context.newPage()
  return { context, page, cdp: await context.newCDPSession(page) }
}

export const slowDown = ({ cdp }: Seat, times: number) => cdp.send('Emulation.setCPUThrottlingRate', { rate: times })

export async function slowNetwork({ cdp }: Seat, latency: number): Promise<void> {
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false,
    latency,
    downloadThroughput: -1,
    uploadThroughput: -1,
  })
}

/** Waits until an expression holds in the page. (`waitForFunction` needs `eval`, which the page's policy refuses.) */
export async function waitUntil(page: Page, expression: string, timeout_ms = 20_000): Promise<void> {
  for (const end = Date.now() + timeout_ms; !(await page.evaluate(expression)); ) {
    if (Date.now() > end) throw new Error(`Not within ${timeout_ms} ms: ${expression}`)
    await new Promise((next) => setTimeout(next, 50))
  }
}
