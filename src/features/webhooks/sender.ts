import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../../config/config.ts'
import { openDatabase } from '../../db/client.ts'
import { log } from '../../lib/log.ts'
import { newMeter } from '../../lib/meter.ts'
import { backgroundRealtime } from '../../live/publish.ts'
import { deliver, type Hook } from './deliver.ts'

/** After what the webhook had to send was sent, the next turn waits so long: in a busy project it then sends several at once. */
const REST_MS = 250
/** When a turn fails, or ends with its object. */
const AGAIN_MS = 10_000

/**
 * Delivers one webhook. Each has an object of its own: Cloudflare lets one wait for six answers at a time, so receivers that
 * hang would hold up the others of a project. All that it knows is in Postgres; what wakes it is a hint.
 */
export class WebhookSender extends DurableObject<Env> {
  #sending = false
  /** It was woken during the turn, so events may have come that the turn has not seen. */
  #woken = false
  /** So, as a manager has changed something. */
  #anew = false
  /** Before this, a turn has nothing to do, unless a manager has changed something. */
  #rests_until = 0

  /** There may be something to send. `anew`: whatever it waits for, it is to look now. */
  async wake(hook: Hook, anew = false): Promise<void> {
    this.#woken = true
    if (anew) {
      this.#anew = true
      this.#rests_until = 0
    }
    if (this.#sending) return
    const { storage } = this.ctx
    storage.kv.put('hook', hook)
    const at = Math.max(Date.now(), this.#rests_until)
    const set = await storage.getAlarm()
    if (set === null || set > at) await storage.setAlarm(at)
  }

  override async alarm(): Promise<void> {
    const { storage } = this.ctx
    const hook = storage.kv.get<Hook>('hook')
    if (!hook) return
    this.#sending = true
    this.#woken = false
    this.#anew = false
    try {
      await storage.setAlarm(Date.now() + AGAIN_MS)
      const config = configOf(this.env)
      const realtime = backgroundRealtime(this.env, config, (work) => this.ctx.waitUntil(work))
      const next = await deliver({ db: openDatabase(config, newMeter()), realtime, config, log }, hook)
      await this.#setAlarm(next)
    } finally {
      this.#sending = false
    }
  }

  async #setAlarm(next: number | null | undefined): Promise<void> {
    const { storage } = this.ctx
    if (next === undefined) {
      await storage.deleteAlarm()
      return storage.deleteAll()
    }
    this.#rests_until = this.#anew ? 0 : (next ?? Date.now() + REST_MS)
    if (this.#anew) return storage.setAlarm(Date.now())
    const at = next ?? (this.#woken ? this.#rests_until : null)
    if (at === null) await storage.deleteAlarm()
    else await storage.setAlarm(at)
  }
}
