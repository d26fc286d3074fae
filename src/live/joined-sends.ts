import type { Announcement } from './event.ts'

/** News of a commit. `epoch`: the one that the head is of; null when the project is gone; a relay does not know it. */
export type News = Announcement & { epoch?: string | null }

/** News, and how many characters of JSON their events have. */
type Sized = { news: News; size: number }

/** The most characters of events in one call to a hub. */
export const MAX_TO_HUB = 1024 * 1024

/** A carrier whose request was ended is forgotten, with what was left to it, this many milliseconds after `until`. */
const DEAD_MS = 60_000

/** The caller that sends for all to one hub, until that time (epoch ms). `waiting`: what it sends next. */
type Carrier = { until: number; waiting?: Sized }

/** Whether sockets are to be closed because of it (I7): such news waits for no other. */
const isUrgent = ({ epoch, events }: News) =>
  epoch === null || events.some(({ action }) => action === 'member.removed' || action === 'project.deleted')

/**
 * Two pieces of news of one project as one: the newest head, and the events of its epoch in order. Hubs read from the
 * journal what is left out: events of another epoch, and newer ones that do not fit.
 */
function merge(one: Sized, other: Sized, max_size: number): Sized {
  const [older, newest] = one.news.head > other.news.head ? [other, one] : [one, other]
  if (newest.news.epoch !== older.news.epoch) return newest
  const size = older.size + newest.size
  if (size > max_size) return { news: { ...newest.news, events: older.news.events }, size: older.size }
  const events = [...older.news.events, ...newest.news.events].sort((a, b) => a.seq - b.seq)
  return { news: { ...newest.news, events }, size }
}

/**
 * Sends news to hubs (or to Redis), one call at a time for each: what comes meanwhile goes out together with the next.
 * So on a busy board many writes cost one call.
 */
export class JoinedSends {
  readonly #carriers = new Map<string, Carrier>()
  readonly #max_size: number
  readonly #timeout_ms: number

  /**
   * `max_size`: characters of events in one call. What has more is sent without events. `timeout_ms`: how long others
   * leave their news to a caller that sends; then the next of them sends itself.
   */
  constructor(max_size: number, timeout_ms: number) {
    this.#max_size = max_size
    this.#timeout_ms = timeout_ms
  }

  /**
   * Sends the news with `send`, and then what others have left meanwhile. While another caller sends to this hub, it
   * leaves the news to that one and resolves at once. `size`: characters of JSON of the events. Rejects with the first
   * failure of `send`, after all have been sent.
   */
  async send(hub: string, news: News, size: number, send: (news: News) => Promise<unknown>): Promise<void> {
    const next = size > this.#max_size ? { news: { ...news, events: [] }, size: 0 } : { news, size }
    if (isUrgent(news)) return void (await send(next.news))
    const current = this.#carriers.get(hub)
    const waiting = current && takeWaiting(current)
    const all = waiting ? merge(waiting, next, this.#max_size) : next
    if (current && Date.now() < current.until) current.waiting = all
    else await this.#sendAll(hub, all, send)
  }

  async #sendAll(hub: string, first: Sized, send: (news: News) => Promise<unknown>): Promise<void> {
    const now = Date.now()
    for (const [other, { until }] of this.#carriers) if (now - until > DEAD_MS) this.#carriers.delete(other)
    const carrier: Carrier = { until: now + this.#timeout_ms }
    this.#carriers.set(hub, carrier)
    const failures: unknown[] = []
    for (let next: Sized | undefined = first; next; next = takeWaiting(carrier))
      await send(next.news).catch((error: unknown) => failures.push(error))
    if (this.#carriers.get(hub) === carrier) this.#carriers.delete(hub)
    if (failures.length > 0) throw failures[0]
  }
}

function takeWaiting(carrier: Carrier): Sized | undefined {
  const { waiting } = carrier
  carrier.waiting = undefined
  return waiting
}
