import type { Pipeline } from '@upstash/redis'
import type { Config } from '../config/config.ts'
import type { Log } from '../lib/log.ts'
import { type Meter, meterRequest } from '../lib/meter.ts'
import { type Breaker, breakerOf } from './circuit-breaker.ts'
import { openCache } from './client.ts'
import { BYTES_A_REQUEST, MAX_SHARE_OF_COST, type RateLimit } from './rate-limits.ts'
import { memoryOf, type RateMemory } from './rate-memory.ts'
import {
  addCount,
  addGiveBack,
  isOver,
  refusalOf,
  remainingOf,
  type Standing,
  standingOf,
  withoutLimits,
} from './rate-window.ts'

/** Policies that count what an account does. The others count where a request comes from, or wrong passwords. */
const OF_ACCOUNTS = new Set<RateLimit['policy']>(['keyed', 'user'])

type Deps = { config: Config; log: Log; meter: Meter }

/**
 * Counts one request against its limits, with one Redis request at most. Most need none: an isolate reserves several
 * requests of a user at once. The count is sent at the same time as the first database request (`start`), or in a
 * pipeline that is sent anyway (`sendWith`), so that it takes no time of its own. The price: a write may have committed
 * when the count comes back. So a limit that is used up is remembered, and the next request is refused before anything
 * is asked (`consume`). Only what is known later, such as whose an unknown credential is, takes one or two requests
 * more.
 */
export class RateLimiter {
  readonly #deps: Deps
  readonly #memory: RateMemory
  readonly #breaker: Breaker
  /** All limits that this request counts against. */
  readonly #limits: RateLimit[] = []
  /** Those whose count is still to be sent. */
  #unsent: RateLimit[] = []
  /** Those of an account: their counts wait until it is known whether the credential is genuine. */
  #held: RateLimit[] | undefined
  /** The state of limits that were counted with an earlier request. */
  readonly #known: Standing[] = []
  #confirmed = false
  #refused = false
  /** The keys of limits that were counted in this isolate, without Redis. */
  readonly #counted_here = new Set<string>()
  /** The state of limits whose count was sent. */
  #counted: Promise<Standing[]> = Promise.resolve([])
  #cost = 0
  #cost_of_bytes = 0

  constructor(deps: Deps) {
    this.#deps = deps
    this.#memory = memoryOf(deps.config)
    this.#breaker = breakerOf(deps.config)
  }

