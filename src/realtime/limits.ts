/** What a client may send. Pings are answered without the hub and don't count. */

/** Bytes of one frame. */
export const MAX_FRAME = 64 * 1024
/** Messages of one socket in any minute, garbage included. */
export const MAX_MESSAGES = 100
const MINUTE_MS = 60_000

/** Whether a frame is longer than allowed. A text's bytes are counted only when they may be too many. */
export function isTooLong(message: string | ArrayBuffer): boolean {
  if (typeof message !== 'string') return message.byteLength > MAX_FRAME
  if (message.length > MAX_FRAME) return true
  return message.length * 3 > MAX_FRAME && new TextEncoder().encode(message).length > MAX_FRAME
}

/**
 * Counts each socket's messages over a sliding minute. In memory only: a hub that had time to
 * hibernate in between was not being flooded.
 */
export class Pace {
  readonly #times = new WeakMap<WebSocket, number[]>()

  /** Counts a message. False when it is one too many. */
  allows(socket: WebSocket, now: number): boolean {
    const recent = (this.#times.get(socket) ?? []).filter((time) => time > now - MINUTE_MS)
    recent.push(now)
    this.#times.set(socket, recent)
    return recent.length <= MAX_MESSAGES
  }
}
