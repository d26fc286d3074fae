import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { CHROMIUM } from '../support/clients.ts'
import { TIMEOUT_MS } from './scene.ts'

/* The browser of a file's stories: a setup file of vitest. No story may end with a fault in one of its pages. */

/** `faults`: violations of the content security policy, and errors of scripts. No story may end with any. */
export type Seat = { page: Page; context: BrowserContext; faults: string[] }

export type Appearance = {
  colorScheme?: 'light' | 'dark'
  viewport?: { width: number; height: number }
  hasTouch?: boolean
  reducedMotion?: 'reduce'
}

const WATCH = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
  console.error('VIOLATION ' + violatedDirective + ' ' + blockedURI + ' ' + sample))`

/** Starts Chromium. `without`: those of playwright's arguments that it is not to have. */
export const launchBrowser = (without: string[] = []) =>
  chromium.launch({
    ...(CHROMIUM && { executablePath: CHROMIUM }),
    args: ['--no-sandbox'],
    ignoreDefaultArgs: without,
  })

let browser: Browser
let seats: Seat[] = []

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
})
afterEach(async () => {
  const ended = seats
  seats = []
  await Promise.all(ended.map(({ context }) => context.close()))
  const faults = ended.flatMap(({ faults }) => faults)
  expect(faults, 'violations of the policy, and errors of scripts').toEqual([])
})

/** Opens the start page in a new, empty context of a browser, until the end of the story. */
export async function openSeat(url: string, look: Appearance = {}, within = browser): Promise<Seat> {
  const context = await within.newContext({
    baseURL: url,
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    viewport: { width: 1280, height: 800 },
    ...look,
  })
  context.setDefaultTimeout(TIMEOUT_MS)
  const faults: string[] = []
  await context.addInitScript(WATCH)
  const page = await context.newPage()
  page.on('console', (message) => message.text().startsWith('VIOLATION') && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)))
  const seat = { page, context, faults }
  seats.push(seat)
  await page.goto('/')
  return seat
}
