import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { type Document, matcherOf, type Operation, operationsOf, type Schema } from './document.ts'
import type { Exchange } from './wire.ts'

/** Something that must never happen, and the exchange that shows it. */
export class Violation extends Error {
  override name = 'Violation'
  readonly exchange: Exchange

  constructor(message: string, exchange: Exchange) {
    super(message)
    this.exchange = exchange
  }
}

/** What nobody may ever read: hashes, SQL, stack traces. */
const SECRETS = /password_hash|\$scrypt\$|refresh_hash|dedupe_key|DrizzleQueryError|NeonDbError|at async |node_modules/

const PROBLEM = 'application/problem+json'
/** The statuses allowed for a path that is no route of the document; the files of /docs are such paths, too. */
const STRAY = [200, 304, 400, 401, 404, 413, 414, 415, 422, 426, 429, 431]

type Fail = (message: string) => never

/** Joins the parts of `allOf` into one schema; undefined without `allOf`, or when a part is open to any field. */
function mergeAllOf({ components }: Document, { allOf, ...rest }: Schema): Schema | undefined {
  const parts = allOf?.map((part) => (part.$ref ? components.schemas[part.$ref.split('/').at(-1) ?? ''] : part))
  if (!parts || parts.some((part) => !part?.properties || 'additionalProperties' in part)) return undefined
  const properties = Object.assign({}, ...parts.map((part) => part?.properties))
  return { type: 'object', ...rest, properties, required: parts.flatMap((part) => part?.required ?? []) }
}

/** The schemas without unknown fields: answers may get more fields later, but the document must name those of today. */
function closeSchemas<T>(node: T, document: Document): T {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((part) => closeSchemas(part, document)) as T
  const one = 'allOf' in node ? mergeAllOf(document, node as Schema) : undefined
  if (one) return closeSchemas(one, document) as T
  const parts = Object.entries(node).map(([key, part]) => [key, key === 'allOf' ? part : closeSchemas(part, document)])
  const isOpen = 'type' in node && node.type === 'object' && 'properties' in node && !('additionalProperties' in node)
  return { ...Object.fromEntries(parts), ...(isOpen && { additionalProperties: false }) }
}

/** Checks answers against the document that the deployment itself serves (OpenAPI 3.1, JSON Schema 2020-12). */
export class Judge {
  readonly #find: (method: string, path: string) => Operation | undefined
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true })
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(document: Document) {
    formats.default(this.#ajv)
    this.#ajv.addSchema({ $id: 'http://flowtrack/document', ...closeSchemas(document, document) })
    this.#find = matcherOf(operationsOf(document))
  }

  /** The operation that a request reaches, if it is one of the document's. */
  operationOf({ wire: { method, target } }: Exchange): Operation | undefined {
    const url = target.startsWith('http') ? target : `http://host${target}`
    return URL.canParse(url) ? this.#find(method, new URL(url).pathname) : undefined
  }

  /** Throws a Violation unless this answer is one that the document promises. */
  check(exchange: Exchange): void {
    const { status, headers, body, wire } = exchange
    const fail: Fail = (message: string): never => {
      throw new Violation(message, exchange)
    }
    if (status >= 500) fail(`answered with ${status}`)
    if (SECRETS.test(body)) fail(`shows what nobody may read: ${SECRETS.exec(body)?.[0]}`)
    if (headers['x-request-id'] === undefined) {
      if (status !== 101 && (status < 400 || status > 499)) fail(`${status} without a request id`)
      return // refused before it reached the Worker
    }
    if (wire.method === 'OPTIONS' && status === 204) return
    const operation = this.operationOf(exchange)
    const answer = operation?.responses[status]
    if (status >= 400 && !(answer?.content && !answer.content[PROBLEM])) this.#checkProblem(exchange, fail)
    if (operation) this.#checkAnswer(operation, exchange, fail)
    else if (status === 405) this.#checkMethod(exchange, fail)
    else if (!STRAY.includes(status)) fail(`${status} for a path that is no route`)
  }

  /** Checks a 405, for a known path with another method: `Allow` must name its methods. */
  #checkMethod({ wire, headers }: Exchange, fail: Fail): void {
    const allowed = headers.allow?.split(', ') ?? []
    if (allowed.length === 0) fail('405 without Allow')
    if (allowed.includes(wire.method)) fail(`405 for a method that Allow lists: ${headers.allow}`)
  }

  #checkAnswer(operation: Operation, exchange: Exchange, fail: Fail): void {
    const { wire, status, headers, body } = exchange
    const { name, path, responses } = operation
    const answer = responses[status] ?? (status >= 400 ? responses.default : undefined)
    if (!answer) throw new Violation(`${name}: ${status} is not declared`, exchange)
    if (wire.method === 'HEAD') return
    const { content } = answer
    const type = headers['content-type']?.split(';')[0]?.trim() ?? ''
    if (!content && body !== '' && path !== '/docs') fail(`${name}: ${status} has a body`)
    if (content && !content[type]) fail(`${name}: ${status} as ${type || 'nothing'}, which is not declared`)
    if (!content || (type !== 'application/json' && type !== PROBLEM)) return
    const validate = this.#validator(`${answer.at}/content/${type.replaceAll('/', '~1')}/schema`)
    const shown = parseJson(body, fail)
    if (validate(shown)) return
    if (type === PROBLEM && validate.errors?.some(({ instancePath }) => instancePath === '/code')) {
      fail(`${name}: ${status} ${(shown as { code?: unknown }).code} is not declared`)
    }
    fail(`${name}: ${status} breaks its schema: ${this.#ajv.errorsText(validate.errors)}`)
  }

  /** Checks a problem document by RFC 9457 and the few rules of our own. */
  #checkProblem({ status, headers, body, wire }: Exchange, fail: Fail): void {
    if (!headers['content-type']?.startsWith(PROBLEM)) fail(`${status} is no problem document`)
    if (status === 401 && !headers['www-authenticate']) fail('401 without WWW-Authenticate')
    if ((status === 429 || status === 503) && !headers['retry-after']) fail(`${status} without Retry-After`)
    if (wire.method === 'HEAD') return
    const problem = parseJson(body, fail) as Record<string, unknown>
    if (problem.status !== status) fail(`${status} says in its body that it is ${problem.status}`)
    if (problem.instance !== headers['x-request-id']) fail(`${status} is of another request by its body`)
    if (problem.type !== `urn:flowtrack:problem:${problem.code}`) fail(`${status} has a type of ${problem.type}`)
  }

  #validator(pointer: string): ValidateFunction {
    const known =
      this.#validators.get(pointer) ?? this.#ajv.compile({ $ref: `http://flowtrack/document${encodeURI(pointer)}` })
    this.#validators.set(pointer, known)
    return known
  }
}

function parseJson(body: string, fail: Fail): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return fail('the body is not JSON, as its type says')
  }
}
