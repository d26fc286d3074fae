/** When the relay does what. Pure: the clock is an argument. All times in milliseconds. */

/** How old a stream may get: an object's pending I/O may be cut after 15 minutes. */
export const ROTATE_MS = 5 * 60_000
/** How long a ping may travel until its stream counts as half-open. */
export const PING_TIMEOUT_MS = 500

export type StreamTimes = { opened_at: number; heard_at: number }

/**
 * What a tick does with the stream: `open` one when there is none, `replace` one that no longer
 * brings our own pings back, `rotate` one that gets old (the new one first), or `keep` it.
 */
export function nextStreamAction(
  stream: StreamTimes | null,
  pinged_at: number,
  now: number,
): 'open' | 'replace' | 'rotate' | 'keep' {
  if (!stream) return 'open'
  // A ping that was sent before this stream was opened is not expected on it.
  const awaited = pinged_at >= stream.opened_at && pinged_at > stream.heard_at
  if (awaited && now - pinged_at >= PING_TIMEOUT_MS) return 'replace'
  return now - stream.opened_at >= ROTATE_MS ? 'rotate' : 'keep'
}
