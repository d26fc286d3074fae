import type { createDocument, oas31 } from 'zod-openapi'
import { own } from '../lib/own.ts'

/** Moves what operations have in common to `components`: the document shrinks to a third. */

type Document = ReturnType<typeof createDocument>
type Operation = oas31.OperationObject
type Parameter = oas31.ParameterObject
type Use<T> = { name: string; value: T; put: (ref: oas31.ReferenceObject) => unknown }

function freeName(taken: object, name: string): string {
  for (let n = 1; ; n += 1) {
    const free = n === 1 ? name : `${name}.${n}`
    if (!(free in taken)) return free
  }
}

/** Moves what is used more than once to `components`; the most frequent one of a name has it to itself. */
function share<T>(kind: 'parameters' | 'responses', uses: Use<T>[]): Record<string, T> {
  const groups = Map.groupBy(uses, ({ name, value }) => JSON.stringify([name, value])).values()
  const found: Record<string, T> = {}
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const [first, ...others] = group
    if (!first || others.length === 0) continue
    const name = freeName(found, first.name)
    found[name] = first.value
    for (const { put } of group) put({ $ref: `#/components/${kind}/${name}` })
  }
  return found
}

/** A parameter with its description, which zod-openapi says again in its schema. */
function told({ schema = {}, ...parameter }: Parameter, path: string): Parameter {
  const { description: meaning, ...rest } = schema
  const parts = path.split('/')
  const kind = parameter.name === 'id' && parts[parts.indexOf('{id}') - 1]?.replace(/s$/, '')
  const description = kind ? `The id of the ${kind}` : (parameter.description ?? meaning)
  return { ...parameter, ...(description && { description }), schema: rest }
}

function parameterUses(path: string, { parameters = [] }: Operation): Use<Parameter>[] {
  return parameters.flatMap((given, i) => {
    if (!('in' in given)) return []
    const value = told(given, path)
    parameters[i] = value
    const name = value.name === 'id' ? (value.description?.split(' ').at(-1) ?? 'id') : value.name
    return [{ name, value, put: (ref) => parameters.splice(i, 1, ref) }]
  })
}

const PHRASES: Record<string, string> = {
  304: 'NotModified',
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  409: 'Conflict',
  422: 'Unprocessable',
  default: 'Failure',
}

/** `not_found` → `NotFound`. */
const pascal = (code: string) => code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The codes that a response narrows `Problem` to: see openapi-responses.ts. */
function codesOf(schema: oas31.SchemaObject | oas31.ReferenceObject | undefined): string[] {
  const narrowed = schema && 'allOf' in schema ? schema.allOf?.at(-1) : undefined
  const code = narrowed && 'properties' in narrowed ? narrowed.properties?.code : undefined
  return code && 'enum' in code ? (code.enum ?? []) : []
}

/** A response is named by its one or two problems, by the schema of what it shows, or by its status (400: the same everywhere). */
function nameOf(status: string, { content = {} }: oas31.ResponseObject): string {
  const codes = codesOf(content['application/problem+json']?.schema)
  const isFew = codes.length === 1 || codes.length === 2
  if (isFew && status !== '400') return codes.map(pascal).join('Or')
  const shown = content['application/json']?.schema?.$ref?.split('/').at(-1)
  return PHRASES[status] ?? shown ?? 'Done'
}

const responseUses = ({ responses = {} }: Operation): Use<oas31.ResponseObject>[] =>
  Object.entries(responses).map(([status, value]) => ({
    name: nameOf(status, value),
    value,
    put: (ref) => Object.assign(responses, { [status]: ref }),
  }))

type Schema = oas31.SchemaObject

const sameIn = (one: object, other: object, keys: string[]) =>
  keys.every((key) => JSON.stringify(own(one, key)) === JSON.stringify(own(other, key)))

/** Whether `wider` is `narrower` and more; what allows no other fields cannot be a part. */
function extendsIt({ properties: wider = {}, required = [] }: Schema, narrower: Schema): boolean {
  const { properties = {} } = narrower
  const names = Object.keys(properties)
  if (names.length < 2 || names.length >= Object.keys(wider).length || 'additionalProperties' in narrower) return false
  return (
    sameIn(wider, properties, names) &&
    names.every((name) => required.includes(name) === narrower.required?.includes(name))
  )
}

/** A schema that has all fields of another says so, and names only its own. */
function shareFields(schemas: Record<string, Schema>): void {
  const wholes = Object.entries(schemas)
  for (const [name, schema] of wholes) {
    const part = wholes.find(([, other]) => extendsIt(schema, other))
    if (!part || 'additionalProperties' in schema) continue
    const [partName, { properties: known = {}, required: needed = [] }] = part
    const { type, properties = {}, required = [], ...rest } = schema // its description and example
    const added = Object.fromEntries(Object.entries(properties).filter(([field]) => !(field in known)))
    const wanted = required.filter((field) => !needed.includes(field))
    const extension = { type, properties: added, ...(wanted.length > 0 && { required: wanted }) }
    schemas[name] = { allOf: [{ $ref: `#/components/schemas/${partName}` }, extension], ...rest }
  }
}

/** What a parameter says of itself, a field of the same name need not say again: as in a saved view, which holds a query. */
function sayOnce(schema: Schema, said: ReadonlySet<string>): void {
  const { properties = {}, anyOf = [], oneOf = [], allOf = [] } = schema
  for (const [name, field] of Object.entries(properties as Record<string, Schema>)) {
    if (said.has(`${name} ${field.description}`)) delete field.description
    sayOnce(field, said)
  }
  for (const part of [...anyOf, ...oneOf, ...allOf] as Schema[]) sayOnce(part, said)
}

/** Moves the parameters and the answers that several operations have into `components`. */
export function shareParts({ paths = {}, components = {} }: Document): void {
  const operations = Object.entries(paths).flatMap(
    ([path, methods]) =>
      Object.values(methods as Record<string, Operation>).map((operation) => [path, operation] as const), // we made no other
  )
  const parameters = operations.flatMap(([path, operation]) => parameterUses(path, operation))
  const responses = operations.flatMap(([, operation]) => responseUses(operation))
  components.parameters = share('parameters', parameters)
  components.responses = share('responses', responses)
  const said = new Set(parameters.map(({ name, value }) => `${name} ${value.description}`))
  for (const schema of Object.values(components.schemas as Record<string, Schema>)) sayOnce(schema, said)
  shareFields(components.schemas as Record<string, Schema>) // all that operations name are inline
}
