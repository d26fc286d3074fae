import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type Account, apiOf, enter, newAccount, waitForAnnouncement, waitUntil } from './scene.ts'
import { openSeat } from './seats.ts'

/** What managers do with webhooks in the settings of a project. */

const url = inject('site')
let ada: Account
let receiver: Receiver

beforeAll(async () => {
  ada = await newAccount(url, 'Ada Lovelace')
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

const api = apiOf(url, () => ada)

async function openSettings(who: Account, project: string) {
  const seat = await openSeat(url)
  await enter(seat, who)
  await seat.page.goto(`/#/projects/${project}/settings`)
  await seat.page.getByRole('heading', { name: 'Columns' }).waitFor()
  return { page: seat.page, hooks: seat.page.getByRole('region', { name: 'Webhooks' }) }
}

const newProject = async () => (await api('/projects', { body: { name: 'Apollo' } })).id as string
const hooksOf = async (project: string) => (await api(`/projects/${project}/webhooks`)).items
const labelOfFocus = (page: Page) => page.evaluate('document.activeElement.getAttribute("aria-label")')

it('adds a webhook, shows its secret once, changes it, and deletes it', async () => {
  const project = await newProject()
  const { page, hooks } = await openSettings(ada, project)
  const dialog = page.getByRole('dialog')
  const [first, second] = [`${receiver.url}/first`, `${receiver.url}/second`]
  await hooks.getByText('No webhook yet').waitFor()
  const save = async () => {
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await hooks.getByRole('button', { name: 'Add a webhook' }).click()
  await dialog.getByLabel('URL').fill('http://example.com/')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.locator('.note', { hasText: 'The URL must begin with https:.' }).waitFor()
  await dialog.getByLabel('URL').fill(first)
  await dialog.getByLabel('All events').uncheck()
  await dialog.getByLabel('Card moved').check()
  await dialog.getByLabel('Comment added').check()
  await save()
  const secret = hooks.getByLabel(`Secret of ${first}`)
  await secret.and(page.locator(':focus')).waitFor()
  await waitForAnnouncement(page, 'Copy the secret now')
  expect(await secret.inputValue()).toMatch(/^whsec_/)
  await hooks.getByText('Card moved and Comment added').waitFor()
  expect(await hooksOf(project)).toMatchObject([{ url: first, actions: ['task.moved', 'comment.created'] }])
  await page.reload()
  await hooks.getByText('Card moved and Comment added').waitFor()
  expect(await secret.count()).toBe(0)

  await hooks.getByRole('button', { name: 'Add a webhook' }).click()
  await dialog.getByLabel('URL').fill(second)
  await save()
  await hooks.getByText('All events', { exact: true }).waitFor()
  await hooks.getByRole('button', { name: `Edit: ${first}` }).click()
  expect(await dialog.getByLabel('Card moved').isChecked()).toBe(true)
  await dialog.getByLabel('URL').fill(`${first}/moved`)
  await dialog.getByLabel('Card moved').uncheck()
  await save()
  await hooks.getByText('Comment added', { exact: true }).waitFor()
  expect((await hooksOf(project))[0]).toMatchObject({ url: `${first}/moved`, actions: ['comment.created'] })

  await hooks.getByRole('button', { name: `Delete: ${first}` }).click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(await hooksOf(project)).toHaveLength(2)
  await hooks.getByRole('button', { name: `Delete: ${first}` }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await waitForAnnouncement(page, `Deleted ${first}/moved`)
  await waitUntil('the next row has the focus', async () => (await labelOfFocus(page)) === `Edit: ${second}`)
  expect(await hooksOf(project)).toMatchObject([{ url: second }])
})

it('shows both values when somebody else changes the same webhook', async () => {
  const project = await newProject()
  const [mine, theirs] = [`${receiver.url}/mine`, `${receiver.url}/theirs`]
  const { id } = await api(`/projects/${project}/webhooks`, { body: { url: `${receiver.url}/old` } })
  const { page, hooks } = await openSettings(ada, project)
  await hooks.getByRole('button', { name: `Edit: ${receiver.url}/old` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('URL').fill(mine)
  await api(`/webhooks/${id}`, { method: 'PATCH', body: { url: theirs, description: 'Chat' } })
  await dialog.getByText(`Theirs: ${theirs}`).waitFor()
  expect(await dialog.getByLabel('Description').inputValue()).toBe('Chat')
  await dialog.getByRole('button', { name: 'Use mine' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await hooksOf(project)).toMatchObject([{ url: mine, description: 'Chat', actions: null }])
})

it('pauses a webhook and resumes it, also in an archived project, and replaces its secret', async () => {
  const project = await newProject()
  const address = `${receiver.url}/paused`
  const { secret: old } = await api(`/projects/${project}/webhooks`, { body: { url: address } })
  await api(`/projects/${project}`, { method: 'PATCH', body: { status: 'archived' } })
  const { page, hooks } = await openSettings(ada, project)
  await hooks.getByRole('button', { name: `Pause: ${address}` }).press('Enter')
  await hooks.getByText('Paused, last changed').waitFor()
  expect(await hooksOf(project)).toMatchObject([{ status: 'paused' }])
  expect(await labelOfFocus(page)).toBe(`Resume: ${address}`)
  await page.keyboard.press('Enter')
  await hooks.getByText('Active', { exact: true }).waitFor()
  await hooks.getByRole('button', { name: `Replace secret: ${address}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Replace secret' }).click()
  const secret = hooks.getByLabel(`Secret of ${address}`)
  await secret.and(page.locator(':focus')).waitFor()
  expect(await secret.inputValue()).not.toBe(old)
  await hooks.getByRole('button', { name: `Deliveries: ${address}` }).click()
  await page.getByRole('button', { name: 'Send a test message' }).click()
  await page.getByRole('dialog').getByText('Test message acknowledged (204)').waitFor()
  const { body, headers } = receiver.box('paused').received.at(-1) ?? { body: '', headers: {} }
  await page.getByRole('button', { name: 'Close' }).click()
  expect(new Webhook(await secret.inputValue()).verify(body, headers)).toMatchObject({ type: 'test' })
})

it('shows the last deliveries with their answers, and sends events again', async () => {
  const project = await newProject()
  const box = receiver.box('again')
  box.manner = 500
  const address = `${receiver.url}/again`
  const { id } = await api(`/projects/${project}/webhooks`, { body: { url: address, actions: ['task.created'] } })
  await api('/tasks', { body: { project_id: project, title: 'Plan' } })
  await waitUntil('it has failed', async () => (await hooksOf(project))[0].failing_since !== null)
  const { page, hooks } = await openSettings(ada, project)
  await hooks.getByText('Last error: answered 500').waitFor()
  await hooks.getByRole('button', { name: `Deliveries: ${address}` }).click()
  const dialog = page.getByRole('dialog', { name: 'Deliveries' })
  await dialog.getByText('failed: answered 500').first().waitFor()
  await dialog.getByText('Response', { exact: true }).first().click()
  await dialog.getByText('I answer 500').first().waitFor()

  box.manner = 204
  const acknowledged = () => box.received.filter(({ answered }) => answered === 204).length
  const resend = async () => {
    const before = acknowledged() // more than 0 if it was tried again by itself
    await dialog
      .getByRole('button', { name: /^Send again from event/ })
      .first()
      .click()
    await page
      .getByRole('dialog', { name: /^Send again/ })
      .getByRole('button', { name: 'Send again' })
      .click()
    await waitForAnnouncement(page, 'The events will be sent again')
    await waitUntil('it has arrived', () => acknowledged() > before)
  }
  await resend()
  await resend()
  expect(new Set(box.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  await waitUntil('both are kept', async () => {
    const { items } = await api(`/webhooks/${id}/deliveries`)
    return items.filter(({ status }: any) => status === 204).length >= 2
  })
  await dialog.getByRole('button', { name: 'Refresh' }).click()
  await dialog.getByText('acknowledged (204)').nth(1).waitFor()
})

it('opens the webhooks of a project from the notification that one of them was removed', async () => {
  const { id: project } = await api('/projects', { body: { name: 'Gemini' } })
  receiver.box('gone').manner = 410
  await api(`/projects/${project}/webhooks`, { body: { url: `${receiver.url}/gone` } })
  await api('/tasks', { body: { project_id: project, title: 'Plan' } })
  await waitUntil('it is removed', async () => (await hooksOf(project)).length === 0)
  const { page, hooks } = await openSettings(ada, await newProject())
  await page.getByRole('button', { name: /^Inbox/ }).click()
  await page.getByRole('link', { name: 'A webhook of Gemini was removed' }).click()
  await page.getByRole('main', { name: 'Project settings' }).getByText('Gemini').first().waitFor()
  await hooks.getByText('No webhook yet').waitFor()
  expect(page.url()).toContain(`/projects/${project}/settings`)
})

it('shows webhooks to managers only', async () => {
  const project = await newProject()
  const grace = await newAccount(url, 'Grace Hopper')
  await api(`/projects/${project}/members`, { body: { user_id: grace.id, role: 'editor' } })
  const { page, hooks } = await openSettings(grace, project)
  await page.getByText('Managers of the project can change this.').waitFor()
  expect(await hooks.count()).toBe(0)
  await api(`/projects/${project}/members/${grace.id}`, { method: 'PATCH', body: { role: 'manager' } })
  await hooks.getByText('No webhook yet').waitFor()
})
