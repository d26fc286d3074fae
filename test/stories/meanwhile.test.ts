import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type Account,
  apiOf,
  cardNamed,
  enter,
  newAccount,
  openBoard,
  signIn,
  startProxy,
  waitForColumn,
  waitUntil,
} from './scene.ts'
import { openSeat } from './seats.ts'

/** What somebody does holds although other people, other tabs or a lost network come between. */

const url = inject('site')
const TITLE = 'Write the program'
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)
const openSite = (site = url) => openSeat(site)
const pageOf = async (who: Account) => {
  const seat = await openSite()
  await enter(seat, who)
  return seat.page
}

/** A project of Ada with one card. */
async function newProject() {
  const { id } = await api('/projects', { body: { name: 'Apollo' } })
  await api('/tasks', { body: { project_id: id, title: TITLE, status: 'todo' } })
  return id as string
}
const addMember = (project: string, user_id: string, role = 'contributor') =>
  api(`/projects/${project}/members`, { body: { user_id, role } })

async function pageAt(who: Account, project: string) {
  const seat = await openSite()
  await enter(seat, who)
  await openBoard(seat, project)
  return seat.page
}

it('completes an offline sign-out when the network is back, and then asks to sign in', async () => {
  const proxy = await startProxy(url)
  const seat = await openSite(proxy.url)
  const somebody = await newAccount(url, 'Katherine')
  await signIn(seat, somebody)
  const sessions = async () => {
    const { items } = await api('/auth/sessions', { token: somebody.token })
    return items.filter(({ revoked_at }: any) => !revoked_at).length
  }
  const before = await sessions()
  proxy.cut()
  await seat.page.getByRole('button', { name: 'Sign out' }).click()
  await seat.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await sessions()).toBe(before)
  proxy.mend()
  const next = await seat.context.newPage()
  await next.goto('/')
  await next.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await sessions()).toBe(before - 1)
})

it('offers members beyond the first page of members for assignment and mentions, and knows their roles', async () => {
  const project = await newProject()
  const zelda = await newAccount(url, 'Zelda')
  await addMember(project, zelda.id, 'manager')
  const { next_cursor } = await api(`/projects/${project}/members?limit=1`)
  /** The board as the server answers it for a project of more than 100 members: with the first of them. */
  const pageOfCrowd = async (who: Account) => {
    const seat = await openSite()
    await enter(seat, who)
    await seat.page.route('**/board?*', async (route) => {
      const response = await route.fetch()
      const board = await response.json()
      const crowd = { member_count: 2, members_next_cursor: next_cursor }
      await route.fulfill({ response, json: { ...board, members: board.members.slice(0, 1), ...crowd } })
    })
    await openBoard(seat, project)
    return seat.page
  }
  const [mine, hers] = [await pageOfCrowd(ada), await pageOfCrowd(zelda)]
  await hers.getByRole('button', { name: 'Add a card to To do' }).waitFor()
  expect(await hers.getByText('You can read this board').count()).toBe(0)
  await cardNamed(mine, TITLE).getByRole('link').click()
  await mine.getByRole('checkbox', { name: 'Zelda' }).waitFor()
  await mine.getByRole('textbox', { name: 'Write a comment' }).pressSequentially('@zel')
  await mine.getByRole('listbox').getByRole('option', { name: 'Zelda' }).waitFor()
})

describe('settings that are saved together', () => {
  const preferences = () => api('/users/me/notification-preferences')

  it('keep the changes of another tab', async () => {
    const page = await pageOf(ada)
    await page.goto('/#/settings')
    const boxes = page.getByRole('group', { name: 'Tell me when' }).getByRole('checkbox')
    await boxes.first().waitFor()
    const count = await boxes.count()
    const kinds = ['mentioned', 'commented']
    await api('/users/me/notification-preferences', {
      method: 'PUT',
      body: { muted_kinds: kinds, muted_project_ids: [] },
    })
    await boxes.nth(0).click()
    await waitUntil('it is saved', async () => (await preferences()).muted_kinds.length === kinds.length + 1)
    await waitUntil('it is shown', async () => !(await boxes.nth(0).isChecked()))
    for (let n = 0; n < count; n += 1) if (await boxes.nth(n).isChecked()) await boxes.nth(n).click()
    await waitUntil('all are saved', async () => (await preferences()).muted_kinds.length === count)
  })

  it('do not overwrite a name that another device has changed', async () => {
    const dorothy = await newAccount(url, 'Dorothy')
    const page = await pageOf(dorothy)
    await page.goto('/#/settings')
    const profile = page.getByRole('region', { name: 'Profile' })
    await profile.getByLabel('Time zone').selectOption('Asia/Tokyo')
    await api('/users/me', { token: dorothy.token, method: 'PATCH', body: { name: 'Dorothy Vaughan' } })
    await profile.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Settings: Dorothy Vaughan' }).waitFor()
    const saved = await api('/users/me', { token: dorothy.token })
    expect(saved).toMatchObject({ name: 'Dorothy Vaughan', timezone: 'Asia/Tokyo' })
  })
})

