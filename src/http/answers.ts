import * as z from 'zod'
import type { ZodOpenApiResponseObject } from 'zod-openapi'
import type { ErrorCode } from '../errors.ts'
import { isConditional, isInProject, type Route, type RouteDoc } from './describe.ts'
import { type HeaderName, headersNamed } from './headers.ts'
import { PROBLEMS } from './problem.ts'

/** What a route can answer, as far as its kind says so. */

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
  const codes: ErrorCode[] = [
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
  return [...new Set(codes)]
}

const EVERYWHERE: HeaderName[] = ['X-Request-Id', 'Server-Timing']
const LIMITS: HeaderName[] = ['RateLimit', 'RateLimit-Policy']

/** What a browser keeps instead of showing it. */
const FILES = ['text/csv', 'application/x-ndjson']

const isLimited = (route: Route) => problemsOf(route).includes('too_many_requests')

/** What any request can be refused for, whatever it asks: the `default` answer of every operation. */
const ANYWHERE: ErrorCode[] = ['method_not_allowed', 'uri_too_long', 'headers_too_large', 'internal', 'unavailable']

const byStatus = (codes: ErrorCode[]) => Map.groupBy(codes, (code) => PROBLEMS[code].status)
const explained = (codes: ErrorCode[]) => codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. ')

/** A route's problems, by status; without those that are answered anywhere. */
const problemSets = (route: Route) => byStatus(problemsOf(route).filter((code) => !ANYWHERE.includes(code)))

function problemHeaders(codes: ErrorCode[]): HeaderName[] {
  const statuses = codes.map((code) => PROBLEMS[code].status)
  const mayRetry =
    statuses.some((status) => status === 429 || status === 503) || codes.includes('idempotency_in_flight')
  const challenges = statuses.includes(401) || codes.includes('scope_missing')
  return [
    ...EVERYWHERE,
    ...LIMITS,
    ...(mayRetry ? (['Retry-After'] as const) : []),
    ...(challenges ? (['WWW-Authenticate'] as const) : []),
  ]
}

/** An answer that names every code it may have: a program can switch on it. */
const problemResponse = (codes: ErrorCode[]): ZodOpenApiResponseObject => ({
  description: explained(codes),
  headers: headersNamed(problemHeaders(codes)),
  content: {
    'application/problem+json': {
      schema: {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          { type: 'object', properties: { code: { type: 'string', enum: codes } } },
        ],
      },
    },
  },
})

const fieldsOf = (schema: z.ZodType | undefined) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])
const isRow = (schema: z.ZodType | undefined) => ['id', 'seq'].every((field) => fieldsOf(schema).includes(field))

/** A write that asks for a role in a project changes it, unless the route says otherwise. */
const isJournalled = ({ method, doc }: Route) => doc.journalled ?? (method !== 'GET' && isInProject(doc))

function okHeaders(route: Route): HeaderName[] {
  const { doc, method } = route
  const { schema, formats = [] } = doc.ok
  const isVersioned = isConditional(doc) || (method !== 'GET' && isRow(schema))
  return [
    ...EVERYWHERE,
    ...(isLimited(route) ? LIMITS : []),
    ...(isVersioned ? (['ETag'] as const) : []),
    ...(doc.cached || isJournalled(route) ? (['FlowTrack-Seq'] as const) : []),
    ...(fieldsOf(schema).includes('next_cursor') ? (['Link'] as const) : []),
    ...(doc.keyed ? (['Idempotency-Replayed'] as const) : []),
    ...(formats.some((type) => FILES.includes(type)) ? (['Content-Disposition'] as const) : []),
  ]
}

const DONE = { 101: 'Switching protocols', 200: 'Done', 201: 'Made', 204: 'Done; there is nothing to show' }

function okResponse(route: Route): ZodOpenApiResponseObject {
  const { ok } = route.doc
  const others = (ok.formats ?? []).map((type) => [type, { schema: { type: 'string' } }] as const)
  const media = { ...(ok.schema && { 'application/json': { schema: ok.schema } }), ...Object.fromEntries(others) }
  const content = Object.keys(media).length > 0 && { content: media }
  const headers = ok.status !== 101 && { headers: headersNamed(okHeaders(route)) }
  return { description: ok.description ?? DONE[ok.status], ...headers, ...content }
}

const SVG = { 'image/svg+xml': { schema: { type: 'string' as const } } }

const picturedResponses = ({ pictured = [] }: RouteDoc) =>
  Object.fromEntries(
    [...byStatus(pictured)].map(([status, codes]) => [
      status,
      { description: `A picture that says why. ${explained(codes)}`, headers: headersNamed(EVERYWHERE), content: SVG },
    ]),
  )

function notModified(route: Route): ZodOpenApiResponseObject {
  const { doc } = route
  const limits = isLimited(route) ? LIMITS : []
  const headers: HeaderName[] = [...EVERYWHERE, ...limits, 'ETag', ...(doc.cached ? (['FlowTrack-Seq'] as const) : [])]
  return { description: 'Not modified: you have this version', headers: headersNamed(headers) }
}

/** Everything that a route can answer, by status. */
export const responsesOf = (route: Route): Record<string, ZodOpenApiResponseObject> => ({
  [route.doc.ok.status]: okResponse(route),
  ...(isConditional(route.doc) && { 304: notModified(route) }),
  ...picturedResponses(route.doc),
  ...Object.fromEntries([...problemSets(route)].map(([status, codes]) => [status, problemResponse(codes)])),
  default: problemResponse(ANYWHERE),
})
