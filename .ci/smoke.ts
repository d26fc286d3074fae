import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { startDev } from '../test/support/dev.ts'

/*
 * What a newcomer does with `npm run dev`, from outside: it answers, a task is made and moved, a
 * socket sees both, `npm run demo` fills it, and Ctrl-C ends it cleanly.
 */

const EVENTS_WITHIN_MS = 15_000

async function call(url: string, { token, body, method = body ? 'POST' : 'GET' }: Call = {}) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' }
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 300)}`)
  return response.headers.get('Content-Type')?.includes('json') ? JSON.parse(text) : text
}
type Call = { token?: string; body?: unknown; method?: string }

/** The actions that a socket hears of, until all of `wanted` came. */
function hear(url: string, wanted: string[]): { open: Promise<void>; all: Promise<void> } {
  const socket = new WebSocket(url)
  const heard = new Set<string>()
  const open = Promise.withResolvers<void>()
  const all = Promise.withResolvers<void>()
  const fail = (why: string) => all.reject(new Error(`${why}; the socket heard: ${[...heard].join(', ') || 'nothing'}`))
  all.promise.catch(() => {})
  const patience = setTimeout(() => fail('Too late'), EVENTS_WITHIN_MS)
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data))
    if (message.type === 'hello') open.resolve()
    for (const event of message.events ?? [message]) if (event.action) heard.add(event.action)
    if (!wanted.every((action) => heard.has(action))) return
    clearTimeout(patience)
    all.resolve()
    socket.close()
  }
  socket.onclose = ({ code }) => {
    open.reject(new Error(`The socket closed with ${code}`))
    fail(`It closed with ${code}`)
  }
  return { open: open.promise, all: all.promise }
}

async function newcomer(url: string): Promise<void> {
  for (const path of ['/', '/healthz', '/readyz', '/openapi.json', '/docs', '/docs/vendor/swagger-ui-bundle.js'])
    await call(`${url}${path}`)
  const person = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' }
  const { tokens } = await call(`${url}/auth/register`, { body: person })
  const token: string = tokens.access
  const project = await call(`${url}/projects`, { token, body: { name: 'Apollo' } })
  const { ticket } = await call(`${url}/auth/ws-ticket`, { token, method: 'POST' })
  const socket = `${url.replace('http', 'ws')}/ws/projects/${project.id}?ticket=${ticket}`
  const { open, all } = hear(socket, ['task.created', 'task.moved'])
  await open
  const task = await call(`${url}/tasks`, { token, body: { project_id: project.id, title: 'Say hello' } })
  const moved = await call(`${url}/tasks/${task.id}/move?status=done`, { token, method: 'PATCH' })
  if (moved.status !== 'done') throw new Error(`The move answered ${JSON.stringify(moved)}`)
  await all
}

/** `npm run demo`, which checks by itself that each report has something to say. */
function demo(url: string): void {
  const script = join(import.meta.dirname, '../local/demo.ts')
  const { status, stderr } = spawnSync(process.execPath, [script, url], { encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(stderr)
}

const dev = await startDev()
try {
  await newcomer(dev.url)
  console.log('npm run dev: it answers, and a socket saw a task made and moved.')
  demo(dev.url)
  console.log('npm run demo: every report has something to say.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  const { code, complaints } = await dev.stop()
  if (code !== 0 || complaints) {
    console.error(`npm run dev ended with ${code} on SIGINT. ${complaints}`)
    process.exitCode = 1
  }
}
