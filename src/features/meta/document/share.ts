import type { createDocument, oas31 } from 'zod-openapi'
import { ownValue } from '../../../lib/own-value.ts'

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

/**
 * Moves what is used more than once to `components`. Of values with the same name, the most frequent one gets it
 * unchanged.
 */
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

/** What the `id` in a path is of: `task` in `/tasks/{id}`. */
function kindOf(path: string): string | undefined {
  const parts = path.split('/')
  return parts[parts.indexOf('{id}') - 1]?.replace(/s$/, '')
}

/** The parameter with one description: zod-openapi repeats it in the schema. The path describes an `id` without one. */
function describedOnce({ schema = {}, ...parameter }: Parameter, path: string): Parameter {
  const { description: meaning, ...rest } = schema
  const kind = parameter.name === 'id' && kindOf(path)
  const usual = kind ? `The id of the ${kind.replace('checklist-', '')}` : undefined
  const description = parameter.description ?? meaning ?? usual
  return { ...parameter, ...(description && { description }), schema: rest }
}

function parameterUses(path: string, { parameters = [] }: Operation): Use<Parameter>[] {
  return parameters.flatMap((given, i) => {
    if (!('in' in given)) return []
    const value = describedOnce(given, path)
    parameters[i] = value
    const name = value.name === 'id' ? (kindOf(path) ?? 'id') : value.name
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
const toPascalCase = (code: string) => code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The codes that a response narrows `Problem` to: see refusals.ts. */
function codesOf(schema: oas31.SchemaObject | oas31.ReferenceObject | undefined): string[] {
  const narrowed = schema && 'allOf' in schema ? schema.allOf?.at(-1) : undefined
  const code = narrowed && 'properties' in narrowed ? narrowed.properties?.code : undefined
  return code && 'enum' in code ? (code.enum ?? []) : []
}

/**
 * The name of a response: its one or two problems, the name of its status, or that of its schema. A 400 goes by its
 * status, as it is the same everywhere.
 */
function nameOf(status: string, { content = {} }: oas31.ResponseObject): string {
  const codes = codesOf(content['application/problem+json']?.schema)
  const isFew = codes.length === 1 || codes.length === 2
  if (isFew && status !== '400') return codes.map(toPascalCase).join('Or')
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

const areSame = (one: object, other: object, keys: string[]) =>
  keys.every((key) => JSON.stringify(ownValue(one, key)) === JSON.stringify(ownValue(other, key)))

/** Whether `wider` has all fields of `narrower` and more. A schema that forbids other fields cannot be extended. */
function isExtensionOf({ properties: wider = {}, required = [] }: Schema, narrower: Schema): boolean {
  const { properties = {} } = narrower
  const names = Object.keys(properties)
  if (names.length < 2 || names.length >= Object.keys(wider).length || 'additionalProperties' in narrower) return false
  return (
    areSame(wider, properties, names) &&
    names.every((name) => required.includes(name) === narrower.required?.includes(name))
  )
}

/** Rewrites a schema that has all fields of another as an extension of it (`allOf`). */
function shareFields(schemas: Record<string, Schema>): void {
  const wholes = Object.entries(schemas)
  for (const [name, schema] of wholes) {
    const part = wholes.find(([, other]) => isExtensionOf(schema, other))
    if (!part || 'additionalProperties' in schema) continue
    const [partName, { properties: known = {}, required: needed = [] }] = part
    const { type, properties = {}, required = [], ...rest } = schema // its description and example
    const added = Object.fromEntries(Object.entries(properties).filter(([field]) => !(field in known)))
    const wanted = required.filter((field) => !needed.includes(field))
    const extension = { type, properties: added, ...(wanted.length > 0 && { required: wanted }) }
    schemas[name] = { allOf: [{ $ref: `#/components/schemas/${partName}` }, extension], ...rest }
  }
}

/**
 * Deletes descriptions of fields that a parameter of that name has already, as in a saved view, which holds a query.
 */
function deleteRepeated(schema: Schema, said: ReadonlySet<string>): void {
  const { properties = {}, anyOf = [], oneOf = [], allOf = [] } = schema
  for (const [name, field] of Object.entries(properties as Record<string, Schema>)) {
    if (said.has(`${name} ${field.description}`)) delete field.description
    deleteRepeated(field, said)
  }
  for (const part of [...anyOf, ...oneOf, ...allOf] as Schema[]) deleteRepeated(part, said)
}

/** Moves the parameters and the answers that several operations have into `components`. */
export function shareParts({ paths = {}, components = {} }: Document): void {
  const operations = Object.entries(paths).flatMap(
    ([path, methods]) =>
      Object.values(methods as Record<string, Operation>).map((operation) => [path, operation] as const), // nothing else
  )
  const parameters = operations.flatMap(([path, operation]) => parameterUses(path, operation))
  const responses = operations.flatMap(([, operation]) => responseUses(operation))
  components.parameters = share('parameters', parameters)
  components.responses = share('responses', responses)
  const said = new Set(parameters.map(({ name, value }) => `${name} ${value.description}`))
  for (const schema of Object.values(components.schemas as Record<string, Schema>)) deleteRepeated(schema, said)
  shareFields(components.schemas as Record<string, Schema>) // none of them is a reference
}
