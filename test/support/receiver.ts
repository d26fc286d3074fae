import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * How a receiver of webhooks answers: a status; `hang`: not at all; `reset`: it closes the connection; `endless`: 500
 * with a body that never ends; `stall`: 200, the beginning of a body, then nothing; `redirect`: 302; `busy`: 503 with
 * `Retry-After: 600`; `late_gone`: 410 after a second.
 */
export type Manner = number | 'hang' | 'reset' | 'endless' | 'redirect' | 'stall' | 'busy' | 'late_gone'

/**
 * One message. `at`: when it came, in milliseconds since 1970; `answered`: the status of the answer, null without one.
 */
export type Received = { headers: Record<string, string>; body: string; at: number; answered: number | null }

/**
 * A receiver of webhooks, with a separate box for each path `/name`, to which messages are posted. GET of the path
 * answers the list of messages in the box; PUT sets the manner, as JSON, in which the box answers from then on.
 */
export interface Receiver {
  url: string
  box(name: string): { received: Received[]; manner: Manner | ((message: Received) => Manner) }
  close(): Promise<void>
}

const CHUNK = 'x'.repeat(16 * 1024)

/** Writes until the client closes the connection. */
function writeEndlessly(answer: ServerResponse): void {
  while (!answer.destroyed) if (!answer.write(CHUNK)) return void answer.once('drain', () => writeEndlessly(answer))
}

/** Answers in this manner. Returns the status that the sender sees; null if it sees none. */
function answerIn(manner: Manner, { socket }: IncomingMessage, answer: ServerResponse): number | null {
  if (manner === 'hang') return null
  if (manner === 'reset') {
    socket.destroy()
    return null
  }
  if (manner === 'endless' || manner === 'stall') {
    answer.writeHead(manner === 'stall' ? 200 : 500)
    if (manner === 'stall') answer.write('a beginning without an end')
    else writeEndlessly(answer)
    return manner === 'stall' ? 200 : 500
  }
  if (manner === 'busy') {
    answer.writeHead(503, { 'Retry-After': '600' }).end()
    return 503
  }
  if (manner === 'late_gone') {
    setTimeout(() => answer.writeHead(410).end(), 1_000)
    return 410
  }
  if (manner === 'redirect') answer.writeHead(302, { Location: `/elsewhere` }).end()
  else answer.writeHead(manner).end(manner < 300 ? '' : `I answer ${manner}`)
  return manner === 'redirect' ? 302 : manner
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export async function startReceiver(): Promise<Receiver> {
  const boxes = new Map<string, ReturnType<Receiver['box']>>()
  const box = (name: string) => {
    const known = boxes.get(name) ?? { received: [], manner: 204 }
    boxes.set(name, known)
    return known
  }
  const server = createServer(async (request, answer) => {
    const own = box((request.url ?? '').slice(1))
    const body = await textOf(request).catch(() => undefined)
    if (body === undefined) return
    if (request.method === 'GET') return void answer.end(JSON.stringify(own.received))
    if (request.method === 'PUT') {
      own.manner = JSON.parse(body)
      return void answer.end()
    }
    const message = { headers: request.headers as Record<string, string>, body, at: Date.now(), answered: null }
    own.received.push(message)
    const { manner } = own
    const answered = answerIn(typeof manner === 'function' ? manner(message) : manner, request, answer)
    Object.assign(message, { answered })
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, box, close }
}
