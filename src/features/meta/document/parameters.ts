import * as z from 'zod'
import type { ZodOpenApiOperationObject } from 'zod-openapi'
import type { RouteInput } from '../../../http/describe.ts'
import { type DocumentedRoute, isConditional } from '../../../http/reference.ts'

/** Requires the schema of parameters to be an object: anything else is a mistake in a route. */
function objectOf(schema: z.ZodType | undefined, where: string): z.ZodObject | undefined {
  if (schema === undefined || schema instanceof z.ZodObject) return schema
  throw new Error(`${where}: describe its parameters by an object schema`)
}

const optionalText = (description: string) => z.string().optional().meta({ description })

const minSeq = z
  .string()
  .regex(/^\d{1,15}$/)
  .optional()
  .meta({
    description:
      'A seq that you have seen: the answer is at least as new. Returns 422 if the project has not reached it (after a restore of its database): then leave this out',
  })
const minSeqHeader = z
  .string()
  .regex(/^\d{1,15}$/)
  .optional()
  .meta({ description: 'The same as `min_seq`, which overrides it' })

/** The parameters of a route besides its body: its own, and the headers of its kind. */
export function parametersOf({ doc, inputs }: DocumentedRoute): ZodOpenApiOperationObject['requestParams'] {
  const schemaOf = (target: RouteInput['target']) =>
    objectOf(inputs.find((input) => input.target === target)?.schema, doc.id)
  const [param, query] = [schemaOf('param'), schemaOf('query')]
  return {
    ...(param && { path: param }),
    ...((query || doc.cached) && { query: (query ?? z.object({})).extend(doc.cached ? { min_seq: minSeq } : {}) }),
    header: z.object({
      ...(doc.cached && { 'FlowTrack-Seq': minSeqHeader }),
      ...(isConditional(doc) && {
        'If-None-Match': optionalText('ETags that you have: returns 304 if one of them is current'),
      }),
      ...(doc.versioned === 'write' && {
        'If-Match': optionalText('ETags: returns 412 if the row has none of them. Weak ones never match'),
      }),
      ...(doc.in_cookie && {
        'FlowTrack-Session': z.literal('cookie').optional().meta({
          description: "For pages of this API's own origin: the refresh token is in a cookie, not in the body",
        }),
      }),
      ...(doc.keyed && {
        'Idempotency-Key': z
          .string()
          .min(1)
          .max(255)
          .optional()
          .meta({ description: 'A repeat with the same key within 24 hours returns the first answer' }),
      }),
    }),
  }
}
