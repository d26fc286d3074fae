import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, inject, it } from 'vitest'
import {
  type Account,
  apiOf,
  cardNamed,
  enter,
  holdBack,
  newAccount,
  openBoard,
  openPart,
  PASSWORD,
  waitForAnnouncement,
  waitForColumn,
  waitUntil,
} from './scene.ts'
import { openSeat } from './seats.ts'

/** Views beside the board: a project's settings, trash and archive, invitations and recovery links. */

const url = inject('site')
const administrator = inject('administrator')
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)

async function newProject(titles: string[]) {
  const { id } = await api('/projects', { body: { name: 'Apollo' } })
  for (const title of titles) await api('/tasks', { body: { project_id: id, title } })
  return id as string
}

/** The board of a new project of Ada's, which she has open until the end of the story. */
async function openNewBoard(titles: string[]) {
  const id = await newProject(titles)
  const seat = await openSeat(url)
  await enter(seat, ada)
  await openBoard(seat, id)
  return { id, page: seat.page }
}

it('restores an archived card and a deleted card', async () => {
  const { page } = await openNewBoard(['Keep me', 'Drop me'])
  await cardNamed(page, 'Keep me').getByRole('link').click()
  await page.getByRole('button', { name: 'Archive card' }).click()
  await cardNamed(page, 'Drop me').getByRole('link').click()
  await page.getByRole('button', { name: 'Delete card' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await waitForColumn(page, 'todo', [])
  await page.getByRole('link', { name: 'Trash and archive' }).click()
  for (const title of ['Keep me', 'Drop me']) {
    await page.getByRole('button', { name: `Restore ${title}` }).click()
    await page.getByRole('button', { name: `Restore ${title}` }).waitFor({ state: 'detached' })
  }
  await page.getByText('The trash is empty.').waitFor()
  await page.getByText('No card is archived.').waitFor()
  await page.getByRole('link', { name: 'Board', exact: true }).click()
  await waitUntil('both are back', async () => (await page.locator('[data-column=todo] .card').count()) === 2)
})

/** Archives the card "Keep me", the only one of its board. */
async function archive(page: Page) {
  await cardNamed(page, 'Keep me').getByRole('link').click()
  await page.getByRole('button', { name: 'Archive card' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await waitForColumn(page, 'todo', [])
}

it('says that a card was archived, offers to undo that, and opens the card from the archive', async () => {
  const { page } = await openNewBoard(['Keep me'])
  const note = page.locator('.note', { hasText: 'Archived Keep me.' })
  await archive(page)
  await note.getByRole('button', { name: 'Undo' }).click()
  await waitForColumn(page, 'todo', ['Keep me'])
  await note.waitFor({ state: 'detached' })
  await archive(page)
  await note.waitFor()
  await page.getByRole('link', { name: 'Trash and archive' }).click()
  await page.getByRole('link', { name: 'Keep me' }).click()
  await page.getByRole('dialog').getByText('This card is archived').waitFor()
  await note.first().waitFor({ state: 'detached' }) // by itself; the dialog shows it, too
})

it('says on another page that an undo was refused', async () => {
  const { id, page } = await openNewBoard(['Keep me'])
  await archive(page)
  await waitUntil('it is saved', async () => (await api(`/tasks?project_id=${id}&archived=true`)).items.length === 1)
  await page.getByRole('link', { name: 'My cards' }).click()
  await page.getByRole('heading', { name: 'My cards' }).waitFor()
  await page.route('**/tasks/*', (route) =>
    route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 403, code: 'forbidden', title: 'Not now' }),
    }),
  )
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.locator('.note', { hasText: 'Not now' }).waitFor()
})

