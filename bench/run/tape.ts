import type { BridgeRequest } from '../../local/bridge.ts'
import type { Sent } from './bare.ts'

export type Values = Record<string, string>
export type Seen = { bridge: 'neon' | 'redis'; request: BridgeRequest }

/** The headers of a request that change what a bridge does. */
const RELEVANT = /^(neon-|upstash-|authorization$|content-type$)/

/** Records the requests at both bridges, so that the floor can send what an operation sends. */
export class Tape {
  #seen: Seen[] | undefined

  /** For `startStack`. */
  readonly listen = (bridge: Seen['bridge'], request: BridgeRequest): void => {
    this.#seen?.push({ bridge, request })
  }

  /** Returns the result of `work`, and the requests that came before it: those that its answer waited for. */
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
 * The requests that the floor repeats: the `trips` largest with SQL, or if there are none, with Redis
 * commands. All others that the operation sent are a cost of the operation only.
 */
export function pickRequests(seen: Seen[], trips: number): Seen[] {
  const sql = seen.filter(({ bridge }) => bridge === 'neon')
  const relevant = sql.length > 0 ? sql : seen
  const largest = relevant.toSorted((a, b) => b.request.body.length - a.request.body.length).slice(0, trips)
  return relevant.filter((one) => largest.includes(one))
}

/** A request as the bare Worker repeats it, with `{{name}}` for each value that differs each time. */
export function toTemplate({ bridge, request }: Seen, urls: Record<Seen['bridge'], string>, values: Values): Sent {
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) => (RELEVANT.test(name) ? [[name, String(value)]] : [])),
  )
  const body = Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(value, `{{${name}}}`),
    request.body,
  )
  return { url: urls[bridge] + request.path, headers, body }
}
