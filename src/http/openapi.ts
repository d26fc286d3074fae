import type { RouterRoute } from 'hono/types'
import * as z from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi'
import type { ErrorCode } from '../errors.ts'
import { ROUTE_DOC, ROUTE_INPUT, type RouteDoc, type RouteInput, TAGS, tagOf } from './describe.ts'
import { PROBLEMS, Problem } from './problem.ts'

export type Route = { method: string; path: string; doc: RouteDoc; inputs: RouteInput[] }

const tagged = <V>(handler: object, key: symbol): V | undefined => (handler as Record<symbol, V | undefined>)[key]

/** The routes of an app, each with what it says of itself; the undocumented ones without `doc`. */
export function routesOf(registered: RouterRoute[]): (Omit<Route, 'doc'> & { doc?: RouteDoc })[] {
  const concrete = registered.filter(({ method }) => method !== 'ALL')
  return [...Map.groupBy(concrete, ({ method, path }) => `${method} ${path}`).values()].map((handlers) => {
    const { method, path } = handlers[0] as RouterRoute // groups are never empty
    const docs = handlers.flatMap(({ handler }) => tagged<RouteDoc>(handler, ROUTE_DOC) ?? [])
    const inputs = handlers.flatMap(({ handler }) => tagged<RouteInput>(handler, ROUTE_INPUT) ?? [])
    return { method, path, doc: docs[0], inputs }
  })
}

/** All the problems a route can answer with: its own, and those of its kind. */
export function problemsOf({ method, doc, inputs }: Omit<Route, 'path'>): ErrorCode[] {
  const hasBody = inputs.some(({ target }) => target === 'json')
  const mayBeKeyed = method === 'POST' || method === 'PATCH'
  const byAccess: ErrorCode[] =
    doc.access === 'public'
      ? []
      : ['token_missing', 'token_invalid', 'token_expired', 'token_revoked', 'too_many_requests']
  const byKey: ErrorCode[] =
    doc.access === 'public' ? [] : doc.access === 'session' ? ['session_required'] : ['key_invalid', 'scope_missing']
  const byRole: ErrorCode[] = ['public', 'session', 'user', 'viewer'].includes(doc.access) ? [] : ['forbidden']
  return [
    ...byAccess,
    ...byKey,
    ...byRole,
    ...(doc.errors ?? []),
    ...((inputs.length > 0 || mayBeKeyed) && !doc.pictured ? (['validation_failed'] as const) : []),
    ...(hasBody ? (['body_malformed'] as const) : []),
    ...(method === 'GET' ? [] : (['body_too_large'] as const)),
    ...(mayBeKeyed ? (['unsupported_media_type'] as const) : []), // a body that nobody asked for is looked at, too
    ...(doc.versioned === 'write' ? (['version_mismatch'] as const) : []),
    ...(doc.keyed ? (['idempotency_key_reused', 'idempotency_in_flight'] as const) : []),
    'uri_too_long',
    'headers_too_large',
    'internal',
    'unavailable',
  ]
}

function problemResponses(route: Route): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(problemsOf(route), (code) => PROBLEMS[code].status)
  const responses = [...byStatus].map(([status, codes]) => {
    const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. ')
    const example = {
      type: `urn:flowtrack:problem:${codes[0]}`,
      title: PROBLEMS[codes[0] ?? 'internal'].title,
      status,
      detail: PROBLEMS[codes[0] ?? 'internal'].title,
      instance: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f7e',
      code: codes[0],
    }
    return [String(status), { description, content: { 'application/problem+json': { schema: Problem, example } } }]
  })
  return Object.fromEntries(responses)
}

const header = (description: string) => ({ description, schema: { type: 'string' as const } })