it('marks an archived card that is opened by its URL, and restores it there', async () => {
  const id = await newProject(['Keep me'])
  const { items } = await api(`/tasks?project_id=${id}`)
  const path = `/tasks/${items[0].id}`
  await api(path, { method: 'PATCH', body: { archived_at: '2026-01-20T00:00:00.000Z' } })
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/cards/${items[0].id}`)
  const dialog = page.getByRole('dialog')
  await dialog.getByText('This card is archived').waitFor()
  await dialog.locator('.history', { hasText: 'Ada Lovelace archived the card' }).waitFor()
  expect(await dialog.getByRole('button', { name: 'Archive card' }).count()).toBe(0)
  await dialog.getByRole('button', { name: 'Restore card' }).click()
  await dialog.getByRole('button', { name: 'Archive card' }).waitFor()
  await dialog.locator('.history', { hasText: 'took the card out of the archive' }).waitFor()
  expect(await dialog.getByText('This card is archived').count()).toBe(0)
  await waitForColumn(page, 'todo', ['Keep me'])
  await taken.context.close()
})

it('renames a project, limits a column, archives the project, and opens it again', async () => {
  const id = await newProject([])
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/settings`)
  await page.getByLabel('Name').fill('Gemini')
  await page.getByLabel('Status').selectOption({ label: 'Archived' })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The project was saved.').waitFor()
  await page.getByRole('heading', { name: 'Gemini' }).waitFor()
  expect(await page.getByRole('button', { name: /^Edit column/ }).count()).toBe(0)
  await page.getByLabel('Status').selectOption({ label: 'Active' })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Edit column Review' }).click()
  await page.getByRole('dialog').getByLabel('WIP limit').fill('3')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.locator('li', { hasText: 'Review' }).getByText('WIP limit 3').waitFor()
  expect(await api(`/projects/${id}`)).toMatchObject({ name: 'Gemini', status: 'active' })
  await taken.context.close()
})

it('keeps unsaved project settings when others change the project, and shows both values of the same field', async () => {
  const id = await newProject([])
  const save = (body: object) => api(`/projects/${id}`, { method: 'PATCH', body })
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/settings`)
  const about = page.getByRole('region', { name: 'About the project' })
  const [name, description] = [about.getByLabel('Name'), about.getByLabel('Description')]
  await name.fill('Gemini')
  await save({ description: 'To the Moon' })
  await waitUntil('it is there', async () => (await description.inputValue()) === 'To the Moon')
  expect(await name.inputValue()).toBe('Gemini')
  await about.getByRole('button', { name: 'Save' }).click()
  await about.getByText('The project was saved.').waitFor()
  expect(await api(`/projects/${id}`)).toMatchObject({ name: 'Gemini', description: 'To the Moon' })
  await description.fill('Around the Earth')
  await save({ description: 'To Mars', due_date: '2027-11-11' })
  await about.getByText('Theirs: To Mars').waitFor()
  expect(await about.getByLabel('Due').inputValue()).toBe('2027-11-11')
  expect(await description.inputValue()).toBe('Around the Earth')
  await about.getByRole('button', { name: 'Use mine' }).click()
  await about.getByText('The project was saved.').waitFor()
  expect(await api(`/projects/${id}`)).toMatchObject({ description: 'Around the Earth', due_date: '2027-11-11' })
  await taken.context.close()
})

it('adds a label, renames it in spite of a concurrent change, and deletes it', async () => {
  const id = await newProject(['Keep me'])
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/settings`)
  const labels = page.getByRole('region', { name: 'Labels' })
  await labels.getByText('No label yet').waitFor()
  await labels.getByRole('button', { name: 'Add a label' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Bug')
  await dialog.getByLabel('Colour').fill('#d93025')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await labels.locator('.chip', { hasText: 'Bug' }).waitFor()
  const { items } = await api(`/projects/${id}/labels`)
  expect(items).toMatchObject([{ name: 'Bug', color: '#d93025' }])
  await labels.getByRole('button', { name: 'Edit label Bug' }).click()
  await dialog.getByLabel('Name').fill('Defect')
  await api(`/labels/${items[0].id}`, { method: 'PATCH', body: { name: 'Fault' } })
  await dialog.getByText('Theirs: Fault').waitFor()
  await dialog.getByRole('button', { name: 'Use mine' }).click()
  await dialog.waitFor({ state: 'detached' })
  await labels.locator('.chip', { hasText: 'Defect' }).waitFor()
  await labels.getByRole('button', { name: 'Delete label Defect' }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await labels.getByText('No label yet').waitFor()
  expect((await api(`/projects/${id}/labels`)).items).toEqual([])
  await taken.context.close()
})

it('downloads the cards of a project as a table, and its history for an import', async () => {
  const id = await newProject(['Keep me'])
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/settings`)
  const download = async (name: string) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download the ${name}` }).click(),
    ])
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
  }
  const { key } = await api(`/projects/${id}`)
  const table = await download('table')
  expect(table.name).toBe(`${key}.csv`)
  expect(table.text).toContain('Keep me')
  const history = await download('history')
  expect(history.name).toBe(`${key}.ndjson`)
  expect(JSON.parse(history.text.split('\n')[0] ?? '')).toMatchObject({ flowtrack: 1, project: { name: 'Apollo' } })
  await taken.context.close()
})

