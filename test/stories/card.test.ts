import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Account, apiOf, enter, newAccount, signIn, waitForAnnouncement, waitUntil } from './scene.ts'
import { openSeat, type Seat } from './seats.ts'

/** An open card: no text in it is lost or overwritten unseen, and the keyboard does not lose its place. */

const url = inject('site')
const TITLE = 'Write the program'
let ada: Account

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
})

const api = apiOf(url, () => ada)

/** A card of Ada with a comment. `path` is the address of the card in the web board. */
async function newCard(comment = 'As it was') {
  const { id: project } = await api('/projects', { body: { name: 'Apollo' } })
  const { id } = await api('/tasks', { body: { project_id: project, title: TITLE, status: 'todo' } })
  const { id: commentId } = await api(`/tasks/${id}/comments`, { body: { body: comment } })
  return { project, id, commentId, path: `/#/projects/${project}/cards/${id}` }
}

async function openWindow(path: string, who = ada): Promise<Page> {
  const seat = await openSeat(url)
  await enter(seat, who)
  await openCard(seat.page, path)
  return seat.page
}

async function openCard(page: Page, path: string) {
  await page.goto(path)
  await page.getByRole('dialog').locator('.comments .prose, .comments textarea').first().waitFor()
}
async function closeCard(page: Page) {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

const button = (page: Page, name: string) => page.getByRole('dialog').last().getByRole('button', { name, exact: true })
const editor = (page: Page) => page.getByRole('textbox', { name: 'Edit the comment' })
const newComment = (page: Page) => page.getByRole('textbox', { name: 'Write a comment' })
const bodiesOf = async (id: string) => (await api(`/tasks/${id}/comments`)).items.map(({ body }: any) => body)
const editElsewhere = (commentId: string, body: string) =>
  api(`/comments/${commentId}`, { method: 'PATCH', body: { body } })

/** The words that say which control has the focus. */
const focused = (page: Page) =>
  page.evaluate(
    `(({ ariaLabel, textContent, tagName }) => ariaLabel || textContent || tagName)(document.activeElement)`,
  )
const waitForFocus = (page: Page, words: string) =>
  waitUntil(`${words} has the focus`, async () => (await focused(page)) === words)

describe('the text of a comment', () => {
  it('is not overwritten by another window of its author before the author chooses between both texts', async () => {
    const { id, commentId, path } = await newCard()
    const page = await openWindow(path)
    await button(page, 'Edit').press('Enter')
    await waitForFocus(page, 'Edit the comment')
    await editor(page).fill('Mine')
    await editElsewhere(commentId, 'Theirs')
    await page.locator('.told', { hasText: 'Theirs' }).waitFor()
    let sent = 0
    page.on('request', (request) => {
      if (request.method() === 'PATCH') sent += 1
    })
    await editor(page).press('Control+Enter') // the key does not choose between them
    await button(page, 'Use mine').click()
    await waitUntil('it is saved', async () => (await bodiesOf(id)).join() === 'Mine')
    expect(sent).toBe(1)
    await page.locator('.comment .prose', { hasText: 'Mine' }).waitFor()
  })

  it('is not overwritten by a window that has not received the change', async () => {
    const { id, commentId, path } = await newCard()
    const page = await openWindow(path)
    await closeCard(page)
    await page.route('**/activity?*', (route) => route.abort()) // opened so, a card reads its comments only once
    await openCard(page, path)
    await button(page, 'Edit').click()
    await editor(page).fill('Mine')
    await editElsewhere(commentId, 'Theirs')
    await button(page, 'Save').click()
    await page.locator('.told', { hasText: 'Theirs' }).waitFor()
    expect(await bodiesOf(id)).toEqual(['Theirs'])
    await button(page, 'Discard mine').click()
    await page.locator('.comment .prose', { hasText: 'Theirs' }).waitFor()
    expect(await editor(page).count()).toBe(0)
  })

  it('is shown beside a draft that was begun before the text changed', async () => {
    const { id, commentId, path } = await newCard()
    const page = await openWindow(path)
    await button(page, 'Edit').click()
    await editor(page).fill('Half')
    await closeCard(page)
    await editElsewhere(commentId, 'Theirs')
    await openCard(page, path)
    await page.locator('.told', { hasText: 'Theirs' }).waitFor()
    expect(await editor(page).inputValue()).toBe('Half')
    await button(page, 'Discard mine').click()
    await closeCard(page)
    await openCard(page, path)
    await page.locator('.comment .prose', { hasText: 'Theirs' }).waitFor()
    expect(await editor(page).count()).toBe(0)
    expect(await bodiesOf(id)).toEqual(['Theirs'])
  })

  it('is kept when the comment is deleted meanwhile, and can be sent as a new comment', async () => {
    const { id, commentId, path } = await newCard()
    const page = await openWindow(path)
    await button(page, 'Edit').click()
    await editor(page).fill('A long new text')
    await api(`/comments/${commentId}`, { method: 'DELETE' })
    await waitForAnnouncement(page, 'A comment that you were editing was deleted meanwhile')
    await waitForFocus(page, 'What you wrote')
    await closeCard(page)
    await page.reload()
    await openCard(page, path)
    const kept = page.getByRole('textbox', { name: 'What you wrote' })
    expect(await kept.inputValue()).toBe('A long new text')
    await button(page, 'Send as a new comment').click()
    await waitUntil('it is there', async () => (await bodiesOf(id)).join() === 'A long new text')
    await kept.waitFor({ state: 'detached' })
  })

  it('stays in its editor when the comment moves to another page of the thread', async () => {
    const { id, path } = await newCard('The first')
    const page = await openWindow(path)
    await button(page, 'Edit').click()
    await editor(page).fill('Half')
    for (let n = 0; n < 31; n += 1) await api(`/tasks/${id}/comments`, { body: { body: `Comment ${n}` } })
    await page.locator('.comment', { hasText: 'Comment 30' }).waitFor()
    expect(await editor(page).inputValue()).toBe('Half')
    expect(await page.getByText('was deleted meanwhile').count()).toBe(0)
  })
})

describe('a draft', () => {
  it('survives a reload, and is deleted at sign-out', async () => {
    const { path } = await newCard()
    const page = await openWindow(path)
    await newComment(page).fill('Half a comment')
    await button(page, 'Add a description').click()
    await page.getByRole('textbox', { name: 'Description' }).fill('Half a description')
    await page.reload()
    await openCard(page, path)
    expect(await newComment(page).inputValue()).toBe('Half a comment')
    expect(await page.getByRole('textbox', { name: 'Description' }).inputValue()).toBe('Half a description')
    const kept = () => page.evaluate('JSON.stringify(sessionStorage)')
    expect(await kept()).toContain('Half a comment')
    await closeCard(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await kept()).toBe('{}')
  })

  it('of an item, a checklist or a label survives a reload, and is deleted when it is added', async () => {
    const { id, path } = await newCard()
    await api(`/tasks/${id}/checklists`, { body: { title: 'Before launch' } })
    const page = await openWindow(path)
    const item = page.getByRole('textbox', { name: 'Add an item to Before launch' })
    const checklist = page.getByRole('textbox', { name: 'New checklist' })
    const label = page.getByRole('textbox', { name: 'New label', exact: true })
    await item.fill('Half an item')
    await button(page, 'New checklist').click()
    await checklist.fill('Half a checklist')
    await page.getByText('New label').click()
    await label.fill('Half a label')
    await page.reload()
    await openCard(page, path)
    await item.waitFor()
    expect(await item.inputValue()).toBe('Half an item')
    expect(await checklist.inputValue()).toBe('Half a checklist')
    expect(await label.inputValue()).toBe('Half a label')
    expect(await page.evaluate('document.activeElement.closest("form")')).toBe(null)
    await item.press('Enter')
    await page.getByRole('checkbox', { name: 'Half an item' }).waitFor()
    await checklist.press('Enter')
    await page.getByRole('heading', { name: 'Half a checklist' }).waitFor()
    await label.press('Enter')
    await page.getByRole('checkbox', { name: 'Half a label', checked: true }).waitFor()
    await waitUntil(
      'no draft is left',
      async () => !(await page.evaluate<string>('JSON.stringify(sessionStorage)')).includes('Half'),
    )
  })

  it('is neither shown to the next person nor kept in the browser after a sign-out in another tab', async () => {
    const { project, path } = await newCard()
    const grace = await newAccount(url, 'Grace Hopper')
    await api(`/projects/${project}/members`, { body: { user_id: grace.id, role: 'contributor' } })
    const page = await openWindow(path)
    await newComment(page).fill('A secret of Ada')
    await page.goto('about:blank')
    const other = await page.context().newPage()
    await other.goto('/')
    await other.getByRole('button', { name: 'Sign out' }).click()
    await signIn({ page: other } as Seat, grace)
    await openCard(page, path)
    expect(await newComment(page).inputValue()).toBe('')
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).toBe('{}')
  })

  it('is shown again to the same person after the session has ended', async () => {
    const dorothy = await newAccount(url, 'Dorothy Vaughan')
    const { project, path } = await newCard()
    await api(`/projects/${project}/members`, { body: { user_id: dorothy.id, role: 'contributor' } })
    const page = await openWindow(path, dorothy)
    await newComment(page).fill('Half a comment')
    const { items } = await api('/auth/sessions', { token: dorothy.token })
    for (const { id } of items) await api(`/auth/sessions/${id}`, { token: dorothy.token, method: 'DELETE' })
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).toBe('{}')
    await page.getByLabel('E-mail').fill(dorothy.email)
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await waitUntil('it is back', async () => (await newComment(page).inputValue()) === 'Half a comment')
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).toContain('Half a comment')
  })

  it('of a description is saved with Ctrl+Enter', async () => {
    const { id, path } = await newCard()
    const page = await openWindow(path)
    await button(page, 'Add a description').click()
    await page.getByRole('textbox', { name: 'Description' }).fill('All of it')
    await page.keyboard.press('Control+Enter')
    await page.locator('.prose', { hasText: 'All of it' }).waitFor()
    await waitForFocus(page, 'Edit the description')
    await waitUntil('it is saved', async () => (await api(`/tasks/${id}`)).description === 'All of it')
  })

  it('is still shown after another person deletes the card, and the deletion is announced', async () => {
    const { id, path } = await newCard()
    const page = await openWindow(path)
    await newComment(page).fill('Half a comment')
    await api(`/tasks/${id}`, { method: 'DELETE' })
    await waitForAnnouncement(page, 'This card was deleted')
    await page.getByRole('dialog').getByText('Half a comment').waitFor()
    await waitForFocus(page, 'Close')
  })

  it('stays with its card when another person transfers the card to another project', async () => {
    const { id, path } = await newCard()
    const { id: there } = await api('/projects', { body: { name: 'Gemini' } })
    const page = await openWindow(path)
    await newComment(page).fill('Half a comment')
    await api(`/tasks/${id}/transfer`, { body: { project_id: there } })
    await page.waitForURL(`**/#/projects/${there}/cards/${id}`)
    await waitUntil('it is there', async () => (await newComment(page).inputValue()) === 'Half a comment')
  })
})

