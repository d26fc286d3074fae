import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { isAllowed } from '../../config/origins.ts'
import type { App } from '../../context.ts'
import { baseOf } from '../../http/base-url.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { Message } from './schema.ts'

/** Where clients look for the metadata of /mcp (RFC 9728, 3.1). Some try the address without a path, too. */
const METADATA = '/.well-known/oauth-protected-resource/mcp'
const METADATA_OF_HOST = '/.well-known/oauth-protected-resource'

/** The origin by which this client has reached us. The client compares `resource` with it (RFC 9728, 3.3). */
const originOf = (c: Context<App>) => baseOf(c) || new URL(c.req.url).origin

/** The guard against DNS rebinding that MCP requires: a page needs our own origin, or one that is allowed. */
const requireOrigin: MiddlewareHandler<App> = async (c, next) => {
  const origin = c.req.header('Origin')
  const { CORS_ORIGINS } = c.get('ctx').config
  if (origin !== undefined && origin !== originOf(c) && !isAllowed(CORS_ORIGINS, origin)) {
    throw new AppError('origin_forbidden')
  }
  await next()
}

/** Says in a challenge where the metadata of this resource is (RFC 9728, 5.1). */
const nameMetadata: MiddlewareHandler<App> = async (c, next) => {
  await next()
  const challenge = c.res.headers.get('WWW-Authenticate')
  if (challenge) c.res.headers.set('WWW-Authenticate', `${challenge}, resource_metadata="${originOf(c)}${METADATA}"`)
}

const respondWithMetadata = (c: Context<App>) => {
  const origin = originOf(c)
  const metadata = {
    resource: `${origin}/mcp`,
    resource_name: 'FlowTrack',
    resource_documentation: `${origin}/docs`,
    bearer_methods_supported: ['header'],
    scopes_supported: ['read', 'write'],
  }
  return c.json(metadata, 200)
}

export const mcpRoutes = new Hono<App>()
  .get(METADATA, describe({ id: 'getMcpMetadata', access: 'public' }), respondWithMetadata)
  .get(METADATA_OF_HOST, describe({ id: 'getResourceMetadata', access: 'public' }), respondWithMetadata)
  .post(
    '/mcp',
    describe({ id: 'mcp', access: 'user', bound_keys: true }),
    requireOrigin,
    nameMetadata,
    requireBearer,
    validate('json', Message),
    async (c) => {
      const { serve } = await import('./serve.ts') // loaded with the first request, as MCP is large
      return serve(c.get('ctx'), c.req.raw, c.req.valid('json'))
    },
  )
