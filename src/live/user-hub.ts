import { DurableObject } from 'cloudflare:workers'
import { configOf } from '../config/config.ts'
import { openDatabase } from '../db/client.ts'
import { coalesceCalls } from '../lib/coalesce.ts'
import { log } from '../lib/log.ts'
import { newMeter } from '../lib/meter.ts'
import { greetingOf, InboxJoin, JOIN_HEADER, type SocketState, socketStateFrom } from './connection.ts'
import { EnteredBoards } from './entered-boards.ts'
import { Inbox } from './inbox.ts'
import { readInbox, readStream } from './inbox-replay.ts'
import { CLOSE } from './protocol.ts'
import type { EndedAccess } from './publish.ts'
import { endReasonOf } from './reconcile.ts'
import type { BoardNews } from './rpc.ts'
import { SocketAccess } from './socket-access.ts'
import { Sockets } from './sockets.ts'

/** The least time from one round of questions to the boards' hubs to the next, in milliseconds. */
const ROUND_MS = 1_000

/**
 * One person's hub. It holds the sockets that show their notifications, and knows the boards' hubs that hold their
 * other sockets. So it can close all of them when a session or the account ends, and count all against the quota.
 */
export class UserHub extends DurableObject<Env> {
  readonly #sockets: Sockets<SocketState>
  readonly #access: SocketAccess<SocketState>
  readonly #inbox: Inbox
  readonly #boards: EnteredBoards
  readonly #makeRoom = coalesceCalls(() => this.#closeSurplus())
  #user_id = ''

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#sockets = new Sockets(state)
    this.#access = new SocketAccess({ storage: state.storage, config: configOf(env), sockets: this.#sockets })
    this.#inbox = new Inbox({
      sockets: this.#sockets,
      readStream: (user_id, since) => readStream(this.#openDatabase(), user_id, since),
      waitUntil: (work) => state.waitUntil(work),
    })
    this.#boards = new EnteredBoards(state, env.PROJECT_HUB)
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Accepts the upgrade of a socket that the Worker has authorized. Nothing else can call this. */
  override async fetch(request: Request): Promise<Response> {
    const join = InboxJoin.parse(JSON.parse(request.headers.get(JOIN_HEADER) ?? 'null'))
    const { 0: client, 1: server } = new WebSocketPair()
    const state = socketStateFrom(join)
    this.#access.makeRoom(state)
    this.#inbox.join(server, state, greetingOf(join, state))
    this.#onArrival(join)
    await this.#access.scheduleFirstCheck(state)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Called when there is something new in the inbox, or something was read. */
  async notified(): Promise<void> {
    this.ctx.waitUntil(this.#inbox.refresh())
  }

  /** Called by a board's hub when a socket of this person came there. */
  async entered({ user_id, hub, ...entry }: BoardNews): Promise<void> {
    this.#boards.enter(hub, entry)
    this.#onArrival({ user_id })
  }

  /** Called by a board's hub when this person's last socket has left it. */
  async left({ hub, came }: BoardNews): Promise<void> {
    this.#boards.leave(hub, came)
  }

  /**
   * Closes the person's sockets here and on boards. Throws when a hub could not be called: that one finds out at its
   * next check.
   */
  async endAccess(ended: EndedAccess): Promise<void> {
    this.#access.endAccess(ended)
    const told = await this.#boards.ask(
      (hub) => hub.endAccess(ended),
      (others) => others,
    )
    const failed = told.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Called when a socket came, here or on a board. After a failure, the next one that comes tries again. */
  #onArrival({ user_id }: { user_id: string }): void {
    this.#user_id = user_id
    this.ctx.waitUntil(this.#makeRoom().catch((error: unknown) => log.warn('extra_sockets_not_closed', { error })))
  }

  /**
   * Closes the sockets that the person has beyond the quota, on all boards and here together, the longest silent first.
   * Ends with a wait of ROUND_MS, so that their hubs are not asked too often.
   */
  async #closeSurplus(): Promise<void> {
    const { QUOTA_SOCKETS } = configOf(this.env)
    const user_id = this.#user_id
    if (this.#sockets.socketsOf(user_id).length + this.#boards.count() <= QUOTA_SOCKETS) return
    const asked = await this.#boards.ask(
      (hub) => hub.socketsOf(user_id),
      ({ length }) => length,
    )
    const there = asked.flatMap((told) =>
      told.status === 'fulfilled' ? told.value.answer.map((socket) => ({ hub: told.value.hub, ...socket })) : [],
    )
    const here = this.#sockets.socketsOf(user_id).map((socket) => ({ hub: '', ...socket }))
    const all = [...here, ...there].sort((a, b) => a.heard_at - b.heard_at)
    const surplus = Map.groupBy(all.slice(0, Math.max(0, all.length - QUOTA_SOCKETS)), ({ hub }) => hub)
    for (const [hub, sockets] of surplus) {
      const ids = sockets.map(({ connection_id }) => connection_id)
      if (hub) await this.env.PROJECT_HUB.getByName(hub).closeSurplus(ids)
      else this.#access.closeSurplus(ids)
    }
    await scheduler.wait(ROUND_MS)
  }

  /** Closes expired sockets, and asks the database for what no message brought: messages may be lost (I5). */
  override async alarm(): Promise<void> {
    const due = this.#access.takeDueCheck()
    if (!(await this.#access.tick()) || !due) return
    const checked = this.#reconcile().catch((error: unknown) => log.warn('inbox_check_failed', { error }))
    this.ctx.waitUntil(checked) // not awaited: a database that hangs must not delay the next alarm
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
    const holders = asked.map(([, state]) => state)
    const { epoch, head, ended } = await readInbox(this.#openDatabase(), first[1].user_id, holders)
    for (const [socket, state] of asked) {
      if (ended.includes(state.session_id)) this.#sockets.close(socket, CLOSE.access_ended, endReasonOf(state))
    }
    if (this.#inbox.isBehind(head) || holders.some((state) => state.epoch !== epoch)) await this.#inbox.refresh()
  }

  #openDatabase() {
    return openDatabase(configOf(this.env), newMeter())
  }
}
