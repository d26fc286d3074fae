import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { formatAgo } from '../../web/src/format.ts'
import {
  type Account,
  apiOf,
  cardNamed,
  enter,
  newAccount,
  openBoard,
  signIn,
  startProxy,
  waitForAnnouncement,
  waitForColumn,
  waitForDragging,
  waitUntil,
} from './scene.ts'
import { openSeat, type Seat } from './seats.ts'

/** What the page says, or does not say, when something happens that one does not see at once. */

const url = inject('site')
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)

/** A project of Ada with cards in "To do". `ids`: the ids of the cards by title. */
async function newProject(titles: string[] = []) {
  const { id } = await api('/projects', { body: { name: 'Apollo' } })
  const ids: Record<string, string> = {}
  for (const title of titles) ids[title] = (await api('/tasks', { body: { project_id: id, title, status: 'todo' } })).id
  return { id: id as string, ids }
}

async function pageOf(who: Account) {
  const seat = await openSeat(url)
  await enter(seat, who)
  return seat.page
}

async function pageAt(who: Account, project: string) {
  const page = await pageOf(who)
  await openBoard({ page } as Seat, project)
  return page
}

const deleteColumn = (project: string, key: string, target = 'done') =>
  api(`/projects/${project}/columns/${key}?move_to=${target}`, { method: 'DELETE' })

describe('signing out', () => {
  const PAGES = [
    ['', 'Apollo'],
    ['/members', 'Members'],
    ['/reports', 'Links for others'],
  ] as const
  it.each(PAGES)('at /projects/:id%s shows no message that the session has ended', async (part, heading) => {
    const { id } = await newProject()
    const page = await pageAt(ada, id)
    await page.goto(`/#/projects/${id}${part}`)
    await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.waitForTimeout(500) // the socket may end after the session
    expect(await page.getByText('You were signed out').count()).toBe(0)
    expect(new URL(page.url()).hash).toBe('#/')
    const grace = await newAccount(url, 'Grace Hopper')
    await page.getByLabel('E-mail').fill(grace.email)
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'No project yet' }).waitFor()
    expect(await page.locator('.note').count()).toBe(0)
  })

  it('asks for confirmation when changes are not confirmed, and keeps them for the next sign-in', async () => {
    const { id } = await newProject()
    const proxy = await startProxy(url)
    const seat = await openSeat(proxy.url)
    await signIn(seat, ada)
    await openBoard(seat, id)
    const { page } = seat
    proxy.cut()
    await page.getByText('Offline: changes are kept').waitFor()
    await page.getByRole('button', { name: 'Add a card to Review' }).click()
    await page.getByLabel('Title of the new card').fill('Made offline')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Projects' }).click()
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await dialog.getByText('1 change is not confirmed yet.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await dialog.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    proxy.mend()
    await signIn(seat, ada)
    await openBoard(seat, id)
    await waitForColumn(page, 'review', ['Made offline'])
  })
})

describe('an invitation that a signed-in person opens', () => {
  it('says who is signed in, and is removed from the address and the history of the browser', async () => {
    const page = await pageOf(ada)
    await page.goto('/#/join/secret')
    await page.getByText('You are signed in as Ada Lovelace').waitFor()
    await page.getByRole('button', { name: 'All projects' }).click()
    await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
    await page.goBack()
    expect(page.url()).not.toContain('secret')
  })

  it('can be used after signing out', async () => {
    const page = await pageOf(ada)
    await page.goto('/#/join/secret')
    await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Create an account' }).waitFor()
    expect(await page.getByLabel('Invitation').inputValue()).toBe('secret')
  })
})

it('marks a card as overdue when its due date ends while the board is open', async () => {
  const { id, ids } = await newProject(['Plan'])
  const page = await pageOf(ada)
  // Not today: it could be over before the board is open.
  const day: string = (await page.evaluate('new Date(Date.now() + 864e5).toLocaleDateString("sv")')) as string
  await api(`/tasks/${ids.Plan}`, { method: 'PATCH', body: { due_date: day } })
  await page.clock.install()
  await openBoard({ page } as Seat, id)
  const fact = cardNamed(page, 'Plan').locator('.fact')
  await fact.waitFor()
  expect(await fact.textContent()).toContain('Due')
  await page.clock.fastForward('49:00:00')
  await cardNamed(page, 'Plan').locator('.fact.overdue').waitFor()
})

