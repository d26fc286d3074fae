import { verifyAccess } from '../auth/tokens.ts'
import type { Config } from '../env.ts'
import type { Held } from './connection.ts'
import { CLOSE, parseClientMessage } from './protocol.ts'
import type { EndedAccess } from './publish.ts'
import { type Sockets, send } from './sockets.ts'

/** How soon after a join the database is asked: access may have ended while the socket was being opened. */
const FIRST_LOOK_MS = 1_000

type Deps<C extends Held> = {
  storage: DurableObjectStorage
  config: Config
  sockets: Sockets<C>
  /** Whether somebody else looks for this hub, so that it may sleep until a token ends. Never rejects. */
  watched?: (held: C) => Promise<boolean>
}

/** Who may stay on the sockets of a hub, and until when. The same for boards and inboxes. */
export class Door<C extends Held> {
  readonly #deps: Deps<C>

  constructor(deps: Deps<C>) {
    this.#deps = deps
  }

  /** Sets the alarm for a socket that came in. */
  entered({ expires_at }: Held): Promise<void> {
    return this.#wakeBy(Math.min(Date.now() + FIRST_LOOK_MS, expires_at))
  }

  /** Closes the sockets whose session or account has ended. */
  endAccess({ user_id, session_id, except_session_id }: EndedAccess): void {
    const { sockets } = this.#deps
    for (const [socket, held] of sockets.open()) {
      const concerned = held.user_id === user_id && (session_id ?? held.session_id) === held.session_id
      if (concerned && held.session_id !== except_session_id) {
        sockets.close(socket, CLOSE.access_ended, 'The session has ended')
      }
    }
  }

  /** The alarm rang: ends expired sockets and sets it anew. False when nobody is left. */
  async tick(): Promise<boolean> {
    const { sockets, watched } = this.#deps
    const now = Date.now()
    let next = Number.POSITIVE_INFINITY
    for (const [socket, { expires_at }] of sockets.open()) {
      if (expires_at <= now) sockets.close(socket, CLOSE.token_expired, 'The access token has expired')
      else next = Math.min(next, expires_at)
    }
    const [first] = sockets.open()
    if (!first) return false
    if (!(await watched?.(first[1]))) next = Math.min(next, this.#nextTick())
    await this.#wakeBy(next)
    return true
  }

  /** Nobody else looks for this hub: it does so itself, at its tick. */
  lookByItself(): Promise<void> {
    return this.#wakeBy(this.#nextTick())
  }

  /** A client's message: a fresh token extends its socket's life. Whether it did. */
  async hear(socket: WebSocket, message: string | ArrayBuffer): Promise<boolean> {
    const { sockets, config } = this.#deps
    const parsed = parseClientMessage(message)
    if (!parsed) {
      send(socket, { type: 'error', code: 'message_invalid', message: 'Not a message of this protocol' })
      return false
    }
    const actor = await verifyAccess(config, parsed.access, new Date()).catch(() => null)
    const held = sockets.get(socket)
    if (!actor || actor.user_id !== held?.user_id || actor.session_id !== held.session_id) {
      send(socket, { type: 'error', code: 'token_invalid', message: 'This token does not extend this socket' })
      return false
    }
    sockets.update(socket, { expires_at: actor.expires_at })
    await this.#wakeBy(actor.expires_at)
    return true
  }

  #nextTick(): number {
    return Date.now() + this.#deps.config.HUB_TICK_SECONDS * 1000
  }

  /** Sets the alarm, unless it will ring sooner anyway: a new socket must not put off the others' look. */
  async #wakeBy(time: number): Promise<void> {
    const { storage } = this.#deps
    const set = await storage.getAlarm()
    if (set === null || set > time) await storage.setAlarm(time)
  }
}
