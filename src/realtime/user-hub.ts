import { DurableObject } from 'cloudflare:workers'
import type { EndedAccess } from './publish.ts'

/**
 * Knows in which hubs one person has sockets, so that ending a session or an account closes all of
 * them at once. Its list may name a hub too many, never one too few for longer than a hub's tick.
 */
export class UserHub extends DurableObject<Env> {
  async entered(hub: string): Promise<void> {
    this.ctx.storage.kv.put(hub, true)
  }

  async left(hub: string): Promise<void> {
    this.ctx.storage.kv.delete(hub)
  }

  async endAccess(ended: EndedAccess): Promise<void> {
    const hubs = [...this.ctx.storage.kv.list()].map(([name]) => name)
    await Promise.allSettled(hubs.map((name) => this.env.PROJECT_HUB.getByName(name).endAccess(ended)))
  }
}
