/** What the fuzzer reads of the OpenAPI document that a deployment serves of itself. */

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
/** An answer, and where in the document it stands. */
export type Answer = Described & { at: string }

export type Operation = {
  /** As `POST /tasks/{id}/restore`. */
  name: string
  method: string
  path: string
  /** Who may: `public`, `user`, `admin` or a role in the project. */
  access: string
  parameters: Parameter[]
  body?: Schema
  /** What its body is, when it takes one. */
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

/** What stands in `components` under the name of a reference. */
function found<T>(known: Record<string, T>, { $ref }: Ref): T {
  const part = known[$ref.split('/').at(-1) ?? '']
  if (!part) throw new Error(`The document has no ${$ref}`)
  return part
}

/** `#/paths/~1tasks/get` (RFC 6901). */
const pointer = (...parts: string[]) =>
  ['#', ...parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')

/** The routes of a document, in its order. Those of sockets have a fuzzer of their own. */
export const operationsOf = ({ paths, components }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { description, parameters = [], requestBody, responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      access: /Access: (\w+)\./.exec(description ?? '')?.[1] ?? 'public',
      parameters: parameters.map((each) => ('$ref' in each ? found(components.parameters, each) : each)),
      body: requestBody?.content['application/json']?.schema,
      media: Object.keys(requestBody?.content ?? {})[0],
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, each]) => [
          status,
          '$ref' in each
            ? { ...found(components.responses, each), at: each.$ref }
            : { ...each, at: pointer('paths', path, method, 'responses', status) },
        ]),
      ),
    })),
  )

/** The schema that a reference names. */
export function resolve(document: Document, schema: Schema): Schema {
  const { $ref } = schema
  return $ref === undefined ? schema : resolve(document, found(document.components.schemas, { $ref }))
}

/** Static parts before parameters: the route of `/tasks` before that of `/{anything}`. */
const weight = (path: string) => path.replace(/\{\w+\}/g, '~')

/** A path without the percent-encoding that means nothing. */
function readable(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/** Finds the operation that a request reaches, as the router does. */
export function matcher(operations: Operation[]) {
  const routes = operations
    .toSorted((a, b) => (weight(a.path) < weight(b.path) ? -1 : 1))
    .map((operation) => ({ operation, pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`) }))
  return (method: string, path: string): Operation | undefined => {
    const asked = method === 'HEAD' ? 'GET' : method
    const known = readable(path)
      .replace(/^(\/reports\/.+)\.(json|csv|svg)$/, '$1')
      .replace(/(.)\/$/, '$1')
    return routes.find(({ operation, pattern }) => operation.method === asked && pattern.test(known))?.operation
  }
}
