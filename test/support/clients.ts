import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import WS from 'ws'

/** What a client saw of its socket, with the times at which it did (milliseconds since 1970). */
export type Seen = { messages: { data: string; at: number }[]; closed: { code: number; at: number } | null }

/** A socket over TCP, of one of the clients that people have. */
export type Client = { send(text: string): Promise<void>; seen(): Promise<Seen>; end(): Promise<void> }

/** What the WebSockets of Node and of ws have in common; their types have it not. */
type Plain = {
  onopen: (() => void) | null
  onerror: ((event: unknown) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(): void
}

async function opened(socket: Plain): Promise<Client> {
  const seen: Seen = { messages: [], closed: null }
  socket.onmessage = ({ data }) => void seen.messages.push({ data: String(data), at: Date.now() })
  socket.onclose = ({ code }) => {
    seen.closed = { code, at: Date.now() }
  }
  await new Promise<void>((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  return { send: async (text) => socket.send(text), seen: async () => seen, end: async () => socket.close() }
}

/** Debian's, or the one that CHROMIUM names; undefined where there is none. */
export const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
)

let browser: Promise<Browser> | undefined

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
}

const IN_PAGE = `new Promise((resolve, reject) => {
  globalThis.seen = { messages: [], closed: null }
  globalThis.socket = new WebSocket(ADDRESS)
  socket.onmessage = ({ data }) => seen.messages.push({ data, at: Date.now() })
  socket.onclose = ({ code }) => (seen.closed = { code, at: Date.now() })
  socket.onopen = () => resolve()
  socket.onerror = () => reject(new Error('It could not be opened'))
})`

/** A page of FlowTrack's own origin with a socket, in a browser that all share. */
async function inChromium(url: string): Promise<Client> {
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  const page = await (await browser).newPage()
  await page.goto(`${new URL(url).origin.replace('ws', 'http')}/healthz`)
  await page.evaluate(IN_PAGE.replace('ADDRESS', JSON.stringify(url)))
  return {
    send: (text) => page.evaluate(`socket.send(${JSON.stringify(text)})`),
    seen: () => page.evaluate('seen'),
    end: () => page.close(),
  }
}

export const CLIENTS: Record<string, (url: string) => Promise<Client>> = {
  'undici (Node)': (url) => opened(new WebSocket(url) as unknown as Plain),
  ws: (url) => opened(new WS(url) as unknown as Plain),
  Chromium: inChromium,
}