it('moves a card to another project, says what was not taken along, and shows it there', async () => {
  const id = await newProject(['Keep me'])
  const { id: other, key } = await api('/projects', { body: { name: 'Gemini' } })
  const { items } = await api(`/tasks?project_id=${id}`)
  const label = await api(`/projects/${id}/labels`, { body: { name: 'Bug' } })
  await api(`/tasks/${items[0].id}`, { method: 'PATCH', body: { add_label_ids: [label.id] } })
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/cards/${items[0].id}`)
  await page.getByRole('button', { name: 'Move to another project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Move to another project' })
  await dialog.getByLabel('Project').selectOption({ label: `Gemini (${key})` })
  await dialog.getByRole('button', { name: 'Move the card' }).click()
  const told = `“Keep me” is in Gemini now, as ${key}-1. Not taken along: the label “Bug”.`
  await page.locator('.note', { hasText: told }).first().waitFor()
  await page.getByRole('dialog', { name: `${key}-1 Keep me` }).waitFor()
  expect(page.url()).toContain(`/projects/${other}/cards/${items[0].id}`)
  expect(await api(`/tasks/${items[0].id}`)).toMatchObject({ project_id: other, label_ids: [] })
  await taken.context.close()
})

it('stays on the current page when the move of a card to another project ends later', async () => {
  const id = await newProject(['Keep me'])
  const { id: other, key } = await api('/projects', { body: { name: 'Gemini' } })
  const { items } = await api(`/tasks?project_id=${id}`)
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  const answer = await holdBack(page, '**/transfer')
  await page.goto(`/#/projects/${id}/cards/${items[0].id}`)
  await page.getByRole('button', { name: 'Move to another project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Move to another project' })
  await dialog.getByLabel('Project').selectOption({ label: `Gemini (${key})` })
  await dialog.getByRole('button', { name: 'Move the card' }).click()
  await page.goto('/#/settings')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  answer()
  await page.locator('.note').getByRole('link', { name: 'Open the card' }).click()
  await page.getByRole('dialog', { name: `${key}-1 Keep me` }).waitFor()
  expect(page.url()).toContain(`/projects/${other}/`)
  await page.goBack()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await taken.context.close()
})

