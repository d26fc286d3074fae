import * as z from 'zod'
import { AppError } from '../lib/errors.ts'

const MAX_ERRORS = 20
const messageFor = (names: Map<string, boolean>) =>
  names.size > 0
    ? `is not a parameter of this path; use ${[...names.keys()].join(', ')}`
    : 'is not a parameter; this path takes none'

/** Whether a parameter is a list: `status=a&status=b`. */
function takesSeveral(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional) return takesSeveral(schema.unwrap())
  if (schema instanceof z.ZodPipe) return takesSeveral(schema.out)
  return schema instanceof z.ZodArray
}

/** The parameters of a query, each with whether it may have several values. */
export const queryNames = (shape: z.ZodRawShape) =>
  new Map(Object.entries(shape).map(([name, schema]) => [name, takesSeveral(schema)]))

/**
 * Refuses a second value of a parameter that is not a list, and an unknown parameter: a list with a mistyped filter
 * would show everything. `names` undefined: everything is allowed. Throws validation_failed.
 */
export function requireKnownQuery(url: string, names: Map<string, boolean> | undefined): void {
  if (names === undefined || !url.includes('?')) return
  const given = [...new URL(url).searchParams.keys()]
  const errors = [...new Set(given)].flatMap((path) => {
    const several = names.get(path)
    if (several === undefined) return [{ path, message: messageFor(names) }]
    return several || given.indexOf(path) === given.lastIndexOf(path)
      ? []
      : [{ path, message: 'must be given only once' }]
  })
  if (errors.length > 0) throw new AppError('validation_failed', { errors: errors.slice(0, MAX_ERRORS) })
}
