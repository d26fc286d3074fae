import type pg from 'pg'
import { v7 as uuid } from 'uuid'
import { configOf } from '../../src/config/config.ts'
import { signAccessToken } from '../../src/security/tokens.ts'
import { openDeployment } from '../../test/faults/support/deployment.ts'

export interface Site {
  url: string
  /** The token of a new account that may export everything. */
  admin(pool: pg.Pool): Promise<string>
  close(): Promise<void>
}

/** Writes the account and its session to the database, as the API makes no administrators. Returns an access token. */
async function newAdmin(pool: pg.Pool, bindings: Record<string, string>): Promise<string> {
  const [user_id, session_id] = [uuid(), uuid()]
  const email = `${user_id}@bench.example`
  await pool.query("insert into users (id, email, name, role) values ($1, $2, 'Bench', 'admin')", [user_id, email])
  await pool.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    [session_id, user_id],
  )
  const config = configOf(bindings as unknown as Env) // the rest of Env is bindings
  return signAccessToken(config, { user_id, session_id, role: 'admin' }, new Date())
}

/** One Worker over the database of a URL, and Redis in memory unless REDIS_URL names one. */
export async function openSite(databaseUrl: string): Promise<Site> {
  const { sites, settings, close } = await openDeployment({ databaseUrl, regions: ['weur'] })
  return { url: sites[0].url, admin: (pool) => newAdmin(pool, settings), close }
}
