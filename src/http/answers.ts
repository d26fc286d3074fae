import * as z from 'zod'
import type { ErrorCode } from '../lib/errors.ts'
import { PROBLEMS } from './problem.ts'

const ProblemCode = z
  .enum(Object.keys(PROBLEMS) as ErrorCode[]) // the table has exactly these keys
  .meta({ id: 'ProblemCode', description: 'Tells programs what went wrong. Each response lists the codes it may have' })

/** Problem details, RFC 9457. `instance` is the request id; `code` names the problem for programs. */
export const Problem = z
  .looseObject({
    type: z.string().meta({ example: 'urn:flowtrack:problem:…' }),
    title: z.string().meta({ example: 'What is wrong' }),
    status: z.int(),
    detail: z.string().meta({ example: 'What to do next' }),
    instance: z.string().meta({ example: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f7e' }),
    code: ProblemCode,
    limit: z.int().optional().meta({ description: 'The limit that was reached' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457); instance is the request id' })
