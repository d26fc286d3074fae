import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeRegions } from '../../local/regions.ts'

const script = join(import.meta.dirname, '../../local/dev.ts')
/** `npm run dev -- --regions weur,enam`, with cheap password hashes; then the URL of each region's Worker. */
let child: ChildProcess
let weur = ''
let enam = ''
beforeAll(async () => {
  const env = { ...process.env, PORT: '0', FLOWTRACK_DATA: 'memory', DATABASE_URL: '', REDIS_URL: '' }
  const cheap = ['--var', 'SCRYPT_LOG2_N:10', '--var', 'LOGIN_REFUSAL_MS:0']
  child = spawn(process.execPath, [script, '--regions', 'weur,enam', ...cheap], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  await new Promise<void>((found, failed) => {
    child.stdout?.on('data', (data) => {
      said += data
      const [, first, second] = /^Regions\n +weur +(\S+)\n +enam +(\S+)$/m.exec(said) ?? []
      if (!first || !second) return
      weur = first
      enam = second
      found()
    })
    child.once('exit', () => failed(new Error(`npm run dev ended before it was ready: ${said}`)))
  })
})
afterAll(async () => {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
})

async function post(url: string, body: object, token = '') {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as any }
}

async function openBoard(url: string, project_id: string, token: string) {
  const { ticket } = (await post(`${url}/auth/ws-ticket`, {}, token)).body
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/projects/${project_id}?ticket=${ticket}`)
  const messages: any[] = []
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(data)))
  const message = (type: string) => expect.poll(() => messages.find((m) => m.type === type)).toBeDefined()
  await message('hello')
  return { socket, messages, message }
}

test('delivers an event from one region to a socket in the other, by Redis alone', async () => {
  const account = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: 'correct horse battery' }
  const { access } = (await post(`${weur}/auth/register`, account)).body.tokens
  const project = (await post(`${weur}/projects`, { name: 'Apollo' }, access)).body
  const there = await openBoard(enam, project.id, access)
  expect(there.messages[0]).toMatchObject({ type: 'hello', region: 'enam' })
  // The relay of enam opens its stream when the hub registers. The first event may come before, by a check.
  await post(`${weur}/tasks`, { project_id: project.id, title: 'The first may come by the check' }, access)
  await there.message('event')
  const started = Date.now()
  await post(`${weur}/tasks`, { project_id: project.id, title: 'The second' }, access)
  await expect.poll(() => there.messages.some((m) => m.type === 'event' && m.data.title === 'The second')).toBe(true)
  expect(Date.now() - started).toBeLessThan(5_000) // the alarm would take up to 15 s
  there.socket.close()
})

test('locks an account at both Workers after eleven wrong passwords that were sent to them in turn', {
  timeout: 300_000,
}, async () => {
  const account = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: 'correct horse battery' }
  await post(`${weur}/auth/register`, account)
  const login = async (at: string, password: string) =>
    (await post(`${at}/auth/login`, { email: account.email, password })).status
  const statuses = []
  for (let n = 0; n < 11; n += 1) statuses.push(await login(n % 2 ? enam : weur, `wrong password ${n}`))
  expect(statuses).toEqual([...new Array(10).fill(401), 429])
  expect([await login(weur, account.password), await login(enam, account.password)]).toEqual([429, 429])
})

test('takes the regions from the arguments, and passes the other arguments to wrangler', () => {
  expect(takeRegions(['--regions', 'weur,enam', '--x'])).toEqual({ regions: ['weur', 'enam'], others: ['--x'] })
  expect(takeRegions(['--x', '--regions=oc'])).toEqual({ regions: ['oc'], others: ['--x'] })
  expect(takeRegions(['--x'])).toEqual({ regions: [], others: ['--x'] })
  for (const wrong of ['', 'europe', 'weur,weur', 'weur,'])
    expect(() => takeRegions(['--regions', wrong])).toThrow(/--regions takes/)
})
