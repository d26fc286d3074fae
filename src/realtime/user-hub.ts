import { DurableObject } from 'cloudflare:workers'
import type { EndedAccess } from './publish.ts'
import { orAgain } from './rpc.ts'

/**
 * Knows in which hubs one person has sockets, so that ending a session or an account closes all of
 * them at once. Its list may name a hub too many, and it never forgets one that was entered since.
 */
export class UserHub extends DurableObject<Env> {
  async entered(hub: string, connection_id: string): Promise<void> {
    this.ctx.storage.kv.put(hub, connection_id)
  }

  /** The last socket of this person's in a hub is gone, unless another came while the news was under way. */
  async left(hub: string, connection_id: string): Promise<void> {
    if (this.ctx.storage.kv.get(hub) === connection_id) this.ctx.storage.kv.delete(hub)
  }

  /** Throws when a hub could not be told; it will find out by itself at its next look. */
  async endAccess(ended: EndedAccess): Promise<void> {
    const hubs = [...this.ctx.storage.kv.list()].map(([name]) => name)
    const told = await Promise.allSettled(
      hubs.map((name) => orAgain(() => this.env.PROJECT_HUB.getByName(name).endAccess(ended))),
    )
    const failed = told.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}
