import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type Account,
  apiOf,
  cardNamed,
  columnsOf,
  enter,
  holdBack,
  newAccount,
  openBoard,
  startProxy,
  waitForAnnouncement,
  waitForColumn,
  waitForParts,
  waitUntil,
} from './scene.ts'
import { type Appearance, openSeat } from './seats.ts'

/** What fits a screen and a page of paper, where the focus goes, and what fast hands do. */

const url = inject('site')
const PHONE: Appearance = { viewport: { width: 390, height: 844 } }
const LONG_LINE = 'const line = '.repeat(60)
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)

/** A board of Ada's with cards in "To do", which she has open. `ids`: the ids of the cards by title. */
async function openCards(titles: string[], look?: Appearance, site = url) {
  const { id: project } = await api('/projects', { body: { name: 'Apollo' } })
  const ids: Record<string, string> = {}
  for (const title of titles)
    ids[title] = (await api('/tasks', { body: { project_id: project, title, status: 'todo' } })).id
  const seat = await openSeat(site, look)
  await enter(seat, ada)
  await openBoard(seat, project)
  return { page: seat.page, project, ids }
}

const openCard = async (page: Page, title: string) => {
  await cardNamed(page, title).getByRole('link').press('Enter')
  await page.getByRole('textbox', { name: 'Title', exact: true }).waitFor()
}
const focusedCard = (page: Page) => page.evaluate('document.activeElement.closest("[data-title]")?.dataset.title')
const waitForFocus = (page: Page, title: string) =>
  waitUntil(`${title} has the focus`, async () => (await focusedCard(page)) === title)

/** Makes each answer of the server take `ms` longer. */
async function slowDown(page: Page, ms: number) {
  const session = await page.context().newCDPSession(page)
  const network = { offline: false, latency: ms, downloadThroughput: -1, uploadThroughput: -1 }
  await session.send('Network.emulateNetworkConditions', network)
}

/** Makes the server refuse requests to `path` of a method with a problem. */
const refuse = (page: Page, method: string, path: string, problem: object) =>
  page.route(`**${path}`, (route) =>
    route.request().method() === method
      ? route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) })
      : route.fallback(),
  )

describe('a long line of code', () => {
  it.each([['desktop', {}] as const, ['phone', PHONE] as const])('scrolls in a box on a %s', async (_name, look) => {
    const { page, ids } = await openCards(['Write the program'], look)
    const description = `\`\`\`\n${LONG_LINE}\n\`\`\``
    await api(`/tasks/${ids['Write the program']}`, { method: 'PATCH', body: { description } })
    await openCard(page, 'Write the program')
    await page.locator('.prose pre').waitFor()
    expect(await page.evaluate('(([p]) => p.scrollWidth > p.clientWidth)(document.querySelectorAll("pre"))')).toBe(true)
    const overflow = '(e => e.scrollWidth - e.clientWidth)(document.querySelector("dialog"))'
    expect(await page.evaluate(overflow)).toBe(0)
  })
})

