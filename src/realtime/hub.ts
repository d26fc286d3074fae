import { DurableObject } from 'cloudflare:workers'
import { verifyAccess } from '../auth/tokens.ts'
import { openDatabase } from '../db/client.ts'
import { type Config, configOf } from '../env.ts'
import { newMeter } from '../http/timing.ts'
import { log } from '../log.ts'
import { type Connection, close, connectionOf, JOIN_HEADER, Join, send, update } from './connection.ts'
import { hasHole, type Line, newLine, offer } from './order.ts'
import { CLOSE, ClientMessage, type Event, endsAccess } from './protocol.ts'
import type { Announcement, EndedAccess } from './publish.ts'
import { HOME, hubName } from './region.ts'
import { readAccess, readJournal } from './replay.ts'

/** How long an event may wait for one that should have come before it, in milliseconds. */
const PATIENCE_MS = 150

/**
 * A project's sockets in one region. It sends the journal's events in order, each once, and asks
 * the journal for whatever nobody told it. All it knows can be rebuilt: who is connected and what
 * they have seen is in the sockets' attachments. It writes no storage while it sends, as the
 * output gate would hold every frame back.
 */
export class ProjectHub extends DurableObject<Env> {
  readonly #config: Config
  /** Null while no socket is live, and after a hibernation. */
  #line: Line | null = null
  /** The highest head announced to this object, sockets or not: a joiner may have read an older one. */
  #announced = 0
  #patience: ReturnType<typeof setTimeout> | null = null
  #refill: Promise<void> | null = null
  readonly #syncing = new Set<WebSocket>()

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#config = configOf(env)
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** The upgrade of a socket that the Worker has authorised. Nothing else reaches this. */
  override async fetch(request: Request): Promise<Response> {
    const join = Join.parse(JSON.parse(request.headers.get(JOIN_HEADER) ?? 'null'))
    const { 0: client, 1: server } = new WebSocketPair()
    const start = join.snapshot_required ? join.head : (join.since ?? join.head)
    const connection: Connection = {
      project_id: join.project_id,
      user_id: join.user_id,
      session_id: join.session_id,
      connection_id: crypto.randomUUID(),
      expires_at: join.expires_at,
      seq: start,
      syncing_to: join.head,
      resumed: join.since !== null && !join.snapshot_required,
    }
    this.ctx.acceptWebSocket(server, [`user:${join.user_id}`, `session:${join.session_id}`])
    server.serializeAttachment(connection)
    const { connection_id } = connection
    const expires_at = new Date(join.expires_at).toISOString()
    send(server, { type: 'hello', epoch: join.epoch, seq: join.head, region: HOME, connection_id, expires_at })
    if (join.snapshot_required) send(server, { type: 'snapshot_required', seq: join.head })
    this.ctx.waitUntil(this.#sync(server))
    this.ctx.waitUntil(this.#register(join))
    await this.#setAlarm()
    return new Response(null, { status: 101, webSocket: client })
  }

  /** News from a Worker. May be late, doubled or out of order. */
  async announce({ head, events }: Announcement): Promise<void> {
    this.#announced = Math.max(this.#announced, head)
    const line = this.#recover()
    if (!line) return
    this.#deliver(offer(line, events, head))
    if (!hasHole(line) || this.#patience) return
    this.#patience = setTimeout(() => {
      this.#patience = null
      if (hasHole(line)) this.ctx.waitUntil(this.#fill())
    }, PATIENCE_MS)
  }

  /** Closes the sockets whose session or account has ended. */
  async endAccess({ user_id, session_id, except_session_id }: EndedAccess): Promise<void> {
    for (const socket of this.ctx.getWebSockets(`user:${user_id}`)) {
      const own = connectionOf(socket).session_id
      if ((session_id ?? own) === own && own !== except_session_id) {
        close(socket, CLOSE.access_ended, 'The session has ended')
      }
    }
  }

  /** Ends expired sockets, and finds what was never announced: the guarantee behind the hints. */
  override async alarm(): Promise<void> {
    const line = this.#recover()
    const now = Date.now()
    const open = this.#open().filter(({ socket, connection }) => {
      if (connection.expires_at > now) return true
      close(socket, CLOSE.token_expired, 'The access token has expired')
      return false
    })
    const project_id = open[0]?.connection.project_id
    if (!project_id) return
    try {
      await this.#reconcile(project_id, line)
    } catch (error) {
      log.warn('hub_tick_failed', { project_id, error })
    }
    await this.#setAlarm()
  }

