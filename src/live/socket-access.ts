import type { Config } from '../config/config.ts'
import { verifyAccessToken } from '../security/tokens.ts'
import type { SocketState } from './connection.ts'
import { isTooLong, MAX_FRAME, MAX_MESSAGES, Pace } from './limits.ts'
import { CLOSE, parseClientMessage, SESSION_ENDED, TOO_MANY_SOCKETS } from './protocol.ts'
import type { EndedAccess } from './publish.ts'
import type { Sockets } from './sockets.ts'

/** How soon after a socket opens the database is asked: access may have ended meanwhile. */
const FIRST_CHECK_MS = 1_000
/** Storage key of the time at which the database is asked next. The alarm may ring earlier, for other work. */
const CHECK_AT = 'check_at'
const NEVER = Number.MAX_SAFE_INTEGER

type Deps<C extends SocketState> = {
  storage: DurableObjectStorage
  config: Config
  sockets: Sockets<C>
  /** Whether the relay asks the database for this hub, so that it may sleep until a token expires. Never rejects. */
  isWatched?: (state: C) => Promise<boolean>
  /** Called when a new token has extended a socket. */
  onExtended?: (state: C) => void
  /** Called when a client says which card it shows. An inbox has none. */
  onPresence?: (socket: WebSocket, task_id: string | null) => void
}

/** Decides which sockets of a hub may stay open, and until when. The same for boards and inboxes. */
export class SocketAccess<C extends SocketState> {
  readonly #deps: Deps<C>
  readonly #pace = new Pace()

  constructor(deps: Deps<C>) {
    this.#deps = deps
  }

  /** Closes a person's sockets beyond the quota, the longest silent first, so that a new page always opens. */
  makeRoom({ user_id }: Pick<SocketState, 'user_id'>): void {
    const { sockets, config } = this.#deps
    const present = sockets.socketsOf(user_id)
    const surplus = Math.max(0, present.length + 1 - config.QUOTA_BOARD_SOCKETS)
    this.closeSurplus(present.slice(0, surplus).map(({ connection_id }) => connection_id))
  }

  /** Closes these sockets: their owner has too many. */
  closeSurplus(connection_ids: readonly string[]): void {
    const { sockets } = this.#deps
    for (const [socket, { connection_id }] of sockets.open()) {
      if (connection_ids.includes(connection_id)) sockets.close(socket, CLOSE.too_many_sockets, TOO_MANY_SOCKETS)
    }
  }

  /** Sets the alarm for a socket that came in. */
  async scheduleFirstCheck({ expires_at }: SocketState): Promise<void> {
    await this.#checkBy(Date.now() + FIRST_CHECK_MS)
    await this.wakeBy(expires_at)
  }

  /**
   * Closes the sockets whose session, key or account has ended. A key outlives its owner's sessions.
   * Returns how many others this person has here.
   */
  endAccess({ user_id, session_id, except_session_id, reason = SESSION_ENDED, may_return }: EndedAccess): number {
    const { sockets } = this.#deps
    const code = may_return ? CLOSE.refresh : CLOSE.access_ended
    let others = 0
    for (const [socket, state] of sockets.open()) {
      if (state.user_id !== user_id) continue
      const concerned = (session_id ?? state.session_id) === state.session_id
      const spared = except_session_id && (state.by_key || state.session_id === except_session_id)
      if (concerned && !spared) sockets.close(socket, code, reason)
      else others += 1
    }
    return others
  }

  /** Returns whether the database must be asked now. If so, clears the time of that check. */
  takeDueCheck(): boolean {
    const { kv } = this.#deps.storage
    const due = (kv.get<number>(CHECK_AT) ?? 0) <= Date.now()
    if (due) kv.put(CHECK_AT, NEVER)
    return due
  }

  /** Closes expired sockets and sets the next alarm. Returns false when no socket is left. */
  async tick(): Promise<boolean> {
    const { sockets, isWatched } = this.#deps
    const now = Date.now()
    let next = Number.POSITIVE_INFINITY
    for (const [socket, { expires_at, by_key }] of sockets.open()) {
      const what = by_key ? 'API key' : 'access token'
      if (expires_at <= now) sockets.close(socket, CLOSE.refresh, `The ${what} has expired`)
      else next = Math.min(next, expires_at)
    }
    const [first] = sockets.open()
    if (!first) return false
    if (!(await isWatched?.(first[1]))) await this.scheduleCheck()
    await this.wakeBy(Math.min(next, this.#deps.storage.kv.get<number>(CHECK_AT) ?? NEVER))
    return true
  }

  /** Plans a check of the database by the hub itself, HUB_TICK_SECONDS from now: for when no relay does it. */
  scheduleCheck(): Promise<void> {
    return this.#checkBy(Date.now() + this.#deps.config.HUB_TICK_SECONDS * 1000)
  }

  /** Handles a client's message, within the limits. */
  async receive(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const { sockets, onPresence } = this.#deps
    if (!sockets.get(socket) || !this.#acceptMessage(socket, message)) return
    const parsed = parseClientMessage(message)
    if (parsed?.type === 'auth') await this.#extend(socket, parsed.access)
    else if (parsed && onPresence) onPresence(socket, parsed.task_id)
    else
      sockets.send(socket, {
        type: 'error',
        code: 'message_invalid',
        message: onPresence ? 'Invalid message: send auth or presence' : 'Invalid message: send auth',
      })
  }

  /** Counts a message. If it exceeds the limits, tells the client, closes the socket, and returns false. */
  #acceptMessage(socket: WebSocket, message: string | ArrayBuffer): boolean {
    const { sockets } = this.#deps
    if (isTooLong(message)) {
      sockets.send(socket, {
        type: 'error',
        code: 'message_too_long',
        message: `At most ${MAX_FRAME} bytes a message: send a shorter one on a new socket`,
      })
      sockets.close(socket, CLOSE.too_many_messages, 'The message is too long')
    } else if (!this.#pace.countMessage(socket, Date.now())) {
      sockets.send(socket, {
        type: 'error',
        code: 'too_many_messages',
        message: `At most ${MAX_MESSAGES} messages a minute: send fewer, then open the socket again`,
      })
      sockets.close(socket, CLOSE.too_many_messages, 'Too many messages')
    } else return true
    return false
  }

  /** Extends a socket by a new token of the same session. */
  async #extend(socket: WebSocket, access: string): Promise<void> {
    const { sockets, config, onExtended } = this.#deps
    const actor = await verifyAccessToken(config, access, new Date()).catch(() => null)
    const state = sockets.get(socket)
    if (!actor || actor.user_id !== state?.user_id || actor.session_id !== state.session_id) {
      const message = 'The token is invalid, expired or of another session: refresh this session and send its new token'
      sockets.send(socket, { type: 'error', code: 'token_invalid', message })
      return
    }
    sockets.update(socket, { expires_at: actor.expires_at })
    sockets.send(socket, { type: 'authenticated', expires_at: new Date(actor.expires_at).toISOString() })
    await this.wakeBy(actor.expires_at)
    onExtended?.(state)
  }

  async #checkBy(time: number): Promise<void> {
    const { kv } = this.#deps.storage
    if ((kv.get<number>(CHECK_AT) ?? NEVER) > time) kv.put(CHECK_AT, time)
    await this.wakeBy(time)
  }

  /** Sets the alarm, unless it will ring sooner anyway: a new socket must not delay the check of the others. */
  async wakeBy(time: number): Promise<void> {
    const { storage } = this.#deps
    const set = await storage.getAlarm()
    if (set === null || set > time) await storage.setAlarm(time)
  }
}
