import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { BIG } from '../../local/data/make-data.ts'
import { findFreePort } from '../../local/free-port.ts'
import { startStack } from '../../local/stack.ts'
import { configOf } from '../../src/config/config.ts'
import { signAccessToken } from '../../src/security/tokens.ts'
import { bundleWorker } from '../../test/faults/support/region/bundle.ts'
import { Region } from '../../test/faults/support/region/process.ts'

/** A Worker over the data of `bench:data`, a session of the big project's manager, and what it sends to Postgres. */
export interface ReportBench {
  project: string
  /** Sends a request: its time, its status, its requests to Postgres (`db`) and Redis (`cache`), and its bytes. */
  ask(path: string, accept?: string): Promise<{ ms: number; status: number; db: number; cache: number; bytes: number }>
  /** The last request that the Worker sent to Neon: statements in one transaction. */
  sent(): { query: string; params: unknown[] }[]
  databaseUrl: string
  close(): Promise<void>
}

/** Starts a server that passes requests on to the Neon bridge and remembers the last one. */
async function startRecorder(target: string) {
  let last = ''
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    last = Buffer.concat(chunks).toString()
    const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('neon-')) as [string, string][]
    const answer = await fetch(target, { method: 'POST', headers, body: last })
    response.writeHead(answer.status, { 'Content-Type': 'application/json' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`,
    sent: () => JSON.parse(last).queries,
    close,
  }
}

/** Makes a session of the big project's manager. Throws when `bench:data` has not filled the database. */
async function openSession(databaseUrl: string, vars: Record<string, string>) {
  const db = new pg.Client({ connectionString: databaseUrl })
  await db.connect()
  try {
    const { rows } = await db.query(
      `select p.id as project, m.user_id from projects p join project_members m on m.project_id = p.id
       where p.key = $1 and m.role = 'manager' limit 1`,
      [BIG],
    )
    if (rows.length === 0) throw new Error('There is no data: run npm run bench:data first.')
    const { project, user_id } = rows[0]
    const session_id = uuid()
    await db.query(
      "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
      [session_id, user_id],
    )
    const config = configOf(vars as unknown as Env) // the rest of Env is bindings
    return { project, token: await signAccessToken(config, { user_id, session_id, role: 'member' }, new Date()) }
  } finally {
    await db.end()
  }
}

const countSpent = (what: string, timing: string | null) =>
  Number(new RegExp(`${what};dur=\\d+;desc="(\\d+)"`).exec(timing ?? '')?.[1])

export async function openReportBench(databaseUrl: string, redisUrl: string | undefined): Promise<ReportBench> {
  const stack = await startStack({ databaseUrl, redisUrl })
  const recorder = await startRecorder(`${stack.vars.NEON_FETCH_ENDPOINT}`)
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-reports-'))
  const settings = { ACCESS_TTL_SECONDS: '86400', LIMIT_USER: '1000000/60', REGION: 'weur' }
  const bindings = {
    ...stack.vars,
    ...settings,
    NEON_FETCH_ENDPOINT: recorder.url,
    JWT_SECRET: randomBytes(48).toString('base64url'),
  }
  const port = await findFreePort()
  let region: Region | undefined
  const close = async () => {
    await region?.kill()
    recorder.close()
    await stack.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const { project, token } = await openSession(databaseUrl, bindings)
    const worker = join(folder, 'worker')
    await bundleWorker(worker)
    region = await Region.start({ port, folder, worker, bindings })
    const ask = async (path: string, accept = 'application/json') => {
      const begun = performance.now()
      const headers = { Authorization: `Bearer ${token}`, Accept: accept }
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
      const { byteLength: bytes } = await response.arrayBuffer()
      const ms = performance.now() - begun
      const timing = response.headers.get('Server-Timing')
      return { ms, status: response.status, db: countSpent('db', timing), cache: countSpent('cache', timing), bytes }
    }
    return { project, ask, sent: recorder.sent, databaseUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}
