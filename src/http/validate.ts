import { zValidator } from '@hono/zod-validator'
import type { ValidationTargets } from 'hono'
import type * as z from 'zod'
import { AppError } from '../errors.ts'
import { ROUTE_INPUT, tag } from './describe.ts'

type Target = keyof Pick<ValidationTargets, 'json' | 'query' | 'param'>

/**
 * Validates one part of a request, and tells the OpenAPI document about it: the one schema does
 * both. Throws validation_failed with the path and message of everything that is wrong.
 */
export const validate = <T extends Target, S extends z.ZodType>(target: T, schema: S) =>
  tag(
    zValidator(target, schema, (result) => {
      if (result.success) return
      const errors = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
      throw new AppError('validation_failed', { errors })
    }),
    ROUTE_INPUT,
    { target, schema },
  )
