import type { Site } from '../support/site.ts'

export type Read<T> = { status: number; seq: number; body: T; by: 'redis' | 'postgres'; asked_at: number }

/** Reads a path; `by` is what answered it. Throws when the region does not answer. */
export async function get<T>(site: Site, path: string, token: string, floor?: number): Promise<Read<T>> {
  const headers = {
    Authorization: `Bearer ${token}`,
    'Accept-Encoding': 'identity',
    ...(floor !== undefined && { 'FlowTrack-Seq': String(floor) }),
  }
  const asked_at = Date.now()
  const response = await fetch(`${site.url}${path}`, { headers, signal: AbortSignal.timeout(15_000) })
  const body = (await response.json()) as T
  const by = /db;dur=\d+;desc="0"/.test(response.headers.get('Server-Timing') ?? '') ? 'redis' : 'postgres'
  return { status: response.status, seq: Number(response.headers.get('FlowTrack-Seq')), body, by, asked_at }
}
