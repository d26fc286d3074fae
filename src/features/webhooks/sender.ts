import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../../config/config.ts'
import { openDatabase } from '../../db/client.ts'
import { log } from '../../lib/log.ts'
import { newMeter } from '../../lib/meter.ts'
import { backgroundRealtime } from '../../live/publish.ts'
import { deliverEvents, type Hook } from './deliver.ts'

/** The shortest pause after an alarm that sent everything, so that in a busy project one alarm sends several events. */
const REST_MS = 250
/** The pause before the next alarm when one fails, or when its object ends during it. */
const RETRY_MS = 10_000

/**
 * Delivers one webhook. Each has an object of its own: Cloudflare lets an object wait for six answers at a time, so
 * receivers that hang would hold up the others of a project. All that it knows is in Postgres; what wakes it is a hint.
 */
export class WebhookSender extends DurableObject<Env> {
  #sending = false
  /** It was woken during the alarm, so events may have come that it has not seen. */
  #woken = false
  /** It was woken during the alarm with `at_once`. */
  #at_once = false
  /** No alarm begins before this time (epoch ms), unless the object is woken with `at_once`. */
  #rests_until = 0

  /** There may be something to send. `at_once`: set the next alarm to now, whatever it waits for. */
  async wake(hook: Hook, at_once = false): Promise<void> {
    this.#woken = true
    if (at_once) {
      this.#at_once = true
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
    this.#at_once = false
    try {
      await storage.setAlarm(Date.now() + RETRY_MS)
      const config = configOf(this.env)
      const realtime = backgroundRealtime(this.env, config, (work) => this.ctx.waitUntil(work))
      const next = await deliverEvents({ db: openDatabase(config, newMeter()), realtime, config, log }, hook)
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
    this.#rests_until = this.#at_once ? 0 : (next ?? Date.now() + REST_MS)
    if (this.#at_once) return storage.setAlarm(Date.now())
    const at = next ?? (this.#woken ? this.#rests_until : null)
    if (at === null) await storage.deleteAlarm()
    else await storage.setAlarm(at)
  }
}
