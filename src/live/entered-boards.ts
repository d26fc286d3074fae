import type { ProjectHub } from './project-hub.ts'
import { retryOnce } from './rpc.ts'

/** The keys of the list: the storage holds other things too. */
const HUB = 'hub:'

/** A board's hub in which a person has sockets: the last one that came, and how many they were then. */
type Entry = { came: string; sockets: number }

/**
 * The boards' hubs in which one person has sockets. The list may name a hub too many, or too many sockets, as hubs tell
 * of the last that leaves alone; it never forgets a hub that was entered since.
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

  /** The last socket of this person's in a hub is gone, unless another came while the news was under way. */
  leave(hub: string, came: string): void {
    if (this.#came(hub) === came) this.#kv.delete(HUB + hub)
  }

  /** How many sockets there are, at most. */
  count(): number {
    return this.#all().reduce((sum, [, { sockets }]) => sum + sockets, 0)
  }

  /** Asks each hub something; `left` says of its answer how many sockets this person has there. */
  ask<T>(question: (hub: DurableObjectStub<ProjectHub>) => Promise<T>, left: (answer: T) => number) {
    const asked = this.#all().map(async ([hub, { came }]) => {
      const answer = await retryOnce(() => question(this.#hubs.getByName(hub)))
      const sockets = left(answer)
      if (sockets === 0) this.leave(hub, came)
      else if (this.#came(hub) === came) this.enter(hub, { came, sockets })
      return { hub, answer }
    })
    return Promise.allSettled(asked)
  }

  #came(hub: string): string | undefined {
    return this.#kv.get<Entry>(HUB + hub)?.came
  }

  #all(): [string, Entry][] {
    return [...this.#kv.list<Entry>({ prefix: HUB })].map(([key, entry]) => [key.slice(HUB.length), entry])
  }
}