it('ends reports on the current day, also in a tab that stays open overnight', async () => {
  const { id } = await newProject()
  const page = await pageOf(ada)
  await page.clock.install()
  await page.goto(`/#/projects/${id}/reports`)
  const until = page.getByLabel('To', { exact: true })
  const first = await until.inputValue()
  await page.clock.fastForward('49:00:00')
  await waitUntil('it is another day', async () => (await until.inputValue()) > first)
})

it('loads the code of the search before the search is opened', async () => {
  const { id } = await newProject()
  const page = await pageAt(ada, id)
  const load = `performance.getEntriesByType('resource').some(({ name }) => /\\/search-.*js$/.test(name))`
  await waitUntil('it is there', async () => (await page.evaluate(load)) === true)
})

describe('a relative time', () => {
  beforeAll(() => vi.stubGlobal('navigator', { language: 'en-GB' }))
  afterAll(() => vi.unstubAllGlobals())
  const [NOON, DAYS] = [new Date(2026, 11, 15, 12), 86_400_000]
  const at = (day: number, hour: number, minute: number) => new Date(2026, 11, day, hour, minute).toISOString()
  it.each([
    ['the day before', at(14, 11, 59), 'yesterday'],
    ['the day before that, less than 48 hours ago', at(13, 12, 30), '2 days ago'],
    ['a time some hours ago', at(15, 9, 0), '3 hours ago'],
    ['a time more than a month ago', new Date(+NOON - 40 * DAYS).toISOString(), '1 month ago'],
    ['a time more than a year ago', new Date(+NOON - 370 * DAYS).toISOString(), '1 year ago'],
    ['a time in the future, because the clock is slow', at(15, 12, 6), 'now'],
  ])('is correct for %s', (_, instant, words) => {
    expect(formatAgo(instant, +NOON)).toBe(words)
  })

  it('counts calendar days, not periods of 24 hours', () => {
    expect(formatAgo(new Date(2026, 10, 30, 14, 7).toISOString(), +new Date(2026, 11, 2, 0, 15))).toBe('2 days ago')
  })
})

describe('a column that another person deletes', () => {
  it('leaves a note with the unfinished title of a new card', async () => {
    const { id } = await newProject()
    const page = await pageAt(ada, id)
    await page.getByRole('button', { name: 'Add a card to Review' }).click()
    await page.getByLabel('Title of the new card').fill('Half a ti')
    await deleteColumn(id, 'review')
    await page.locator('.note', { hasText: '“Half a ti” was not added: the column Review was deleted.' }).waitFor()
    await waitUntil('the focus is in the page', () => page.evaluate('document.activeElement !== document.body'))
  })

  it('closes the dialog in which it is selected, with a note that the card was not moved', async () => {
    const { id } = await newProject(['Plan'])
    const page = await pageAt(ada, id)
    await page.getByRole('button', { name: 'Move Plan' }).click()
    await page.getByRole('dialog').getByLabel('Column').selectOption('review')
    await deleteColumn(id, 'review')
    await page.locator('.note', { hasText: '“Plan” was not moved: the card or the column is no longer' }).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await waitForColumn(page, 'todo', ['Plan'])
  })
})

it('keeps the unfinished title of a new card while its author may only read', async () => {
  const grace = await newAccount(url, 'Grace Hopper')
  const { id } = await newProject()
  await api(`/projects/${id}/members`, { body: { user_id: grace.id, role: 'editor' } })
  const setRole = (role: string) => api(`/projects/${id}/members/${grace.id}`, { method: 'PATCH', body: { role } })
  const page = await pageAt(grace, id)
  await page.getByRole('button', { name: 'Add a card to Review' }).click()
  await page.getByLabel('Title of the new card').fill('Half a ti')
  await setRole('viewer')
  await page.getByText('You can read this board').waitFor()
  await setRole('editor')
  await page.getByLabel('Title of the new card').waitFor()
  expect(await page.getByLabel('Title of the new card').inputValue()).toBe('Half a ti')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Add a card to Review' }).click()
  expect(await page.getByLabel('Title of the new card').inputValue()).toBe('')
})

