import type { oas31, ZodOpenApiResponseObject } from 'zod-openapi'
import { PROBLEMS } from '../../../http/problem.ts'
import type { DocumentedRoute } from '../../../http/reference.ts'
import type { ErrorCode } from '../../../lib/errors.ts'
import { EVERYWHERE, type HeaderName, headersNamed, LIMITS } from './headers.ts'

/** All the problems a route can answer with: its own, and those of its kind. */
export function problemsOf({ method, doc }: Omit<DocumentedRoute, 'path' | 'inputs'>): ErrorCode[] {
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method)
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
    ...(doc.pictured ? [] : (['validation_failed'] as const)), // for unknown query parameters
    ...(method === 'GET' ? [] : (['body_too_large'] as const)),
    // A body is checked even if the route does not take one.
    ...(hasBody ? (['body_malformed', 'unsupported_media_type'] as const) : []),
    ...(doc.in_cookie ? (['origin_forbidden'] as const) : []),
    ...(doc.versioned === 'write' ? (['version_mismatch'] as const) : []),
    ...(doc.keyed ? (['idempotency_key_reused', 'idempotency_in_flight'] as const) : []),
    'uri_too_long',
    'headers_too_large',
    'internal',
    'misconfigured',
    'unavailable',
  ]
  return [...new Set(codes)]
}

/** The problems that any request can meet: the `default` answer of every operation. */
const COMMON_PROBLEMS: ErrorCode[] = [
  'method_not_allowed',
  'uri_malformed',
  'uri_too_long',
  'headers_too_large',
  'internal',
  'misconfigured',
  'unavailable',
]

export const groupByStatus = (codes: ErrorCode[]) => Map.groupBy(codes, (code) => PROBLEMS[code].status)
export const explanationOf = (codes: ErrorCode[]) =>
  codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. ')

/**
 * A route's problems, by status. Those of COMMON_PROBLEMS are left to `default`, unless the route has another problem
 * of the same status: its answer overrides `default`, so it has to name them as well.
 */
function problemsByStatus(route: DocumentedRoute): Map<number, ErrorCode[]> {
  const byStatus = groupByStatus(problemsOf(route).filter((code) => !COMMON_PROBLEMS.includes(code)))
  for (const [status, codes] of byStatus)
    codes.push(...COMMON_PROBLEMS.filter((code) => PROBLEMS[code].status === status))
  return byStatus
}

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
    ...(statuses.includes(405) ? (['Allow'] as const) : []),
  ]
}

const integer = (description: string) => ({ type: 'integer' as const, description })
const key = { type: 'string' as const, description: 'The key of the column' }
const columnFacts = { column: key, count: integer('Tasks that it holds') }
const label = {
  type: 'object' as const,
  properties: { id: { type: 'string' as const }, name: { type: 'string' as const } },
}
const clash = { type: 'object' as const, properties: { yours: {}, theirs: {} } }

/** Further members of problem documents, for programs; the `limit` of several is in `Problem`. */
const FACTS: Partial<Record<ErrorCode, Record<string, oas31.SchemaObject>>> = {
  column_not_empty: columnFacts,
  edit_conflict: {
    conflicts: { type: 'object', additionalProperties: clash, description: 'Both values of each field' },
  },
  label_name_taken: { label: { ...label, description: 'The one that has the name' } },
  too_many_requests: { retry_after: integer('Seconds, as in Retry-After') },
  version_mismatch: { expected: integer('The seq that you sent'), actual: integer('The current seq') },
  wip_limit_reached: columnFacts,
}

/** The schema `Problem`, narrowed to these codes and their facts. */
const narrowedTo = (codes: ErrorCode[]): oas31.SchemaObject => ({
  properties: {
    code: { enum: codes },
    ...Object.assign({}, ...codes.map((code) => FACTS[code] ?? {})),
  },
})

/** An answer that names every code it may have: a program can switch on it. */
const problemResponse = (codes: ErrorCode[]): ZodOpenApiResponseObject => ({
  description: explanationOf(codes),
  headers: headersNamed(problemHeaders(codes)),
  content: {
    'application/problem+json': {
      schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowedTo(codes)] },
    },
  },
})

/** All the refusals of a route, by status. */
export const refusalsOf = (route: DocumentedRoute): Record<string, ZodOpenApiResponseObject> => ({
  ...Object.fromEntries([...problemsByStatus(route)].map(([status, codes]) => [status, problemResponse(codes)])),
  default: problemResponse(COMMON_PROBLEMS),
})