describe('a comment', () => {
  it('offers people for a mention regardless of case and accents, and keeps the text before it', async () => {
    const ibrahim = await newAccount(url, 'İbrahim Çelik')
    const project = await newProject()
    await addMember(project, ibrahim.id)
    const page = await pageAt(ada, project)
    await cardNamed(page, TITLE).getByRole('link').click()
    const field = page.getByRole('textbox', { name: 'Write a comment' })
    for (const typed of ['@İbr', '@ibr', '@celik']) {
      await field.fill('')
      await field.pressSequentially(`Ask ${typed}`)
      await page.getByRole('listbox').getByRole('option', { name: 'İbrahim Çelik' }).click()
      expect(await field.inputValue()).toBe(`Ask @[İbrahim Çelik](user:${ibrahim.id}) `)
    }
  })

  it('is marked as not saved when its card is opened again offline', async () => {
    const project = await newProject()
    const proxy = await startProxy(url)
    const seat = await openSite(proxy.url)
    await signIn(seat, ada)
    await openBoard(seat, project)
    const { page } = seat
    const open = () => cardNamed(page, TITLE).getByRole('link').click()
    await open()
    await page.getByText('Nobody has said anything yet').waitFor()
    proxy.cut()
    await page.getByText('Offline: changes are kept').waitFor()
    await page.getByLabel('Write a comment').fill('Made offline')
    await page.getByRole('button', { name: 'Comment', exact: true }).click()
    const comment = page.locator('.comment', { hasText: 'Made offline' })
    await comment.getByText('Not saved on the server yet').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await open()
    await comment.getByText('Not saved on the server yet').waitFor()
    proxy.mend()
    await comment.getByRole('button', { name: 'Edit', exact: true }).waitFor()
    expect(await comment.count()).toBe(1)
  })
})

it('saves only the changed fields of a column, and shows both values when both people changed the same field', async () => {
  const project = await newProject()
  const page = await pageAt(ada, project)
  const column = () =>
    api(`/projects/${project}/board`).then(({ columns }) => columns.find(({ key }: any) => key === 'review'))
  const change = (body: object) => api(`/projects/${project}/columns/review`, { method: 'PATCH', body })
  const dialog = page.getByRole('dialog')
  const edit = () => page.getByRole('button', { name: /^Edit column/ }).nth(2)
  const name = await edit().getAttribute('aria-label')
  expect(name).toBe('Edit column Review')
  await edit().click()
  await dialog.getByLabel('WIP limit').fill('3')
  await change({ name: 'Second look' })
  await waitUntil('it is there', async () => (await dialog.getByLabel('Name').inputValue()) === 'Second look')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await column()).toMatchObject({ name: 'Second look', wip_limit: 3 })
  await edit().click()
  await dialog.getByLabel('WIP limit').fill('4')
  await change({ wip_limit: 5, wip_mode: 'block' })
  await dialog.getByText('Theirs: 5').waitFor()
  await dialog.getByRole('button', { name: 'Use mine' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await column()).toMatchObject({ wip_limit: 4, wip_mode: 'block' })
})

describe('a view', () => {
  const viewsOf = (page: Page) => page.getByLabel('Views').locator('option:checked').textContent()
  const newView = (project: string, token: string, name: string, query: object) =>
    api(`/projects/${project}/views`, { token, body: { name, query, shared: true } })
  const remove = (page: Page) => page.getByRole('button', { name: 'Delete this view' })

  it('stays selected among views with the same filter, and a viewer can delete only their own views', async () => {
    const project = await newProject()
    const grace = await newAccount(url, 'Grace Hopper')
    await addMember(project, grace.id)
    const query = { q: 'program', sort: '-updated_at' }
    await newView(project, ada.token, 'Ada', query)
    await newView(project, ada.token, 'Newest', { sort: '-created_at' })
    await newView(project, grace.token, 'Grace', query)
    await api(`/projects/${project}/members/${grace.id}`, { method: 'PATCH', body: { role: 'viewer' } })
    const page = await pageAt(grace, project)
    await page.getByLabel('Views').waitFor()
    expect(await viewsOf(page)).toBe('Views')
    expect(await remove(page).count()).toBe(0)
    await page.getByLabel('Views').selectOption({ label: 'Ada' })
    await page.getByText('1 of 1 cards').waitFor()
    expect(await remove(page).count()).toBe(0)
    await page.getByLabel('Views').selectOption({ label: 'Grace' })
    expect(await viewsOf(page)).toBe('Grace')
    await remove(page).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Delete the view “Grace”? It is deleted for all members of the project.').waitFor()
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await waitUntil('it is gone', async () => {
      const { items } = await api(`/projects/${project}/views`)
      return items.map(({ name }: any) => name).join() === 'Ada,Newest'
    })
  })

  it('cannot be saved twice or without a filter', async () => {
    const page = await pageAt(ada, await newProject())
    const save = page.getByRole('button', { name: 'Save as a view…' })
    await page.getByLabel('Filter cards').fill('  ')
    expect(await save.count()).toBe(0)
    await page.getByLabel('Filter cards').fill('program ')
    await save.click()
    await page.getByLabel('Name of the view').fill('Programs')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await remove(page).waitFor()
    expect(await viewsOf(page)).toBe('Programs')
    expect(await save.count()).toBe(0)
    await waitForColumn(page, 'todo', [TITLE])
  })
})
