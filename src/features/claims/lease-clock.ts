import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../../config/config.ts'
import { openDatabase } from '../../db/client.ts'
import { log } from '../../lib/log.ts'
import { newMeter } from '../../lib/meter.ts'
import { placeOf } from '../../live/places.ts'
import { realtimeFor } from '../../live/publish.ts'
import { endClaims } from './end.ts'

/** After a look that found nothing to do, as the database's clock is behind: not before this many milliseconds. */
const PATIENCE_MS = 250

/** Wakes when the next lease of one project is over, and gives the card back. Forgets nothing: leases are in Postgres. */
export class LeaseClock extends DurableObject<Env> {
  /** A lease is over at `at`, in milliseconds. */
  async wakeAt(project_id: string, at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm()
    this.ctx.storage.kv.put('project_id', project_id)
    if (set === null || at < set) await this.ctx.storage.setAlarm(at)
  }

  override async alarm(): Promise<void> {
    const project_id = this.ctx.storage.kv.get<string>('project_id')
    if (project_id === undefined) return
    const config = configOf(this.env)
    const realtime = realtimeFor({
      env: this.env,
      config,
      log,
      place: () => placeOf(config),
      waitUntil: (work) => this.ctx.waitUntil(work),
    })
    const next = await endClaims({ db: openDatabase(config, newMeter()), realtime, log }, project_id)
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + PATIENCE_MS))
  }
}
