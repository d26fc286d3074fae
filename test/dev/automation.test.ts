import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { type Receiver, startReceiver } from '../support/receiver.ts'

/** Runs each recipe of docs/automation.md, exactly as written there, against `npm run dev`. */

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/automation.md'), 'utf8')
/** A folder inside `node_modules`, where the recipes find the packages that they import. */
const cache = join(root, 'node_modules/.cache')

const devUrl = inject('devUrl')
let receiver: Receiver
let folder: string
let token: string
let key: string
let project: { id: string; key: string }

/** The first code block in this language under a heading of the page. */
function codeOf(heading: string, language: string): string {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading))
  const code = section?.split(`\`\`\`${language}\n`)[1]?.split('```')[0]
  if (!code) throw new Error(`docs/automation.md has no ${language} code under the heading ${heading}`)
  return code
}

async function moduleOf(heading: string): Promise<any> {
  const file = join(folder, `${heading.replaceAll(' ', '-')}.mjs`)
  writeFileSync(file, codeOf(heading, 'js'))
  return import(/* @vite-ignore */ file)
}

async function api(method: string, path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const response = await fetch(devUrl + path, { method, headers, body: body && JSON.stringify(body) })
  return (await response.json()) as any
}
const add = (title: string) => api('POST', '/tasks', { project_id: project.id, title })

beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'recipes-'))
  receiver = await startReceiver()
  const email = `${crypto.randomUUID()}@example.com`
  token = (await api('POST', '/auth/register', { email, name: 'Ada', password: 'correct horse battery' })).tokens.access
  key = (await api('POST', '/users/me/keys', { name: 'Robot', scopes: ['read', 'write'] })).key
  project = await api('POST', '/projects', { name: 'Apollo' })
})
afterAll(async () => {
  await receiver?.close()
  rmSync(folder, { recursive: true, force: true })
})

it('moves the cards that commit messages name', async () => {
  const [done, other] = [await add('Fix the hatch'), await add('Paint the hatch')]
  const [, script] = codeOf('A commit', 'yaml').split('run: |\n') as [string, string]
  const MESSAGES = `${done.number}: fix the hatch $(touch hacked) "; see ZZZZ-1`
  const env = { ...process.env, API: devUrl, KEY: key, MESSAGES }
  const { stdout } = await promisify(execFile)('bash', ['-e', '-c', script], { env, cwd: folder })
  expect(stdout).toBe('::warning::ZZZZ-1 was not moved\n')
  expect(await api('GET', `/tasks/${done.id}`)).toMatchObject({ status: 'done' })
  expect(await api('GET', `/tasks/${other.id}`)).toMatchObject({ status: 'todo' })
})

it('sends a Slack message about a card that was moved', async () => {
  const worker = (await moduleOf('A card that moves')).default
  const slack = receiver.box('slack')
  slack.manner = 500
  const env = { SLACK_URL: `${receiver.url}/slack`, WEBHOOK_SECRET: '' }
  const statuses: number[] = []
  const between = createServer(async (request, answer) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const headers = request.headers as Record<string, string>
    const asked = new Request('https://worker.example.com', { method: 'POST', headers, body: Buffer.concat(chunks) })
    const { status } = await worker.fetch(asked, env)
    statuses.push(status)
    answer.writeHead(status).end()
  })
  await new Promise<void>((ready) => between.listen(0, '127.0.0.1', ready))
  const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
  try {
    const hook = await api('POST', `/projects/${project.id}/webhooks`, { url, actions: ['task.moved'] })
    expect(await api('POST', `/webhooks/${hook.id}/test`)).toMatchObject({ status: 401 })
    env.WEBHOOK_SECRET = hook.secret
    expect(await api('POST', `/webhooks/${hook.id}/test`)).toMatchObject({ status: 204 })
    const card = await add('Ship <!channel>')
    await api('PATCH', `/tasks/${card.id}/move?status=review`)
    await expect.poll(() => statuses.at(-1)).toBe(502)
    slack.manner = 200
    await expect.poll(() => statuses.at(-1)).toBe(204)
    const text = `${card.number} “Ship &#60;!channel&#62;” is now in review`
    expect(slack.received.map(({ body }) => JSON.parse(body))).toEqual(slack.received.map(() => ({ text })))
  } finally {
    between.close()
    between.closeAllConnections()
  }
})

it('completes all cards of a column by MCP', async () => {
  const { workOff } = await moduleOf('An agent')
  const board = await api('POST', '/projects', { name: 'Gemini' })
  for (const title of ['One', 'Two', 'Three']) await api('POST', '/tasks', { project_id: board.id, title })
  const worked: string[] = []
  const work = async ({ title }: { title: string }) => {
    worked.push(title)
    return `${title} is done`
  }
  await Promise.all([workOff(devUrl, key, board.key, work), workOff(devUrl, key, board.key, work)])
  expect(worked.toSorted()).toEqual(['One', 'Three', 'Two'])
  const { items } = await api('GET', `/tasks?project_id=${board.id}`)
  expect(items.map(({ status, comment_count }: any) => [status, comment_count])).toEqual(Array(3).fill(['done', 1]))
})
