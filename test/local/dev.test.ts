import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { lockFolder } from '../../local/lock.ts'
import { startEmbeddedPostgres } from '../../local/postgres.ts'
import { descendantsOf, isAlive } from '../support/local.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'local/dev.ts')
const runs = new Set<ChildProcess>()

/**
 * Starts `npm run dev` as a user does, by `command` and its arguments. `ready` resolves with its URL, however long that
 * takes on a busy machine; `exit` with its exit code and output.
 */
function startDev(settings: Record<string, string> = {}, command = [process.execPath, script]) {
  const [program = '', ...args] = command
  const own = { PORT: '0', FLOWTRACK_DATA: 'memory', DATABASE_URL: '', REDIS_URL: '' }
  const env = { ...process.env, ...own, ...settings }
  const child = spawn(program, args, { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  runs.add(child)
  const said = { out: '', err: '' }
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }))
  child.stderr.on('data', (data) => (said.err += data))
  const ready = new Promise<string>((found, failed) => {
    child.stdout.on('data', (data) => {
      said.out += data
      const url = /^Health +(\S+)\/healthz$/m.exec(said.out)?.[1]
      if (url) found(url)
    })
    exit.then(({ err }) => failed(new Error(`npm run dev ended before it was ready: ${err}`)))
  })
  ready.catch(() => {})
  return { child, ready, exit }
}

async function listenOn(port: number) {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() }
}

afterEach(async () => {
  for (const child of runs) child.kill('SIGKILL')
  runs.clear()
})

describe('npm run dev', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('answers when it says so, and %s leaves nothing behind', async (name) => {
    const { child, ready, exit } = startDev()
    const url = await ready
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const children = descendantsOf(child.pid ?? 0)
    expect(children.length).toBeGreaterThan(1)
    child.kill(name)
    expect(await exit).toMatchObject({ code: 0, err: '' })
    expect(children.filter(isAlive)).toEqual([])
    const again = await listenOn(Number(new URL(url).port))
    again.close()
  })

  test('ends when npm is ended, which tells its shell alone', async () => {
    const { child, ready } = startDev({}, ['npm', 'run', 'dev'])
    await ready
    const children = descendantsOf(child.pid ?? 0)
    child.kill('SIGTERM')
    await expect.poll(() => children.filter(isAlive)).toEqual([])
  })

  test('ends when nobody reads its output any more', async () => {
    const { child, ready, exit } = startDev()
    const url = await ready
    const children = descendantsOf(child.pid ?? 0)
    child.stdout.destroy()
    await fetch(`${url}/healthz`) // writes to the log
    expect(await exit).toMatchObject({ code: 0, err: '' })
    expect(children.filter(isAlive)).toEqual([])
  })

  test('stops with an error when the Worker dies', async () => {
    const { child, ready, exit } = startDev()
    await ready
    const [wrangler = 0, ...others] = descendantsOf(child.pid ?? 0)
    process.kill(wrangler, 'SIGKILL')
    expect(await exit).toMatchObject({ code: 1, err: expect.stringMatching(/The Worker ended/) })
    await expect.poll(() => others.filter(isAlive)).toEqual([])
  })

  test('starts again after it was killed, with its data', async () => {
    const FLOWTRACK_DATA = mkdtempSync(join(tmpdir(), 'flowtrack-test-'))
    const first = startDev({ FLOWTRACK_DATA })
    const url = await first.ready
    const children = descendantsOf(first.child.pid ?? 0)
    first.child.kill('SIGKILL')
    await expect.poll(() => children.filter(isAlive)).toEqual([])
    const second = startDev({ FLOWTRACK_DATA, PORT: new URL(url).port })
    expect(await second.ready).toBe(url)
    second.child.kill('SIGINT')
    expect((await second.exit).code).toBe(0)
    rmSync(FLOWTRACK_DATA, { recursive: true })
  })
})