describe('a checklist', () => {
  it('keeps all items that are typed quickly, in order', async () => {
    const { page, ids } = await openCards(['Write the program'])
    await api(`/tasks/${ids['Write the program']}/checklists`, { body: { title: 'Before launch' } })
    await openCard(page, 'Write the program')
    const field = page.getByLabel('Add an item to Before launch')
    await field.focus()
    await slowDown(page, 300)
    for (const text of ['ab', 'cd', 'ef']) {
      await page.keyboard.type(text)
      await page.keyboard.press('Enter')
    }
    const items = page.locator('.items label')
    await waitUntil('there are three', async () => (await items.count()) === 3)
    expect(await items.allTextContents()).toEqual(['ab', 'cd', 'ef'])
    expect(await field.inputValue()).toBe('')
  })

  it('keeps the second of two quick clicks on an item, and never shows an older state', async () => {
    const { page, ids } = await openCards(['Write the program'])
    const path = `/tasks/${ids['Write the program']}/checklists`
    const { id: list } = await api(path, { body: { title: 'Before launch' } })
    const { id } = await api(`/checklists/${list}/items`, { body: { text: 'Fuel' } })
    await openCard(page, 'Write the program')
    const box = page.getByRole('checkbox', { name: 'Fuel' })
    await box.waitFor()
    await slowDown(page, 300)
    let sent = 0
    page.on('request', (request) => {
      if (request.method() === 'PATCH') sent += 1
    })
    const isDone = async () => (await api(path)).items[0].items.find((item: any) => item.id === id).done
    await box.click()
    await box.click()
    await waitUntil('both are sent', () => sent === 2)
    await waitUntil('it is not done', async () => !(await isDone()))
    // From the click on, the box is never seen without its tick, also after the answer.
    const seen = `new Promise((done) => { const box = document.querySelector('.items input'); const states = []
      const look = () => { states.push(box.checked); states.length < 90 ? requestAnimationFrame(look) : done(states) }
      box.click(); look() })`
    expect(new Set((await page.evaluate(seen)) as boolean[])).toEqual(new Set([true]))
    await waitUntil('it is done', isDone)
  })
})

describe('a card that somebody archives', () => {
  it('stays open with the text that is typed in it', async () => {
    const { page, ids } = await openCards(['Plan'])
    const path = `/tasks/${ids.Plan}`
    await api(`${path}/checklists`, { body: { title: 'Before launch' } })
    await openCard(page, 'Plan')
    await page.getByLabel('Add an item to Before launch').fill('Half an it')
    const title = page.getByRole('textbox', { name: 'Title', exact: true })
    await title.fill('Half a ti')
    await api(path, { method: 'PATCH', body: { archived_at: new Date().toISOString() } })
    await page.getByText('This card is archived').waitFor()
    expect(await page.getByLabel('Add an item to Before launch').inputValue()).toBe('Half an it')
    expect(await title.inputValue()).toBe('Half a ti')
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Title')
    expect((await api(path)).title).toBe('Plan')
  })

  it('closes the dialog that moves it, with a note that it was not moved', async () => {
    const { page, ids } = await openCards(['Plan'])
    await page.getByRole('button', { name: 'Move Plan' }).click()
    await page.getByRole('dialog').waitFor()
    await api(`/tasks/${ids.Plan}`, { method: 'PATCH', body: { archived_at: new Date().toISOString() } })
    await page.locator('.note', { hasText: '“Plan” was not moved: the card or the column is no longer' }).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })
})

describe('the dialog that moves a card', () => {
  it('preselects the current position of the card', async () => {
    const { page } = await openCards(['One', 'Two', 'Three', 'Four'])
    await page.getByRole('button', { name: 'Move Three' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Position').locator('option:checked').textContent()).toBe('After “Two”')
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await waitForColumn(page, 'todo', ['One', 'Two', 'Three', 'Four'])
  })
})

describe('the focus', () => {
  it('moves to the next card after one is archived or deleted, and to the page after the last one', async () => {
    const { page } = await openCards(['One', 'Two', 'Three'])
    await openCard(page, 'Two')
    await page.getByRole('button', { name: 'Archive card' }).press('Enter')
    await waitForFocus(page, 'Three')
    const remove = async (title: string) => {
      await openCard(page, title)
      await page.getByRole('button', { name: 'Delete card' }).press('Enter')
      await page.getByRole('button', { name: 'Delete', exact: true }).press('Enter')
    }
    await remove('Three')
    await waitForFocus(page, 'One')
    await remove('One')
    await waitUntil('the page has it', async () => (await page.evaluate('document.activeElement.id')) === 'content')
  })
})

describe('the focus in a list', () => {
  it('moves to the next link after one is withdrawn, and to the content of the page after the last one', async () => {
    const { page, project } = await openCards([])
    for (const report of ['calendar', 'activity'])
      await api('/reports/links', { body: { project_id: project, report, query: {}, expires_in: 86_400 } })
    await page.goto(`/#/projects/${project}/reports`)
    const buttons = page.getByRole('button', { name: 'Withdraw the link' })
    await waitUntil('both are there', async () => (await buttons.count()) === 2)
    const second = await buttons.last().getAttribute('aria-label')
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true })
    await buttons.first().press('Enter')
    await confirm.press('Enter')
    const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label")')
    await waitUntil('the other one has it', async () => (await focused()) === second)
    await page.keyboard.press('Enter')
    await confirm.press('Enter')
    await waitUntil('the last is gone', async () => (await buttons.count()) === 0)
    const isInContent = () => page.evaluate("document.activeElement.closest('#content') !== null")
    await waitUntil('the content has it', async () => (await isInContent()) === true)
  })
})

