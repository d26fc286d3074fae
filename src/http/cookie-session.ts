import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { App } from '../context.ts'
import { AppError, type ErrorCode, invalid } from '../lib/errors.ts'

/*
 * Sessions of pages of our own origin: the refresh token is in a cookie, where no script can read it. A browser adds
 * cookies to whatever it sends, so a cookie alone is never believed: the page has to ask in a header of ours, which
 * no form can send and CORS allows nobody, and its origin has to be our own.
 */

export const SESSION_HEADER = 'FlowTrack-Session'
const NAME = 'flowtrack-refresh'
const ATTRIBUTES = { prefix: 'host', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

/** After these, nothing can be had for the cookie any more. */
const ENDED: ErrorCode[] = ['refresh_invalid', 'refresh_reused', 'token_revoked']

export const asksForCookie = (c: Context<App>) => c.req.header(SESSION_HEADER) !== undefined

/** Throws origin_forbidden unless a page of the request's own origin, or of PUBLIC_URL, has sent this. */
function requireOwnOrigin(c: Context<App>): void {
  const { PUBLIC_URL } = c.get('ctx').config
  const own = [c.req.url, PUBLIC_URL].filter((url) => url !== '').map((url) => new URL(url).origin)
  const origin = c.req.header('Origin')
  // Only browsers say where a request comes from, and no page can make them say something else.
  const isOwn = origin === undefined ? c.req.header('Sec-Fetch-Site') === 'same-origin' : own.includes(origin)
  if (!isOwn)
    throw new AppError('origin_forbidden', {
      detail: `Only pages of this API's own origin may use ${SESSION_HEADER}: leave the header out, and keep the refresh token yourself`,
    })
}

/** Lets `FlowTrack-Session: cookie` through where it may be sent. A session that turns out to have ended takes its cookie along. */
export const cookieSession: MiddlewareHandler<App> = async (c, next) => {
  const asked = c.req.header(SESSION_HEADER)
  if (asked === undefined) return next()
  if (asked !== 'cookie') throw invalid(SESSION_HEADER, 'must be cookie, or be left out')
  requireOwnOrigin(c)
  await next()
  // Where none was sent, another tab may have got one meanwhile.
  if (c.error instanceof AppError && ENDED.includes(c.error.code) && tokenInCookie(c) !== undefined) dropCookie(c)
}

/** The refresh token of the cookie; undefined where none was sent, or none was asked for. */
export const tokenInCookie = (c: Context<App>) => (asksForCookie(c) ? getCookie(c, NAME, 'host') : undefined)

export const dropCookie = (c: Context<App>) => void deleteCookie(c, NAME, ATTRIBUTES)

/** The refresh token that the request brings, in the body or in the cookie, but not in both. */
export function refreshTokenOf(c: Context<App>, inBody: string | undefined): string {
  if (!asksForCookie(c) && inBody === undefined)
    throw invalid('refresh', `is missing: send the refresh token, or, from a page of ours, ${SESSION_HEADER}: cookie`)
  if (asksForCookie(c) && inBody !== undefined)
    throw invalid('refresh', `must be left out with ${SESSION_HEADER}: cookie, as the cookie has the token`)
  const token = inBody ?? tokenInCookie(c)
  if (token === undefined) throw new AppError('refresh_invalid', { detail: 'There is no session cookie: sign in' })
  return token
}

/** Moves the refresh token of an answer into the cookie, if the request asks for that. */
export function handOut<T extends { tokens: { refresh?: string } }>(c: Context<App>, answer: T): T {
  const { refresh, ...tokens } = answer.tokens
  if (!asksForCookie(c) || refresh === undefined) return answer
  const maxAge = c.get('ctx').config.REFRESH_TTL_DAYS * 86_400
  setCookie(c, NAME, refresh, { ...ATTRIBUTES, maxAge })
  return { ...answer, tokens }
}