function okHeaders({ doc, inputs, method }: Route) {
  const isProjectWrite =
    method !== 'GET' && !doc.unjournalled && !['public', 'session', 'user', 'admin'].includes(doc.access)
  return {
    'X-Request-Id': header('The id of this request, also in the log'),
    'Server-Timing': header('What it spent: `db;dur=<ms>;desc="<requests>"`'),
    ...(problemsOf({ method, doc, inputs }).includes('too_many_requests') && {
      RateLimit: header('What remains, and for how many seconds: `"user";r=599;t=42`'),
      'RateLimit-Policy': header('The quota and its window in seconds: `"user";q=600;w=60`'),
    }),
    ...(doc.versioned && doc.ok.schema && { ETag: header('The version of the row: `"<seq>"`') }),
    ...(doc.cached && { 'FlowTrack-Seq': header("The project's seq at which this is true") }),
    ...(isProjectWrite && { 'FlowTrack-Seq': header("The project's seq after this write") }),
  }
}

function okResponse(route: Route): ZodOpenApiResponseObject {
  const { ok, summary } = route.doc
  const others = (ok.formats ?? []).map((type) => [type, { schema: { type: 'string' } }] as const)
  const media = { ...(ok.schema && { 'application/json': { schema: ok.schema } }), ...Object.fromEntries(others) }
  const content = Object.keys(media).length > 0 && { content: media }
  return { description: ok.description ?? summary, ...(ok.status !== 101 && { headers: okHeaders(route) }), ...content }
}

const picturedResponses = ({ doc }: Route) =>
  Object.fromEntries(
    Object.entries(doc.pictured ?? {}).map(([status, description]) => [
      status,
      { description, content: { 'image/svg+xml': { schema: { type: 'string' as const } } } },
    ]),
  )

/** Parameters come as objects: anything else would be a mistake in a route. */
function objectOf(schema: z.ZodType | undefined): z.ZodObject | undefined {
  if (schema === undefined || schema instanceof z.ZodObject) return schema
  throw new Error('Parameters must be described by an object schema')
}

const optional = (description: string) => z.string().optional().meta({ description })

const minSeq = optional(
  'A seq that you have seen: the answer has reached it, or is 422 when the project has not (after a restore: read without)',
)

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { doc, inputs, path } = route
  const schemaOf = (target: RouteInput['target']) => inputs.find((input) => input.target === target)?.schema
  const json = schemaOf('json')
  const [param, query] = [objectOf(schemaOf('param')), objectOf(schemaOf('query'))]
  return {
    operationId: doc.id,
    summary: doc.summary,
    description: [doc.description, doc.access !== 'public' && `Access: ${doc.access}.`].filter(Boolean).join('\n\n'),
    tags: [tagOf(path)],
    security: doc.access === 'public' ? [] : [{ bearer: [] }],
    requestParams: {
      ...(param && { path: param }),
      ...((query || doc.cached) && { query: (query ?? z.object({})).extend(doc.cached ? { min_seq: minSeq } : {}) }),
      header: z.object({
        ...(doc.cached && { 'FlowTrack-Seq': minSeq }),
        ...(doc.versioned === 'read' && { 'If-None-Match': optional('ETags that you have') }),
        ...(doc.versioned === 'write' && { 'If-Match': optional('The ETag that the row must still have') }),
        ...(doc.keyed && {
          'Idempotency-Key': optional('Makes a repeat harmless: it gets the first answer (24 hours)'),
        }),
      }),
    },
    ...(json && {
      requestBody: { required: !json.safeParse({}).success, content: { 'application/json': { schema: json } } },
    }),
    ...(doc.accepts && {
      requestBody: { required: true, content: { [doc.accepts]: { schema: { type: 'string' as const } } } },
    }),
    responses: {
      [doc.ok.status]: okResponse(route),
      ...(doc.versioned === 'read' && { 304: { description: 'Not modified: you have this version' } }),
      ...picturedResponses(route),
      ...problemResponses(route),
    },
  }
}

/** The OpenAPI 3.1 document of an app: made from the schemas that validate, so it cannot drift from them. */
export function documentOf(registered: RouterRoute[]) {
  const documented = routesOf(registered).flatMap((route) => (route.doc ? [{ ...route, doc: route.doc }] : []))
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of documented) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'FlowTrack',
      version: '1.0.0',
      description: 'Kanban boards at the edge. Errors are problem documents (RFC 9457); lists are keyset-paged.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token (a JWT), or an API key (`ft_…`)',
        },
      },
    },
    paths,
  })
}
