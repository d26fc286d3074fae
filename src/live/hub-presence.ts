import { hashOf } from '../lib/hash.ts'
import { log } from '../lib/log.ts'
import type { ServerMessage } from './answers.ts'
import type { Connection } from './connection.ts'
import { mergePresent, nextCheckTimeOf, type PresentPerson, presentOf, type Sign } from './presence.ts'
import type { RelayClient } from './relay-client.ts'
import type { SocketAccess } from './socket-access.ts'
import type { Sockets } from './sockets.ts'

/** How long changes are gathered before everybody is told, in milliseconds. */
const GATHER_MS = 250

/** How long until a relay that could not be reached is told again, in milliseconds. */
const AGAIN_MS = 5_000

type HubLocation = Pick<Connection, 'project_id' | 'place'>

type Deps = {
  state: Pick<DurableObjectState, 'waitUntil' | 'getWebSocketAutoResponseTimestamp'>
  sockets: Sockets
  access: Pick<SocketAccess<Connection>, 'wakeBy'>
  relay: Pick<RelayClient, 'syncPresence'>
}

/**
 * Who is on the board, for everybody on it. This region's people are in the sockets' attachments, those of
 * other regions in the relay's memory. Nothing is written to storage: after a hibernation the hub asks again.
 */
export class HubPresence {
  readonly #deps: Deps
  #elsewhere: PresentPerson[] | null = null
  /** The people that the relay was last told, as JSON. */
  #told = ''
  #location: HubLocation | null = null
  #gathering: ReturnType<typeof setTimeout> | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The people on this hub's own sockets. */
  peopleHere(): PresentPerson[] {
    return presentOf(this.#signs(), Date.now())
  }

  /** Returns the list for a socket that is about to be accepted, with its own person on it. Tells all others soon. */
  welcome(newcomer: Connection): ServerMessage {
    const own = { ...newcomer, at: newcomer.looked_at }
    this.onChange(newcomer)
    const message = messageOf(mergePresent([...this.peopleHere(), ...(this.#elsewhere ?? []), own]))
    newcomer.shown = hashOf(JSON.stringify(message))
    return message
  }

  /** Called when a client says which card it looks at; null: none. */
  onOpenCard(socket: WebSocket, task_id: string | null): void {
    this.#deps.sockets.update(socket, { task_id, looked_at: Date.now() })
    this.onChange()
  }

  /** Called when the relay says who is on the board in other regions. */
  setElsewhere(users: PresentPerson[]): void {
    this.#elsewhere = users
    this.onChange()
  }

  /** Called when somebody may have come, gone or opened another card: tells everybody after GATHER_MS. */
  onChange(location?: HubLocation): void {
    if (location) this.#location = { project_id: location.project_id, place: location.place }
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null
      this.#deps.state.waitUntil(this.#tell().catch((error: unknown) => log.warn('presence_not_shown', { error })))
    }, GATHER_MS)
  }

  async #tell(): Promise<void> {
    const { sockets, access, state } = this.#deps
    const exchanged = this.#exchange()
    if (this.#elsewhere) state.waitUntil(exchanged)
    else await exchanged // after a hibernation: else people of other regions would seem to leave and come back
    if (sockets.isEmpty()) {
      this.#elsewhere = null // the relay no longer tells us
      return
    }
    const message = messageOf(mergePresent([...this.peopleHere(), ...(this.#elsewhere ?? [])]))
    const frame = JSON.stringify(message)
    const shown = hashOf(frame)
    for (const [socket, connection] of sockets.open()) {
      if (connection.shown === shown) continue
      sockets.send(socket, frame)
      sockets.update(socket, { shown })
    }
    const signs = this.#signs()
    const alone = new Set([...signs, ...(this.#elsewhere ?? [])].map(({ user_id }) => user_id)).size < 2
    const next = alone ? null : nextCheckTimeOf(signs, Date.now()) // a person alone on the board is seen by no one else
    if (next !== null) await access.wakeBy(next)
  }

  /** Tells other regions what has changed here; after a hibernation, also to learn who is there. */
  async #exchange(): Promise<void> {
    const [first] = this.#deps.sockets.open()
    const location = this.#location ?? first?.[1]
    const here = this.peopleHere()
    const telling = JSON.stringify(here)
    const before = this.#elsewhere
    if (!location || (before && telling === this.#told)) return
    try {
      const users = await this.#deps.relay.syncPresence(location, here)
      this.#told = telling
      if (this.#elsewhere !== before) return // the relay has sent a newer list meanwhile
      if (before && JSON.stringify(users) !== JSON.stringify(before)) this.onChange()
      this.#elsewhere = users
    } catch (error) {
      log.warn('presence_not_exchanged', { error })
      await this.#deps.access.wakeBy(Date.now() + AGAIN_MS) // else people who left would stay listed elsewhere
    }
  }

  #signs(): Sign[] {
    const { sockets, state } = this.#deps
    return [...sockets.open()].map(([socket, { user_id, task_id, looked_at }]) => ({
      user_id,
      task_id,
      at: looked_at,
      pinged_at: state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null,
    }))
  }
}

const messageOf = (users: PresentPerson[]): ServerMessage => ({
  type: 'presence',
  users: users.map(({ user_id, task_id }) => ({ user_id, task_id })),
})
