import {
  createMcpHandler,
  isLegacyRequest,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { version } from '../../../package.json' // only this field goes into the Worker
import type { Ctx } from '../../context.ts'
import { PROBLEMS } from '../../http/problem.ts'
import { AppError } from '../../lib/errors.ts'
import { readScopes } from '../keys/service.ts'
import { failureOf, refusalTextOf } from './refusals.ts'
import { listResources, readResource, TEMPLATES } from './resources.ts'
import type { Message } from './schema.ts'
import type { Answer, Tool } from './tool.ts'
import { TOOLS } from './tools.ts'

/** One request: its context and scopes; `refused`: the 401 to return; `complaint`: the MCP library's error, to log. */
type Exchange = { ctx: Ctx; scopes?: readonly string[]; refused?: AppError; complaint?: Error }

const INSTRUCTIONS = `FlowTrack is a Kanban board. Begin with find_projects, then get_board. Refer to projects by key (APO) and to tasks by number (APO-12). Errors say what to do next.`

const LISTED = TOOLS.map(({ scope, list }) => ({ scope, listed: list() }))
const byName = new Map(TOOLS.map((tool) => [tool.name, tool]))

/** The error of a thrown value. A 401 is noted, as it is the answer to the whole HTTP request. */
function toRefusal(exchange: Exchange, thrown: unknown): AppError {
  const error = failureOf(exchange.ctx, thrown)
  if (PROBLEMS[error.code].status === 401) exchange.refused = error
  return error
}

const contentOf = ({ structured, picture }: Answer) => {
  if (!picture) return [{ type: 'text' as const, text: JSON.stringify(structured) }]
  return [{ type: 'image' as const, mimeType: picture.mimeType, data: Buffer.from(picture.text).toString('base64') }]
}

async function callTool(exchange: Exchange, tool: Tool, given: unknown) {
  const { ctx } = exchange
  try {
    const answer = await tool.call(ctx, given)
    return { content: contentOf(answer), structuredContent: answer.structured }
  } catch (thrown) {
    const text = refusalTextOf(toRefusal(exchange, thrown), ctx.request_id)
    return { content: [{ type: 'text' as const, text }], isError: true }
  }
}

/** The JSON-RPC error for a failure outside of tools. */
function toProtocolError(exchange: Exchange, thrown: unknown, uri?: string): ProtocolError {
  const error = toRefusal(exchange, thrown)
  if (error.code === 'not_found' && uri !== undefined) return new ResourceNotFoundError(uri)
  const code = PROBLEMS[error.code].status < 500 ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError
  return new ProtocolError(code, refusalTextOf(error, exchange.ctx.request_id))
}

async function rejectAsProtocolError<T>(exchange: Exchange, work: Promise<T>, uri?: string): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toProtocolError(exchange, error, uri)
  }
}

/** A server for one request: it keeps no state for the next. */
function serverOf(exchange: Exchange): Server {
  const { ctx, scopes = [] } = exchange
  const info = { name: 'flowtrack', title: 'FlowTrack', version }
  const server = new Server(info, { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS })
  server.setRequestHandler('tools/list', () => ({
    tools: LISTED.filter(({ scope }) => scopes.includes(scope)).map(({ listed }) => listed) as never, // zod's JSON Schema
  }))
  server.setRequestHandler('tools/call', ({ params }) => {
    const tool = byName.get(params.name)
    if (!tool) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${params.name}: tools/list lists all`)
    }
    return callTool(exchange, tool, params.arguments)
  })
  server.setRequestHandler('resources/list', ({ params }) =>
    rejectAsProtocolError(exchange, listResources(ctx, params?.cursor)),
  )
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: TEMPLATES }))
  server.setRequestHandler('resources/read', ({ params: { uri } }) =>
    rejectAsProtocolError(exchange, readResource(ctx, uri), uri),
  )
  return server
}

/** The request without its body, and with an Accept header for which the library answers in JSON. */
function toLibraryRequest({ url, method, headers }: Request): Request {
  const taken = new Headers(headers)
  taken.set('Accept', 'application/json, text/event-stream')
  return new Request(url, { method, headers: taken })
}

/**
 * For clients of the protocol of 2025, which begin with `initialize`. The transport has no sessions: it keeps nothing.
 */
async function serveLegacy(exchange: Exchange, request: Request, parsedBody: Message): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true,
  })
  const server = serverOf(exchange)
  await server.connect(transport)
  const response = await transport.handleRequest(request, { parsedBody })
  await server.close()
  return response
}

/**
 * For clients of the protocol of 2026. Subscriptions are not offered: the WebSockets of the API send changes. The
 * library would answer that their limit is reached, as if another attempt could succeed.
 */
async function serveModern(exchange: Exchange, request: Request, parsedBody: Message): Promise<Response> {
  const { id, method } = parsedBody
  if (method === 'subscriptions/listen') {
    const error = { code: ProtocolErrorCode.MethodNotFound, message: 'Method not found' }
    return Response.json({ jsonrpc: '2.0', id, error }, { status: 404 })
  }
  const onerror = (complaint: Error) => {
    exchange.complaint = complaint
  }
  const options = { legacy: 'reject', onerror } as const
  return createMcpHandler(() => serverOf(exchange), options).fetch(request, { parsedBody })
}

/** Methods whose service checks the credential. For all others `serve` checks it. */
const METHODS_THAT_AUTHENTICATE = ['tools/call', 'resources/list', 'resources/read']

/** Answers one JSON-RPC message. Throws an error of the credential, which becomes the HTTP answer. */
export async function serve(ctx: Ctx, received: Request, message: Message): Promise<Response> {
  const exchange: Exchange = { ctx }
  if (!METHODS_THAT_AUTHENTICATE.includes(message.method))
    exchange.scopes = await readScopes({ ...ctx, takes_bound_keys: true })
  const request = toLibraryRequest(received)
  const response = (await isLegacyRequest(request, message))
    ? await serveLegacy(exchange, request, message)
    : await serveModern(exchange, request, message)
  if (exchange.refused) throw exchange.refused
  if (response.status >= 500) throw new AppError('internal', { cause: exchange.complaint })
  if (ctx.db.meter.db.requests === 0 && ctx.actor.key_hash !== undefined && !ctx.limits.isRefused)
    await readScopes({ ...ctx, takes_bound_keys: true })
  return response
}