describe('a confirmation', () => {
  it('is required before a comment is deleted', async () => {
    const { id, path } = await newCard()
    const page = await openWindow(path)
    await page.locator('.comment').getByRole('button', { name: 'Delete' }).press('Enter')
    await page.getByText('Delete this comment? Nobody can restore it.').waitFor()
    await button(page, 'Cancel').press('Enter')
    await waitForFocus(page, 'Delete')
    expect(await bodiesOf(id)).toEqual(['As it was'])
    await page.keyboard.press('Enter')
    await button(page, 'Delete').press('Enter')
    await waitForAnnouncement(page, 'Comment deleted')
    await waitForFocus(page, 'Write a comment')
    expect(await bodiesOf(id)).toEqual([])
  })

  it('is required before a checklist with items is deleted', async () => {
    const { id, path } = await newCard()
    const { id: list } = await api(`/tasks/${id}/checklists`, { body: { title: 'Before launch' } })
    await api(`/checklists/${list}/items`, { body: { text: 'Fuel' } })
    await api(`/tasks/${id}/checklists`, { body: { title: 'Empty' } })
    const page = await openWindow(path)
    const listsOf = async () => (await api(`/tasks/${id}/checklists`)).items.map(({ title }: any) => title)
    await button(page, 'Delete checklist Before launch').press('Enter')
    await page.getByText('Delete “Before launch” with 1 item? Nobody can restore it.').waitFor()
    expect(await listsOf()).toEqual(['Before launch', 'Empty'])
    await button(page, 'Delete').press('Enter')
    await waitForAnnouncement(page, 'Deleted Before launch')
    await waitForFocus(page, 'Delete checklist Empty')
    await page.keyboard.press('Enter')
    await waitForFocus(page, 'New checklist')
    expect(await listsOf()).toEqual([])
  })
})

