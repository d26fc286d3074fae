import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type * as z from 'zod'
import type { App } from '../context.ts'
import type { ProjectRole } from '../transaction/write.ts'
import { requireKnownQuery } from './known-query.ts'

/** Who may call a route; `session`: whoever is signed in, but no API key. The OpenAPI document and the role test are made from it. */
export type Access = 'public' | 'session' | 'user' | 'admin' | ProjectRole

/** What a route is; what it says to readers of the API reference is in the `reference.ts` of its feature. */
export type RouteDoc = {
  /** The operation's name in generated clients, too. */
  id: string
  access: Access
  /** Of what makes something, which it answers with 201: its `Location`, with fields of the answer, as `/tasks/{id}`. */
  location?: string
  /** Takes FlowTrack-Session: gives, takes or deletes the cookie of a session. */
  in_cookie?: true
  /** Takes Idempotency-Key. */
  keyed?: true
  /** Answered out of the cache when that is current: takes FlowTrack-Seq and min_seq. */
  cached?: true
  /** Takes If-Match, or answers with an ETag: the seq of a row, or one of the bytes of a file. */
  versioned?: 'read' | 'write' | 'file'
  /** Outside of any project, but shows and does only what concerns those of a key that is bound to some. */
  bound_keys?: true
}

/** Whether the database looks at a role in one project before this route does anything. */
export const isInProject = ({ access }: Pick<RouteDoc, 'access'>) =>
  !['public', 'session', 'user', 'admin'].includes(access)

export type RouteInput = { target: 'json' | 'query' | 'param'; schema: z.ZodType }

export const ROUTE_DOC = Symbol('route documentation')
export const ROUTE_INPUT = Symbol('route input')

export const tag = <H extends object, V>(handler: H, key: symbol, value: V): H =>
  Object.assign(handler, { [key]: value })

/** The documentation that a handler carries of its route, if it has any. */
export const docOf = (handler: object) => (handler as { [ROUTE_DOC]?: RouteDoc })[ROUTE_DOC]

/**
 * Says what a route is, refuses the query parameters that it does not know (no route can forget to), and lets
 * API keys that are bound to projects in where they can do no harm: any other route refuses them.
 * A route without it fails the OpenAPI test.
 */
export const describe = (doc: RouteDoc): MiddlewareHandler<App> => {
  const takes_bound_keys = doc.bound_keys ?? isInProject(doc)
  const handler: MiddlewareHandler<App> = async (c, next) => {
    requireKnownQuery(c.req.url, c.get('query_names'))
    c.get('ctx').takes_bound_keys = takes_bound_keys
    await next()
  }
  return tag(handler, ROUTE_DOC, doc)
}

/** The documentation of the route that answers this request: the first one that matches. */
export const routeDoc = (c: Context): RouteDoc | undefined =>
  matchedRoutes(c)
    .map(({ handler }) => docOf(handler))
    .find((doc) => doc !== undefined)

/** A route of the app, and what it says of itself. */
export type Route = { method: string; path: string; doc?: RouteDoc; inputs: RouteInput[] }