  /** Looks now, without waiting for the alarm: for changes whose events were not at hand. */
  async recheck(): Promise<void> {
    await this.alarm()
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const parsed = typeof message === 'string' ? ClientMessage.safeParse(safeJson(message)) : undefined
    if (!parsed?.success) {
      send(socket, { type: 'error', code: 'message_invalid', message: 'Not a message of this protocol' })
      return
    }
    const connection = connectionOf(socket)
    try {
      const actor = await verifyAccess(this.#config, parsed.data.access, new Date())
      if (actor.user_id !== connection.user_id || actor.session_id !== connection.session_id) throw new Error('other')
      update(socket, { expires_at: actor.expires_at })
      await this.#setAlarm()
    } catch {
      send(socket, { type: 'error', code: 'token_invalid', message: 'This token does not extend this socket' })
    }
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#syncing.delete(socket)
    const { user_id, project_id } = connectionOf(socket)
    const others = this.ctx.getWebSockets(`user:${user_id}`).filter((other) => other !== socket)
    if (others.length === 0) await this.env.USER_HUB.getByName(user_id).left(hubName(project_id, HOME))
    if (this.#open().length === 0) this.#line = null
  }

  #open() {
    return this.ctx
      .getWebSockets()
      .filter((socket) => socket.readyState === WebSocket.READY_STATE_OPEN)
      .map((socket) => ({ socket, connection: connectionOf(socket) }))
  }

  async #register({ user_id, project_id }: Join): Promise<void> {
    await this.env.USER_HUB.getByName(user_id).entered(hubName(project_id, HOME))
  }

  /** The line of the live sockets; after a hibernation it begins where the furthest behind of them is. */
  #recover(): Line | null {
    const open = this.#open()
    for (const { socket, connection } of open) {
      if (connection.syncing_to !== null && !this.#syncing.has(socket)) this.ctx.waitUntil(this.#sync(socket))
    }
    if (!this.#line) {
      const seen = open.flatMap(({ connection }) => (connection.syncing_to === null ? [connection.seq] : []))
      if (seen.length > 0) this.#line = newLine(Math.min(...seen))
    }
    return this.#line
  }

  /**
   * Brings one socket from its `seq` to where the live ones are, page by page, and makes it one of
   * them. Every check follows the last await directly: nothing can slip in between (I4).
   */
  async #sync(socket: WebSocket): Promise<void> {
    this.#syncing.add(socket)
    const db = openDatabase(this.#config, newMeter())
    try {
      for (;;) {
        const { seq, syncing_to, project_id, resumed } = connectionOf(socket)
        const target = Math.max(syncing_to ?? 0, this.#line?.head ?? 0, this.#announced)
        if (seq >= target || socket.readyState !== WebSocket.READY_STATE_OPEN) break
        const events = await readJournal(db, project_id, seq)
        const last = events.at(-1)
        if (!last) break
        if (resumed) send(socket, { type: 'events', events })
        else for (const event of events) send(socket, { type: 'event', ...event })
        update(socket, { seq: last.seq })
      }
      const { seq, resumed } = update(socket, { syncing_to: null })
      this.#line ??= newLine(seq)
      if (resumed) send(socket, { type: 'replayed', seq })
    } catch (error) {
      log.warn('replay_failed', { error })
      close(socket, 1011, 'The replay failed; connect again') // the client still knows its seq
    } finally {
      this.#syncing.delete(socket)
    }
  }

  /** Reads from the journal what is missing. One at a time; `head` is looked at anew after each await. */
  #fill(): Promise<void> {
    this.#refill ??= this.#readHole()
      .catch((error: unknown) => log.warn('refill_failed', { error })) // the next tick tries again
      .finally(() => {
        this.#refill = null
      })
    return this.#refill
  }

  async #readHole(): Promise<void> {
    const project_id = this.#open()[0]?.connection.project_id
    const db = openDatabase(this.#config, newMeter())
    while (project_id && this.#line && hasHole(this.#line)) {
      const events = await readJournal(db, project_id, this.#line.head)
      if (events.length === 0) return
      if (this.#line) this.#deliver(offer(this.#line, events))
    }
  }

  async #reconcile(project_id: string, line: Line | null): Promise<void> {
    const db = openDatabase(this.#config, newMeter())
    const holders = this.#open().map(({ connection }) => connection)
    const { head, ended } = await readAccess(db, project_id, holders)
    for (const session of ended) {
      for (const socket of this.ctx.getWebSockets(`session:${session}`)) {
        close(socket, CLOSE.access_ended, 'Access has ended')
      }
    }
    if (head === null) return this.#closeAll(CLOSE.project_gone, 'The project has been deleted')
    if (!line) return
    line.known = Math.max(line.known, head)
    if (hasHole(line)) await this.#fill()
  }

  /** Sends events, in order, to every live socket that has not seen them. */
  #deliver(events: Event[]): void {
    for (const event of events) {
      const frame = JSON.stringify({ type: 'event', ...event })
      for (const { socket, connection } of this.#open()) {
        if (connection.syncing_to !== null || connection.seq >= event.seq) continue
        if (endsAccess(event, connection.user_id)) {
          close(socket, CLOSE.access_ended, 'You are no longer a member')
          continue
        }
        send(socket, frame)
        update(socket, { seq: event.seq })
      }
      if (event.action === 'project.deleted') this.#closeAll(CLOSE.project_gone, 'The project has been deleted')
    }
  }

  #closeAll(code: number, reason: string): void {
    for (const { socket } of this.#open()) close(socket, code, reason)
  }

  /** The next tick, or the first token's end if that comes sooner. None without sockets. */
  async #setAlarm(): Promise<void> {
    const open = this.#open()
    if (open.length === 0) return
    const tick = Date.now() + this.#config.HUB_TICK_SECONDS * 1000
    await this.ctx.storage.setAlarm(Math.min(tick, ...open.map(({ connection }) => connection.expires_at)))
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
