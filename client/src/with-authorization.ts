import type { Problem } from './types.ts'

type Access = (refused?: string) => Promise<string | null>

/** Paths of requests that need no access token. */
const PUBLIC = /\/auth\/(login|register|refresh|recovery\/confirm)$/

const withToken = (request: Request, token: string | null) => {
  const headers = new Headers(request.headers)
  if (token) headers.set('Authorization', `Bearer ${token}`)
  return new Request(request, { headers })
}

/** Whether the token itself was refused, and not only what it was used for. */
async function refusesToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  const problem = (await response
    .clone()
    .json()
    .catch(() => null)) as Problem | null
  return problem?.code.startsWith('token_') ?? false
}

/** Three, as the second token may come from another tab and be refused, too: then the third is from the server. */
const ATTEMPTS = 3

/** A `fetch` that sends the access token, and sends the request again with a new one when the server refused it. */
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
