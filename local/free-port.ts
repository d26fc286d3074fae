import { createServer } from 'node:net'

/** Resolves to `wanted`, or for 0 to any free port of 127.0.0.1. Rejects with EADDRINUSE when `wanted` is in use. */
export async function findFreePort(wanted = 0): Promise<number> {
  const probe = createServer()
  return new Promise((found, reject) => {
    probe.once('error', reject)
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address ? address.port : wanted))
    })
  })
}
