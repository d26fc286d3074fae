import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type Account,
  apiOf,
  cardNamed,
  enter,
  holdByTouch,
  newAccount,
  openBoard,
  waitForColumn,
  waitForDragging,
  waitUntil,
} from './scene.ts'
import { type Appearance, openSeat } from './seats.ts'

/** What has room on a phone, in forced colours and on paper. */

const url = inject('site')
const PHONE: Appearance = { viewport: { width: 320, height: 700 } }
const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)

/** A board of Ada's with cards in "To do", which she has open. `ids`: the ids of the cards by title. */
async function openCards(titles: string[], look?: Appearance, name = 'Apollo') {
  const { id: project } = await api('/projects', { body: { name } })
  const ids: Record<string, string> = {}
  for (const title of titles)
    ids[title] = (await api('/tasks', { body: { project_id: project, title, status: 'todo' } })).id
  const seat = await openSeat(url, look)
  await enter(seat, ada)
  await openBoard(seat, project)
  return { page: seat.page, project, ids }
}

async function newLabel(project: string, task: string, name: string) {
  const { id } = await api(`/projects/${project}/labels`, { body: { name, color: '#2f6fdd' } })
  await api(`/tasks/${task}`, { method: 'PATCH', body: { label_ids: [id] } })
}

/** How far the content of the page, or of the open dialog, is wider than what is seen of it. */
const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(`Math.max(...[document.documentElement, ...document.querySelectorAll('dialog[open]')].map(
    (e) => e.scrollWidth - e.clientWidth))`)

it('shows the links of the header on a phone', async () => {
  const { page } = await openCards(['Plan'], PHONE)
  await page.getByRole('link', { name: 'FlowTrack' }).click()
  await page.getByRole('link', { name: 'My cards' }).click()
  await page.getByText('No open card is assigned to you').waitFor()
  expect(await overflowOf(page)).toBe(0)
})

it('scrolls the board sideways while a card is held at its edge', async () => {
  const { page } = await openCards(['Plan'], { viewport: { width: 360, height: 740 }, hasTouch: true })
  const from = await cardNamed(page, 'Plan').boundingBox()
  if (!from) throw new Error('There is no card to drag')
  const [x, y] = [from.x + 40, from.y + 20]
  const { moveTo, lift } = await holdByTouch(page, x, y)
  for (let step = 1; step <= 12; step += 1) await moveTo(x + ((350 - x) * step) / 12, y + step)
  await waitUntil('the last column is there', async () => {
    for (const wiggle of [349, 350]) await moveTo(wiggle, y + 12)
    const box = await page.locator('[data-column=done]').boundingBox()
    return box !== null && box.x < 200
  })
  await moveTo(200, y + 12)
  await lift()
  await waitForColumn(page, 'done', ['Plan'])
})

describe('a long word', () => {
  it('is wrapped in the dialog that deletes a card', async () => {
    const title = LONG_WORD.repeat(3)
    const { page, project, ids } = await openCards([title])
    await page.goto(`/#/projects/${project}/cards/${ids[title]}`)
    await page.getByRole('button', { name: 'Delete card' }).click()
    await page.getByText('It goes to the trash').waitFor()
    expect(await overflowOf(page)).toBe(0)
  })

  it('is wrapped in the title of a checklist', async () => {
    const { page, project, ids } = await openCards(['Plan'], PHONE)
    await api(`/tasks/${ids.Plan}/checklists`, { body: { title: LONG_WORD.repeat(2) } })
    await page.goto(`/#/projects/${project}/cards/${ids.Plan}`)
    await page.getByRole('heading', { name: LONG_WORD }).waitFor()
    expect(await overflowOf(page)).toBe(0)
  })

  it('is wrapped in the search for members and in the confirmation before a project is deleted', async () => {
    const { page, project } = await openCards([], PHONE, LONG_WORD)
    await page.goto(`/#/projects/${project}/members`)
    await page.getByLabel('Name, or a whole e-mail address').fill(`${'ada'.repeat(16)}@${'example'.repeat(6)}.com`)
    await page.getByRole('region', { name: 'Add a member' }).getByRole('button', { name: 'Search' }).click()
    await page.getByText('No account has the e-mail').waitFor()
    expect(await overflowOf(page)).toBe(0)
    await page.goto(`/#/projects/${project}/settings`)
    await page.locator('summary', { hasText: 'Delete the project' }).click()
    await page.getByText('to confirm').waitFor()
    const { x, width } = (await page.locator('details.panel').boundingBox()) ?? { x: 0, width: 999 }
    expect(x + width).toBeLessThanOrEqual(320)
    expect(await overflowOf(page)).toBe(0)
  })
})

it('does not let a long label cover the Move button', async () => {
  const { page, project, ids } = await openCards(['Plan'], PHONE)
  await newLabel(project, ids.Plan ?? '', LONG_WORD.slice(0, 80))
  const [chip, button] = [page.locator('.card .chip'), page.locator('.card-move')]
  await chip.waitFor()
  const { x, width } = (await chip.boundingBox()) ?? { x: 0, width: 999 }
  expect(x + width).toBeLessThanOrEqual((await button.boundingBox())?.x ?? 0)
})

it('gives all column headers the same height, even above many cards', async () => {
  const { page } = await openCards(Array.from({ length: 20 }, (_, i) => `Card ${i}`))
  const heights = `new Set([...document.querySelectorAll('.column-head')].map((e) => e.offsetHeight)).size`
  expect(await page.evaluate(heights)).toBe(1)
})

it('shows the drop position and the colours of labels in forced colours mode', async () => {
  const { page, project, ids } = await openCards(['Plan'])
  await newLabel(project, ids.Plan ?? '', 'Blue')
  await page.emulateMedia({ forcedColors: 'active' })
  const styleOf = (selector: string) =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`)
  await page.locator('.card .dot').waitFor()
  expect(await styleOf('.card .dot')).toBe('rgb(47, 111, 221)')
  const { x, y } = (await cardNamed(page, 'Plan').boundingBox()) ?? { x: 0, y: 0 }
  await waitForDragging(page)
  await page.mouse.move(x + 40, y + 20)
  await page.mouse.down()
  await page.mouse.move(x + 60, y + 40, { steps: 5 })
  await page.locator('.drop-line').waitFor()
  expect(await styleOf('.drop-line')).not.toBe(await styleOf('.column'))
  await page.mouse.up()
})

it('prints the whole title of a card', async () => {
  const title = 'One more word '.repeat(30).trim()
  const { page } = await openCards([title])
  await page.emulateMedia({ media: 'print' })
  const hidden = `(e => e.scrollHeight - e.clientHeight)(document.querySelector('.card > a'))`
  expect(await page.evaluate(hidden)).toBeLessThanOrEqual(1)
})

it('gives a column with a long name the same width as the others', async () => {
  const { page, project } = await openCards([], PHONE)
  const body = { key: 'long', name: LONG_WORD, category: 'todo' }
  await api(`/projects/${project}/columns`, { body })
  await page.getByRole('heading', { name: LONG_WORD.slice(0, 20) }).waitFor()
  const widths = `[...new Set([...document.querySelectorAll('.column')].map((e) => e.offsetWidth))]`
  expect(await page.evaluate(widths)).toHaveLength(1)
})

it('aligns the descriptions of the roles beside their names', async () => {
  const { page, project } = await openCards([], PHONE)
  await page.goto(`/#/projects/${project}/members`)
  await page.locator('.roles').waitFor()
  const places = `[...new Set([...document.querySelectorAll('.roles dd')].map((e) => e.offsetLeft))]`
  expect(await page.evaluate(places)).toHaveLength(1)
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
})