it('moves a card to another project only after its pending changes are sent', async () => {
  const id = await newProject(['Keep me'])
  const { key } = await api('/projects', { body: { name: 'Gemini' } })
  const { items } = await api(`/tasks?project_id=${id}`)
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  const answer = await holdBack(page, '**/tasks/bulk')
  await page.goto(`/#/projects/${id}/cards/${items[0].id}`)
  await page.getByRole('dialog').getByLabel('Priority').selectOption('High')
  await page.getByRole('button', { name: 'Move to another project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Move to another project' })
  await dialog.getByLabel('Project').selectOption({ label: `Gemini (${key})` })
  await dialog.getByText('Changes of this card are not sent yet.').waitFor()
  answer()
  await dialog.getByText('Changes of this card are not sent yet.').waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: 'Move the card' }).click()
  await page.getByRole('dialog', { name: `${key}-1 Keep me` }).waitFor()
  expect(await api(`/tasks/${items[0].id}`)).toMatchObject({ priority: 'high' })
  await taken.context.close()
})

it('keeps the dialog of a label open when the save of another label ends', async () => {
  const id = await newProject([])
  const label = await api(`/projects/${id}/labels`, { body: { name: 'Bug' } })
  await api(`/projects/${id}/labels`, { body: { name: 'Idea' } })
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  const answer = await holdBack(page, `**/labels/${label.id}`)
  await page.goto(`/#/projects/${id}/settings`)
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Edit label Bug' }).click()
  await dialog.getByLabel('Name').fill('Defect')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Edit label Idea' }).click()
  await dialog.getByLabel('Name').fill('Plan')
  answer()
  await waitForAnnouncement(page, 'Saved')
  expect(await dialog.getByLabel('Name').inputValue()).toBe('Plan')
  await taken.context.close()
})

it('lists the open cards of all projects that are assigned to somebody, by their due dates', async () => {
  const grace = await newAccount(url, 'Grace Hopper')
  const own = apiOf(url, () => grace)
  const newCard = (project_id: string, title: string, fields: object = {}) =>
    own('/tasks', { body: { project_id, title, assignee_ids: [grace.id], ...fields } })
  const { id: first } = await own('/projects', { body: { name: 'Apollo' } })
  const { id: second } = await own('/projects', { body: { name: 'Gemini' } })
  await newCard(first, 'Sew', { due_date: '2099-12-24' })
  await newCard(second, 'Plan', { due_date: '2020-01-20' })
  const { id: docked } = await newCard(second, 'Dock')
  await newCard(first, 'Land', { status: 'done' })
  await newCard(first, 'Look', { assignee_ids: [] })
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, grace)
  await page.getByRole('link', { name: 'My cards' }).click()
  const titles = async (group: string) => page.getByRole('region', { name: group }).getByRole('link').allTextContents()
  await page.getByRole('link', { name: 'Plan' }).waitFor()
  expect(await titles('Overdue')).toEqual(['Plan'])
  expect(await titles('Due later')).toEqual(['Sew'])
  expect(await titles('Without a due date')).toEqual(['Dock'])
  expect(await page.locator('.rows li').count()).toBe(3)
  expect(await page.locator('.rows li', { hasText: 'Plan' }).textContent()).toContain('Gemini')
  await page.getByRole('link', { name: 'Dock' }).click()
  await page.getByRole('dialog', { name: 'Dock' }).waitFor()
  expect(page.url()).toContain(`/projects/${second}/cards/${docked}`)
  await taken.context.close()
})

it('deletes a project only after its name was typed as a confirmation', async () => {
  const id = await newProject(['Write the program'])
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  const live = await openPart(taken, id, 'settings')
  const closed = live.waitForEvent('close')
  await page.getByText('Delete the project').first().click()
  await page.getByLabel('Write “Apollo” to confirm').fill('Apolo')
  await page.getByRole('button', { name: 'Delete the project' }).click()
  await page.locator('.note', { hasText: 'nothing was deleted' }).waitFor()
  await page.route(`**/projects/${id}`, async (route) => {
    if (route.request().method() !== 'DELETE') return route.continue()
    const answer = await route.fetch()
    await closed // the answer comes after that
    await route.fulfill({ response: answer })
  })
  await page.getByLabel('Write “Apollo” to confirm').fill('Apollo')
  await page.getByRole('button', { name: 'Delete the project' }).click()
  await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
  await waitUntil('it is gone', () =>
    api(`/projects/${id}`).then(
      () => false,
      () => true,
    ),
  )
  expect(await page.locator('.note', { hasText: 'This project was deleted' }).count()).toBe(0)
  await taken.context.close()
})