describe('a card opened offline', () => {
  it('is shown even if no card was opened before', async () => {
    const proxy = await startProxy(url)
    const { page } = await openCards(['Plan'], {}, proxy.url)
    await waitForParts(page)
    proxy.cut()
    await page.locator('.state.offline').waitFor()
    await openCard(page, 'Plan')
    await page.getByRole('dialog').locator('.told', { hasText: 'You are offline.' }).waitFor()
  })

  it('is shown when the network is back if its code was not loaded before', async () => {
    const proxy = await startProxy(url)
    const seat = await openSeat(proxy.url)
    const { page } = seat
    await page.route('**/assets/dialog-*.js', (route) => route.abort())
    const { id: project } = await api('/projects', { body: { name: 'Apollo' } })
    await api('/tasks', { body: { project_id: project, title: 'Plan', status: 'todo' } })
    await enter(seat, ada)
    await openBoard(seat, project)
    proxy.cut()
    await page.locator('.state.offline').waitFor()
    await cardNamed(page, 'Plan').getByRole('link').click()
    await page.getByRole('dialog').getByText('perhaps you are offline').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await cardNamed(page, 'Plan').getByRole('link').click()
    await page.getByRole('dialog').getByText('perhaps you are offline').waitFor()
    await page.unroute('**/assets/dialog-*.js')
    proxy.mend()
    await page.getByRole('textbox', { name: 'Title', exact: true }).waitFor()
  })
})

it('does not move the buttons of a card while its parts are loaded', async () => {
  const { page, ids } = await openCards(['Plan'])
  const path = `/tasks/${ids.Plan}`
  await api(`${path}/comments`, { body: { body: 'First\n\n'.repeat(40) } })
  await api(`${path}/checklists`, { body: { title: 'Before launch' } })
  const answer = await holdBack(page, new RegExp(`${path}/`))
  await openCard(page, 'Plan')
  const places = () =>
    Promise.all(
      ['Archive card', 'Delete card'].map((name) => page.getByRole('button', { name, exact: true }).boundingBox()),
    )
  const before = await places()
  answer()
  await page.getByRole('button', { name: 'Stop watching' }).waitFor()
  await page.locator('.comment').waitFor()
  await page.getByText('Before launch', { exact: true }).waitFor()
  expect(before).not.toContain(null)
  expect(await places()).toEqual(before)
})

it('shows the rest of a card after five seconds when a part of it is still loading', async () => {
  const { page, ids } = await openCards(['Plan'])
  const answer = await holdBack(page, `**/tasks/${ids.Plan}/checklists*`)
  await openCard(page, 'Plan')
  const field = page.getByRole('textbox', { name: 'Write a comment' })
  expect(await field.count()).toBe(0)
  await field.fill('Not held up')
  answer()
  await page.getByRole('button', { name: 'New checklist' }).waitFor()
  expect(await field.inputValue()).toBe('Not held up')
})

const WATCH_SHIFTS = `window.shifts = []
  const nameOf = (node) => node?.nodeType === 1 ? node.tagName + '.' + node.className : node?.nodeName
  const note = (entries) => entries.forEach(({ value, sources }) => value > 0.002 &&
    shifts.push(sources.map(({ node, previousRect: from, currentRect: to }) => nameOf(node) + ' from ' +
      [from.x, from.y].map(Math.round) + ' to ' + [to.x, to.y].map(Math.round)).join(', ')))
  const observer = new PerformanceObserver((list) => note(list.getEntries()))
  observer.observe({ type: 'layout-shift', buffered: true })
  window.shiftsSoFar = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    note(observer.takeRecords())
    resolve(shifts)
  })))`

