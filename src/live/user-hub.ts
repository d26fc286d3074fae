import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../config/config.ts'
import { openDatabase } from '../db/client.ts'
import { log } from '../lib/log.ts'
import { newMeter } from '../lib/meter.ts'
import { greeting, InboxJoin, JOIN_HEADER, type SocketState, socketStateFrom } from './connection.ts'
import { Inbox } from './inbox.ts'
import { readInbox, readStream } from './inbox-replay.ts'
import { CLOSE } from './protocol.ts'
import type { EndedAccess } from './publish.ts'
import { signedOut } from './reconcile.ts'
import { retryOnce } from './rpc.ts'
import { SocketAccess } from './socket-access.ts'
import { Sockets } from './sockets.ts'

/** The keys of the list: the storage holds other things too. */
const HUB = 'hub:'

/**
 * One person's hub: the sockets that show their notifications, and the names of the boards' hubs
 * where they have others, so that ending a session or an account closes all of them at once. The
 * list may name a hub too many, and it never forgets one that was entered since.
 */
export class UserHub extends DurableObject<Env> {
  readonly #sockets: Sockets<SocketState>
  readonly #access: SocketAccess<SocketState>
  readonly #inbox: Inbox

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#sockets = new Sockets(state)
    this.#access = new SocketAccess({ storage: state.storage, config: configOf(env), sockets: this.#sockets })
    this.#inbox = new Inbox({
      sockets: this.#sockets,
      readStream: (user_id, since) => readStream(this.#database(), user_id, since),
      waitUntil: (work) => state.waitUntil(work),
    })
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** The upgrade of a socket that the Worker has authorized. Nothing else reaches this. */
  override async fetch(request: Request): Promise<Response> {
    const join = InboxJoin.parse(JSON.parse(request.headers.get(JOIN_HEADER) ?? 'null'))
    const { 0: client, 1: server } = new WebSocketPair()
    const held = socketStateFrom(join)
    this.#access.makeRoom(held)
    this.#inbox.join(server, held, greeting(join, held))
    await this.#access.scheduleFirstCheck(held)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** There is something new in the inbox, or something was read. */
  async notified(): Promise<void> {
    this.ctx.waitUntil(this.#inbox.look())
  }

  async entered(hub: string, connection_id: string): Promise<void> {
    this.ctx.storage.kv.put(HUB + hub, connection_id)
  }

  /** The last socket of this person's in a hub is gone, unless another came while the news was under way. */
  async left(hub: string, connection_id: string): Promise<void> {
    if (this.ctx.storage.kv.get(HUB + hub) === connection_id) this.ctx.storage.kv.delete(HUB + hub)
  }

  /** Throws when a hub could not be called; that hub finds out at its next query. */
  async endAccess(ended: EndedAccess): Promise<void> {
    this.#access.endAccess(ended)
    const hubs = [...this.ctx.storage.kv.list<string>({ prefix: HUB })]
    const told = await Promise.allSettled(hubs.map(([key, came]) => this.#endAt(key.slice(HUB.length), came, ended)))
    const failed = told.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Tells a board's hub, and forgets it when it has no sockets of this person left: the news of that may have been lost. */
  async #endAt(hub: string, came: string, ended: EndedAccess): Promise<void> {
    const left = await retryOnce(() => this.env.PROJECT_HUB.getByName(hub).endAccess(ended))
    if (left === 0) await this.left(hub, came)
  }

  /** Ends expired sockets, and asks the database for what no message told: messages may be lost (I5). */
  override async alarm(): Promise<void> {
    const due = this.#access.lookIsDue()
    if (!(await this.#access.tick()) || !due) return
    const looked = this.#reconcile().catch((error: unknown) => log.warn('inbox_look_failed', { error }))
    this.ctx.waitUntil(looked) // not awaited: a database that hangs must not delay the next alarm
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#access.receive(socket, message)
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#sockets.finish(socket)
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#sockets.finish(socket)
  }

  /** Asks the database where the stream is and whose session has ended. */
  async #reconcile(): Promise<void> {
    const asked = [...this.#sockets.open()]
    const [first] = asked
    if (!first) return
    const holders = asked.map(([, held]) => held)
    const { epoch, head, ended } = await readInbox(this.#database(), first[1].user_id, holders)
    for (const [socket, held] of asked) {
      if (ended.includes(held.session_id)) this.#sockets.close(socket, CLOSE.access_ended, signedOut(held))
    }
    if (this.#inbox.isBehind(head) || holders.some((held) => held.epoch !== epoch)) await this.#inbox.look()
  }

  #database() {
    return openDatabase(configOf(this.env), newMeter())
  }
}
