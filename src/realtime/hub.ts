import { DurableObject } from 'cloudflare:workers'
import { openDatabase } from '../db/client.ts'
import { type Config, configOf } from '../env.ts'
import { newMeter } from '../http/timing.ts'
import { log } from '../log.ts'
import { type Connection, connectionOf, greeting, JOIN_HEADER, Join } from './connection.ts'
import { Door } from './door.ts'
import { Feed } from './feed.ts'
import { CLOSE } from './protocol.ts'
import type { Announcement, EndedAccess } from './publish.ts'
import { GLOBAL, hubName } from './region.ts'
import { Registrar } from './relay/registrar.ts'
import { readAccess, readJournal } from './replay.ts'
import { orAgain } from './rpc.ts'
import { Sockets } from './sockets.ts'

/**
 * A project's sockets in one region: who may stay, and when to look. What they are sent is the
 * feed's part. All it knows can be rebuilt, from the sockets' attachments and the journal.
 */
export class ProjectHub extends DurableObject<Env> {
  readonly #config: Config
  readonly #sockets: Sockets
  readonly #door: Door<Connection>
  readonly #feed: Feed
  readonly #registrar: Registrar
  #looking: Promise<void> | null = null

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#config = configOf(env)
    this.#sockets = new Sockets(state)
    this.#registrar = new Registrar(env, this.#config, this.#sockets)
    this.#door = new Door({
      storage: state.storage,
      config: this.#config,
      sockets: this.#sockets,
      watched: (connection) => this.#registrar.tell(connection),
    })
    this.#feed = new Feed({
      sockets: this.#sockets,
      readJournal: (project_id, since) => readJournal(this.#database(), project_id, since),
      waitUntil: (work) => state.waitUntil(work),
    })
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
    await this.#door.entered(connection)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** News from a Worker or a relay. May be late, doubled or out of order. Returns how far the sockets are. */
  async announce({ head, events }: Announcement): Promise<number> {
    return this.#feed.announce(head, events)
  }

  /** Closes the sockets whose session or account has ended. */
  async endAccess(ended: EndedAccess): Promise<void> {
    this.#door.endAccess(ended)
  }

  /** Ends expired sockets, and looks for what was never announced: the guarantee behind the hints. */
  override async alarm(): Promise<void> {
    if (!(await this.#door.tick())) return
    this.#feed.resume()
    this.ctx.waitUntil(this.#look()) // not awaited: a database that hangs must not delay the next alarm
  }

  /** Looks now, without waiting for the alarm: for changes whose events were not at hand. */
  async recheck(): Promise<void> {
    await this.#looking // one that is under way may have read too early
    await this.#look()
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const extended = await this.#door.hear(socket, message)
    const connection = this.#sockets.get(socket)
    if (extended && connection) this.#tellRelay(connection)
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

  /** So that news from elsewhere comes here. When that fails, the hub's own tick stands in for the relay. */
  #tellRelay(connection: Connection): void {
    if (connection.place === GLOBAL) return
    const told = this.#registrar.tell(connection)
    this.ctx.waitUntil(told.then((watched) => (watched ? undefined : this.#door.lookByItself())))
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

  #database() {
    return openDatabase(this.#config, newMeter())
  }
}
