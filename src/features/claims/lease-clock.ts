import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../../config/config.ts'
import { openDatabase } from '../../db/client.ts'
import { log } from '../../lib/log.ts'
import { newMeter } from '../../lib/meter.ts'
import { runThenRest } from '../../lib/run-then-rest.ts'
import { backgroundRealtime } from '../../live/publish.ts'
import { endClaims } from './end.ts'

/** The shortest pause between two steps, if more is left to do, or if this clock is behind the database's. */
const PAUSE_MS = 250
/** The pause after a step that failed, if the platform's own retries failed as well. */
const RETRY_MS = 60_000

/**
 * Wakes when the next lease of one project ends, and gives the card back. No lease depends on it: they are in Postgres.
 */
export class LeaseClock extends DurableObject<Env> {
  /** Wakes at `at` (epoch ms), when a lease is over. An alarm that runs meanwhile takes the earlier of both times. */
  async wakeAt(project_id: string, at: number): Promise<void> {
    const { kv } = this.ctx.storage
    const set = kv.get<number>('next')
    if (kv.get('project_id') === undefined) kv.put('project_id', project_id)
    if (set !== undefined && set <= at) return
    kv.put('next', at)
    await this.ctx.storage.setAlarm(at)
  }

  override async alarm(): Promise<void> {
    const { kv } = this.ctx.storage
    const project_id = kv.get<string>('project_id')
    if (project_id === undefined) return
    kv.delete('next')
    await this.ctx.storage.setAlarm(Date.now() + RETRY_MS)
    const config = configOf(this.env)
    const realtime = backgroundRealtime(this.env, config, (work) => this.ctx.waitUntil(work))
    const db = openDatabase(config, newMeter())
    const left = await runThenRest(() => endClaims({ db, realtime, log }, project_id))
    const next = Math.min(left ?? Number.POSITIVE_INFINITY, kv.get<number>('next') ?? Number.POSITIVE_INFINITY)
    if (next === Number.POSITIVE_INFINITY) return this.ctx.storage.deleteAlarm()
    kv.put('next', next)
    await this.ctx.storage.setAlarm(Math.max(next, Date.now() + PAUSE_MS))
  }
}
