import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Account, call, enter, newAccount, openBoard, waitUntil } from './scene.ts'
import { openSeat } from './seats.ts'

/**
 * Checks each view with axe, in light and dark; those of SMALL also on narrow screens. SCREENSHOTS: a folder for
 * pictures of them.
 */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const { SCREENSHOTS } = process.env

const url = inject('site')
let ada: Account
let board: string
let card: string

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
  const grace = await newAccount(url, 'Grace Hopper')
  const api = (path: string, body: object, method = 'POST', token = ada.token) =>
    call(url, path, { token, body, method })
  board = (await api('/projects', { name: 'Apollo', description: 'To the Moon and back' })).id
  await api('/projects', { name: 'Gemini' })
  await api(`/projects/${board}/members`, { user_id: grace.id, role: 'contributor' })
  const label = await api(`/projects/${board}/labels`, { name: 'Guidance', color: '#ffe14d' })
  await api(`/projects/${board}/columns/in_progress`, { wip_limit: 1, wip_mode: 'block' }, 'PATCH')
  const newTask = (fields: object) => api('/tasks', { project_id: board, ...fields })
  const full = { priority: 'urgent', assignee_ids: [ada.id, grace.id], label_ids: [label.id], due_date: '2026-01-20' }
  const description =
    '# Aim\n\nLand **softly**.\n\n- [x] lunar module\n\n```\nWAITLIST\n```\n\n[a link](https://example.com)'
  card = (await newTask({ title: 'Write the guidance program', description, ...full })).id
  await newTask({ title: 'Test the landing radar', priority: 'high', due_date: '2099-12-20' })
  await newTask({ title: 'Sew the suits', status: 'in_progress', assignee_ids: [grace.id] })
  await newTask({ title: 'Paint the roll pattern', status: 'done', priority: 'low' })
  const { id: old } = await newTask({ title: 'Choose the launch pad' })
  await api(`/tasks/${old}`, { archived_at: '2026-01-20T00:00:00.000Z' }, 'PATCH')
  const { id: wrong } = await newTask({ title: 'Buy a balloon' })
  await call(url, `/tasks/${wrong}`, { token: ada.token, method: 'DELETE' })
  await api(
    `/tasks/${card}/comments`,
    { body: `I have *checked* it, @[Ada Lovelace](user:${ada.id}).` },
    'POST',
    grace.token,
  )
  const hook = { url: 'http://127.0.0.1:9/nobody', description: 'Chat', actions: ['checklist.created', 'task.moved'] }
  await api(`/projects/${board}/webhooks`, hook) // nobody listens there
  const list = await api(`/tasks/${card}/checklists`, { title: 'Before launch' })
  await api(`/checklists/${list.id}/items`, { text: 'Simulate an abort' })
  await waitUntil('a delivery has failed', async () => {
    const { items } = await call(url, `/projects/${board}/webhooks`, { token: ada.token })
    return items[0].failing_since !== null
  })
})

const go = async (page: Page, path: string, sign: string) => {
  await page.goto(`/#/${path}`)
  await page.locator(sign).first().waitFor()
}

/** A CSV file, as exported by another product. */
const BOARD = {
  name: 'board.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from('Title,Status,Assignee,Start\nSew,Doing,Grace,\nTest,Somewhere,,soon\n'),
}

/** For each view, how to open it. */
const VIEWS: Record<string, (page: Page) => Promise<void>> = {
  projects: (page) => go(page, '', '.project'),
  board: (page) => go(page, `projects/${board}`, '.state.live'),
  card: async (page) => {
    await go(page, `projects/${board}/cards/${card}`, '.comment .prose')
    await page.locator('.history li').first().waitFor()
  },
  move: async (page) => {
    await go(page, `projects/${board}`, '.state.live')
    await page.getByRole('button', { name: 'Move Sew the suits' }).press('Enter')
    await page.getByRole('dialog').waitFor()
  },
  column: async (page) => {
    await go(page, `projects/${board}`, '.state.live')
    await page.getByRole('button', { name: 'Edit column Done' }).click()
    await page.getByRole('dialog').waitFor()
  },
  transfer: async (page) => {
    await go(page, `projects/${board}/cards/${card}`, '.comment .prose')
    await page.getByRole('button', { name: 'Move to another project' }).click()
    await page.getByRole('button', { name: 'Move the card' }).waitFor()
  },
  label: async (page) => {
    await go(page, `projects/${board}/settings`, '.chip')
    await page.getByRole('button', { name: 'Edit label Guidance' }).click()
    await page.getByRole('dialog').waitFor()
  },
  search: async (page) => {
    await go(page, `projects/${board}`, '.state.live')
    await page.keyboard.press('/')
    await page.getByRole('searchbox', { name: 'Search' }).fill('landing')
    await page.locator('.results li').first().waitFor()
  },
  inbox: async (page) => {
    await go(page, `projects/${board}`, '.state.live')
    await page.getByRole('button', { name: /^Inbox/ }).click()
    await page.locator('.inbox li').first().waitFor()
  },
  mine: (page) => go(page, 'mine', '.rows li'),
  members: (page) => go(page, `projects/${board}/members`, '.rows li'),
  reports: (page) => go(page, `projects/${board}/reports`, '.picture img'),
  trash: (page) => go(page, `projects/${board}/trash`, '.rows li'),
  setup: (page) => go(page, `projects/${board}/settings`, '[aria-labelledby=webhooks] li'),
  webhook: async (page) => {
    await go(page, `projects/${board}/settings`, '[aria-labelledby=webhooks] li')
    await page.getByRole('button', { name: 'Edit: http' }).click()
    await page.getByRole('dialog').waitFor()
  },
  deliveries: async (page) => {
    await go(page, `projects/${board}/settings`, '[aria-labelledby=webhooks] li')
    await page.getByRole('button', { name: 'Deliveries: http' }).click()
    await page.getByRole('dialog').getByText('could not be reached').first().waitFor()
  },
  settings: (page) => go(page, 'settings', 'main[aria-label="Settings"] .panel .rows li'),
  help: (page) => go(page, 'help', 'article h1'),
  import: async (page) => {
    await go(page, 'import', 'input[type=file]')
    await page.getByLabel('File').setInputFiles(BOARD)
    await page.getByRole('button', { name: 'Import 2 cards' }).waitFor()
  },
}

