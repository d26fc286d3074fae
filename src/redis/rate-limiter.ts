import type { Pipeline } from '@upstash/redis'
import type { Config } from '../config/config.ts'
import type { Log } from '../lib/log.ts'
import { type Meter, meterRequest } from '../lib/meter.ts'
import { type Breaker, breakerOf } from './circuit-breaker.ts'
import { openCache } from './client.ts'
import { BYTES_A_REQUEST, MOST_BY_BYTES, type Subject } from './rate-limits.ts'
import { type Memory, memoryOf } from './rate-memory.ts'
import {
  addCount,
  addGiveBack,
  isOver,
  refusalOf,
  remainingOf,
  type Standing,
  standingOf,
  withoutSubjects,
} from './rate-window.ts'

/** Policies that count what an account does. The others count where a request comes from, or wrong passwords. */
const OF_ACCOUNTS = new Set<Subject['policy']>(['keyed', 'user'])

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
  readonly #memory: Memory
  readonly #breaker: Breaker
  /** All that this request counts against. */
  readonly #subjects: Subject[] = []
  /** Those whose count is still to be sent. */
  #unsent: Subject[] = []
  /** Those of an account, while it is not known whether the credential is genuine. */
  #unproven: Subject[] | undefined
  /** The state of subjects that were counted ahead. */
  readonly #known: Standing[] = []
  #proven = false
  #refused = false
  /** The keys of subjects that were counted in this isolate, without Redis. */
  readonly #here = new Set<string>()
  /** The state of subjects whose count was sent. */
  #counted: Promise<Standing[]> = Promise.resolve([])
  #owed = 0
  #weighed = 0

  constructor(deps: Deps) {
    this.#deps = deps
    this.#memory = memoryOf(deps.config)
    this.#breaker = breakerOf(deps.config)
  }

  /** Counts against `subject` as well, once. Throws too_many_requests when it is known that nothing remains. */
  consume(subject: Subject): void {
    if (this.#subjects.some(({ key }) => key === subject.key)) return
    const over = this.#memory.findOver(subject)
    if (over) {
      this.#refused = true
      this.#add(Promise.resolve([over]))
      throw refusalOf(over)
    }
    this.#subjects.push(subject)
    if (this.#unproven && OF_ACCOUNTS.has(subject.policy)) this.#unproven.push(subject)
    else this.#count(subject)
  }

  /**
   * To be called before `consume` when the credential may be invented: what is counted against the account that it
   * names waits for `prove`. Else an invented key would use up the limit of somebody else.
   */
  doubt(): void {
    this.#unproven ??= []
  }

  /** To be called when the database has accepted the credential. Does nothing if it is not known yet whose it is. */
  prove(): void {
    if (this.#unproven?.length === 0) return
    this.#proven = true
    const unproven = this.#unproven ?? []
    this.#unproven = undefined
    for (const subject of unproven) this.#count(subject)
  }

  /** Whether `consume` has refused this request. */
  get isRefused(): boolean {
    return this.#refused
  }

  /** Whether the database has accepted the credential of this request, if it has one. */
  get isProven(): boolean {
    return this.#proven
  }

  #count(subject: Subject): void {
    const taken = this.#memory.take(subject)
    if (taken) this.#known.push(this.#note(taken))
    else this.#unsent.push(subject)
    if (subject.policy === 'user' && this.#owed > 0) this.#memory.owe(subject, this.#owed)
  }

  /**
   * Counts `many` more requests, a whole number, for a request that costs as much as several: with the sender's next
   * count, so without a Redis request of its own.
   */
  owe(many: number): void {
    this.#owed += many
    for (const subject of this.#subjects)
      if (subject.policy === 'user' && !this.#unproven?.includes(subject)) this.#memory.owe(subject, many)
  }

  /** To be called after bytes were sent and received: counts them as further requests. */
  weigh(): void {
    const { db, cache } = this.#deps.meter
    const most = Math.floor(this.#deps.config.LIMIT_USER.quota * MOST_BY_BYTES)
    const weight = Math.min(most, Math.floor((db.bytes + cache.bytes) / BYTES_A_REQUEST))
    if (weight > this.#weighed) this.owe(weight - this.#weighed)
    this.#weighed = weight
  }

  /** Sends the counts that were not sent yet. */
  start(): void {
    if (this.#unsent.length === 0) return
    if (this.#breaker.isOpen()) this.#add(Promise.resolve(this.#countHere(this.#takeUnsent())))
    else this.sendWith(openCache(this.#deps.config).pipeline()).catch(() => undefined) // #read handles the failure
  }

  /**
   * Sends the caller's pipeline together with the count, as one Redis request. Resolves with the replies to the
   * pipeline's own commands; rejects when Redis does, and then only this isolate counts, and only `closed` subjects.
   */
  async sendWith<T extends unknown[]>(pipeline: Pipeline): Promise<T> {
    const own = pipeline.length()
    const aboard = this.#takeUnsent().map((subject) => ({
      subject,
      owed: this.#memory.pay(subject),
      many: this.#memory.toCount(subject),
    }))
    for (const { subject, owed, many } of aboard) addCount(pipeline, subject, owed + many)
    const sent = meterRequest(this.#deps.meter.cache, () => pipeline.exec<unknown[]>())
    if (aboard.length > 0) this.#add(this.#read(aboard, own, sent))
    return (await sent).slice(0, own) as T
  }

  /**
   * Waits for the count, before work that must not begin when a limit is used up. Throws too_many_requests. Limits in
   * `waived` do not apply to this request. When one count refuses, no password is compared, so the other counts of
   * wrong passwords are given back: otherwise a stranger who is refused again and again would use up the account's.
   */
  async requireAllowed(waived: Subject[] = []): Promise<void> {
    const all = await this.countAll()
    this.#leaveOut(waived)
    const isSettled = (at: Standing) => this.#proven && at.subject.policy === 'stranger' // it will be given back
    const over = withoutSubjects(waived, all).find((at) => isOver(at) && !isSettled(at))
    if (!over) return
    if (!over.subject.remembered) this.#logEnd(over)
    await this.#undo(
      [],
      all.filter((at) => !at.subject.remembered && !isOver(at)).map(({ subject }) => subject),
    )
    throw refusalOf(over)
  }

  /**
   * Counts all subjects that are not counted yet, but none of a refused request. Returns the state of all. Never rejects.
   */
  async countAll(): Promise<Standing[]> {
    if (!this.#refused) this.start()
    return [...this.#known, ...(await this.#counted)]
  }

  /** Forgets what was counted against those in `cleared`, and this request's own count against those in `returned`. */
  async clear(cleared: Subject[], returned: Subject[] = []): Promise<void> {
    this.start()
    this.#leaveOut([...cleared, ...returned])
    await this.#counted // a count that arrives after it was given back would stay
    await this.#undo(cleared, returned)
  }

  #add(standings: Promise<Standing[]>): void {
    this.#counted = Promise.all([this.#counted, standings]).then((all) => all.flat())
  }

  #leaveOut(subjects: Subject[]): void {
    this.#counted = this.#counted.then((standings) => withoutSubjects(subjects, standings))
  }

  #takeUnsent(): Subject[] {
    const unsent = this.#unsent
    this.#unsent = []
    return unsent
  }

  /** Deletes or lowers counts. A failure of Redis leaves its counts as they are. */
  async #undo(cleared: Subject[], returned: Subject[]): Promise<void> {
    for (const subject of cleared) this.#memory.forget(subject)
    for (const subject of returned) this.#memory.giveBack(subject, this.#here.has(subject.key))
    const inRedis = returned.filter(({ key }) => !this.#here.has(key))
    if (cleared.length + inRedis.length === 0 || this.#breaker.isOpen()) return
    const pipeline = openCache(this.#deps.config).pipeline()
    if (cleared.length > 0) pipeline.del(...cleared.map(({ key }) => key))
    for (const subject of inRedis) addGiveBack(pipeline, subject)
    await meterRequest(this.#deps.meter.cache, () => pipeline.exec()).catch((error) =>
      this.#breaker.noteFailure(this.#deps.log, error),
    )
  }

  async #read(
    aboard: { subject: Subject; owed: number; many: number }[],
    own: number,
    sent: Promise<unknown[]>,
  ): Promise<Standing[]> {
    try {
      const replies = (await sent).slice(own)
      const standings = aboard.map(({ subject, owed, many }, n) => {
        const counted = standingOf(subject, replies[n])
        return this.#note(this.#memory.hold(counted, many), owed)
      })
      this.#breaker.noteAnswer(this.#deps.log)
      return standings
    } catch (error) {
      this.#breaker.noteFailure(this.#deps.log, error)
      return this.#countHere(aboard.map(({ subject }) => subject))
    }
  }

  /** Without Redis the API stays open; this isolate counts `closed` subjects, such as sign-ins. */
  #countHere(subjects: Subject[]): Standing[] {
    const counted = subjects.filter(({ closed }) => closed)
    for (const { key } of counted) this.#here.add(key)
    return counted.map((subject) => this.#note(this.#memory.count(subject)))
  }

  #note(standing: Standing, owed = 0): Standing {
    if (!standing.subject.remembered) return standing // it may be waived: `requireAllowed` decides
    if (remainingOf(standing) === 0) this.#memory.remember(standing)
    this.#logEnd(standing, owed)
    return standing
  }

  /** Logs only when this count first exceeds the limit; `owed` of it were counted ahead of Redis. */
  #logEnd({ subject: { policy, key, quota }, used }: Standing, owed = 0): void {
    if (used > quota && used - owed - 1 <= quota) this.#deps.log.warn('limit_reached', { policy, key })
  }
}