describe('the focus in an open card', () => {
  it('stays on the button for watching, and returns to the edit button of a comment', async () => {
    const { path } = await newCard()
    const page = await openWindow(path)
    await button(page, 'Stop watching').press('Enter')
    await waitForAnnouncement(page, 'You no longer watch this card')
    await waitForFocus(page, 'Watch')
    await page.keyboard.press('Enter')
    await waitForAnnouncement(page, 'You watch this card')
    await waitForFocus(page, 'Stop watching')
    await button(page, 'Edit').press('Enter')
    await button(page, 'Cancel').press('Enter')
    await waitForFocus(page, 'Edit')
    await page.keyboard.press('Enter')
    await editor(page).fill('As it should be')
    await page.keyboard.press('Control+Enter')
    await waitForAnnouncement(page, 'Saved')
    await waitForFocus(page, 'Edit')
  })

  it('stays on the button that sends a comment, and in the history when more of it is shown', async () => {
    const { id, path } = await newCard()
    for (const title of [...'abcdefghi']) await api(`/tasks/${id}`, { method: 'PATCH', body: { title } })
    const page = await openWindow(path)
    await newComment(page).fill('Once more')
    await button(page, 'Comment').press('Enter')
    await waitUntil('it is sent', async () => (await bodiesOf(id)).length === 2)
    await waitForFocus(page, 'Comment')
    await button(page, 'Show more').press('Enter')
    await page.getByText('created the card').waitFor()
    expect(await focused(page)).toContain('History')
  })

  it('moves to the field for items of a new checklist, and to the next item after a deletion', async () => {
    const { path } = await newCard()
    const page = await openWindow(path)
    await button(page, 'New checklist').press('Enter')
    await page.keyboard.type('Before launch')
    await page.keyboard.press('Enter')
    await waitForAnnouncement(page, 'Added Before launch')
    for (const item of ['Fuel', 'Suits']) {
      await waitForFocus(page, 'Add an item to Before launch')
      await page.keyboard.type(item)
      await page.keyboard.press('Enter')
      await waitForAnnouncement(page, `Added ${item}`)
      await page.getByRole('checkbox', { name: item }).waitFor()
    }
    await button(page, 'Delete Fuel').press('Enter')
    await waitForAnnouncement(page, 'Deleted Fuel')
    await waitForFocus(page, 'Delete Suits')
  })

  it('moves to the next link after one is removed, and to the form for new links after the last one', async () => {
    const { project, path } = await newCard()
    const page = await openWindow(path)
    const numbers: string[] = []
    for (const title of ['One', 'Two'])
      numbers.push((await api('/tasks', { body: { project_id: project, title } })).number)
    const [one, two] = numbers as [string, string]
    await page.locator('summary', { hasText: 'Link' }).click()
    for (const number of numbers) {
      await page.getByLabel('Number of the other card').fill(number)
      await button(page, 'Link').press('Enter')
      await waitForAnnouncement(page, `Added ${number}`)
      await waitForFocus(page, 'Link')
      await button(page, `Remove the link to ${number}`).waitFor()
    }
    await page.locator('summary', { hasText: 'Link' }).press('Enter')
    await button(page, `Remove the link to ${one}`).press('Enter')
    await waitForAnnouncement(page, `Removed the link to ${one}`)
    await waitForFocus(page, `Remove the link to ${two}`)
    await page.keyboard.press('Enter')
    await waitForFocus(page, 'Link')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY')
  })
})

