import * as z from 'zod'
import type { ZodOpenApiResponseObject } from 'zod-openapi'
import { isInProject } from '../../../http/describe.ts'
import { type DocumentedRoute, isConditional } from '../../../http/reference.ts'
import { EVERYWHERE, type HeaderName, headersNamed, LIMITS } from './headers.ts'
import { explanationOf, groupByStatus, problemsOf, refusalsOf } from './refusals.ts'

/** The answers of a route in the OpenAPI document: what follows from its kind is not repeated in its reference. */

/** Media types that a browser saves instead of showing them. */
const FILES = ['text/csv', 'application/x-ndjson']

const isLimited = (route: DocumentedRoute) => problemsOf(route).includes('too_many_requests')

const fieldsOf = (schema: z.ZodType | undefined) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])
const isRow = (schema: z.ZodType | undefined) => ['id', 'seq'].every((field) => fieldsOf(schema).includes(field))

/** A write that asks for a role in a project changes it, unless the route says otherwise. */
const isJournalled = ({ method, doc }: DocumentedRoute) => doc.journalled ?? (method !== 'GET' && isInProject(doc))

function okHeaders(route: DocumentedRoute): HeaderName[] {
  const { doc, method } = route
  const { schema, formats = [] } = doc.ok
  const isVersioned = isConditional(doc) || (method !== 'GET' && isRow(schema))
  return [
    ...EVERYWHERE,
    ...(isLimited(route) ? LIMITS : []),
    ...(isVersioned ? (['ETag'] as const) : []),
    ...(doc.cached || isJournalled(route) ? (['FlowTrack-Seq'] as const) : []),
    ...(fieldsOf(schema).includes('next_cursor') ? (['Link'] as const) : []),
    ...(doc.location ? (['Location'] as const) : []),
    ...(doc.keyed ? (['Idempotency-Replayed'] as const) : []),
    ...(formats.some((type) => FILES.includes(type)) ? (['Content-Disposition'] as const) : []),
  ]
}

const DESCRIPTIONS = { 101: 'Switching protocols', 200: 'Done', 201: 'Created', 204: 'Done, without content' }

function okResponse(route: DocumentedRoute): ZodOpenApiResponseObject {
  const { ok } = route.doc
  const others = (ok.formats ?? []).map((type) => [type, { schema: { type: 'string' } }] as const)
  const media = { ...(ok.schema && { 'application/json': { schema: ok.schema } }), ...Object.fromEntries(others) }
  const content = Object.keys(media).length > 0 && { content: media }
  const headers = ok.status !== 101 && { headers: headersNamed(okHeaders(route)) }
  return { description: ok.description ?? DESCRIPTIONS[ok.status], ...headers, ...content }
}

const noneResponse = (route: DocumentedRoute, description: string): ZodOpenApiResponseObject => ({
  description,
  headers: headersNamed([
    ...EVERYWHERE,
    ...(isLimited(route) ? LIMITS : []),
    ...(route.doc.keyed ? (['Idempotency-Replayed'] as const) : []),
  ]),
})

const SVG = { 'image/svg+xml': { schema: { type: 'string' as const } } }

const picturedResponses = (route: DocumentedRoute) =>
  Object.fromEntries(
    [...groupByStatus(route.doc.pictured ?? [])].map(([status, codes]) => [
      status,
      {
        description: `A picture that says why. ${explanationOf(codes)}`,
        headers: headersNamed([...EVERYWHERE, ...(isLimited(route) ? LIMITS : [])]),
        content: SVG,
      },
    ]),
  )

const bodiedFailures = (route: DocumentedRoute) =>
  Object.fromEntries(
    Object.entries(route.doc.failure_bodies ?? {}).map(([status, schema]) => [
      status,
      {
        description: 'It failed: the body says why',
        headers: headersNamed(okHeaders(route)),
        content: { 'application/json': { schema } },
      },
    ]),
  )

function notModifiedResponse(route: DocumentedRoute): ZodOpenApiResponseObject {
  const { doc } = route
  const limits = isLimited(route) ? LIMITS : []
  const headers: HeaderName[] = [...EVERYWHERE, ...limits, 'ETag', ...(doc.cached ? (['FlowTrack-Seq'] as const) : [])]
  return { description: 'Not modified: you have this version', headers: headersNamed(headers) }
}

const notedResponse = (route: DocumentedRoute): ZodOpenApiResponseObject => ({
  description: 'Accepted, without content',
  headers: headersNamed(okHeaders(route)),
})

/** The failures of a route, by status: each as a problem document, as a body of the route's own, or as either. */
function failuresOf(route: DocumentedRoute): Record<string, ZodOpenApiResponseObject> {
  const [refusals, failures] = [refusalsOf(route), bodiedFailures(route)]
  const both = Object.entries(failures).map(([status, answer]) => {
    const refusal = refusals[status]
    return [status, refusal ? { ...refusal, content: { ...refusal.content, ...answer.content } } : answer] as const
  })
  return { ...refusals, ...Object.fromEntries(both) }
}

/** Everything that a route can answer, by status. */
export const responsesOf = (route: DocumentedRoute): Record<string, ZodOpenApiResponseObject> => ({
  [route.doc.ok.status]: okResponse(route),
  ...(route.doc.ok.none && { 204: noneResponse(route, route.doc.ok.none) }),
  ...(route.doc.noted && { 202: notedResponse(route) }),
  ...(isConditional(route.doc) && { 304: notModifiedResponse(route) }),
  ...picturedResponses(route),
  ...failuresOf(route),
})
