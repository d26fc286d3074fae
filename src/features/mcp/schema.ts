import * as z from 'zod'
import { prose } from '../../lib/fields.ts'

/** One JSON-RPC 2.0 message. An array (protocol 2025-03-26) is refused: the rate limit counts HTTP requests. */
export const Message = z
  .strictObject(
    {
      jsonrpc: z.string().regex(/^2\.0$/, 'must be 2.0'),
      id: z.union([prose(200), z.int()], 'must be a string or a whole number').optional(),
      method: prose(100),
      params: z.looseObject({}).optional(),
    },
    'must be one JSON-RPC message: an object, not an array',
  )
  .meta({ id: 'McpMessage', example: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })
export type Message = z.infer<typeof Message>
