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

/** Percent-encodes any text: also half a surrogate pair, as three bytes that no decoder accepts. */
const encode = (text: string) =>
  text.replace(/[^\w.~-]/gsu, (c) => {
    const point = c.codePointAt(0) ?? 0
    const lone = point >= 0xd800 && point <= 0xdfff
    const bytes = lone ? [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)] : [...Buffer.from(c)]
    return bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  })

/** Turns a draft into the request to send: replaces its placeholders, spells its path and damages its body. */
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

const flatten = (headers: NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )

const DECODERS: Record<string, (bytes: Buffer) => Buffer> = { gzip: gunzipSync, br: brotliDecompressSync }
const decode = (bytes: Buffer, coding = '') => (bytes.length > 0 ? (DECODERS[coding]?.(bytes) ?? bytes) : bytes)

/** The headers of a request as a flat list, with those that every client adds. */
function toRawHeaders({ method, headers, body }: Wire, host: string): string[] {
  const length: Pair[] = body || method === 'POST' ? [['Content-Length', String(body?.length ?? 0)]] : []
  return [['Host', host], ...length, ...headers].flat()
}

/** Sends a request as it is: `fetch` would correct its path and its headers. Rejects when no answer comes. */
export function send(url: string, wire: Wire): Promise<Exchange> {
  const { hostname, port, host } = new URL(url)
  const { method, target: path, body } = wire
  return new Promise((resolve, reject) => {
    const headers = toRawHeaders(wire, host)
    const asked = request({ agent, hostname, port, method, path, headers, timeout: SILENT_MS })
    asked.on('timeout', () =>
      asked.destroy(new Error(`nothing within ${SILENT_MS / 1000} s for ${method} ${path.slice(0, 200)}`)),
    )
    asked.on('error', (error) => {
      // The server may close an idle connection just when it is used again: then it is sent once more, as clients do.
      const late = asked.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
      if (late) send(url, wire).then(resolve, reject)
      else reject(error)
    })
    asked.on('upgrade', ({ statusCode = 0, headers }, socket) => {
      socket.destroy()
      resolve({ wire, status: statusCode, headers: flatten(headers), body: '' })
    })
    asked.on('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = decode(Buffer.concat(chunks), answer.headers['content-encoding']).toString()
        resolve({ wire, status: answer.statusCode ?? 0, headers: flatten(answer.headers), body: text })
      })
    })
    asked.end(body)
  })
}

const hex = (code: number) => code.toString(16).padStart(2, '0')
const quote = (text: string) =>
  `$'${text.replace(/[\\']/g, '\\$&').replace(/[^\x20-\x7e]/g, (c) => `\\x${hex(c.charCodeAt(0))}`)}'`

/** A bash command that sends the same request again. */
export function curlOf(url: string, { method, target, headers, body }: Wire): string {
  const fields = headers.map(([name, value]) => `-H ${quote(value ? `${name}: ${value}` : `${name};`)}`)
  const head = method === 'HEAD' ? '-I' : `-X ${method}`
  const line = ['curl -si --path-as-is -g', head, ...fields, '--request-target', quote(target), url].join(' ')
  if (body === undefined) return line
  const bytes = body.toString('hex')
  const shown = bytes.length > 8_000 ? `${bytes.slice(0, 400)} # and more: ${body.length} bytes in all` : bytes
  return `xxd -r -p <<< '${shown}' | ${line} --data-binary @-`
}
