import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseOptions } from './parse-options.ts'

/*
 * `npm run gallery`: makes the pictures of docs/reports.md again, from the data that `npm run demo` gives
 * to a FlowTrack in memory, which it starts and stops.
 */

parseOptions({ options: {} }) // none: it writes into docs/

const folder = join(import.meta.dirname, '../docs/reports')

/** Starts `npm run dev` on a free port, and waits until it answers. Throws when it ends before that. */
async function startDev(): Promise<{ api: string; dev: ChildProcess }> {
  const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '', PORT: '0', FLOWTRACK_DATA: 'memory' }
  const script = join(import.meta.dirname, 'dev.ts')
  const dev = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const ready = new Promise<string>((found) => {
    dev.stdout.on('data', (data) => {
      said += data
      const url = /^Health +(\S+)\/healthz$/m.exec(said)?.[1]
      if (url) found(url)
    })
  })
  const ended = once(dev, 'close').then(() => {
    throw new Error(`npm run dev ended before it was ready:\n${said}`)
  })
  const api = await Promise.race([ready, ended])
  ended.catch(() => undefined)
  return { api, dev }
}

async function fetchText(url: string, token?: string, expected = 200): Promise<string> {
  const response = await fetch(url, { headers: token ? { Authorization: `Bearer ${token}` } : {} })
  const text = await response.text()
  if (response.status !== expected) throw new Error(`${url} answered ${response.status}: ${text}`)
  return text
}

async function signIn(api: string, email: string, password: string): Promise<string> {
  const body = JSON.stringify({ email, password })
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${api}/auth/login`, { method: 'POST', headers, body })
  const { tokens } = (await response.json()) as { tokens: { access: string } }
  return tokens.access
}

/** Every picture by its name: those that the demo has links to, and two that have none. */
async function makePictures(api: string): Promise<[name: string, svg: string][]> {
  const demo = [join(import.meta.dirname, 'demo.ts'), api]
  const { stdout } = await promisify(execFile)(process.execPath, demo)
  const links = [...stdout.matchAll(/^(\S+) +(http\S+\/reports\/pictures\/\S+)$/gm)]
  const [, password = ''] = /password "([^"]+)"/.exec(stdout) ?? []
  const [email = ''] = /\S+@\S+/.exec(stdout) ?? []
  if (links.length === 0) throw new Error(`The demo named no pictures:\n${stdout}`)
  const made: [string, string][] = []
  for (const [, name = '', url = ''] of links) made.push([name, await fetchText(url)])
  made.push(['overview', await fetchText(`${api}/reports/overview.svg`, await signIn(api, email, password))])
  made.push(['refused', await fetchText(`${links[0]?.[2]}&altered=1`, undefined, 403)])
  return made
}

const { api, dev } = await startDev()
try {
  mkdirSync(folder, { recursive: true })
  for (const [name, svg] of await makePictures(api)) {
    writeFileSync(join(folder, `${name}.svg`), `${svg}\n`)
    console.log(`docs/reports/${name}.svg  ${svg.length} bytes`)
  }
} finally {
  dev.kill('SIGINT')
  await once(dev, 'close')
}
