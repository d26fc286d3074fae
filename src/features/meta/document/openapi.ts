import type { RouterRoute } from 'hono/types'
import { createDocument, createSchema, type ZodOpenApiOperationObject } from 'zod-openapi'
import manifest from '../../../../package.json' with { type: 'json' }
import { Problem } from '../../../http/answers.ts'
import type { DocumentedRoute } from '../../../http/reference.ts'
import { ServerMessage } from '../../../live/answers.ts'
import { ClientMessage } from '../../../live/protocol.ts'
import { TAGS, tagOf } from './groups.ts'
import { headerComponents } from './headers.ts'
import { operationsOf } from './operations.ts'
import { parametersOf } from './parameters.ts'
import { responsesOf } from './responses.ts'
import { plainSchema } from './schema-style.ts'
import { shareParts } from './share.ts'

/** A JSON file comes from another program, so its content is not described here. All other files are text. */
const fileSchemaOf = (type: string) => (type === 'application/json' ? {} : { type: 'string' as const })

function bodyOf({ doc, inputs }: DocumentedRoute): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  const json = inputs.find(({ target }) => target === 'json')?.schema
  if (json)
    return { requestBody: { required: !json.safeParse({}).success, content: { 'application/json': { schema: json } } } }
  if (!doc.accepts) return {}
  const content = Object.fromEntries(doc.accepts.map((type) => [type, { schema: fileSchemaOf(type) }]))
  return { requestBody: { required: true, content } }
}

function operationOf(route: DocumentedRoute): ZodOpenApiOperationObject {
  const { doc, path } = route
  return {
    operationId: doc.id,
    summary: doc.summary,
    description: [doc.description, `Access: ${doc.access_note ?? doc.access}.`].filter(Boolean).join('\n\n'),
    tags: [tagOf(path)],
    ...(doc.access === 'public' && { security: [] }),
    requestParams: parametersOf(route),
    ...bodyOf(route),
    responses: responsesOf(route),
    ...(doc.ok.status === 101 && { 'x-websocket-messages': SOCKET }),
  }
}

/** OpenAPI cannot describe the messages of an open socket: their schemas are in `components`, and named here. */
const SOCKET = {
  client: { $ref: '#/components/schemas/ClientMessage' },
  server: { $ref: '#/components/schemas/ServerMessage' },
}

const STYLE = { override: plainSchema }

/** Schemas to which no operation refers: the messages of sockets, and what all problem documents have. */
const collectUnreferencedSchemas = () => ({
  ...createSchema(Problem, { io: 'output', opts: STYLE }).components,
  ...createSchema(ServerMessage, { io: 'output', opts: STYLE }).components,
  ...createSchema(ClientMessage, { io: 'input', opts: STYLE }).components,
})

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description: 'An access token (a JWT), or an API key (`ft_…`)',
} as const

/**
 * The OpenAPI 3.1 document of an app: made from the schemas that validate, and from what
 * `reference.ts` and `answers.ts` of each feature add. The build makes it (.ci/vendor.ts), so that no isolate has to.
 */
export function openApiDocumentOf(registered: RouterRoute[]) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of operationsOf(registered)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'FlowTrack',
        version: manifest.version,
        description:
          'Kanban boards with live updates. Errors are problem documents (RFC 9457). Lists have pages: to get the next page, send `next_cursor` as `cursor`.',
        contact: { name: 'FlowTrack' },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      security: [{ bearer: [] }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        headers: headerComponents,
        securitySchemes: { bearer: BEARER },
      },
      paths,
    },
    STYLE,
  )
  shareParts(document)
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...collectUnreferencedSchemas() },
  }
  return document
}
