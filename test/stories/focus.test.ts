import type { Page } from 'playwright-core'
import { describe, expect, inject, it } from 'vitest'
import { type Account, apiOf, enter, newAccount, openBoard, signIn, waitUntil } from './scene.ts'
import { openSeat, type Seat } from './seats.ts'

/** Where the focus goes when the element that has it disappears. */

const url = inject('site')
let ada: Account
let project: string
let seat: Seat
let page: Page

const api = apiOf(url, () => ada)
const newTask = (title: string) => api('/tasks', { body: { project_id: project, title, status: 'todo' } })

/** Opens an address in a browser of Ada's, after `prepare` in a project of hers. */
async function openPage(addressOf: (project: string) => string, prepare = async () => {}) {
  ada = await newAccount(url, 'Ada Lovelace')
  project = (await api('/projects', { body: { name: 'Apollo' } })).id
  await prepare()
  seat = await openSeat(url)
  page = seat.page
  await enter(seat, ada)
  await page.goto(`/#${addressOf(project)}`)
}

/** The name of the element that has the focus, or its text. */
const focused = () =>
  page.evaluate('(e => e.ariaLabel ?? e.labels?.[0]?.textContent ?? e.textContent.trim())(document.activeElement)')
const waitForFocus = (name: string) => waitUntil(`${name} has the focus`, async () => (await focused()) === name)

/** Not by the name alone: a link to a page has the same. */
const waitForFocusOfPage = (name: string) => page.locator(`main[aria-label="${name}"]:focus`).waitFor()

const press = (name: string) => page.getByRole('button', { name, exact: true }).press('Enter')

describe('after a change of page', () => {
  it('the content of the page has the focus, and is named after the page', async () => {
    await openPage(() => '/')
    await page.getByRole('link', { name: /Apollo/ }).press('Enter')
    await waitForFocusOfPage('Board')
    await page.getByRole('link', { name: 'Members' }).press('Enter')
    await waitForFocusOfPage('Members')
    await page.getByRole('link', { name: 'Projects' }).press('Enter')
    await waitForFocusOfPage('Projects')
  })
})

it('the content of the page has the focus after a sign-in, not the button that skips to it', async () => {
  ada = await newAccount(url, 'Ada Lovelace')
  seat = await openSeat(url)
  page = seat.page
  await signIn(seat, ada)
  await waitForFocusOfPage('Projects')
})

describe('the focus in a list', () => {
  it('moves to the next row when a card is restored from the trash', async () => {
    await openPage(
      (id) => `/projects/${id}/trash`,
      async () => {
        for (const title of ['One', 'Two']) await api(`/tasks/${(await newTask(title)).id}`, { method: 'DELETE' })
      },
    )
    await press('Restore Two')
    await waitForFocus('Restore One')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Trash', exact: true }).and(page.locator(':focus')).waitFor()
  })

  it('moves to the next row when a member is removed', async () => {
    await openPage(
      (id) => `/projects/${id}/members`,
      async () => {
        for (const name of ['Grace Hopper', 'Mary Jackson']) {
          const { id: user_id } = await newAccount(url, name)
          await api(`/projects/${project}/members`, { body: { user_id, role: 'viewer' } })
        }
      },
    )
    await press('Remove Grace Hopper')
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).press('Enter')
    await waitForFocus('Remove Mary Jackson')
  })

  it('moves to the search when the last person of the list is added', async () => {
    await openPage((id) => `/projects/${id}/members`)
    const { email } = await newAccount(url, 'Grace Hopper')
    await page.getByRole('region', { name: 'Add a member' }).getByRole('textbox').fill(email)
    await page.keyboard.press('Enter')
    await press('Add Grace Hopper')
    await waitForFocus('Search')
  })

  it('moves to the next row when a key is revoked', async () => {
    await openPage(
      () => '/settings',
      async () => {
        for (const name of ['One', 'Two'])
          await api('/users/me/keys', { body: { name, scopes: ['read'], project_ids: null, expires_at: null } })
      },
    )
    const buttons = page.getByRole('button', { name: /^Revoke / })
    await waitUntil('both are there', async () => (await buttons.count()) === 2)
    const [first, second] = await buttons.evaluateAll((buttons) =>
      buttons.map((button: any) => button.ariaLabel as string),
    )
    await press(first ?? '')
    await page.getByRole('dialog').getByText('Programs that use it are refused from then on').waitFor()
    await page.keyboard.press('Escape')
    await waitForFocus(first ?? '')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).press('Enter')
    await waitForFocus(second ?? '')
  })

  it('moves to the next column when a column is deleted, in the settings and on the board', async () => {
    await openPage((id) => `/projects/${id}/settings`)
    const remove = async (button: string) => {
      await press(button)
      await page.locator('dialog summary').press('Enter')
      await page.getByRole('dialog').getByRole('button', { name: 'Delete column' }).press('Enter')
    }
    await remove('Edit column In progress')
    await waitForFocus('Edit column Review')
    await openBoard(seat, project)
    await remove('Edit column Review')
    await waitForFocus('Edit column Done')
  })
})

describe('in the filters', () => {
  it('the text field gets the focus after the filters are cleared, and after a view is saved or deleted', async () => {
    await openPage((id) => `/projects/${id}`)
    const text = page.getByLabel('Filter cards')
    await text.fill('zzz')
    await press('Clear filters')
    await waitForFocus('Filter cards')
    await page.keyboard.type('yyy')
    await press('Save as a view…')
    await page.getByLabel('Name of the view').fill('Nothing')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Delete this view' }).waitFor()
    await waitForFocus('Filter cards')
    await press('Delete this view')
    await page.getByRole('dialog').getByText('Delete the view “Nothing”? Only you can see it.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).press('Enter')
    await page.getByRole('button', { name: 'Save as a view…' }).waitFor()
    await waitForFocus('Filter cards')
  })
})

it('a button and a checkbox keep the focus after their change is saved', async () => {
  await openPage(() => '/settings')
  const name = page.getByRole('region', { name: 'Profile' }).getByLabel('Name')
  await name.fill('Countess Lovelace')
  const save = page.getByRole('region', { name: 'Profile' }).getByRole('button', { name: 'Save' })
  await save.press('Enter')
  await page.getByRole('link', { name: 'Settings: Countess Lovelace' }).waitFor()
  await waitForFocus('Save')
  const box = page.getByRole('group', { name: 'Tell me when' }).getByRole('checkbox').first()
  await box.press('Space')
  await waitUntil('it is saved', async () => (await api('/users/me/notification-preferences')).muted_kinds.length === 1)
  expect(await box.evaluate((element) => element.matches(':focus'))).toBe(true)
})
