import type { ProjectHub } from './project-hub.ts'
import { retryOnce } from './rpc.ts'

/** What the keys of the list begin with: the storage holds other things too. */
const HUB = 'hub:'

/** A person's sockets in one board's hub: the `connection_id` of the last that came, and how many there were then. */
type Entry = { came: string; sockets: number }

/**
 * The boards' hubs in which one person has sockets. The list may have too many hubs or count too many sockets, because
 * a hub reports only the last socket that leaves. A late report never removes a hub that was entered again since.
 */
export class EnteredBoards {
  readonly #kv: DurableObjectStorage['kv']
  readonly #hubs: Env['PROJECT_HUB']

  constructor({ storage }: DurableObjectState, hubs: Env['PROJECT_HUB']) {
    this.#kv = storage.kv
    this.#hubs = hubs
  }

  enter(hub: string, entry: Entry): void {
    this.#kv.put(HUB + hub, entry)
  }

  /** Removes a hub that the person's last socket has left, unless another came while the report was under way. */
  leave(hub: string, came: string): void {
    if (this.#lastOf(hub) === came) this.#kv.delete(HUB + hub)
  }

  /** How many sockets the person has on boards, at most. */
  count(): number {
    return this.#all().reduce((sum, [, { sockets }]) => sum + sockets, 0)
  }

  /**
   * Calls each hub with `question`; `left` gives from its answer how many sockets the person still has there. Never
   * rejects.
   */
  ask<T>(question: (hub: DurableObjectStub<ProjectHub>) => Promise<T>, left: (answer: T) => number) {
    const asked = this.#all().map(async ([hub, { came }]) => {
      const answer = await retryOnce(() => question(this.#hubs.getByName(hub)))
      const sockets = left(answer)
      if (sockets === 0) this.leave(hub, came)
      else if (this.#lastOf(hub) === came) this.enter(hub, { came, sockets })
      return { hub, answer }
    })
    return Promise.allSettled(asked)
  }

  #lastOf(hub: string): string | undefined {
    return this.#kv.get<Entry>(HUB + hub)?.came
  }

  #all(): [string, Entry][] {
    return [...this.#kv.list<Entry>({ prefix: HUB })].map(([key, entry]) => [key.slice(HUB.length), entry])
  }
}
