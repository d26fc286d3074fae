/*
 * The floor: a Worker that only sends what an operation sends. It keeps the requests that were seen
 * at the bridges (PUT), sends them with the caller's ids in them, and returns the last answer
 * unread.
 */

export type Sent = { url: string; headers: Record<string, string>; body: string }
const tapes = new Map<string, Sent[]>()

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (request.method === 'PUT') {
      tapes.set(pathname, await request.json())
      return new Response()
    }
    let answer = new Response()
    for (const { url, headers, body } of tapes.get(pathname) ?? []) {
      let sent = body
      for (const [name, value] of searchParams) sent = sent.replaceAll(`{{${name}}}`, value)
      answer = await fetch(url, { method: 'POST', headers, body: sent })
    }
    return answer
  },
}