/** What moves while each of these pages is loaded, by the path of the page. */
async function shiftsOn(page: Page, paths: string[]): Promise<Record<string, string[]>> {
  await page.addInitScript(WATCH_SHIFTS)
  await slowDown(page, 150)
  const seen: Record<string, string[]> = {}
  for (const path of paths) {
    await page.goto('about:blank')
    await page.goto(`/#/${path}`)
    await page.locator('main > *').first().waitFor()
    await page.waitForLoadState('networkidle')
    const loading = page.locator('.loading-note, [aria-busy=true]')
    await waitUntil('nothing is loading', async () => (await loading.count()) === 0)
    const shifts = (await page.evaluate('shiftsSoFar()')) as string[]
    if (shifts.length > 0) seen[path] = shifts
  }
  return seen
}

it.each([['desktop', {}] as const, ['phone', PHONE] as const])(
  'moves nothing on a %s while the parts of a page are loaded',
  async (_name, look) => {
    const { page, project, ids } = await openCards(['Plan', 'Fuel it'], look)
    const task = `/tasks/${ids.Plan}`
    await api(task, {
      method: 'PATCH',
      body: { description: 'By hand', due_date: '2099-01-01', assignee_ids: [ada.id] },
    })
    await api(`${task}/comments`, { body: { body: 'First\n\n'.repeat(9) } })
    await api(`${task}/links`, { body: { kind: 'relates', task_id: ids['Fuel it'] } })
    const { id: list } = await api(`${task}/checklists`, { body: { title: 'Before launch' } })
    await api(`/checklists/${list}/items`, { body: { text: 'Fuel' } })
    const own = ['', `/cards/${ids.Plan}`, '/members', '/reports', '/trash', '/settings']
    const paths = own.map((part) => `projects/${project}${part}`)
    expect(await shiftsOn(page, [...paths, '', 'mine', 'settings', 'help', 'import'])).toEqual({})
    const host = await openSeat(url, look)
    await enter(host, inject('administrator'))
    expect(await shiftsOn(host.page, ['people'])).toEqual({})
  },
)

it('does not move the board on a phone when somebody else opens it', async () => {
  const { page, project } = await openCards(['Plan'], PHONE)
  const grace = await newAccount(url, 'Grace Hopper')
  await api(`/projects/${project}/members`, { body: { user_id: grace.id, role: 'editor' } })
  const before = await cardNamed(page, 'Plan').boundingBox()
  const hers = await openSeat(url)
  await enter(hers, grace)
  await openBoard(hers, project)
  await page.locator('.here .avatar').waitFor()
  expect(before).not.toBe(null)
  expect(await cardNamed(page, 'Plan').boundingBox()).toEqual(before)
})

it('says that a board or settings page opened offline could not be loaded, and shows it when the network is back', async () => {
  const proxy = await startProxy(url)
  const { id } = await api('/projects', { body: { name: 'Mercury' } })
  const { page, project } = await openCards([], {}, proxy.url)
  const told = page.getByRole('status').getByText('perhaps you are offline')
  await page.goto(`/#/projects/${project}/settings`)
  await page.getByRole('heading', { name: 'Columns' }).waitFor() // its code is loaded
  proxy.cut()
  for (const part of ['', '/settings']) {
    await page.goto('/#/help')
    await page.goto(`/#/projects/${id}${part}`)
    await told.waitFor()
  }
  proxy.mend()
  await page.getByRole('heading', { name: 'Columns' }).waitFor()
})

