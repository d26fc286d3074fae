import type { Announcement } from './event.ts'

/** News of a commit. `epoch`: the one that the head is of; null when the project is gone; a relay does not know it. */
export type News = Announcement & { epoch?: string | null }

/** News, and how many characters of JSON their events have. */
type Sized = { news: News; size: number }

/** How long a turn lasts, in milliseconds. The runtime may end the request that has the turn: nobody waits for it longer. */
const TURN_MS = 2_000

/** While a turn lasts, one caller sends for all. `waiting`: what it sends next. */
type Turn = { until: number; waiting?: Sized }

/** Whether sockets are to be closed because of it (I7): such news waits for no other. */
const endsAccess = ({ epoch, events }: News) =>
  epoch === null || events.some(({ action }) => action === 'member.removed')

/**
 * Two pieces of news of one project as one: the newest head, and the events of its epoch in order. Hubs read from the
 * journal what is left out: events of another epoch, and newer ones that do not fit.
 */
function merge(one: Sized, other: Sized, max_size: number): Sized {
  const [older, newest] = one.news.head > other.news.head ? [other, one] : [one, other]
  const { epoch } = newest.news
  if (epoch !== null && epoch !== older.news.epoch) return newest
  const size = older.size + newest.size
  if (size > max_size) return { news: { ...newest.news, events: older.news.events }, size: older.size }
  const events = [...older.news.events, ...newest.news.events].sort((a, b) => a.seq - b.seq)
  return { news: { ...newest.news, events }, size }
}

/**
 * Sends news to hubs (or to Redis), one call at a time for each: what comes meanwhile goes out together with the next. So
 * on a busy board many writes cost one call.
 */
export class JoinedSends {
  readonly #turns = new Map<string, Turn>()
  readonly #max_size: number

  /** `max_size`: characters of events in one call. What has more is sent without events. */
  constructor(max_size: number) {
    this.#max_size = max_size
  }

  /**
   * Sends the news with `send`, and then what others have left meanwhile. While another caller sends to this hub, it
   * leaves the news to that one and resolves at once. `size`: characters of JSON of the events. Rejects with the first
   * failure of `send`, after all have been sent.
   */
  async send(hub: string, news: News, size: number, send: (news: News) => Promise<unknown>): Promise<void> {
    const next = size > this.#max_size ? { news: { ...news, events: [] }, size: 0 } : { news, size }
    if (endsAccess(news)) return void (await send(next.news))
    const present = this.#turns.get(hub)
    const waiting = present && takeWaiting(present)
    const all = waiting ? merge(waiting, next, this.#max_size) : next
    if (present && Date.now() < present.until) present.waiting = all
    else await this.#sendAll(hub, all, send)
  }

  async #sendAll(hub: string, first: Sized, send: (news: News) => Promise<unknown>): Promise<void> {
    const turn: Turn = { until: Date.now() + TURN_MS }
    this.#turns.set(hub, turn)
    const failures: unknown[] = []
    for (let next: Sized | undefined = first; next; next = takeWaiting(turn))
      await send(next.news).catch((error: unknown) => failures.push(error))
    if (this.#turns.get(hub) === turn) this.#turns.delete(hub)
    if (failures.length > 0) throw failures[0]
  }
}

function takeWaiting(turn: Turn): Sized | undefined {
  const { waiting } = turn
  turn.waiting = undefined
  return waiting
}
