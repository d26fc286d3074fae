import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { startDev } from '../test/support/dev.ts'

/*
 * `npm run check:smoke`: uses `npm run dev` as a newcomer does. It answers, a task is created and moved, a
 * socket receives both events, `npm run demo` fills it, and Ctrl-C ends it cleanly.
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

/** Opens a socket. `open` resolves after its `hello`; `all` when events with all `wanted` actions have come. */
function watchActions(url: string, wanted: string[]): { open: Promise<void>; all: Promise<void> } {
  const socket = new WebSocket(url)
  const heard = new Set<string>()
  const open = Promise.withResolvers<void>()
  const all = Promise.withResolvers<void>()
  const fail = (why: string) => all.reject(new Error(`${why}; the socket heard: ${[...heard].join(', ') || 'nothing'}`))
  all.promise.catch(() => {})
  const timer = setTimeout(() => fail('Timeout'), EVENTS_WITHIN_MS)
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data))
    if (message.type === 'hello') open.resolve()
    for (const event of message.events ?? [message]) if (event.action) heard.add(event.action)
    if (!wanted.every((action) => heard.has(action))) return
    clearTimeout(timer)
    all.resolve()
    socket.close()
  }
  socket.onclose = ({ code }) => {
    open.reject(new Error(`The socket closed with ${code}`))
    fail(`It closed with ${code}`)
  }
  return { open: open.promise, all: all.promise }
}

async function tryApi(url: string): Promise<void> {
  for (const path of ['/', '/healthz', '/readyz', '/openapi.json', '/docs', '/docs/vendor/swagger-ui-bundle.js'])
    await call(`${url}${path}`)
  const person = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' }
  const { tokens } = await call(`${url}/auth/register`, { body: person })
  const token: string = tokens.access
  const project = await call(`${url}/projects`, { token, body: { name: 'Apollo' } })
  const { ticket } = await call(`${url}/auth/ws-ticket`, { token, method: 'POST' })
  const socket = `${url.replace('http', 'ws')}/ws/projects/${project.id}?ticket=${ticket}`
  const { open, all } = watchActions(socket, ['task.created', 'task.moved'])
  await open
  const task = await call(`${url}/tasks`, { token, body: { project_id: project.id, title: 'Say hello' } })
  const moved = await call(`${url}/tasks/${task.id}/move?status=done`, { token, method: 'PATCH' })
  if (moved.status !== 'done') throw new Error(`The move answered ${JSON.stringify(moved)}`)
  await all
}

/** Runs `npm run demo`, which itself checks that each report has data. */
function runDemo(url: string): void {
  const script = join(import.meta.dirname, '../local/demo.ts')
  const { status, stderr } = spawnSync(process.execPath, [script, url], { encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(stderr)
}

const dev = await startDev()
try {
  await tryApi(dev.url)
  console.log('npm run dev: it answers, and a socket saw a task made and moved.')
  runDemo(dev.url)
  console.log('npm run demo: every report has data.')
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
