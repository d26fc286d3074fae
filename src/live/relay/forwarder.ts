import type { Announcement } from '../event.ts'

/** Characters of events in one call; of what comes on top, only the head is told. */
const MAX_CARRIED = 1024 * 1024

export type Waiting = { news: Announcement; size: number }

/** Two pieces of news of one project as one. Events that no longer fit are left to the journal. */
export function mergeNews(first: Waiting | undefined, then: Waiting): Waiting {
  if (!first) return then
  const fits = first.size + then.size <= MAX_CARRIED
  const { project_id } = then.news
  const head = Math.max(first.news.head, then.news.head)
  const events = fits ? [...first.news.events, ...then.news.events] : first.news.events
  return { news: { project_id, head, events }, size: fits ? first.size + then.size : first.size }
}

/** Passes news on to hubs, one call at a time for each: what comes meanwhile goes with the next call. */
export class Forwarder {
  readonly #tell: (news: Announcement) => Promise<void>
  readonly #waiting = new Map<string, Waiting>()
  readonly #busy = new Set<string>()

  /** `tell` must not reject. */
  constructor(tell: (news: Announcement) => Promise<void>) {
    this.#tell = tell
  }

  async forward(news: Announcement, size: number): Promise<void> {
    const { project_id } = news
    this.#waiting.set(project_id, mergeNews(this.#waiting.get(project_id), { news, size }))
    if (this.#busy.has(project_id)) return
    this.#busy.add(project_id)
    try {
      for (let next = this.#take(project_id); next; next = this.#take(project_id)) await this.#tell(next)
    } finally {
      this.#busy.delete(project_id)
    }
  }

  #take(project_id: string): Announcement | undefined {
    const next = this.#waiting.get(project_id)
    this.#waiting.delete(project_id)
    return next?.news
  }
}