async function look(page: Page, name: string): Promise<unknown[]> {
  if (SCREENSHOTS) {
    mkdirSync(SCREENSHOTS, { recursive: true })
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }
  // Parts that are hidden while others load are not checked.
  await page.locator('.loading-note, [aria-busy=true]').first().waitFor({ state: 'detached' })
  await page.evaluate(AXE)
  const { violations } = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(TAGS)} })`)) as { violations: any[] }
  return violations.map(
    ({ id, nodes }) => `${name}: ${id} ${nodes.map((node: any) => node.html.slice(0, 160)).join(' | ')}`,
  )
}

const ALL = Object.keys(VIEWS)

/** Views that only an administrator has, or that are opened by a recovery link. */
const ADMIN_VIEWS: Record<string, (page: Page) => Promise<void>> = {
  people: async (page) => {
    await go(page, 'people', 'h1')
    await page.getByLabel('E-mail', { exact: true }).fill(`${crypto.randomUUID()}@example.com`)
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByLabel('Link').waitFor()
  },
  recover: (page) => go(page, 'recover/token', 'h2'),
}
/** Views that have a different layout on a small screen. */
const SMALL = ['projects', 'mine', 'setup', 'webhook', 'deliveries', 'board', 'card', 'reports', 'settings']
const LOOKS = [
  ['light', ALL, { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark', ALL, { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
  [
    'narrow',
    SMALL,
    { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true, reducedMotion: 'reduce' },
  ],
  ['zoomed', SMALL, { colorScheme: 'dark', viewport: { width: 640, height: 400 } }], // 1280 × 800 at 200 %
] as const

describe.each(LOOKS)('the web board (%s)', (name, views, given) => {
  it('has no accessibility fault, no overflow and no policy violation in any view', async () => {
    const taken = await openSeat(url, given)
    const found = await look(taken.page, `${name}-sign-in`)
    await enter(taken, ada)
    for (const view of views) {
      await VIEWS[view]?.(taken.page)
      found.push(...(await look(taken.page, `${name}-${view}`)))
      const wide = await taken.page.evaluate('document.documentElement.scrollWidth - innerWidth')
      if (Number(wide) > 0) found.push(`${name}-${view}: the page is ${wide} pixels too wide`)
      const dialogs = taken.page.locator('dialog')
      for (let last = (await dialogs.count()) - 1; last >= 0; last -= 1) {
        await dialogs.nth(last).getByRole('button', { name: 'Close' }).click()
        await dialogs.nth(last).waitFor({ state: 'detached' })
      }
    }
    await taken.context.close()
    expect([...found, ...taken.faults]).toEqual([])
  })
})

it.each(['light', 'dark'] as const)(
  'has no accessibility fault in the views of an administrator (%s)',
  async (colorScheme) => {
    const taken = await openSeat(url, { colorScheme })
    await enter(taken, inject('administrator'))
    const found: unknown[] = []
    for (const [name, come] of Object.entries(ADMIN_VIEWS)) {
      await come(taken.page)
      found.push(...(await look(taken.page, `${colorScheme}-${name}`)))
    }
    await taken.context.close()
    expect([...found, ...taken.faults]).toEqual([])
  },
)

it('names the Move button of each card after the title of the card', async () => {
  const taken = await openSeat(url)
  await enter(taken, ada)
  await openBoard(taken, board)
  const cards = await taken.page
    .locator('.card')
    .evaluateAll((all) =>
      all.map((item) => [(item as any).dataset.title, item.querySelector('.card-move')?.getAttribute('aria-label')]),
    )
  expect(cards.length).toBe(4)
  for (const [title, label] of cards) expect(label).toBe(`Move ${title}`)
  await taken.context.close()
})
