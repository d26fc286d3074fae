import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { v7 as uuid } from 'uuid'
import { startStack } from '../../local/stack.ts'
import { signAccess } from '../../src/auth/tokens.ts'
import { configOf } from '../../src/env.ts'
import { bundleWorker } from '../../test/faults/support/region/bundle.ts'
import { Region } from '../../test/faults/support/region/process.ts'
import { freePort } from '../../test/faults/support/world.ts'

export interface Site {
  url: string
  /** The token of a new account that may export everything. */
  admin(pool: pg.Pool): Promise<string>
  close(): Promise<void>
}

/** Written beside the API, which makes no administrators. */
async function newAdmin(pool: pg.Pool, bindings: Record<string, string>): Promise<string> {
  const [user_id, session_id] = [uuid(), uuid()]
  const email = `${user_id}@bench.example`
  await pool.query("insert into users (id, email, name, role) values ($1, $2, 'Bench', 'admin')", [user_id, email])
  await pool.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    [session_id, user_id],
  )
  const config = configOf(bindings as unknown as Env) // the rest of Env is bindings
  return signAccess(config, { user_id, session_id, role: 'admin' }, new Date())
}

/** One Worker over the database of a URL, and Redis in memory unless REDIS_URL names one. */
export async function openSite(databaseUrl: string): Promise<Site> {
  const stack = await startStack({ databaseUrl, redisUrl: process.env.REDIS_URL })
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-portability-'))
  const settings = { ACCESS_TTL_SECONDS: '86400', REGION: 'weur' }
  const bindings = { ...stack.vars, ...settings, JWT_SECRET: randomBytes(48).toString('base64url') }
  let region: Region | undefined
  const close = async () => {
    await region?.kill()
    await stack.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const port = await freePort()
    const worker = join(folder, 'worker')
    await bundleWorker(worker)
    region = await Region.start({ port, folder, worker, bindings, log: Boolean(process.env.BENCH_LOG) })
    return { url: `http://127.0.0.1:${port}`, admin: (pool) => newAdmin(pool, bindings), close }
  } catch (error) {
    await close()
    throw error
  }
}
