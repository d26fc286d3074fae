import { zValidator } from '@hono/zod-validator'
import type { ValidationTargets } from 'hono'
import type * as z from 'zod'
import { AppError, type FieldError } from '../lib/errors.ts'
import { ROUTE_INPUT, tag } from './describe.ts'

type Target = keyof Pick<ValidationTargets, 'json' | 'query' | 'param'>

const MAX_ERRORS = 100

/** The errors with their paths. An unknown field is named, because that is what the caller has to correct. */
function errorsOf(issue: z.core.$ZodIssue, whole: string): FieldError[] {
  const at = (...below: PropertyKey[]) => [...issue.path, ...below].map(String).join('.') || whole
  if (issue.code !== 'unrecognized_keys') return [{ path: at(), message: issue.message }]
  return issue.keys.map((key) => ({ path: at(key), message: 'is not a known field' }))
}

/**
 * The error validation_failed with each fault that a schema has found, up to MAX_ERRORS. `whole`: the path of a fault
 * of the whole input.
 */
export const invalidInput = ({ issues }: { issues: readonly z.core.$ZodIssue[] }, whole = 'body') =>
  new AppError('validation_failed', {
    errors: issues.flatMap((issue) => errorsOf(issue, whole)).slice(0, MAX_ERRORS),
  })

/**
 * Validates one part of a request, and tells the OpenAPI document about it: the one schema does
 * both. Throws validation_failed with the path and message of each fault, up to MAX_ERRORS.
 */
export const validate = <T extends Target, S extends z.ZodType>(target: T, schema: S) =>
  tag(
    zValidator(target, schema, (result) => {
      if (!result.success) throw invalidInput(result.error, target === 'json' ? 'body' : target)
    }),
    ROUTE_INPUT,
    { target, schema },
  )