it('shows bullets of lists and bars of quotes on the side where the text starts, also for Arabic', async () => {
  const { id, path } = await newCard()
  const description = '- بند أول\n- بند ثان\n\n> اقتباس\n\n- one\n- two'
  await api(`/tasks/${id}`, { method: 'PATCH', body: { description } })
  const page = await openWindow(path)
  const styles = `[...document.querySelectorAll('.card-main .part:not(.comments) .prose > *')].map((block) => {
    const { direction, paddingLeft, paddingRight, borderRightWidth } = getComputedStyle(block)
    return [block.tagName, direction, paddingLeft !== '0px', paddingRight !== '0px', borderRightWidth !== '0px']
  })`
  expect(((await page.evaluate(styles)) as unknown[][]).slice(0, 3)).toEqual([
    ['UL', 'rtl', false, true, false],
    ['BLOCKQUOTE', 'rtl', false, true, true],
    ['UL', 'ltr', true, false, false],
  ])
})

it('asks for confirmation before it deletes a card, in a dialog whose title is above its text', async () => {
  const { path } = await newCard()
  const page = await openWindow(path)
  await button(page, 'Delete card').click()
  const dialog = page.getByRole('dialog').last()
  const title = await dialog.getByRole('heading').boundingBox()
  const text = await dialog.getByText('It goes to the trash').boundingBox()
  expect(title && text && title.y + title.height <= text.y).toBe(true)
})

it('shows a link to a card in a project that the reader cannot see, and removes it', async () => {
  const { project, id, path } = await newCard()
  const linus = await newAccount(url, 'Linus Torvalds')
  const as = (body?: object, method?: string) => ({ token: linus.token, body, ...(method && { method }) })
  const { id: theirs } = await api('/projects', as({ name: 'Hidden' }))
  const { id: blocker } = await api('/tasks', as({ project_id: theirs, title: 'Blocks it' }))
  await api(`/projects/${project}/members`, { body: { user_id: linus.id, role: 'contributor' } })
  await api(`/tasks/${blocker}/links`, as({ kind: 'blocks', task_id: id }))
  await api(`/projects/${project}/members/${linus.id}`, { method: 'DELETE' })
  const page = await openWindow(path)
  const row = page.getByRole('dialog').locator('li', { hasText: 'Blocked by a card in a project that you cannot see' })
  await row.waitFor()
  await row.getByRole('button', { name: 'Remove the link to a card in a project that you cannot see' }).click()
  await row.waitFor({ state: 'detached' })
  await waitForAnnouncement(page, 'Removed the link')
  expect((await api(`/tasks/${id}`)).is_blocked).toBe(false)
})