describe('changes that are refused', () => {
  it('leave room for the board, however many there are, and can be dismissed together', async () => {
    const { page } = await openCards(Array.from({ length: 14 }, (_, i) => `Card ${i}`))
    await refuse(page, 'POST', '/tasks/bulk', { code: 'forbidden', title: 'You may not do this', status: 409 })
    for (let i = 0; i < 14; i++) {
      await openCard(page, `Card ${i}`)
      await page.getByRole('dialog').getByLabel('Priority').selectOption('Urgent')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await page.getByText('14 changes were not done').waitFor()
    const { height } = (await page.locator('.column').first().boundingBox()) ?? { height: 0 }
    expect(height).toBeGreaterThan(250)
    await page.getByRole('button', { name: 'Dismiss all' }).click()
    await page.locator('.refusals').waitFor({ state: 'detached' })
  })

  it('show both values with the names that the board uses', async () => {
    const { page } = await openCards(['Plan'])
    const year = new Date().getFullYear() + 1 // a day of this year is shown without it
    const conflicts = {
      due_date: { yours: null, theirs: `${year}-05-05` },
      priority: { yours: 'urgent', theirs: 'none' },
      assignee_ids: { yours: [ada.id], theirs: [] },
      title: { yours: 'mine '.repeat(99), theirs: 'theirs '.repeat(70) },
    }
    await refuse(page, 'POST', '/tasks/bulk', { code: 'edit_conflict', title: 'Conflict', status: 409, conflicts })
    await openCard(page, 'Plan')
    await page.getByRole('dialog').getByLabel('Priority').selectOption('Urgent')
    await page.keyboard.press('Escape')
    const values = page.locator('.conflicts dd')
    await values.first().waitFor()
    expect(await values.allTextContents()).toEqual([
      'Yours: None',
      `Theirs: 5 May ${year}`,
      'Yours: Urgent',
      'Theirs: No priority',
      'Yours: Ada Lovelace',
      'Theirs: None',
      `Yours: ${'mine '.repeat(99)}`,
      `Theirs: ${'theirs '.repeat(70)}`,
    ])
    const unreachable = `[...document.querySelectorAll('.refusals *')].filter(
      (e) => e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflowY === 'auto' && e.tabIndex < 0).length`
    expect(await page.evaluate(unreachable)).toBe(0)
  })

  it('show the text that would be lost by dismissing them', async () => {
    const { page } = await openCards(['Plan'])
    await refuse(page, 'POST', '/tasks/*/comments', { code: 'forbidden', title: 'You may not do this', status: 409 })
    await openCard(page, 'Plan')
    await page.getByLabel('Write a comment').fill('A long thought')
    await page.getByRole('button', { name: 'Comment', exact: true }).click()
    await page.keyboard.press('Escape')
    await page.locator('.refusals', { hasText: 'A long thought' }).waitFor()
  })
})

describe('a filter', () => {
  it('moves a card past hidden cards to the next visible one', async () => {
    const { page } = await openCards(['Fix one', 'Hidden', 'Fix two', 'Fix three'])
    await page.getByLabel('Filter cards').fill('Fix')
    await waitForColumn(page, 'todo', ['Fix one', 'Fix two', 'Fix three'])
    await cardNamed(page, 'Fix one').getByRole('link').press('Control+ArrowDown')
    await waitForColumn(page, 'todo', ['Fix two', 'Fix one', 'Fix three'])
    await waitForAnnouncement(page, 'Moved Fix one to')
    await cardNamed(page, 'Fix three').getByRole('link').press('Control+ArrowUp')
    await waitForColumn(page, 'todo', ['Fix two', 'Fix three', 'Fix one'])
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await waitForColumn(page, 'todo', ['Hidden', 'Fix two', 'Fix three', 'Fix one'])
  })

  it('stays active when the user returns to the board, and after a reload', async () => {
    const { page } = await openCards(['Fix one', 'Another'])
    await page.getByLabel('Filter cards').fill('Fix')
    await waitForColumn(page, 'todo', ['Fix one'])
    await page.getByRole('link', { name: 'Members' }).click()
    await page.getByRole('heading', { name: 'Members', exact: true }).waitFor()
    await page.goBack()
    await waitForColumn(page, 'todo', ['Fix one'])
    await page.reload()
    await waitForColumn(page, 'todo', ['Fix one'])
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.reload()
    await waitForColumn(page, 'todo', ['Fix one', 'Another'])
  })

  it('loads further cards that may match, and says how many are not loaded when that fails', async () => {
    const titles = Array.from({ length: 101 }, (_, i) => `Card ${i}`)
    const { page } = await openCards(titles)
    await refuse(page, 'GET', '/tasks?*cursor=*', { status: 409, code: 'conflict', title: 'Not now' })
    await page.getByLabel('Filter cards').fill('card 10')
    await page.getByText('1 of 100 loaded cards (101 in all)').waitFor()
    await page.getByText('100 of 101 cards are loaded').waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Load 1 more' }).click()
    await page.getByText('2 of 101 cards').waitFor()
    await page.reload()
    await page.getByLabel('Filter cards').fill('card 100')
    await waitForColumn(page, 'todo', ['Card 100'])
    await page.getByText('1 of 101 cards').waitFor()
    await waitForAnnouncement(page, '1 of 101 cards')
  })
})

describe('texts and names', () => {
  it('start at the right in Arabic', async () => {
    const { page } = await openCards(['مرحبا بالعالم'])
    const gap = `(() => { const link = document.querySelector('.card a'); const text = document.createRange()
      text.selectNodeContents(link)
      const padding = parseFloat(getComputedStyle(link).paddingRight)
      return link.getBoundingClientRect().right - padding - text.getBoundingClientRect().right })()`
    expect(Math.abs(Number(await page.evaluate(gap)))).toBeLessThan(2)
  })

  it('wrap beside a checkbox without covering others when they are long', async () => {
    const long = `${'Wolfeschlegelsteinhausen'.repeat(3)} and some more words that are wrapped`
    const { page, project } = await openCards(['Plan'], PHONE)
    await api(`/projects/${project}`, { method: 'PATCH', body: { name: long.slice(0, 100) } })
    for (const end of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])
      await api(`/projects/${project}/labels`, { body: { name: `${long.slice(0, 70)} ${end}`, color: '#2f6fdd' } })
    await openCard(page, 'Plan')
    await waitUntil('all are there', async () => (await page.locator('.picks .chip').count()) === 8)
    const covers = `[...document.querySelectorAll('.picks label')].filter((label) =>
      label.lastElementChild.getBoundingClientRect().bottom > label.getBoundingClientRect().bottom + 1 ||
      label.nextElementSibling?.getBoundingClientRect().top < label.getBoundingClientRect().bottom - 1).length`
    expect(await page.evaluate(covers)).toBe(0)
    await page.keyboard.press('Escape')
    await page.goto('/#/settings')
    await page.locator('label', { hasText: 'Wolfeschlegel' }).first().waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })
})

