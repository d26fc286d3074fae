import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Systems choose the ports of outgoing connections above this range. A port from there could be taken, by a connection
 * to anywhere, before the server that it was found for listens on it, or while that server is restarted.
 */
const FIRST = 20_000
const LAST = 29_999
const TRIES = 100

/** Rejects with EADDRINUSE when the port of 127.0.0.1 is in use. */
const tryPort = (port: number) =>
  new Promise<number>((found, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', () => probe.close(() => found(port)))
  })

/** Resolves to `wanted`, or for 0 to any free port of 127.0.0.1. Rejects with EADDRINUSE when `wanted` is in use. */
export async function findFreePort(wanted = 0): Promise<number> {
  if (wanted !== 0) return tryPort(wanted)
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryPort(randomInt(FIRST, LAST + 1))
    } catch (error) {
      if (tries === TRIES || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
