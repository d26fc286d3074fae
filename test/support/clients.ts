import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import WS from 'ws'

/** What a client has received on its socket, and its close. `at`: when, in milliseconds since 1970. */
export type Seen = { messages: { data: string; at: number }[]; closed: { code: number; at: number } | null }

/** An open socket over TCP, in one of the WebSocket clients that people use. */
export type Client = { send(text: string): Promise<void>; seen(): Promise<Seen>; end(): Promise<void> }

/** What Node's WebSocket and that of the package `ws` have in common. Their own types have no common base. */
type Plain = {
  onopen: (() => void) | null
  onerror: ((event: unknown) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(): void
}

/** Resolves when the socket is open. */
async function waitUntilOpen(socket: Plain): Promise<Client> {
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

/** The path of Chromium: the one that CHROMIUM names, or else Debian's; undefined where there is none. */
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
  socket.onerror = () => reject(new Error('The socket could not be opened'))
})`

/** Opens a socket in a new page of FlowTrack's own origin. All pages share one browser. */
async function openInChromium(url: string): Promise<Client> {
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
  'undici (Node)': (url) => waitUntilOpen(new WebSocket(url) as unknown as Plain),
  ws: (url) => waitUntilOpen(new WS(url) as unknown as Plain),
  Chromium: openInChromium,
}