describe('npm run dev says in one line why it cannot start', () => {
  const oneLine = (about: RegExp) => ({
    code: 1,
    err: expect.stringMatching(new RegExp(`^npm run dev: [^\\n]*${about.source}[^\\n]*\\n$`)),
  })

  test('when the port is in use', async () => {
    const taken = await listenOn(0)
    const { exit } = startDev({ PORT: String(taken.port) })
    expect(await exit).toMatchObject(oneLine(new RegExp(`Port ${taken.port} is in use`)))
    taken.close()
  })

  test('when the port is not a number', async () => {
    expect(await startDev({ PORT: 'http' }).exit).toMatchObject(oneLine(/PORT=http is not a port/))
  })

  test('when the database cannot be reached', async () => {
    const { exit } = startDev({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' })
    const { err, ...rest } = await exit
    expect({ err, ...rest }).toMatchObject(oneLine(/127\.0\.0\.1:1\/x.*ECONNREFUSED/))
    expect(err).not.toContain('secret')
  })

  test('when DATABASE_URL is not a URL of Postgres, or its password is not percent-encoded', async () => {
    expect(await startDev({ DATABASE_URL: 'mysql://me:secret@127.0.0.1/x' }).exit).toMatchObject(
      oneLine(/DATABASE_URL is not a URL of Postgres: it must begin with postgres:\/\/ or postgresql:\/\//),
    )
    const { out, ...rest } = await startDev({ DATABASE_URL: 'postgres://me:1/se@cret#@127.0.0.1:1/x' }).exit
    expect(rest).toMatchObject(oneLine(/The password in DATABASE_URL must be encoded/))
    expect(out + rest.err).not.toMatch(/cret/)
  })

  test('when Redis cannot be reached, or REDIS_URL is not its URL', async () => {
    const { exit } = startDev({ REDIS_URL: 'redis://127.0.0.1:1' })
    expect(await startDev({ REDIS_URL: 'http://127.0.0.1:1' }).exit).toMatchObject(
      oneLine(/REDIS_URL is not a URL of Redis: it must look like redis:\/\//),
    )
    expect(await exit).toMatchObject(oneLine(/Redis at redis:\/\/127\.0\.0\.1:1.*ECONNREFUSED/))
  })

  test('when a migration fails', async () => {
    const postgres = await startEmbeddedPostgres()
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    await client.query('create table tasks (something_else int)')
    await client.end()
    expect(await startDev({ DATABASE_URL: postgres.url }).exit).toMatchObject(
      oneLine(/migration.*failed.*"tasks" already exists/),
    )
    await postgres.close()
  })

  test('when another run has the data', async () => {
    const FLOWTRACK_DATA = mkdtempSync(join(tmpdir(), 'flowtrack-test-'))
    const lock = lockFolder(FLOWTRACK_DATA)
    expect(await startDev({ FLOWTRACK_DATA }).exit).toMatchObject(oneLine(/is in use by another FlowTrack/))
    lock.release()
    rmSync(FLOWTRACK_DATA, { recursive: true })
  })

  test('when its data folder, or the lock in it, cannot be used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowtrack-test-'))
    writeFileSync(join(folder, 'lock'), 'no database '.repeat(20))
    expect(await startDev({ FLOWTRACK_DATA: folder }).exit).toMatchObject(
      oneLine(/lock cannot be used .*: make the folder writable, or delete this file/),
    )
    expect(await startDev({ FLOWTRACK_DATA: join(folder, 'lock') }).exit).toMatchObject(
      oneLine(/lock cannot be used .*: set FLOWTRACK_DATA to a folder that can be written/),
    )
    rmSync(folder, { recursive: true })
  })

  test('when a setting is wrong', async () => {
    expect(await startDev({ LIMIT_USER: 'many' }).exit).toMatchObject(
      oneLine(/LIMIT_USER is wrong: must be <how many>/),
    )
  })

  test('when its secret is empty, and how to go on', async () => {
    const FLOWTRACK_DATA = mkdtempSync(join(tmpdir(), 'flowtrack-test-'))
    writeFileSync(join(FLOWTRACK_DATA, 'jwt-secret'), '')
    expect(await startDev({ FLOWTRACK_DATA }).exit).toMatchObject(oneLine(/jwt-secret is empty or cut off: delete it/))
    rmSync(FLOWTRACK_DATA, { recursive: true })
  })

  test.each([
    ['a file of its database is damaged', 'PG_VERSION'],
    ['its database has lost PG_VERSION, and would be taken for an empty one', 'postgresql.conf'],
  ])('when %s, and how to go on', async (_, file) => {
    const FLOWTRACK_DATA = mkdtempSync(join(tmpdir(), 'flowtrack-test-'))
    mkdirSync(join(FLOWTRACK_DATA, 'database/postgres'), { recursive: true })
    writeFileSync(join(FLOWTRACK_DATA, 'database/postgres', file), '9\n')
    expect(await startDev({ FLOWTRACK_DATA }).exit).toMatchObject(
      oneLine(/database may be damaged, .*move the folder away/),
    )
    rmSync(FLOWTRACK_DATA, { recursive: true })
  })
})