describe('in print', () => {
  it('a column shows all its loaded cards, and an open card shows its whole text', async () => {
    const titles = Array.from({ length: 60 }, (_, i) => `Card ${i}`)
    const { page, ids } = await openCards(titles)
    const description = Array.from({ length: 80 }, (_, i) => `Paragraph ${i}`).join('\n\n')
    await api(`/tasks/${ids['Card 0']}`, { method: 'PATCH', body: { description } })
    await page.emulateMedia({ media: 'print' })
    await page.evaluate('void dispatchEvent(new Event("beforeprint"))')
    await waitUntil('all are drawn', async () => (await columnsOf(page)).todo?.length === 60)
    const isCut = `[...document.querySelectorAll('.shell, .columns, .column, .cards, dialog')].some(
      (e) => getComputedStyle(e).overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 1)`
    expect(await page.evaluate(isCut)).toBe(false)
    const bottom = `document.querySelector('[data-title="Card 59"]').getBoundingClientRect().bottom`
    expect(await page.evaluate(`${bottom} <= document.documentElement.scrollHeight`)).toBe(true)
    await page.evaluate('void dispatchEvent(new Event("afterprint"))')
    await openCard(page, 'Card 0')
    await page.getByText('Paragraph 79').waitFor()
    expect(await page.evaluate(isCut)).toBe(false)
    expect(await page.locator('.columns .card').first().isVisible()).toBe(false)
  })
})
