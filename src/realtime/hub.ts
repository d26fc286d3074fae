import { DurableObject } from 'cloudflare:workers'
import { verifyAccess } from '../auth/tokens.ts'
import { openDatabase } from '../db/client.ts'
import { type Config, configOf } from '../env.ts'
import { newMeter } from '../http/timing.ts'
import { log } from '../log.ts'
import { type Connection, connectionOf, greeting, JOIN_HEADER, Join } from './connection.ts'
import { Feed } from './feed.ts'
import { CLOSE, parseClientMessage } from './protocol.ts'
import type { Announcement, EndedAccess } from './publish.ts'
import { GLOBAL, hubName } from './region.ts'
import { Registrar } from './relay/registrar.ts'
import { readAccess, readJournal } from './replay.ts'
import { orAgain } from './rpc.ts'
import { Sockets, send } from './sockets.ts'

/** How soon after a join the database is asked: access may have ended while the socket was being opened. */
const FIRST_LOOK_MS = 1_000

/**
 * A project's sockets in one region: who may stay, and when to look. What they are sent is the
 * feed's part. All it knows can be rebuilt, from the sockets' attachments and the journal.
 */
export class ProjectHub extends DurableObject<Env> {
  readonly #config: Config
  readonly #sockets: Sockets
  readonly #feed: Feed
  readonly #registrar: Registrar
  #looking: Promise<void> | null = null

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#config = configOf(env)
    this.#sockets = new Sockets(state)
    this.#feed = new Feed({
      sockets: this.#sockets,
      readJournal: (project_id, since) => readJournal(this.#database(), project_id, since),
      waitUntil: (work) => state.waitUntil(work),
    })
    this.#registrar = new Registrar(env, this.#config, this.#sockets)
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** The upgrade of a socket that the Worker has authorised. Nothing else reaches this. */
  override async fetch(request: Request): Promise<Response> {
    const join = Join.parse(JSON.parse(request.headers.get(JOIN_HEADER) ?? 'null'))
    const { 0: client, 1: server } = new WebSocketPair()
    const connection = connectionOf(join)
    this.#feed.join(server, connection, greeting(join, connection))
    this.#tellUserHub('entered', connection)
    this.#tellRelay(connection)
    await this.#wakeBy(Math.min(Date.now() + FIRST_LOOK_MS, join.expires_at))
    return new Response(null, { status: 101, webSocket: client })
  }

  /** News from a Worker or a relay. May be late, doubled or out of order. Returns how far the sockets are. */
  async announce({ head, events }: Announcement): Promise<number> {
    return this.#feed.announce(head, events)
  }

  /** Closes the sockets whose session or account has ended. */
  async endAccess({ user_id, session_id, except_session_id }: EndedAccess): Promise<void> {
    for (const [socket, held] of this.#sockets.open()) {
      const concerned = held.user_id === user_id && (session_id ?? held.session_id) === held.session_id
      if (concerned && held.session_id !== except_session_id) {
        this.#sockets.close(socket, CLOSE.access_ended, 'The session has ended')
      }
    }
  }

  /** Ends expired sockets, and looks for what was never announced: the guarantee behind the hints. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    let next = Number.POSITIVE_INFINITY
    for (const [socket, { expires_at }] of this.#sockets.open()) {
      if (expires_at <= now) this.#sockets.close(socket, CLOSE.token_expired, 'The access token has expired')
      else next = Math.min(next, expires_at)
    }
    const [first] = this.#sockets.open()
    if (!first) return
    if (!(await this.#registrar.tell(first[1]))) next = Math.min(next, this.#nextTick())
    this.#feed.resume()
    this.ctx.waitUntil(this.#look()) // not awaited: a database that hangs must not delay the next alarm
    await this.#wakeBy(next)
  }

  /** Looks now, without waiting for the alarm: for changes whose events were not at hand. */
  async recheck(): Promise<void> {
    await this.#looking // one that is under way may have read too early
    await this.#look()
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const parsed = parseClientMessage(message)
    if (!parsed) {
      send(socket, { type: 'error', code: 'message_invalid', message: 'Not a message of this protocol' })
      return
    }
    const actor = await verifyAccess(this.#config, parsed.access, new Date()).catch(() => null)
    const held = this.#sockets.get(socket)
    if (!actor || actor.user_id !== held?.user_id || actor.session_id !== held.session_id) {
      send(socket, { type: 'error', code: 'token_invalid', message: 'This token does not extend this socket' })
      return
    }
    this.#sockets.update(socket, { expires_at: actor.expires_at })
    await this.#wakeBy(actor.expires_at)
    this.#tellRelay(held)
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const connection = this.#sockets.finish(socket)
    const others = [...this.#sockets.open()].some(([, { user_id }]) => user_id === connection.user_id)
    if (!others) this.#tellUserHub('left', connection)
    this.#tellRelay(connection)
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket)
  }

  /** So that the end of a session finds this socket at once; the next look would find it too. */
  #tellUserHub(what: 'entered' | 'left', { user_id, project_id, place, connection_id }: Connection): void {
    const told = orAgain(() => this.env.USER_HUB.getByName(user_id)[what](hubName(project_id, place), connection_id))
    this.ctx.waitUntil(told.catch((error: unknown) => log.warn('user_hub_not_told', { error })))
  }

  /** So that news from elsewhere comes here. When that fails, the alarm stands in for the relay. */
  #tellRelay(connection: Connection): void {
    if (connection.place === GLOBAL) return
    const told = this.#registrar.tell(connection)
    this.ctx.waitUntil(told.then((watched) => (watched ? undefined : this.#wakeBy(this.#nextTick()))))
  }

  #nextTick(): number {
    return Date.now() + this.#config.HUB_TICK_SECONDS * 1000
  }

  /** Asks the database where the journal is and who may stay. One at a time; never rejects. */
  #look(): Promise<void> {
    this.#looking ??= this.#reconcile()
      .catch((error: unknown) => log.warn('hub_look_failed', { error }))
      .finally(() => {
        this.#looking = null
      })
    return this.#looking
  }

  async #reconcile(): Promise<void> {
    const asked = [...this.#sockets.open()]
    const [first] = asked
    if (!first) return
    const { head, epoch, ended } = await readAccess(
      this.#database(),
      first[1].project_id,
      asked.map(([, held]) => held),
    )
    for (const [socket, held] of asked) {
      if (head === null) this.#sockets.close(socket, CLOSE.project_gone, 'The project has been deleted')
      else if (ended.includes(held.session_id)) this.#sockets.close(socket, CLOSE.access_ended, 'Access has ended')
      else if (held.epoch !== epoch)
        this.#sockets.close(socket, CLOSE.restored, 'The board was restored: read it again')
    }
    if (head === null) return
    if (asked.some(([, held]) => held.epoch !== epoch)) this.#feed.reset()
    this.#feed.announce(head)
    await this.#feed.fill()
  }

  /** Sets the alarm, unless it will ring sooner anyway: a new socket must not put off the others' look. */
  async #wakeBy(time: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > time) await this.ctx.storage.setAlarm(time)
  }

  #database() {
    return openDatabase(this.#config, newMeter())
  }
}
