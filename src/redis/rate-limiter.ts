import type { Pipeline } from '@upstash/redis'
import type { Config } from '../config/config.ts'
import type { Log } from '../lib/log.ts'
import { type Meter, metered } from '../lib/meter.ts'
import { type Breaker, breakerOf } from './circuit-breaker.ts'
import { openCache, reasonOf } from './client.ts'
import { type Memory, memoryOf } from './rate-memory.ts'
import { BYTES_A_REQUEST, MOST_BY_BYTES, type Subject } from './rate-quotas.ts'
import { addCount, giveBack, isOver, refusal, remaining, type Standing, standingOf, without } from './rate-window.ts'

type Deps = { config: Config; log: Log; meter: Meter }

/**
 * What one request counts against, counted in one Redis request at most. Most need none: an
 * isolate counts some of a user's ahead, and gives them out. The count travels beside the
 * first database request (`begin`), or in a pipeline that is sent anyway (`send`), so that it costs
 * no time of its own. The price: a write may have committed when the count comes back. So a count
 * that leaves nothing is remembered, and the next one is refused before anything is asked (`add`).
 */
export class RateLimiter {
  readonly #deps: Deps
  readonly #memory: Memory
  readonly #breaker: Breaker
  readonly #subjects: Subject[] = []
  /** The state of subjects that were counted ahead. */
  readonly #known: Standing[] = []
  #counted: Promise<Standing[]> | undefined
  #weighed = 0

  constructor(deps: Deps) {
    this.#deps = deps
    this.#memory = memoryOf(deps.config)
    this.#breaker = breakerOf(deps.config)
  }

  /** Counts against `subject` as well, once. Throws too_many_requests when it is known that nothing remains. */
  consume(subject: Subject): void {
    const counted = [...this.#subjects, ...this.#known.map((at) => at.subject)].map(({ key }) => key)
    if (counted.includes(subject.key)) return
    const over = this.#memory.over(subject)
    if (over) {
      this.#counted = Promise.resolve([over])
      throw refusal(over)
    }
    const taken = this.#memory.take(subject)
    if (taken) this.#known.push(this.#noted(taken))
    else this.#subjects.push(subject)
  }

  /** Counts a request that costs as much as several as so many more: with its sender's next count, so without a request of its own. */
  owe(many: number): void {
    for (const subject of [...this.#subjects, ...this.#known.map((at) => at.subject)])
      if (subject.policy === 'user') this.#memory.owe(subject, many)
  }

  /** To be called when bytes have been moved: owes what they come to. */
  weigh(): void {
    const { db, cache } = this.#deps.meter
    const most = Math.floor(this.#deps.config.LIMIT_USER.quota * MOST_BY_BYTES)
    const weight = Math.min(most, Math.floor((db.bytes + cache.bytes) / BYTES_A_REQUEST))
    if (weight > this.#weighed) this.owe(weight - this.#weighed)
    this.#weighed = weight
  }

  /** Sends the count, unless it is under way or nothing is to be counted. */
  start(): void {
    if (this.#counted || this.#subjects.length === 0) return
    if (this.#breaker.isOpen()) this.#counted = Promise.resolve(this.#countHere())
    else this.sendWith(openCache(this.#deps.config).pipeline()).catch(() => undefined) // #take handles the failure
  }

  /**
   * Sends somebody else's pipeline with the count aboard: one Redis request for both. Resolves with
   * the replies to the pipeline's own commands; rejects when Redis does, and then nothing is counted.
   */
  async sendWith<T extends unknown[]>(pipeline: Pipeline): Promise<T> {
    const own = pipeline.length()
    const uncounted = this.#counted ? [] : this.#subjects
    const aboard = uncounted.map((subject) => ({
      subject,
      owed: this.#memory.pay(subject),
      many: this.#memory.toCount(subject),
    }))
    for (const { subject, owed, many } of aboard) addCount(pipeline, subject, owed + many)
    const sent = metered(this.#deps.meter.cache, () => pipeline.exec<unknown[]>())
    if (aboard.length > 0) this.#counted = this.#take(aboard, own, sent)
    return (await sent).slice(0, own) as T
  }

  /**
   * Waits for the count: for what must not begin when nothing remains. Throws too_many_requests.
   * Those in `waived` do not hold for this request. What one count refuses is no guess, and the others
   * get it back: or one stranger, refused again and again, would use up the account's.
   */
  async requireAllowed(waived: Subject[] = []): Promise<void> {
    const all = await this.result()
    const holding = without(waived, all)
    this.#counted = Promise.resolve(holding)
    const over = holding.find(isOver)
    if (!over) return
    if (!over.subject.remembered) this.#logEnd(over)
    await this.#undo(
      [],
      all.filter((at) => !at.subject.remembered && !isOver(at)).map(({ subject }) => subject),
    )
    throw refusal(over)
  }

  /** Counts all subjects that are not counted yet, and returns their state. Never rejects. */
  result(): Promise<Standing[]> {
    this.start()
    return this.#counted ?? Promise.resolve(this.#known)
  }

  /** Forgets what was counted against those in `cleared`, and this request's own count against those in `returned`. */
  async clear(cleared: Subject[], returned: Subject[] = []): Promise<void> {
    this.#counted = this.result().then((standings) => without([...cleared, ...returned], standings))
    await this.#undo(cleared, returned)
  }

  /** A failure leaves the counts as they are. */
  async #undo(cleared: Subject[], returned: Subject[]): Promise<void> {
    for (const subject of cleared) this.#memory.forget(subject)
    for (const subject of returned) this.#memory.giveBack(subject)
    if (this.#breaker.isOpen() || cleared.length + returned.length === 0) return
    const pipeline = openCache(this.#deps.config).pipeline()
    if (cleared.length > 0) pipeline.del(...cleared.map(({ key }) => key))
    for (const subject of returned) giveBack(pipeline, subject)
    await metered(this.#deps.meter.cache, () => pipeline.exec()).catch((error) => this.#failed(error))
  }

  async #take(
    aboard: { subject: Subject; owed: number; many: number }[],
    own: number,
    sent: Promise<unknown[]>,
  ): Promise<Standing[]> {
    try {
      const replies = (await sent).slice(own)
      const standings = aboard.map(({ subject, owed, many }, n) => {
        const counted = standingOf(subject, replies[n])
        return this.#noted(this.#memory.hold(counted, many), owed)
      })
      if (this.#breaker.answered()) this.#deps.log.info('limits_restored')
      return [...this.#known, ...standings]
    } catch (error) {
      this.#failed(error)
      return this.#countHere()
    }
  }

  /** Without Redis: the API stays open; sign-ins are counted here, and so closed in the end. */
  #countHere(): Standing[] {
    const counted = this.#subjects.filter(({ closed }) => closed).map((subject) => this.#memory.count(subject))
    return [...this.#known, ...counted.map((standing) => this.#noted(standing))]
  }

  #noted(standing: Standing, owed = 0): Standing {
    if (!standing.subject.remembered) return standing // what is not remembered may not hold: `allow` knows
    if (remaining(standing) === 0) this.#memory.remember(standing)
    this.#logEnd(standing, owed)
    return standing
  }

  /** Logs only when this count first exceeds the quota; `owed` of it were counted ahead of Redis. */
  #logEnd({ subject: { policy, key, quota }, used }: Standing, owed = 0): void {
    if (used > quota && used - owed - 1 <= quota) this.#deps.log.warn('limit_reached', { policy, key })
  }

  #failed(error: unknown): void {
    if (this.#breaker.failed()) this.#deps.log.warn('limits_without_redis', { reason: reasonOf(error) })
  }
}
