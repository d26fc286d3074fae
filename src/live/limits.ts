/**
 * Limits of what a client may send, and of what it may leave unread. Pings are answered without the hub and don't
 * count.
 */

/** Bytes of one frame. */
export const MAX_FRAME = 64 * 1024
/** Messages of one socket in any minute, invalid ones included. */
export const MAX_MESSAGES = 100
const MINUTE_MS = 60_000

/** Whether a frame is longer than allowed. A text's bytes are counted only when they may be too many. */
export function isTooLong(message: string | ArrayBuffer): boolean {
  if (typeof message !== 'string') return message.byteLength > MAX_FRAME
  if (message.length > MAX_FRAME) return true
  return message.length * 3 > MAX_FRAME && new TextEncoder().encode(message).length > MAX_FRAME
}

/**
 * Counts each socket's messages over a sliding minute. In memory only: a hub that can hibernate in between is not
 * being flooded.
 */
export class Pace {
  readonly #times = new WeakMap<WebSocket, number[]>()

  /** Counts a message. Returns false when it is one too many. */
  countMessage(socket: WebSocket, now: number): boolean {
    const recent = (this.#times.get(socket) ?? []).filter((time) => time > now - MINUTE_MS)
    recent.push(now)
    this.#times.set(socket, recent)
    return recent.length <= MAX_MESSAGES
  }
}

/** Characters that may be sent to a socket that shows no sign of having read them: more than a usual replay in full. */
export const MAX_UNREAD = 16 * 1024 * 1024

/**
 * What a socket may not have read yet. workerd keeps it in memory and does not tell how much it is
 * (https://github.com/cloudflare/workerd/issues/988), but a pong travels behind all that was sent
 * before it, so a client that pings again has read that far. Lost in a hibernation, but a busy hub does not hibernate.
 */
export class Unread {
  /** Characters that were sent before the last ping that we have seen, and after it. */
  #before = 0
  #after = 0
  #pinged_at: number | null = null

  /** Adds `length` characters. Returns false if that is too much. `pinged_at`: when the socket pinged last, in ms. */
  add(length: number, pinged_at: number | null): boolean {
    this.#note(pinged_at)
    this.#after += length
    return this.#before + this.#after <= MAX_UNREAD
  }

  /** Whether `length` more characters would be allowed, without adding them. `pinged_at` is that of `add`. */
  hasRoomFor(length: number, pinged_at: number | null): boolean {
    this.#note(pinged_at)
    return this.#before + this.#after + length <= MAX_UNREAD
  }

  #note(pinged_at: number | null): void {
    if (pinged_at === this.#pinged_at) return
    this.#before = this.#after
    this.#after = 0
    this.#pinged_at = pinged_at
  }
}
