import type { ServerMessage } from './types.ts'

/** The client's reaction to `bye`, or to a socket that closed with this code. */
export type Next =
  /** Open it again with your `since`: the client was too slow, or the connection broke. */
  | 'resume'
  /** Get a fresh access token first. */
  | 'refresh'
  /** Read the board or the inbox again: the database was restored. */
  | 'reload'
  /** Stay away: there is no access any more, or nothing to see. */
  | 'stop'

const NEXT: Record<number, Next> = {
  1012: 'reload',
  4401: 'refresh',
  4403: 'stop',
  4404: 'stop',
  4429: 'stop',
  4430: 'stop',
}

/** The reaction to any close code: `resume` for a code that is not the server's, as then the network failed. */
export const nextAfter = (code: number): Next => NEXT[code] ?? 'resume'

/**
 * Parses a frame of the server; undefined for a pong. After a `bye`, close the socket at once
 * and go by `nextAfter(bye.code)`: `onclose` may be ten seconds late (docs/live.md).
 */
export const messageOf = (data: string): ServerMessage | undefined => (data === 'pong' ? undefined : JSON.parse(data))