it('stays in the settings when the deletion of a project is refused, and leaves them when the answer is lost', async () => {
  const id = await newProject([])
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  const live = await openPart(taken, id, 'settings')
  const closed = live.waitForEvent('close')
  let turn = 0
  await page.route(`**/projects/${id}`, async (route) => {
    if (route.request().method() !== 'DELETE') return route.continue()
    turn += 1
    if (turn === 1) {
      const body = JSON.stringify({ code: 'forbidden', title: 'You may not do this', status: 403 })
      return route.fulfill({ status: 403, contentType: 'application/problem+json', body })
    }
    await route.fetch()
    await closed
    return route.abort()
  })
  const remove = async () => {
    await page.getByLabel('Write “Apollo” to confirm').fill('Apollo')
    await page.getByRole('button', { name: 'Delete the project' }).click()
  }
  await page.getByText('Delete the project').first().click()
  await remove()
  await page.locator('.note', { hasText: 'You may not do this' }).waitFor()
  expect(page.url()).toContain(`/projects/${id}/settings`)
  await remove()
  await page.locator('.note', { hasText: 'This project was deleted' }).waitFor()
  await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
  await taken.context.close()
})

it('admits a person by an invitation link, and again by a recovery link after a forgotten password', async () => {
  const email = `${crypto.randomUUID()}@example.com`
  const [host, guest] = [await openSeat(url), await openSeat(url)]
  await enter(host, administrator)
  await host.page.getByRole('link', { name: 'People' }).click()
  await host.page.getByLabel('E-mail', { exact: true }).fill(email)
  await host.page.getByRole('button', { name: 'Invite' }).click()
  await guest.page.goto(await host.page.getByLabel('Link').inputValue())
  await guest.page.getByLabel('Name').fill('Mary Jackson')
  await guest.page.getByLabel('E-mail').fill(email)
  await guest.page.getByLabel('Password').fill(PASSWORD)
  await guest.page.getByRole('button', { name: 'Create an account' }).click()
  await guest.page.getByText('No project yet').waitFor()
  expect(new URL(guest.page.url()).hash).toBe('#/')
  await host.page.getByLabel('Name or e-mail').fill(email)
  await host.page.getByRole('button', { name: 'Search', exact: true }).click()
  await host.page.getByRole('button', { name: 'Make a link for Mary Jackson' }).click()
  const links = host.page.getByRole('region', { name: 'Forgotten passwords' })
  const address = await links.getByRole('textbox', { name: 'Link' }).inputValue()
  await guest.page.goto('about:blank')
  await guest.page.goto(address)
  await guest.page.getByLabel('New password').fill('staple horse battery')
  await guest.page.getByRole('button', { name: 'Set the password' }).click()
  await guest.page.getByRole('button', { name: 'Go to the sign-in' }).click()
  await guest.page.getByLabel('E-mail').fill(email)
  await guest.page.getByLabel('Password').fill('staple horse battery')
  await guest.page.getByRole('button', { name: 'Sign in' }).click()
  await guest.page.getByRole('heading', { name: 'Projects', exact: true }).waitFor()
  expect(await guest.page.getByRole('link', { name: 'People' }).count()).toBe(0)
  expect([...host.faults, ...guest.faults]).toEqual([])
  await Promise.all([host.context.close(), guest.context.close()])
})

it('shows an error inside the open dialog, where it can be dismissed', async () => {
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.route('**/projects', (route) => (route.request().method() === 'POST' ? route.abort() : route.fallback()))
  await page.getByRole('button', { name: 'New project' }).click()
  await page.getByLabel('Name').fill('Gemini')
  await page.getByRole('button', { name: 'Create project' }).click()
  const note = page.locator('dialog .note')
  await note.waitFor()
  await note.getByRole('button').click()
  await note.waitFor({ state: 'detached' })
  await taken.context.close()
})

