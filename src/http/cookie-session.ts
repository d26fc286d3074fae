import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { App } from '../context.ts'
import { AppError, type ErrorCode, invalidAt } from '../lib/errors.ts'

/*
 * Sessions of pages of our own origin: the refresh token is in a cookie that no script can read. A browser adds its
 * cookies to every request, so a cookie alone is never trusted: the page must also send a header of ours, which
 * no form can send and CORS allows to no other origin, and its own origin must be ours.
 */

const SESSION_HEADER = 'FlowTrack-Session'
const NAME = 'flowtrack-refresh'
const ATTRIBUTES = { prefix: 'host', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

/** Errors after which the cookie's token is of no use, so that the cookie is deleted. */
const ENDED: ErrorCode[] = ['refresh_invalid', 'refresh_reused', 'token_revoked']

export const asksForCookie = (c: Context<App>) => c.req.header(SESSION_HEADER) !== undefined

/** Throws origin_forbidden unless the request was sent by a page of its own origin, or of PUBLIC_URL. */
function requireOwnOrigin(c: Context<App>): void {
  const { PUBLIC_URL } = c.get('ctx').config
  const own = [c.req.url, PUBLIC_URL].filter((url) => url !== '').map((url) => new URL(url).origin)
  const origin = c.req.header('Origin')
  // Browsers set these headers, and no page can change them.
  const isOwn = origin === undefined ? c.req.header('Sec-Fetch-Site') === 'same-origin' : own.includes(origin)
  if (!isOwn)
    throw new AppError('origin_forbidden', {
      detail: `Only pages of this API's own origin may use ${SESSION_HEADER}: leave the header out, and keep the refresh token yourself`,
    })
}

/**
 * Accepts `FlowTrack-Session: cookie` from pages of our own origin only, and deletes the cookie of a session that
 * turns out to have ended. Throws origin_forbidden, or validation_failed for another value.
 */
export const acceptCookieSession: MiddlewareHandler<App> = async (c, next) => {
  const asked = c.req.header(SESSION_HEADER)
  if (asked === undefined) return next()
  if (asked !== 'cookie') throw invalidAt(SESSION_HEADER, 'must be cookie, or be left out')
  requireOwnOrigin(c)
  await next()
  // Only a cookie that was sent: another tab may have got a new one meanwhile.
  if (c.error instanceof AppError && ENDED.includes(c.error.code) && tokenInCookie(c) !== undefined) dropCookie(c)
}

/** The refresh token in the cookie; undefined without a cookie, and without FlowTrack-Session. */
export const tokenInCookie = (c: Context<App>) => (asksForCookie(c) ? getCookie(c, NAME, 'host') : undefined)

export const dropCookie = (c: Context<App>) => void deleteCookie(c, NAME, ATTRIBUTES)

/**
 * The refresh token of a request, from the body or from the cookie, but not from both. Throws validation_failed, or
 * refresh_invalid when the cookie is missing.
 */
export function refreshTokenOf(c: Context<App>, inBody: string | undefined): string {
  if (!asksForCookie(c) && inBody === undefined)
    throw invalidAt(
      'refresh',
      `is missing: send the refresh token; or, from a page of this API's own origin, the header ${SESSION_HEADER}: cookie`,
    )
  if (asksForCookie(c) && inBody !== undefined)
    throw invalidAt('refresh', `must be left out with ${SESSION_HEADER}: cookie, as the cookie has the token`)
  const token = inBody ?? tokenInCookie(c)
  if (token === undefined) throw new AppError('refresh_invalid', { detail: 'There is no session cookie: sign in' })
  return token
}

/** Moves the refresh token of an answer into the cookie, if the request asks for that. */
export function handOutTokens<T extends { tokens: { refresh?: string } }>(c: Context<App>, answer: T): T {
  const { refresh, ...tokens } = answer.tokens
  if (!asksForCookie(c) || refresh === undefined) return answer
  const maxAge = c.get('ctx').config.REFRESH_TTL_DAYS * 86_400
  setCookie(c, NAME, refresh, { ...ATTRIBUTES, maxAge })
  return { ...answer, tokens }
}
