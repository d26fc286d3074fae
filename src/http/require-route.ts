import type { MiddlewareHandler } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { RouterRoute } from 'hono/types'
import * as z from 'zod'
import type { App } from '../context.ts'
import { compareTexts } from '../lib/compare.ts'
import { AppError } from '../lib/errors.ts'
import type { Route } from './describe.ts'
import { queryNames } from './known-query.ts'
import { PATCH_TYPE } from './media-type.ts'
import { routesOf } from './route-table.ts'

/** The parameters that a query may have, each with whether it may be repeated; undefined when it may have any. */
type Names = Map<string, boolean> | undefined
type Methods = Map<string, Names>

function namesOf({ doc, inputs }: Route): Names {
  const query = inputs.find(({ target }) => target === 'query')?.schema ?? z.object({})
  if (!(query instanceof z.ZodObject)) throw new Error(`${doc?.id}: describe its query by an object schema`)
  const isOpen = query.def.catchall && !(query.def.catchall instanceof z.ZodNever)
  return isOpen ? undefined : queryNames({ ...query.shape, ...(doc?.cached && { min_seq: z.string() }) })
}

/** A text that sorts paths: a literal part before a parameter in its place, and that before a wildcard. */
const sortKeyOf = (path: string) =>
  path
    .split('/')
    .map((part) => (part === '*' ? 2 : part.startsWith(':') ? 1 : 0))
    .join('')

/** The route of each path. If two match (`/users/me` and `/users/:id`), the more exact one wins. */
function tableOf(registered: RouterRoute[]): TrieRouter<Methods> {
  const known = new Map(routesOf(registered).map((route) => [`${route.method} ${route.path}`, namesOf(route)]))
  const byPath = Map.groupBy(
    registered.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  )
  const table = new TrieRouter<Methods>()
  for (const [path, routes] of [...byPath].sort(([a], [b]) => compareTexts(sortKeyOf(a), sortKeyOf(b)))) {
    table.add('ALL', path, new Map(routes.map(({ method }) => [method, known.get(`${method} ${path}`)])))
  }
  return table
}

function allowOf(methods: Methods): string {
  const names = [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...names, 'OPTIONS'].join(', ')
}

/**
 * Refuses a request that no route answers, before a token is required: an unknown path (404), or a method that the
 * path does not have (405, with `Allow`). Answers OPTIONS, and notes the query parameters that the route knows. It is
 * made from the routes themselves, so that none can be forgotten.
 */
export function requireRoute(registered: RouterRoute[]): MiddlewareHandler<App> {
  const table = tableOf(registered)
  return async (c, next) => {
    const methods = table.match('ALL', c.req.path)[0][0]?.[0]
    if (!methods) throw new AppError('not_found')
    const { method } = c.req
    if (method === 'OPTIONS') {
      if (methods.has('PATCH')) c.header('Accept-Patch', PATCH_TYPE) // RFC 5789, 3.1
      return c.body(null, 204, { Allow: allowOf(methods) })
    }
    const asked = method === 'HEAD' ? 'GET' : method // Hono answers HEAD by GET, without the body
    if (!methods.has(asked)) throw new AppError('method_not_allowed', { allow: allowOf(methods) })
    c.set('query_names', methods.get(asked))
    await next()
  }
}
