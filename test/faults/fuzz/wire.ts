import { Agent, request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Draft, Pair } from './requests.ts'
import { PATHS } from './spellings.ts'
import { TWISTS, type Twist } from './twists.ts'

/** A request as it goes over the wire. */
export type Wire = { method: string; target: string; headers: Pair[]; body: Buffer | undefined }

export type Exchange = { wire: Wire; status: number; headers: Record<string, string | undefined>; body: string }

const SILENT_MS = 30_000
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export const hangUp = () => agent.destroy()

/** Percent-encodes anything: half a surrogate pair too, as the three bytes that no decoder accepts. */
const encode = (text: string) =>
  text.replace(/[^\w.~-]/gsu, (c) => {
    const point = c.codePointAt(0) ?? 0
    const lone = point >= 0xd800 && point <= 0xdfff
    const bytes = lone ? [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)] : [...Buffer.from(c)]
    return bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  })

/** Fills in the rows that a draft names, and puts it into bytes. */
export function render(draft: Draft, fill: (text: string) => string, token: string | undefined): Wire {
  const { method, path, spelling, query, raw_query, headers, body, media, twist, n } = draft
  const pairs = query.map(([name, value]) => `${encode(name)}=${encode(fill(value))}`)
  const search = [...pairs, ...(raw_query ? [raw_query] : [])].join('&')
  const plain = fill(path)
    .replace(/[^\x21-\x7e]/gsu, encode)
    .replaceAll('#', '%23')
  const target = (PATHS[spelling] ?? String)(plain)
  const twisted = body === undefined ? undefined : (TWISTS[twist] as Twist)(fill(body), n)
  const own: Pair[] = Object.entries({
    ...(token && !headers.some(([name]) => name === 'Authorization') && { Authorization: `Bearer ${token}` }),
    ...(twisted && { 'Content-Type': media, ...twisted.headers }),
  })
  return {
    method,
    target: search ? `${target}?${search}` : target,
    headers: [...own, ...headers],
    body: twisted?.bytes,
  }
}

const flat = (headers: NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )

const DECODERS: Record<string, (bytes: Buffer) => Buffer> = { gzip: gunzipSync, br: brotliDecompressSync }
const decoded = (bytes: Buffer, coding = '') => (bytes.length > 0 ? (DECODERS[coding]?.(bytes) ?? bytes) : bytes)

/** What every client adds to a request. */
function framed({ method, headers, body }: Wire, host: string): string[] {
  const length: Pair[] = body || method === 'POST' ? [['Content-Length', String(body?.length ?? 0)]] : []
  return [['Host', host], ...length, ...headers].flat()
}

/** Sends a request as it is: `fetch` would mend its path and its headers. Rejects when no answer comes. */
export function send(url: string, wire: Wire): Promise<Exchange> {
  const { hostname, port, host } = new URL(url)
  const { method, target: path, body } = wire
  return new Promise((resolve, reject) => {
    const headers = framed(wire, host)
    const asked = request({ agent, hostname, port, method, path, headers, timeout: SILENT_MS })
    asked.on('timeout', () =>
      asked.destroy(new Error(`nothing within ${SILENT_MS / 1000} s for ${method} ${path.slice(0, 200)}`)),
    )
    asked.on('error', (error) => {
      // The server may close a kept connection just as it is used again: as every client does, once more.
      const late = asked.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
      if (late) send(url, wire).then(resolve, reject)
      else reject(error)
    })
    asked.on('upgrade', ({ statusCode = 0, headers }, socket) => {
      socket.destroy()
      resolve({ wire, status: statusCode, headers: flat(headers), body: '' })
    })
    asked.on('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = decoded(Buffer.concat(chunks), answer.headers['content-encoding']).toString()
        resolve({ wire, status: answer.statusCode ?? 0, headers: flat(answer.headers), body: text })
      })
    })
    asked.end(body)
  })
}

const hex = (code: number) => code.toString(16).padStart(2, '0')
const quoted = (text: string) =>
  `$'${text.replace(/[\\']/g, '\\$&').replace(/[^\x20-\x7e]/g, (c) => `\\x${hex(c.charCodeAt(0))}`)}'`

/** The command that sends these very bytes again (bash). */
export function curlOf(url: string, { method, target, headers, body }: Wire): string {
  const fields = headers.map(([name, value]) => `-H ${quoted(value ? `${name}: ${value}` : `${name};`)}`)
  const head = method === 'HEAD' ? '-I' : `-X ${method}`
  const line = ['curl -si --path-as-is -g', head, ...fields, '--request-target', quoted(target), url].join(' ')
  if (body === undefined) return line
  const bytes = body.toString('hex')
  const shown = bytes.length > 8_000 ? `${bytes.slice(0, 400)} # and more: ${body.length} bytes in all` : bytes
  return `xxd -r -p <<< '${shown}' | ${line} --data-binary @-`
}
