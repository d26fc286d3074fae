import * as z from 'zod'
import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  getMcpMetadata: {
    summary: 'Metadata of the protected resource /mcp (RFC 9728)',
    ok: { status: 200, schema: a.ResourceMetadata },
  },
  getResourceMetadata: {
    summary: 'The same metadata, for clients that look for it at the root',
    ok: { status: 200, schema: a.ResourceMetadata },
  },
  mcp: {
    summary: 'Tools for agents (Model Context Protocol)',
    description:
      'Takes one JSON-RPC message and answers in JSON, without a session (Streamable HTTP). A tool requires the same role and scope as the operation that does the same.',
    ok: { status: 200, schema: z.looseObject({}) },
    errors: ['origin_forbidden'],
    journalled: false,
    noted: true,
    failure_bodies: { 400: a.Failure, 404: a.Failure },
  },
} satisfies Reference