  /** Counts against `limit` as well, once. Throws too_many_requests when it is known that nothing remains. */
  consume(limit: RateLimit): void {
    if (this.#limits.some(({ key }) => key === limit.key)) return
    const over = this.#memory.findOver(limit)
    if (over) {
      this.#refused = true
      this.#add(Promise.resolve([over]))
      throw refusalOf(over)
    }
    this.#limits.push(limit)
    if (this.#held && OF_ACCOUNTS.has(limit.policy)) this.#held.push(limit)
    else this.#count(limit)
  }

  /**
   * To be called before `consume` when the credential may be invented: the counts of the account that it names wait for
   * `confirmCredential`. Else an invented key would use up the limit of somebody else.
   */
  holdAccountCounts(): void {
    this.#held ??= []
  }

  /** To be called when the database has accepted the credential. Does nothing if it is not known yet whose it is. */
  confirmCredential(): void {
    if (this.#held?.length === 0) return
    this.#confirmed = true
    const held = this.#held ?? []
    this.#held = undefined
    for (const limit of held) this.#count(limit)
  }

  /** Whether `consume` has refused this request. */
  get isRefused(): boolean {
    return this.#refused
  }

  /** Whether the database has accepted the credential of this request, if it has one. */
  get isCredentialConfirmed(): boolean {
    return this.#confirmed
  }

  #count(limit: RateLimit): void {
    const taken = this.#memory.takeReserved(limit)
    if (taken) this.#known.push(this.#note(taken))
    else this.#unsent.push(limit)
    if (limit.policy === 'user' && this.#cost > 0) this.#memory.addDebt(limit, this.#cost)
  }

  /**
   * Counts `many` more requests, a whole number, for a request that costs as much as several: with the subject's next
   * count, so without a Redis request of its own.
   */
  addCost(many: number): void {
    this.#cost += many
    for (const limit of this.#limits)
      if (limit.policy === 'user' && !this.#held?.includes(limit)) this.#memory.addDebt(limit, many)
  }

  /** Like `addCost`, but at most MAX_SHARE_OF_COST of the limit. */
  addCappedCost(many: number): void {
    this.addCost(this.#cap(many))
  }

  #cap(cost: number): number {
    return Math.min(cost, Math.floor(this.#deps.config.LIMIT_USER.quota * MAX_SHARE_OF_COST))
  }

  /** To be called after bytes were sent and received: counts them as further requests. */
  addCostOfBytes(): void {
    const { db, cache } = this.#deps.meter
    const cost = this.#cap(Math.floor((db.bytes + cache.bytes) / BYTES_A_REQUEST))
    if (cost > this.#cost_of_bytes) this.addCost(cost - this.#cost_of_bytes)
    this.#cost_of_bytes = cost
  }

  /** Sends the counts that were not sent yet. */
  start(): void {
    if (this.#unsent.length === 0) return
    if (!this.#breaker.tryRequest()) this.#add(Promise.resolve(this.#countHere(this.#takeUnsent())))
    else this.sendWith(openCache(this.#deps.config).pipeline()).catch(() => undefined) // #read handles the failure
  }

  /**
   * Sends the caller's pipeline together with the count, as one Redis request. Resolves with the replies to the
   * pipeline's own commands; rejects when Redis does, and then only this isolate counts, and only for `closed` limits.
   */
  async sendWith<T extends unknown[]>(pipeline: Pipeline): Promise<T> {
    const own = pipeline.length()
    const aboard = this.#takeUnsent().map((limit) => ({
      limit,
      debt: this.#memory.takeDebt(limit),
      many: this.#memory.beginReservation(limit),
    }))
    for (const { limit, debt, many } of aboard) addCount(pipeline, limit, debt + many)
    const sent = meterRequest(this.#deps.meter.cache, () => pipeline.exec<unknown[]>())
    if (aboard.length > 0) this.#add(this.#read(aboard, own, sent))
    return (await sent).slice(0, own) as T
  }

  /**
   * Waits for the count, before work that must not begin when a limit is used up. Throws too_many_requests. Limits in
   * `waived` do not apply to this request. When one count refuses, no password is compared, so the other counts of
   * wrong passwords are given back: otherwise a stranger who is refused again and again would use up the account's.
   */
  async requireAllowed(waived: RateLimit[] = []): Promise<void> {
    const all = await this.countAll()
    this.#leaveOut(waived)
    const isSettled = (at: Standing) => this.#confirmed && at.limit.policy === 'stranger' // it will be given back
    const over = withoutLimits(waived, all).find((at) => isOver(at) && !isSettled(at))
    if (!over) return
    if (!over.limit.remembered) this.#logEnd(over)
    await this.#undo(
      [],
      all.filter((at) => !at.limit.remembered && !isOver(at)).map(({ limit }) => limit),
    )
    throw refusalOf(over)
  }

  /**
   * Counts all limits that are not counted yet, but none of a refused request. Returns the state of all. Never rejects.
   */
  async countAll(): Promise<Standing[]> {
    if (!this.#refused) this.start()
    return [...this.#known, ...(await this.#counted)]
  }

  /** Forgets what was counted against those in `cleared`, and this request's own count against those in `returned`. */
  async clear(cleared: RateLimit[], returned: RateLimit[] = []): Promise<void> {
    this.start()
    this.#leaveOut([...cleared, ...returned])
    await this.#counted // a count that arrives after it was given back would stay
    await this.#undo(cleared, returned)
  }

  #add(standings: Promise<Standing[]>): void {
    this.#counted = Promise.all([this.#counted, standings]).then((all) => all.flat())
  }

  #leaveOut(limits: RateLimit[]): void {
    this.#counted = this.#counted.then((standings) => withoutLimits(limits, standings))
  }

  #takeUnsent(): RateLimit[] {
    const unsent = this.#unsent
    this.#unsent = []
    return unsent
  }

  /** Deletes or lowers counts. A failure of Redis leaves its counts as they are. */
  async #undo(cleared: RateLimit[], returned: RateLimit[]): Promise<void> {
    for (const limit of cleared) this.#memory.clearCount(limit)
    for (const limit of returned) this.#memory.giveBack(limit, this.#counted_here.has(limit.key))
    const inRedis = returned.filter(({ key }) => !this.#counted_here.has(key))
    if (cleared.length + inRedis.length === 0 || !this.#breaker.tryRequest()) return
    const pipeline = openCache(this.#deps.config).pipeline()
    if (cleared.length > 0) pipeline.del(...cleared.map(({ key }) => key))
    for (const limit of inRedis) addGiveBack(pipeline, limit)
    await meterRequest(this.#deps.meter.cache, () => pipeline.exec()).catch((error) =>
      this.#breaker.noteFailure(this.#deps.log, error),
    )
  }

  async #read(
    aboard: { limit: RateLimit; debt: number; many: number }[],
    own: number,
    sent: Promise<unknown[]>,
  ): Promise<Standing[]> {
    try {
      const replies = (await sent).slice(own)
      const standings = aboard.map(({ limit, debt, many }, n) => {
        const counted = standingOf(limit, replies[n])
        return this.#note(this.#memory.keepReservation(counted, many), debt)
      })
      this.#breaker.noteAnswer(this.#deps.log)
      return standings
    } catch (error) {
      this.#breaker.noteFailure(this.#deps.log, error)
      return this.#countHere(aboard.map(({ limit }) => limit))
    }
  }

  /** Without Redis the API stays open; this isolate counts `closed` limits, such as sign-ins. */
  #countHere(limits: RateLimit[]): Standing[] {
    const counted = limits.filter(({ closed }) => closed)
    for (const { key } of counted) this.#counted_here.add(key)
    return counted.map((limit) => this.#note(this.#memory.countHere(limit)))
  }

  #note(standing: Standing, debt = 0): Standing {
    if (!standing.limit.remembered) return standing // it may be waived: `requireAllowed` decides
    if (remainingOf(standing) === 0) this.#memory.rememberOver(standing)
    this.#logEnd(standing, debt)
    return standing
  }

  /** Logs only when this count first exceeds the limit; `debt` of it are of earlier requests. */
  #logEnd({ limit: { policy, key, quota }, used }: Standing, debt = 0): void {
    if (used > quota && used - debt - 1 <= quota) this.#deps.log.warn('limit_reached', { policy, key })
  }
}
