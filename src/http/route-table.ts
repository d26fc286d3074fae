import type { RouterRoute } from 'hono/types'
import { ROUTE_DOC, ROUTE_INPUT, type Route, type RouteDoc, type RouteInput } from './describe.ts'

const tagOf = <V>(handler: object, key: symbol): V | undefined => (handler as Record<symbol, V | undefined>)[key]

/** The routes of an app, each with its documentation and inputs; the undocumented ones without `doc`. */
export function routesOf(registered: RouterRoute[]): Route[] {
  // Files below a wildcard are not part of the API.
  const concrete = registered.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
  return [...Map.groupBy(concrete, ({ method, path }) => `${method} ${path}`).values()].map((handlers) => {
    const { method, path } = handlers[0] as RouterRoute // groups are never empty
    const docs = handlers.flatMap(({ handler }) => tagOf<RouteDoc>(handler, ROUTE_DOC) ?? [])
    const inputs = handlers.flatMap(({ handler }) => tagOf<RouteInput>(handler, ROUTE_INPUT) ?? [])
    return { method, path, doc: docs[0], inputs }
  })
}
