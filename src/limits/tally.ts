import type { Pipeline } from '@upstash/redis'
import { type Breaker, breakerOf } from '../cache/breaker.ts'
import { openCache, reasonOf } from '../cache/client.ts'
import type { Config, Log } from '../env.ts'
import { AppError } from '../errors.ts'
import { type Meter, metered } from '../http/timing.ts'
import { type Memory, memoryOf } from './memory.ts'
import type { Subject } from './subject.ts'
import { addCount, isOver, remaining, type Standing, secondsLeft, standingOf } from './window.ts'

const DETAILS: Record<Subject['policy'], string> = {
  account: 'Too many wrong passwords for this account',
  address: 'Too many sign-ins, registrations and refreshes from this address',
  user: 'Too many requests of this user',
}

/** What somebody is told of whose quota nothing remains. */
export function refusal(standing: Standing): AppError {
  const { policy } = standing.subject
  const retry_after = secondsLeft(standing)
  return new AppError('too_many_requests', { detail: DETAILS[policy], facts: { policy, retry_after }, retry_after })
}

type Deps = { config: Config; log: Log; meter: Meter }

/**
 * What one request counts against, counted in one Redis request at most. Most need none: an
 * isolate counts some of a user's ahead, and gives them out. The count travels beside the
 * first database request (`begin`), or in a pipeline that is sent anyway (`send`), so that it costs
 * no time of its own. The price: a write may have committed when the count comes back. So a count
 * that leaves nothing is remembered, and the next one is refused before anything is asked (`add`).
 */
export class Tally {
  readonly #deps: Deps
  readonly #memory: Memory
  readonly #breaker: Breaker
  readonly #subjects: Subject[] = []
  /** Where those stand that had been counted ahead. */
  readonly #known: Standing[] = []
  #counted: Promise<Standing[]> | undefined

  constructor(deps: Deps) {
    this.#deps = deps
    this.#memory = memoryOf(deps.config)
    this.#breaker = breakerOf(deps.config)
  }

  /** Counts against `subject` as well, once. Throws too_many_requests when it is known that nothing remains. */
  add(subject: Subject): void {
    const counted = [...this.#subjects, ...this.#known.map((standing) => standing.subject)]
    if (counted.some(({ key }) => key === subject.key)) return
    const over = this.#memory.over(subject)
    if (over) {
      this.#counted = Promise.resolve([over])
      throw refusal(over)
    }
    const taken = this.#memory.take(subject)
    if (taken) this.#known.push(this.#noted(taken))
    else this.#subjects.push(subject)
  }

  /** Sends the count, unless it is under way or nothing is to be counted. */
  begin(): void {
    if (this.#counted || this.#subjects.length === 0) return
    if (this.#breaker.isOpen()) this.#counted = Promise.resolve(this.#countHere())
    else this.send(openCache(this.#deps.config).pipeline()).catch(() => undefined) // #take has seen to it
  }

  /**
   * Sends somebody else's pipeline with the count aboard: one Redis request for both. Resolves with
   * the replies to the pipeline's own commands; rejects when Redis does, and then nothing is counted.
   */
  async send<T extends unknown[]>(pipeline: Pipeline): Promise<T> {
    const own = pipeline.length()
    const aboard = this.#counted
      ? []
      : this.#subjects.map((subject) => ({ subject, many: this.#memory.toCount(subject) }))
    for (const { subject, many } of aboard) addCount(pipeline, subject, many)
    const sent = metered(this.#deps.meter.cache, () => pipeline.exec<unknown[]>())
    if (aboard.length > 0) this.#counted = this.#take(aboard, own, sent)
    return (await sent).slice(0, own) as T
  }

  /** Waits for the count: for what must not begin when nothing remains. Throws too_many_requests. */
  async allow(): Promise<void> {
    const over = (await this.settle()).find(isOver)
    if (over) throw refusal(over)
  }

  /** Where all subjects stand, counted if they are not yet. Never rejects. */
  settle(): Promise<Standing[]> {
    this.begin()
    return this.#counted ?? Promise.resolve(this.#known)
  }

  /** Forgets what was counted against `subject`. A failure leaves the count as it is. */
  async clear(subject: Subject): Promise<void> {
    this.#memory.forget(subject)
    this.#counted = this.settle().then((standings) => standings.filter((standing) => standing.subject !== subject))
    if (this.#breaker.isOpen()) return
    await metered(this.#deps.meter.cache, () => openCache(this.#deps.config).del(subject.key)).catch((error) =>
      this.#failed(error),
    )
  }

  async #take(
    aboard: { subject: Subject; many: number }[],
    own: number,
    sent: Promise<unknown[]>,
  ): Promise<Standing[]> {
    try {
      const replies = (await sent).slice(own)
      const standings = aboard.map(({ subject, many }, n) => {
        const counted = standingOf(subject, replies[n])
        return this.#noted(this.#memory.hold(counted, many))
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

  #noted(standing: Standing): Standing {
    const { subject, used } = standing
    if (subject.remembered && remaining(standing) === 0) this.#memory.remember(standing)
    if (used === subject.quota + 1) this.#deps.log.warn('limit_reached', { policy: subject.policy, key: subject.key })
    return standing
  }

  #failed(error: unknown): void {
    const news = this.#breaker.failed()
    if (news) this.#deps.log.warn('limits_without_redis', { reason: reasonOf(error) })
  }
}