it('asks managers before they lower their own role, and saves a role chosen by keyboard at Enter', async () => {
  const id = await newProject([])
  const grace = await newAccount(url, 'Grace Hopper')
  await api(`/projects/${id}/members`, { body: { user_id: grace.id, role: 'manager' } })
  const roleOf = async (who: Account) => {
    const { items } = await api(`/projects/${id}/members`)
    return items.find(({ user_id }: any) => user_id === who.id).role
  }
  const seat = await openSeat(url)
  const { page } = seat
  await enter(seat, ada)
  await page.goto(`/#/projects/${id}/members`)
  await page.getByLabel('Role of Grace Hopper').focus()
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp', 'Enter']) await page.keyboard.press(key)
  await waitUntil('it is saved', async () => (await roleOf(grace)) === 'commenter')
  const mine = page.getByLabel('Role of Ada Lovelace')
  const dialog = page.getByRole('dialog', { name: 'Lower your own role' })
  await mine.selectOption('Editor')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(await mine.inputValue()).toBe('manager')
  expect(await roleOf(ada)).toBe('manager')
  await api(`/projects/${id}/members/${grace.id}`, { method: 'PATCH', body: { role: 'manager' } })
  await mine.focus()
  for (const key of ['ArrowUp', 'Tab']) await page.keyboard.press(key)
  await dialog.getByRole('button', { name: 'Become Editor' }).click()
  await waitUntil('it is saved', async () => (await roleOf(ada)) === 'editor')
  await mine.waitFor({ state: 'detached' })
})

it('keeps the chosen report when the user returns to the page, and after a reload', async () => {
  const id = await newProject([])
  const seat = await openSeat(url)
  const { page } = seat
  await enter(seat, ada)
  await page.goto(`/#/projects/${id}/reports`)
  await page.getByLabel('Report', { exact: true }).selectOption('Cycle time')
  await page.getByRole('img', { name: 'Cycle time' }).waitFor()
  await page.getByRole('link', { name: 'Members' }).click()
  await page.goBack()
  await page.getByRole('img', { name: 'Cycle time' }).waitFor()
  await page.reload()
  await page.getByRole('img', { name: 'Cycle time' }).waitFor()
})

it('shares a report and due dates by links, and ends a link that is withdrawn', async () => {
  const id = await newProject([])
  const ids = [ada.id]
  await api('/tasks', { body: { project_id: id, title: 'Land', due_date: '2026-12-24', assignee_ids: ids } })
  const taken = await openSeat(url)
  const { page } = taken
  await enter(taken, ada)
  await page.goto(`/#/projects/${id}/reports`)
  await page.getByRole('button', { name: 'Share this picture' }).click()
  const picture = await page.getByRole('textbox', { name: 'Burn-down' }).inputValue()
  expect(await (await fetch(picture)).text()).toContain('<svg')
  await page.getByRole('button', { name: 'Share the due dates as a calendar' }).click()
  const calendar = await page.getByRole('textbox', { name: 'Calendar' }).inputValue()
  expect(await (await fetch(calendar)).text()).toMatch(/SUMMARY:\w+-1 Land/)
  await page.getByRole('button', { name: 'Withdraw the link: Burn-down' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }).click()
  await page.getByRole('textbox', { name: 'Burn-down' }).waitFor({ state: 'detached' })
  expect((await fetch(picture)).status).toBe(403)

  await page.goto('/#/settings')
  await page.getByRole('button', { name: 'Create calendar link' }).click()
  const mine = await page.getByRole('textbox', { name: 'Calendar' }).inputValue()
  expect(await (await fetch(mine)).text()).toMatch(/SUMMARY:\w+-1 Land/)
  await taken.context.close()
})