it('says that the filters hide a card that was just added', async () => {
  const { id } = await newProject()
  const page = await pageAt(ada, id)
  await page.getByRole('button', { name: 'Add a card to Review' }).click()
  const add = async (title: string) => {
    await page.getByLabel('Title of the new card').fill(title)
    await page.keyboard.press('Enter')
  }
  await page.getByLabel('Filter cards').fill('plan')
  await add('Invisible')
  const hint = page.locator('.quick-add .hint')
  expect(await hint.textContent()).toBe('“Invisible” was added, but the filters hide it.')
  await waitForAnnouncement(page, 'the filters hide it')
  await add('Plan')
  await waitForColumn(page, 'review', ['Plan'])
  expect(await hint.count()).toBe(0)
})

describe('a list that is pasted as the title of a new card', () => {
  /** Pastes a text into the title of a new card, behind what is there. */
  const paste = (page: Page, text: string) =>
    page.getByLabel('Title of the new card').evaluate((field: any, text) => {
      const clipboardData = new (globalThis as any).DataTransfer()
      clipboardData.setData('text/plain', text)
      const init = { clipboardData, bubbles: true, cancelable: true }
      const isTaken = !field.dispatchEvent(new (globalThis as any).ClipboardEvent('paste', init))
      if (!isTaken) (globalThis as any).document.execCommand('insertText', false, text)
    }, text)
  async function openNewCard() {
    const { id } = await newProject()
    const page = await pageAt(ada, id)
    await page.getByRole('button', { name: 'Add a card to Review' }).click()
    return { page, id }
  }

  it('becomes a card for each line, in order', async () => {
    const { page, id } = await openNewCard()
    await page.getByLabel('Title of the new card').fill('Buy ')
    await paste(page, `bread\r\n\u200b\r\n  milk\t1 l\n${'x'.repeat(501)}\n`)
    await waitForAnnouncement(page, 'That has 3 lines.')
    await page.getByRole('button', { name: 'Add 3 cards' }).press('Enter')
    await waitForColumn(page, 'review', ['Buy bread', 'milk 1 l', 'x'.repeat(500)])
    await waitForAnnouncement(page, 'Added 3 cards to Review')
    expect(await page.getByLabel('Title of the new card').inputValue()).toBe('')
    await page.getByLabel('Title of the new card').and(page.locator(':focus')).waitFor()
    const find = async () => (await api(`/tasks?project_id=${id}&q=xxx`)).items
    await waitUntil('all are saved', async () => (await find()).length === 1)
    const [{ id: task }] = await find()
    expect((await api(`/tasks/${task}`)).description).toBe('x'.repeat(501))
  })

  it('becomes one title when the user chooses so, with a note when it is cut', async () => {
    const { page } = await openNewCard()
    const lines = Array.from({ length: 60 }, (_, i) => `Line number ${i}`)
    await paste(page, lines.join('\n'))
    await page.getByRole('button', { name: 'As one title' }).click()
    const field = page.getByLabel('Title of the new card')
    expect(await field.inputValue()).toBe(lines.join(' ').slice(0, 500))
    await page.getByText('A title has at most 500 characters: the rest was left out.').waitFor()
    await field.fill('')
    await paste(page, 'y'.repeat(600))
    await page.getByText('A title has at most 500 characters: the rest was left out.').waitFor()
    expect(await field.inputValue()).toBe('y'.repeat(500))
    await field.fill('Short')
    expect(await page.getByText('the rest was left out').count()).toBe(0)
    await paste(page, '\nand Sweet\nagain')
    await page.getByRole('button', { name: 'Add 3 cards' }).press('Escape')
    await field.and(page.locator(':focus')).waitFor()
    expect(await field.inputValue()).toBe('Short')
  })

  it('cannot become more than 100 cards', async () => {
    const { page } = await openNewCard()
    await paste(page, 'Line\n'.repeat(101))
    await page.locator('.quick-add').getByText('At most 100 cards can be added at once').waitFor()
    expect(await page.getByRole('button', { name: 'Add 101 cards' }).count()).toBe(0)
  })
})

