import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../../config/config.ts'
import { openDatabase } from '../../db/client.ts'
import { log } from '../../lib/log.ts'
import { newMeter } from '../../lib/meter.ts'
import { restingAfter } from '../../lib/rest.ts'
import { backgroundRealtime } from '../../live/publish.ts'
import { endClaims } from './end.ts'

/** A step that leaves more to do, or whose clock is behind the database's, is followed by another after so many milliseconds. */
const PAUSE_MS = 250
/** When what was due could not be done, and the platform's own retries are used up. */
const AGAIN_MS = 60_000

/** Wakes when the next lease of one project ends, and gives the card back. No lease depends on it: they are in Postgres. */
export class LeaseClock extends DurableObject<Env> {
  /** A lease is over at `at`, in milliseconds. Called while an alarm runs, too, which goes by the earlier time then. */
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
    await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
    const config = configOf(this.env)
    const realtime = backgroundRealtime(this.env, config, (work) => this.ctx.waitUntil(work))
    const db = openDatabase(config, newMeter())
    const left = await restingAfter(() => endClaims({ db, realtime, log }, project_id))
    const next = Math.min(left ?? Number.POSITIVE_INFINITY, kv.get<number>('next') ?? Number.POSITIVE_INFINITY)
    if (next === Number.POSITIVE_INFINITY) return this.ctx.storage.deleteAlarm()
    kv.put('next', next)
    await this.ctx.storage.setAlarm(Math.max(next, Date.now() + PAUSE_MS))
  }
}
