import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dice } from '../../../local/faults.ts'

/** A proxy before a Worker. It cuts some connections when the answer comes: the request was done, but has no answer. */
export interface LossyProxy {
  url: string
  /** How many answers it has dropped. */
  cut: number
  close(): Promise<void>
}

/** `share`: how likely an answer is dropped. */
export async function openLossyProxy(target: string, dice: Dice, share: number): Promise<LossyProxy> {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      if (dice() < share) {
        proxy.cut += 1
        answer.resume()
        outgoing.destroy()
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  const proxy: LossyProxy = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut: 0, close }
  return proxy
}
