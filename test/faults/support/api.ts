import type { Site } from './site.ts'

export interface Answer<T> {
  status: number
  /** The project's head after a write (FlowTrack-Seq); 0 without it. */
  seq: number
  body: T
}

/** Sends one request to a region. Throws when the region can't be reached, or answers with 500 or above. */
export async function api<T>(site: Site, method: string, path: string, token = '', body?: object): Promise<Answer<T>> {
  const response = await fetch(`${site.url}${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'Accept-Encoding': 'identity',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(15_000),
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (response.status >= 500) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
  const seq = Number(response.headers.get('FlowTrack-Seq') ?? 0)
  return { status: response.status, seq, body: text ? JSON.parse(text) : undefined }
}

/** All items of a list, page by page. */
export async function allPages<T>(site: Site, path: string, token: string): Promise<T[]> {
  const items: T[] = []
  for (let cursor = ''; ; ) {
    const { body } = await api<{ items: T[]; next_cursor: string | null }>(
      site,
      'GET',
      `${path}?limit=100${cursor}`,
      token,
    )
    items.push(...body.items)
    if (!body.next_cursor) return items
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`
  }
}
