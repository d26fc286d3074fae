import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dice } from '../../../local/faults.ts'

/** A line to a Worker that cuts some connections just as the answer comes: all was done, and nobody hears of it. */
export interface Line {
  url: string
  /** Answers that it has swallowed. */
  cut: number
  close(): Promise<void>
}

export async function openLine(target: string, dice: Dice, share: number): Promise<Line> {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      if (dice() < share) {
        line.cut += 1
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
  const line: Line = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut: 0, close }
  return line
}
