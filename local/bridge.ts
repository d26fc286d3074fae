import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { decideDelay, decideRequestFault } from './faults.ts'
import { clearLane, controlLane, countInjected, createLane, describeLane, type Lane } from './lanes.ts'

const BODY_LIMIT = 16 * 1024 * 1024

export interface BridgeRequest {
  method: string
  /** Without the lane prefix; still URL-encoded. */
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
  lane: Lane
  response: ServerResponse
}

/** `null`: the handler writes to `response` by itself. */
export type Reply = { status: number; body: unknown } | null

export interface BridgeOptions {
  /** Loopback only: a bridge has no TLS, and anyone who reaches it can set its faults. */
  host?: string
  /** 0 or nothing: any free port. */
  port?: number
  /** What `lane.units` counts, as `/control` calls it. */
  unit: string
  handle(request: BridgeRequest): Promise<Reply>
  /** Called with every request when it arrives, before any fault. */
  onRequest?: (request: BridgeRequest) => void
  /** The body of an error that the bridge itself answers with, in the protocol's own shape. */
  errorBodyOf(message: string): unknown
}

export interface Bridge {
  url: string
  close(): Promise<void>
}

const LOOPBACK = new Set(['127.0.0.1', '::1'])
const LANE_PATH = /^\/t\/([A-Za-z0-9._~-]+)(\/.*)?$/

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed || response.headersSent) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answerControl(options: BridgeOptions, request: BridgeRequest): Reply {
  const { lane, method } = request
  const refused = method === 'POST' ? controlLane(lane, request.body) : undefined
  if (refused) return { status: 400, body: { error: refused } }
  if (method === 'DELETE') clearLane(lane)
  return { status: 200, body: describeLane(lane, options.unit) }
}

async function answerRequest(options: BridgeOptions, request: BridgeRequest): Promise<void> {
  const { lane, response } = request
  lane.requests += 1
  options.onRequest?.(request)
  const delay = decideDelay(lane.faults, lane.dice)
  if (delay > 0) {
    countInjected(lane, delay === lane.faults.latency_ms ? 'latency' : 'late')
    await wait(delay)
  }
  const fault = decideRequestFault(lane.faults, lane.dice)
  if (fault) countInjected(lane, fault)
  if (fault === 'down' || fault === 'drop') return void response.destroy()
  if (fault === 'error') return sendJson(response, 500, options.errorBodyOf('injected fault'))
  const reply = await options.handle(request)
  if (fault === 'commit_then_drop') return void response.destroy()
  if (reply) sendJson(response, reply.status, reply.body)
}

async function receive(
  options: BridgeOptions,
  lanes: Map<string, Lane>,
  raw: IncomingMessage,
  response: ServerResponse,
) {
  const url = new URL(`http://bridge${raw.url ?? '/'}`)
  const [, name = '', rest = '/'] = LANE_PATH.exec(url.pathname) ?? [url.pathname, '', url.pathname]
  const lane = lanes.get(name) ?? createLane()
  lanes.set(name, lane)
  const body = await readBody(raw)
  if (body === undefined) return sendJson(response, 413, options.errorBodyOf('The body has more than 16 MiB.'))
  const { headers, method = 'GET' } = raw
  const request = { method, path: rest, query: url.searchParams, headers, body, lane, response }
  if (rest === '/control') {
    const reply = answerControl(options, request)
    return reply ? sendJson(response, reply.status, reply.body) : undefined
  }
  await answerRequest(options, request)
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const { port: actual } = server.address() as AddressInfo
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
    })
  })
}

/**
 * An HTTP server with lanes: each `/t/<lane>/…` has its own counters and faults, which
 * `/t/<lane>/control` shows and sets. Paths without a prefix share one more lane.
 * Throws when `host` is not loopback, and when the port is taken.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { host = '127.0.0.1', port = 0 } = options
  if (!LOOPBACK.has(host)) throw new Error(`A local bridge listens on 127.0.0.1 or ::1 only, not on ${host}.`)
  const lanes = new Map<string, Lane>()
  const server = createServer((raw, response) => {
    response.on('error', () => {})
    receive(options, lanes, raw, response).catch((error: unknown) => {
      // The client has left while it was sending: nobody waits for an answer.
      if (raw.destroyed && !raw.complete) return
      sendJson(response, 500, options.errorBodyOf(error instanceof Error ? error.message : String(error)))
    })
  })
  // Longer than any client keeps an idle connection, so that no request meets a closing one.
  server.keepAliveTimeout = 10 * 60_000
  const url = await listen(server, port, host)
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
