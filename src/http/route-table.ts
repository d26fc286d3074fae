import type { RouterRoute } from 'hono/types'
import { ROUTE_DOC, ROUTE_INPUT, type Route, type RouteDoc, type RouteInput } from './describe.ts'

const tagged = <V>(handler: object, key: symbol): V | undefined => (handler as Record<symbol, V | undefined>)[key]

/** The routes of an app, each with what it says of itself; the undocumented ones without `doc`. */
export function routesOf(registered: RouterRoute[]): Route[] {
  // Files below a wildcard are no part of the API.
  const concrete = registered.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
  return [...Map.groupBy(concrete, ({ method, path }) => `${method} ${path}`).values()].map((handlers) => {
    const { method, path } = handlers[0] as RouterRoute // groups are never empty
    const docs = handlers.flatMap(({ handler }) => tagged<RouteDoc>(handler, ROUTE_DOC) ?? [])
    const inputs = handlers.flatMap(({ handler }) => tagged<RouteInput>(handler, ROUTE_INPUT) ?? [])
    return { method, path, doc: docs[0], inputs }
  })
}
