import type { BridgeRequest } from '../../local/bridge.ts'
import type { Sent } from './bare.ts'

export type Values = Record<string, string>
export type Seen = { bridge: 'neon' | 'redis'; request: BridgeRequest }

/** Of a request's headers, those that change what a bridge does. */
const TELLING = /^(neon-|upstash-|authorization$|content-type$)/

/** Listens at both bridges: what an operation sends is what its floor sends. */
export class Tape {
  #seen: Seen[] | undefined

  /** For `startStack`. */
  readonly listen = (bridge: Seen['bridge'], request: BridgeRequest): void => {
    this.#seen?.push({ bridge, request })
  }

  /** The requests that came while `work` ran: those that its answer waited for. */
  async record<T>(work: () => Promise<T>): Promise<{ result: T; seen: Seen[] }> {
    const seen: Seen[] = []
    this.#seen = seen
    try {
      return { result: await work(), seen: [...seen] }
    } finally {
      this.#seen = undefined
    }
  }
}

/**
 * What the floor repeats: the SQL, or where there is none, the Redis commands, in as many requests as
 * there have to be, and no more. If the operation sent others besides, it pays for them alone.
 */
export function essence(seen: Seen[], trips: number): Seen[] {
  const sql = seen.filter(({ bridge }) => bridge === 'neon')
  const telling = sql.length > 0 ? sql : seen
  const largest = telling.toSorted((a, b) => b.request.body.length - a.request.body.length).slice(0, trips)
  return telling.filter((one) => largest.includes(one))
}

/** A request as the bare Worker repeats it, with `{{name}}` for each value that is another one each time. */
export function toTemplate({ bridge, request }: Seen, urls: Record<Seen['bridge'], string>, values: Values): Sent {
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) => (TELLING.test(name) ? [[name, String(value)]] : [])),
  )
  const body = Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(value, `{{${name}}}`),
    request.body,
  )
  return { url: urls[bridge] + request.path, headers, body }
}
