import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type * as z from 'zod'
import type { App } from '../context.ts'
import { invalidAt } from '../lib/errors.ts'
import type { ProjectRole } from '../transaction/write.ts'
import { preconditionOf } from './etag.ts'
import { isRead } from './is-read.ts'
import { requireKnownQuery } from './known-query.ts'

/**
 * Who may call a route. `session`: anybody who is signed in, but no API key. A project role: that one or a higher one.
 * The OpenAPI document and the role test are made from it.
 */
export type Access = 'public' | 'session' | 'user' | 'admin' | ProjectRole

/** What a route is; what it says to readers of the API reference is in the `reference.ts` of its feature. */
export type RouteDoc = {
  /** The `operationId`, which is the operation's name in generated clients. */
  id: string
  access: Access
  /** For a route that answers 201: the template of `Location`, such as `/tasks/{id}`, filled from the answer. */
  location?: string
  /** Takes FlowTrack-Session: gives, takes or deletes the cookie of a session. */
  in_cookie?: true
  /** Takes Idempotency-Key. */
  keyed?: true
  /** Answered from the cache when that is current: takes FlowTrack-Seq and min_seq. */
  cached?: true
  /** `write`: takes If-Match. `read`, `file`: answers with an ETag, made of a row's seq or of a file's bytes. */
  versioned?: 'read' | 'write' | 'file'
  /** A page for people: other programs add parameters to links to pages, such as `utm_source`, so any are accepted. */
  any_query?: true
  /** For a route outside of any project that shows and changes only the projects to which an API key is bound. */
  bound_keys?: true
}

/** Whether the route requires a role in one project, which the database checks first. */
export const isInProject = ({ access }: Pick<RouteDoc, 'access'>) =>
  !['public', 'session', 'user', 'admin'].includes(access)

export type RouteInput = { target: 'json' | 'query' | 'param'; schema: z.ZodType }

export const ROUTE_DOC = Symbol('route documentation')
export const ROUTE_INPUT = Symbol('route input')

export const tag = <H extends object, V>(handler: H, key: symbol, value: V): H =>
  Object.assign(handler, { [key]: value })

/** The documentation of a route that is attached to its handler, if any. */
const docOf = (handler: object) => (handler as { [ROUTE_DOC]?: RouteDoc })[ROUTE_DOC]

/**
 * Refuses a write with a condition on a version, where there are no versions: to ignore it would overwrite what it is
 * to protect. Throws validation_failed.
 */
function refuseCondition(c: Context<App>): void {
  if (isRead(c)) return
  const { one_of, none_of } = preconditionOf(c) ?? {}
  const refused = one_of !== undefined ? 'If-Match' : none_of === 'any' ? 'If-None-Match' : undefined
  if (refused) throw invalidAt(refused, 'is not supported here: send the request without it')
}

/**
 * Documents a route, and refuses what it would ignore: unknown query parameters, except for pages, and conditions on a
 * version. Routes in a project and those with `bound_keys` accept API keys that are bound to some projects; any other
 * refuses them.
 * A route without this fails the OpenAPI test.
 */
export const describe = (doc: RouteDoc): MiddlewareHandler<App> => {
  const takes_bound_keys = doc.bound_keys ?? isInProject(doc)
  const handler: MiddlewareHandler<App> = async (c, next) => {
    if (!doc.any_query) requireKnownQuery(c.req.url, c.get('query_names'))
    if (doc.versioned !== 'write') refuseCondition(c)
    c.get('ctx').takes_bound_keys = takes_bound_keys
    await next()
  }
  return tag(handler, ROUTE_DOC, doc)
}

/** The documentation of the route that answers this request: the first one that matches. */
export const routeDocOf = (c: Context): RouteDoc | undefined =>
  matchedRoutes(c)
    .map(({ handler }) => docOf(handler))
    .find((doc) => doc !== undefined)

/** A route of the app, with its documentation and the schemas of its inputs. */
export type Route = { method: string; path: string; doc?: RouteDoc; inputs: RouteInput[] }
