import { beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type Account,
  apiOf,
  call,
  cardNamed,
  enter,
  newAccount,
  openBoard,
  PASSWORD,
  signIn,
  waitForColumn,
  waitUntil,
} from './scene.ts'
import { openSeat } from './seats.ts'

/** What somebody writes is not lost when a request fails, a dialog is closed, or a key ends a composition. */

const url = inject('site')
const TITLE = 'Write the program'
const COMPOSING = { isComposing: true, bubbles: true, cancelable: true }
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)

/** A board of Ada with one card, which she has open. `fail` makes the server fail at paths until `mend`. */
async function openCard() {
  const { id: project } = await api('/projects', { body: { name: 'Apollo' } })
  const { id } = await api('/tasks', { body: { project_id: project, title: TITLE, status: 'todo' } })
  const { id: list } = await api(`/tasks/${id}/checklists`, { body: { title: 'Before launch' } })
  await api(`/tasks/${id}/comments`, { body: { body: 'As it was' } })
  const seat = await openSeat(url)
  const { page } = seat
  await enter(seat, ada)
  await openBoard(seat, project)
  const open = () => cardNamed(page, TITLE).getByRole('link').click()
  const close = async () => {
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  const fail = (path: string) =>
    page.route(`**${path}`, (route) =>
      route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{}' }),
    )
  const mend = (path: string) => page.unroute(`**${path}`)
  const waitForFailure = () => page.getByText('The server cannot do this at the moment').last().waitFor()
  await open()
  await page.locator('.comment', { hasText: 'As it was' }).waitFor()
  return { page, project, id, list, open, close, fail, mend, waitForFailure }
}

describe('a request that fails', () => {
  it('leaves the new text of a comment in its field', async () => {
    const { page, fail, mend, waitForFailure } = await openCard()
    const comment = page.locator('.comment')
    await fail('/comments/*')
    await comment.getByRole('button', { name: 'Edit', exact: true }).click()
    await comment.locator('textarea').fill('As it should be')
    await comment.getByRole('button', { name: 'Save' }).click()
    await waitForFailure()
    expect(await comment.locator('textarea').inputValue()).toBe('As it should be')
    await mend('/comments/*')
    await comment.getByRole('button', { name: 'Save' }).click()
    await comment.locator('.prose', { hasText: 'As it should be' }).waitFor()
  })

  it('puts the text of a new checklist item back into its field', async () => {
    const { page, list, fail, mend, waitForFailure } = await openCard()
    const field = page.getByLabel('Add an item to Before launch')
    await fail(`/checklists/${list}/items`)
    await field.fill('Fuel')
    await page.keyboard.press('Enter')
    await waitForFailure()
    await waitUntil('it is back', async () => (await field.inputValue()) === 'Fuel')
    await mend(`/checklists/${list}/items`)
    await field.press('Enter')
    await page.getByRole('checkbox', { name: 'Fuel' }).waitFor()
    expect(await field.inputValue()).toBe('')
  })

  it('does not report a card as deleted when it could not be loaded', async () => {
    const { page, project, id, close, fail, mend, waitForFailure } = await openCard()
    await close()
    await api(`/tasks/${id}`, { method: 'PATCH', body: { archived_at: new Date().toISOString() } })
    await waitForColumn(page, 'todo', [])
    await fail(`/tasks/${id}`)
    let answers = 0
    page.on('response', (response) => {
      if (response.url().endsWith(`/tasks/${id}`)) answers += 1
    })
    await page.goto(`/#/projects/${project}/cards/${id}`)
    await waitUntil('it was read again after the journal', () => answers >= 2)
    await waitForFailure()
    expect(await page.getByText('This card was deleted').count()).toBe(0)
    await mend(`/tasks/${id}`)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('textbox', { name: 'Title', exact: true }).waitFor()
  })
})

describe('a description', () => {
  it('stays as a draft when the card is closed, until it is saved or discarded', async () => {
    const { page, id, open, close } = await openCard()
    const field = page.getByRole('textbox', { name: 'Description' })
    await page.getByRole('button', { name: 'Add a description' }).click()
    await field.fill('Half a thought')
    await close()
    await open()
    await waitUntil('it is there', async () => (await field.inputValue()) === 'Half a thought')
    await close()
    await api(`/tasks/${id}`, { method: 'PATCH', body: { description: 'Theirs' } })
    await open()
    await page.locator('.told', { hasText: 'Theirs' }).waitFor() // a draft does not replace it unseen either
    await page.getByRole('button', { name: 'Keep theirs' }).click()
    await close()
    await open()
    await page.locator('.prose', { hasText: 'Theirs' }).waitFor()
    expect(await field.count()).toBe(0)
  })
})

describe('a date', () => {
  /** The due dates that the journal has, each as it was before and after. */
  const dueDatesOf = async (project: string) => {
    const { items } = await api(`/projects/${project}/activity?limit=100`)
    return items.flatMap(({ changes }: any) => (changes.due_date ? [changes.due_date] : [])).reverse()
  }

  it('is saved when it is complete, not after each digit of its year', async () => {
    const { page, project, id } = await openCard()
    await api(`/tasks/${id}`, { method: 'PATCH', body: { start_date: '2026-06-06' } })
    const field = page.getByRole('dialog').getByLabel('Due')
    const saved = () => api(`/tasks/${id}`).then(({ due_date }) => due_date)
    await field.focus()
    await page.keyboard.type('11112027', { delay: 60 }) // the eleventh of November, wherever the day comes first
    await page.keyboard.press('Enter')
    await waitUntil('it is saved', async () => (await saved()) === '2027-11-11')
    await field.blur()
    await field.focus()
    await page.keyboard.type('12120202', { delay: 60 })
    await page.keyboard.press('Escape')
    expect(await field.inputValue()).toBe('2027-11-11')
    await page.keyboard.type('12') // half of a date
    await page.keyboard.press('Backspace')
    await field.blur()
    expect(await field.evaluate((input: any) => input.validity.valid)).toBe(false)
    await field.fill('2028-01-02') // changes it without a key, as the calendar does
    await waitUntil('it is saved', async () => (await saved()) === '2028-01-02')
    await field.fill('2026-01-01') // before the start
    await page.locator('.refusals .note').waitFor()
    await waitUntil('the old one is back', async () => (await field.inputValue()) === '2028-01-02')
    expect(await dueDatesOf(project)).toEqual([
      [null, '2027-11-11'],
      ['2027-11-11', '2028-01-02'],
    ])
  })
})

describe('a choice from a list', () => {
  it('by arrow keys is saved at Enter or when the focus leaves, and undone by Escape', async () => {
    const { page, project, id } = await openCard()
    const dialog = page.getByRole('dialog')
    const field = dialog.getByLabel('Column')
    const before = await api(`/tasks/${id}`)
    const keys = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await field.focus()
    await keys('ArrowDown', 'ArrowDown')
    expect(await field.inputValue()).toBe('review')
    await keys('Escape')
    expect(await field.inputValue()).toBe(before.status)
    await page.waitForTimeout(300)
    expect((await api(`/tasks/${id}`)).seq).toBe(before.seq)
    await keys('ArrowDown') // and the mouse takes it back
    await field.dispatchEvent('pointerdown')
    await field.selectOption(before.status)
    await keys('ArrowDown', 'ArrowDown', 'Enter')
    await waitUntil('it is saved', async () => (await api(`/tasks/${id}`)).status === 'review')
    const priority = dialog.getByLabel('Priority')
    await priority.focus()
    await keys('ArrowUp', 'ArrowUp', 'Tab')
    await waitUntil('it is saved', async () => (await api(`/tasks/${id}`)).priority === 'medium')
    await priority.selectOption('Urgent') // changes it without a key, as a mouse does
    await waitUntil('it is saved', async () => (await api(`/tasks/${id}`)).priority === 'urgent')
    const { items } = await api(`/projects/${project}/activity?limit=100`)
    const changed = items.flatMap(({ changes }: any) => [changes.status, changes.priority].filter(Boolean))
    expect(changed.reverse()).toEqual([
      ['todo', 'review'],
      ['none', 'medium'],
      ['medium', 'urgent'],
    ])
  })
})

describe('a title', () => {
  it('that is unfinished is kept over a reload, and saved when the focus leaves', async () => {
    const { page, id } = await openCard()
    const field = page.getByRole('textbox', { name: 'Title', exact: true })
    await field.focus()
    await page.keyboard.press('End')
    await page.keyboard.type(' and more')
    await page.reload()
    await waitUntil('it is there', async () => (await field.inputValue()) === `${TITLE} and more`)
    await page.keyboard.press('Tab')
    await waitUntil('it is saved', async () => (await api(`/tasks/${id}`)).title === `${TITLE} and more`)
  })
})

describe('a key that ends the composition of a character', () => {
  it('neither selects a person nor closes or empties a field', async () => {
    const { page, close } = await openCard()
    const comment = page.getByRole('textbox', { name: 'Write a comment' })
    await comment.pressSequentially('@ad')
    await page.getByRole('listbox').waitFor()
    await comment.dispatchEvent('keydown', { key: 'Enter', ...COMPOSING })
    expect(await comment.inputValue()).toBe('@ad')
    const title = page.getByRole('textbox', { name: 'Title', exact: true })
    await title.fill('Half')
    await title.dispatchEvent('keydown', { key: 'Escape', ...COMPOSING })
    expect(await title.inputValue()).toBe('Half')
    await title.press('Escape')
    await waitUntil('it is as before', async () => (await title.inputValue()) === TITLE)
    await close()
    await page.getByRole('button', { name: 'Add a card to Review' }).click()
    const added = page.getByLabel('Title of the new card')
    await added.dispatchEvent('keydown', { key: 'Escape', ...COMPOSING })
    expect(await added.count()).toBe(1)
  })
})

describe('a change of the password', () => {
  it('is confirmed, and removes the sessions that it ended from the list', async () => {
    const dorothy = await newAccount(url, 'Dorothy') // has a session already
    const seat = await openSeat(url)
    const { page } = seat
    await signIn(seat, dorothy)
    await page.goto('/#/settings')
    const sessions = page.getByRole('region', { name: 'Sessions' }).getByRole('listitem')
    await waitUntil('both are there', async () => (await sessions.count()) === 2)
    const password = page.getByRole('region', { name: 'Password' })
    await password.getByLabel('Current password').fill(PASSWORD)
    await password.getByLabel('New password').fill('staple horse battery')
    await password.getByRole('button', { name: 'Change password' }).click()
    await password.getByText('The password was changed. All your other sessions have ended.').waitFor()
    await waitUntil('one is left', async () => (await sessions.count()) === 1)
    await password.getByLabel('Current password').fill('s')
    expect(await password.getByRole('status').textContent()).toBe('')
  })
})

describe('a session', () => {
  it('that has already ended disappears from the list when the user ends it', async () => {
    const dorothy = await newAccount(url, 'Dorothy')
    const seat = await openSeat(url)
    const { page } = seat
    await signIn(seat, dorothy)
    await page.goto('/#/settings')
    const end = page.getByRole('button', { name: 'End the session of' })
    await end.waitFor()
    const { items } = await call(url, '/auth/sessions', { token: dorothy.token })
    const mine = items.find(({ current }: any) => current)
    await call(url, `/auth/sessions/${mine.id}`, { token: dorothy.token, method: 'DELETE' })
    await end.click()
    await end.waitFor({ state: 'detached' })
    expect(await page.locator('.note').count()).toBe(0)
  })
})

describe('a profile', () => {
  it('is read from the server at the next sign-in, even if this page has changed it before', async () => {
    const dorothy = await newAccount(url, 'Dorothy')
    const seat = await openSeat(url)
    const { page } = seat
    await signIn(seat, dorothy)
    await page.goto('/#/settings')
    const profile = page.getByRole('region', { name: 'Profile' })
    await profile.getByLabel('Name').fill('Dorothy V.')
    await profile.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Settings: Dorothy V.' }).waitFor()
    await profile.getByRole('status').getByText('Saved').waitFor()
    await call(url, '/users/me', { token: dorothy.token, method: 'PATCH', body: { name: 'Dorothy Vaughan' } })
    await page.goto('/#/')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn(seat, dorothy)
    await page.getByRole('link', { name: 'Settings: Dorothy Vaughan' }).waitFor()
  })
})
