import { DurableObject } from 'cloudflare:workers'
import { type Config, configOf } from '../config/config.ts'
import { openDatabase } from '../db/client.ts'
import { coalesceCalls } from '../lib/coalesce.ts'
import { log } from '../lib/log.ts'
import { newMeter } from '../lib/meter.ts'
import { type Connection, connectionOf, greetingOf, JOIN_HEADER, Join } from './connection.ts'
import type { Announcement } from './event.ts'
import { Feed } from './feed.ts'
import { HubPresence } from './hub-presence.ts'
import { GLOBAL } from './places.ts'
import type { PresentPerson } from './presence.ts'
import type { EndedAccess } from './publish.ts'
import { endSockets, readAccess } from './reconcile.ts'
import { RelayClient } from './relay-client.ts'
import { readJournal } from './replay.ts'
import { tellUserHub } from './rpc.ts'
import { SocketAccess } from './socket-access.ts'
import { type SocketActivity, Sockets } from './sockets.ts'

/**
 * A project's sockets in one region: who may stay, and when the database is asked. The feed
 * decides what they are sent. All state can be rebuilt from the sockets' attachments and the journal.
 */
export class ProjectHub extends DurableObject<Env> {
  readonly #config: Config
  readonly #sockets: Sockets
  readonly #access: SocketAccess<Connection>
  readonly #feed: Feed
  readonly #presence: HubPresence
  readonly #relay: RelayClient
  /** Asks the database where the journal is and who may stay. Never rejects. */
  readonly #check = coalesceCalls(() =>
    this.#reconcile().catch((error: unknown) => log.warn('hub_check_failed', { error })),
  )

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#config = configOf(env)
    this.#sockets = new Sockets(state, (gone) => this.#onGone(gone))
    this.#relay = new RelayClient(env, this.#config, this.#sockets)
    this.#access = new SocketAccess({
      storage: state.storage,
      config: this.#config,
      sockets: this.#sockets,
      isWatched: (connection) => this.#relay.register(connection),
      onExtended: (connection) => this.#tellRelay(connection),
      onPresence: (socket, task_id) => this.#presence.onOpenCard(socket, task_id),
    })
    const around = { sockets: this.#sockets, access: this.#access, relay: this.#relay }
    this.#presence = new HubPresence({ state, ...around })
    this.#feed = new Feed({
      sockets: this.#sockets,
      readJournal: (project_id, since) => readJournal(this.#openDatabase(), project_id, since),
      waitUntil: (work) => state.waitUntil(work),
      onFailure: () => state.waitUntil(this.#access.scheduleCheck()), // the alarm resumes what was cut short
    })
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Accepts the upgrade of a socket that the Worker has authorized. Nothing else can call this. */
  override async fetch(request: Request): Promise<Response> {
    const join = Join.parse(JSON.parse(request.headers.get(JOIN_HEADER) ?? 'null'))
    const { 0: client, 1: server } = new WebSocketPair()
    const connection = connectionOf(join)
    this.#access.makeRoom(connection)
    this.#feed.join(server, connection, greetingOf(join, connection, this.#presence.welcome(connection)))
    const { length } = this.#sockets.socketsOf(connection.user_id)
    this.ctx.waitUntil(tellUserHub(this.env, 'entered', connection, length))
    this.#tellRelay(connection)
    await this.#access.scheduleFirstCheck(connection)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Takes an announcement of a Worker or a relay. Returns the seq that all sockets were sent: see Feed.announce. */
  async announce({ head, events }: Announcement): Promise<number> {
    return this.#feed.announce(head, events)
  }

  /** Closes the sockets whose session or account has ended. Returns how many others this person has here. */
  async endAccess(ended: EndedAccess): Promise<number> {
    return this.#access.endAccess(ended)
  }

  /** A person's sockets here, the longest silent first. */
  async socketsOf(user_id: string): Promise<SocketActivity[]> {
    return this.#sockets.socketsOf(user_id)
  }

  /** Closes these sockets, whose owner has too many on all boards together. */
  async closeSurplus(connection_ids: string[]): Promise<void> {
    this.#access.closeSurplus(connection_ids)
  }

  /** Ends expired sockets, and reads events that no announcement brought: announcements may be lost (I5). */
  override async alarm(): Promise<void> {
    const due = this.#access.takeDueCheck()
    this.#presence.onChange() // somebody may have fallen silent, or the relay does not know yet who left
    if (!(await this.#access.tick())) return
    this.#feed.resume()
    if (due) this.ctx.waitUntil(this.#check()) // not awaited: a database that hangs must not delay the next alarm
  }

  /** Which people are on this region's sockets: for a relay that has lost its memory. */
  async present(): Promise<PresentPerson[]> {
    return this.#presence.peopleHere()
  }

  /** Called by the relay: who is on the board in other regions. */
  async setElsewhere(users: PresentPerson[]): Promise<void> {
    this.#presence.setElsewhere(users)
  }

  /** Asks the database now, without waiting for the alarm: for changes that were announced without events. */
  async recheck(): Promise<void> {
    await this.#check()
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#access.receive(socket, message)
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const connection = this.#sockets.finish(socket)
    const others = [...this.#sockets.open()].some(([, { user_id }]) => user_id === connection.user_id)
    if (!others) this.ctx.waitUntil(tellUserHub(this.env, 'left', connection))
  }

  override webSocketError(socket: WebSocket): Promise<void> {
    return this.webSocketClose(socket)
  }

  /** Called as soon as a socket ends: its client may never answer the close. */
  #onGone(gone: Connection): void {
    this.#presence.onChange(gone)
    this.#tellRelay(gone)
  }

  /** Registers this hub with the relay, which sends news of other regions. If that fails, the hub checks by itself. */
  #tellRelay(connection: Connection): void {
    if (connection.place === GLOBAL) return
    const told = this.#relay.register(connection)
    this.ctx.waitUntil(told.then((watched) => (watched ? undefined : this.#access.scheduleCheck())))
  }

  async #reconcile(): Promise<void> {
    const asked = [...this.#sockets.open()]
    const [first] = asked
    if (!first) return
    const holders = asked.map(([, state]) => state)
    const current = await readAccess(this.#openDatabase(), first[1].project_id, holders)
    endSockets(this.#sockets, asked, current)
    if (current.head === null) return
    if (holders.some(({ epoch }) => epoch !== current.epoch)) this.#feed.reset()
    this.#feed.announce(current.head)
    await this.#feed.fillGap()
  }

  #openDatabase() {
    return openDatabase(this.#config, newMeter())
  }
}
