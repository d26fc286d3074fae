import type { Problem } from './types.ts'

type Access = (refused?: string) => Promise<string | null>

/** Requests that begin a session, or go without one. */
const PUBLIC = /\/auth\/(login|register|refresh|recover)$/

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

/** A `fetch` that sends the access token, and once more with a new one when the server did not take it. */
export function authorised(send: typeof fetch, access: Access): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    if (request.headers.has('Authorization') || PUBLIC.test(new URL(request.url).pathname)) return send(request)
    const token = await access()
    const response = await send(withToken(request.clone(), token))
    if (token === null || !(await refusesToken(response))) return response
    const fresh = await access(token)
    return fresh === null || fresh === token ? response : send(withToken(request, fresh))
  }
}
