import * as z from 'zod'
import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  getMcpMetadata: {
    summary: '/mcp as a protected resource (RFC 9728)',
    ok: { status: 200, schema: a.ResourceMetadata },
  },
  getResourceMetadata: {
    summary: 'The same, for clients that look at the host only',
    ok: { status: 200, schema: a.ResourceMetadata },
  },
  mcp: {
    summary: 'Tools for agents (Model Context Protocol)',
    description:
      'One JSON-RPC message, answered as JSON without a session (Streamable HTTP). A tool asks for the role and scope of the route that does the same.',
    ok: { status: 200, schema: z.looseObject({}) },
    errors: ['origin_forbidden'],
    journalled: false,
    noted: true,
    failure_bodies: { 400: a.Failure, 404: a.Failure },
  },
} satisfies Reference
