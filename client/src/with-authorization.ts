import type { Problem } from './types.ts'

type Access = (refused?: string) => Promise<string | null>

/** Requests that begin a session, or go without one. */
const PUBLIC = /\/auth\/(login|register|refresh|recovery\/confirm)$/

const withToken = (request: Request, token: string | null) => {
  const headers = new Headers(request.headers)
  if (token) headers.set('Authorization', `Bearer ${token}`)
  return new Request(request, { headers })
}

/** Whether the token was refused, and not what it was used for. */
async function refusesToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  const problem = (await response
    .clone()
    .json()
    .catch(() => null)) as Problem | null
  return problem?.code.startsWith('token_') ?? false
}

/** A token that another tab has given us may be refused, too: then the next one is the server's. */
const ATTEMPTS = 3

/** A `fetch` that sends the access token, and sends again with a new one when the server did not take it. */
export function withAuthorization(send: typeof fetch, access: Access): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    if (request.headers.has('Authorization') || PUBLIC.test(new URL(request.url).pathname)) return send(request)
    let token = await access()
    for (let sent = 1; ; sent += 1) {
      const response = await send(withToken(request.clone(), token))
      if (token === null || sent === ATTEMPTS || !(await refusesToken(response))) return response
      const fresh = await access(token)
      if (fresh === null || fresh === token) return response
      token = fresh
    }
  }
}
