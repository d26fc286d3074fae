import type { MiddlewareHandler } from 'hono'
import type * as z from 'zod'
import type { ProjectRole } from '../db/write.ts'
import type { App } from '../env.ts'
import type { ErrorCode } from '../errors.ts'

/** Who may call a route; `session`: whoever is signed in, but no API key. The OpenAPI document and the role test are made from it. */
export type Access = 'public' | 'session' | 'user' | 'admin' | ProjectRole

export type RouteDoc = {
  /** One line, also the operation's name in generated clients. */
  id: string
  summary: string
  description?: string
  access: Access
  ok: {
    status: 200 | 201 | 204 | 101
    schema?: z.ZodType
    description?: string
    /** Media types that the answer may have instead of JSON. */
    formats?: string[]
  }
  /** Problems beyond those that every route of its kind can answer with. */
  errors?: ErrorCode[]
  /** Refusals that are pictures, where a problem document could not be shown. */
  pictured?: Record<number, string>
  /** A write that is no change of the project: no seq comes with it. */
  unjournalled?: true
  /** The media type of a body that is not JSON. */
  accepts?: string
  /** Takes Idempotency-Key. */
  keyed?: true
  /** Answered out of the cache when that is current: takes FlowTrack-Seq and min_seq. */
  cached?: true
  /** Takes If-Match, or answers with an ETag. */
  versioned?: 'read' | 'write'
}

export type RouteInput = { target: 'json' | 'query' | 'param'; schema: z.ZodType }

export const ROUTE_DOC = Symbol('route documentation')
export const ROUTE_INPUT = Symbol('route input')

export const tag = <H extends object, V>(handler: H, key: symbol, value: V): H =>
  Object.assign(handler, { [key]: value })

/** What a handler says of its route, if it is one that does. */
export const docOf = (handler: object) => (handler as { [ROUTE_DOC]?: RouteDoc })[ROUTE_DOC]

/** Documents a route; does nothing else. A route without it fails the OpenAPI test. */
export const describe = (doc: RouteDoc): MiddlewareHandler<App> => tag((_c, next) => next(), ROUTE_DOC, doc)

/** The groups of the reference, in the order in which a newcomer meets them. */
export const TAGS = {
  auth: 'Accounts, sessions and tokens',
  users: 'People',
  projects: 'Projects, their boards, columns and members',
  tasks: 'Tasks, and moving them',
  reports: 'Reports, as numbers and as pictures',
  ws: 'Live boards, over WebSocket',
  meta: 'Health, and this document',
}

/** The group of a path: its first part. */
export function tagOf(path: string): string {
  const root = path.split('/')[1] ?? ''
  return root in TAGS ? root : 'meta'
}
