import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { inject } from 'vitest'
import { seededDice } from '../../local/faults.ts'
import { configOf } from '../../src/config/config.ts'
import type { Ctx } from '../../src/context.ts'
import { openDatabase } from '../../src/db/client.ts'
import { log } from '../../src/lib/log.ts'
import { newMeter } from '../../src/lib/meter.ts'
import type { Announcement } from '../../src/live/event.ts'
import { RateLimiter } from '../../src/redis/rate-limiter.ts'

/** SQL from Node, directly to Postgres, without the bridge. */
export const sql = new pg.Pool({ connectionString: inject('databaseUrl'), max: 4 })

export async function queryRows<T = any>(text: string, values: unknown[] = []): Promise<T[]> {
  return (await sql.query(text, values)).rows
}

export type Writer = Ctx & { announced: Announcement[] }

/** The ASSETS binding, as far as the Worker itself reads from it. */
export const assets: Ctx['assets'] = {
  fetch: async (input) => {
    const file = new URL(input instanceof Request ? input.url : String(input)).pathname
    return new Response(readFileSync(join(import.meta.dirname, '../../public', file)))
  },
}

/** A context for services, as a new request of `actor` has it. `announced` collects what it announces. */
export function actingAs(actor: Ctx['actor']): Writer {
  const config = configOf(inject('vars') as unknown as Env) // the rest of Env is bindings
  const announced: Announcement[] = []
  const meter = newMeter()
  return {
    db: openDatabase(config, meter),
    assets,
    limits: new RateLimiter({ config, log, meter }),
    config,
    log,
    now: new Date(),
    request_id: 'journal-test',
    actor,
    announced,
    waitUntil: () => undefined,
    reader: {},
    cache: {
      look: async () => null,
      fill: () => undefined,
      invalidateUsers: async () => undefined,
      drop: async () => undefined,
    },
    realtime: {
      announce: (news) => void announced.push(news),
      endAccess: () => undefined,
      recheck: () => undefined,
      wakeForClaims: () => undefined,
      wakeWebhooks: () => undefined,
      notify: () => undefined,
    },
  }
}

/** The context of a new account with a session. */
export async function newWriter(): Promise<Writer> {
  const [user_id, session_id] = [uuid(), uuid()]
  await sql.query('insert into users (id, email, name, role) values ($1, $2, $3, $4)', [
    user_id,
    `${user_id}@example.com`,
    'Writer',
    'member',
  ])
  await sql.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    [session_id, user_id],
  )
  return actingAs({ user_id, session_id, role: 'member', expires_at: Date.now() + 86_400_000 })
}

/** Seeded, so that a failing run can be repeated. */
export function newDice(seed: number) {
  const next = seededDice(seed)
  return { chance: next, pick: <T>(items: readonly T[]): T | undefined => items[Math.floor(next() * items.length)] }
}