describe('moving a card', () => {
  it('to the bottom of a column puts it below the cards that are not loaded', async () => {
    const titles = Array.from({ length: 101 }, (_, i) => `Card ${i}`)
    const { id, ids } = await newProject(titles)
    const { id: task } = await api('/tasks', { body: { project_id: id, title: 'Plan', status: 'review' } })
    const page = await pageAt(ada, id)
    await page.getByRole('button', { name: 'Move Plan' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Column').selectOption('todo')
    await dialog.getByLabel('Position').selectOption({ label: 'Bottom' })
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await waitForAnnouncement(page, 'Moved Plan to To do, 102 of 102')
    const read = (id = '') => api(`/tasks/${id}`)
    await waitUntil('it is there', async () => (await read(task)).status === 'todo')
    expect(Number((await read(task)).position)).toBeGreaterThan(Number((await read(ids['Card 100'])).position))
  })

  it('by dragging is cancelled by Escape', async () => {
    const { id } = await newProject(['Plan', 'Sew'])
    const page = await pageAt(ada, id)
    const from = await cardNamed(page, 'Plan').boundingBox()
    const to = await page.locator('[data-column=review]').boundingBox()
    if (!from || !to) throw new Error('There is no card to drag')
    await waitForDragging(page)
    const move = async () => {
      await page.mouse.move(from.x + 40, from.y + 20)
      await page.mouse.down()
      await page.mouse.move(to.x + 60, to.y + 20, { steps: 8 })
      await page.locator('.drop-line').waitFor()
    }
    await move()
    await page.keyboard.press('Escape')
    await waitForAnnouncement(page, '“Plan” was not moved')
    expect(await page.locator('.drop-line, .card.dragged, .card.ghost').count()).toBe(0)
    await page.mouse.move(from.x + 40, from.y + 20, { steps: 4 })
    await page.mouse.up() // on the card, which does not open
    await page.waitForTimeout(300)
    expect(await page.getByRole('dialog').count()).toBe(0)
    await waitForColumn(page, 'todo', ['Plan', 'Sew'])
    await move()
    await page.mouse.up()
    await waitForColumn(page, 'review', ['Plan'])
  })
})

it('does not repeat an earlier announcement in a dialog that opens later', async () => {
  const { id } = await newProject(['Plan'])
  const page = await pageAt(ada, id)
  await cardNamed(page, 'Plan').getByRole('link').press('Control+ArrowRight')
  await waitForAnnouncement(page, 'Moved Plan')
  await page.getByRole('button', { name: 'Move Plan' }).click()
  expect(await page.getByRole('dialog').locator('[data-announcements]').textContent()).toBe('')
})

it('shows a notification of a kind that the page does not know', async () => {
  const { id, ids } = await newProject(['Plan'])
  const grace = await newAccount(url, 'Grace Hopper')
  await api(`/projects/${id}/members`, { body: { user_id: grace.id, role: 'contributor' } })
  await api(`/tasks/${ids.Plan}`, { method: 'PATCH', body: { assignee_ids: [grace.id] } })
  const page = await pageOf(grace)
  await page.route('**/notifications?*', async (route) => {
    const response = await route.fetch()
    const { items, ...rest } = await response.json()
    const newer = items.map((item: any) => (item.kind === 'assigned' ? { ...item, kind: 'applauded' } : item))
    await route.fulfill({ response, json: { items: newer, ...rest } })
  })
  await page.reload()
  await page.getByRole('button', { name: /^Inbox, \d+ unread/ }).click()
  await page.locator('.inbox li', { hasText: 'There is news in Apollo' }).waitFor()
})
