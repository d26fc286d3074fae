import * as z from 'zod'

export const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health', example: { status: 'ok' } })
export const Readiness = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    database: z.enum(['ok', 'down']),
    cache: z.enum(['ok', 'down']),
  })
  .meta({ id: 'Readiness', example: { status: 'ok', database: 'ok', cache: 'ok' } })
