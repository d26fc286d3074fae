/** The parts of a deployment's OpenAPI document that the fuzzer reads. */

export type Schema = {
  $ref?: string
  type?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

export type Parameter = { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }
type Media = Record<string, { schema?: Schema }>
type Ref = { $ref: string }
type Described = { content?: Media }
/** An answer, and its JSON pointer in the document. */
export type Answer = Described & { at: string }

export type Operation = {
  /** As `POST /tasks/{id}/restore`. */
  name: string
  method: string
  path: string
  /** Who may call it: `public`, `user`, `admin` or a role in the project. */
  access: string
  parameters: Parameter[]
  body?: Schema
  /** The media type of its body, when it takes one. */
  media: string | undefined
  responses: Record<string, Answer>
}

type DescribedOperation = {
  description?: string
  parameters?: (Parameter | Ref)[]
  requestBody?: { content: Media }
  responses: Record<string, Described | Ref>
}
export type Document = {
  paths: Record<string, Record<string, DescribedOperation>>
  components: {
    schemas: Record<string, Schema>
    parameters: Record<string, Parameter>
    responses: Record<string, Described>
  }
}

/** The part of `components` that a reference names. */
function findPart<T>(known: Record<string, T>, { $ref }: Ref): T {
  const part = known[$ref.split('/').at(-1) ?? '']
  if (!part) throw new Error(`The document has no ${$ref}`)
  return part
}

/** `#/paths/~1tasks/get` (RFC 6901). */
const toPointer = (...parts: string[]) =>
  ['#', ...parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')

/** The operations of a document, in its order. sockets.ts also tests those of sockets. */
export const operationsOf = ({ paths, components }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { description, parameters = [], requestBody, responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      access: /Access: (\w+)/.exec(description ?? '')?.[1] ?? 'public',
      parameters: parameters.map((each) => ('$ref' in each ? findPart(components.parameters, each) : each)),
      body: requestBody?.content['application/json']?.schema,
      media: Object.keys(requestBody?.content ?? {})[0],
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, each]) => [
          status,
          '$ref' in each
            ? { ...findPart(components.responses, each), at: each.$ref }
            : { ...each, at: toPointer('paths', path, method, 'responses', status) },
        ]),
      ),
    })),
  )

/** The schema itself, or the one that its reference names. */
export function resolve(document: Document, schema: Schema): Schema {
  const { $ref } = schema
  return $ref === undefined ? schema : resolve(document, findPart(document.components.schemas, { $ref }))
}

/** Sorts static parts before parameters: the route of `/tasks` before that of `/{anything}`. */
const sortKeyOf = (path: string) => path.replace(/\{\w+\}/g, '~')

/** A path with the percent-encoding removed that does not change its meaning; as it is, if it is malformed. */
function decodePath(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/** Returns a function that finds the operation that a request reaches, as the router does. */
export function matcherOf(operations: Operation[]) {
  const routes = operations
    .toSorted((a, b) => (sortKeyOf(a.path) < sortKeyOf(b.path) ? -1 : 1))
    .map((operation) => ({ operation, pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`) }))
  return (method: string, path: string): Operation | undefined => {
    const asked = method === 'HEAD' ? 'GET' : method
    const known = decodePath(path)
      .replace(/^(\/reports\/.+)\.(json|csv|svg)$/, '$1')
      .replace(/(.)\/$/, '$1')
    return routes.find(({ operation, pattern }) => operation.method === asked && pattern.test(known))?.operation
  }
}
