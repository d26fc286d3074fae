import { createServer } from 'node:net'

/** `wanted` if it is free on loopback, else a rejection (EADDRINUSE); for 0 a port that nobody uses. */
export async function freePort(wanted = 0): Promise<number> {
  const probe = createServer()
  return new Promise((found, reject) => {
    probe.once('error', reject)
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address ? address.port : wanted))
    })
  })
}
