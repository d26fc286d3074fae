import * as z from 'zod'

/** The JSON-RPC error with which a message was refused. */
export const Failure = z.looseObject({ jsonrpc: z.string() }).meta({ id: 'McpFailure' })

/** Protected resource metadata (RFC 9728, 2). */
export const ResourceMetadata = z
  .looseObject({ resource: z.string() })
  .meta({ id: 'ResourceMetadata', example: { resource: 'https://flowtrack.example.com/mcp' } })
