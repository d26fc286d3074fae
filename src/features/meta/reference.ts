import * as z from 'zod'
import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  health: { summary: 'Whether the Worker answers', ok: { status: 200, schema: a.Health } },
  readiness: {
    summary: 'Whether Postgres and Redis answer too',
    description: 'Returns 503 if Postgres does not answer, and `degraded` if only Redis does not.',
    ok: { status: 200, schema: a.Readiness },
    errors: ['too_many_requests'],
    failure_bodies: { 503: a.Readiness },
  },
  home: { summary: 'The web board', ok: { status: 200, description: 'An HTML page', formats: ['text/html'] } },
  docs: {
    summary: 'This document as a page, to read and to try out',
    ok: { status: 200, description: 'An HTML page', formats: ['text/html'] },
  },
  openapi: { summary: 'This document', ok: { status: 200, schema: z.looseObject({}) } },
} satisfies Reference
