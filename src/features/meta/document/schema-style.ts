import type { ZodOpenApiOverride, ZodOpenApiOverrideContext } from 'zod-openapi'

type JsonSchema = ZodOpenApiOverrideContext['jsonSchema']

/** Formats that say as much as the patterns that zod adds to them. */
const FORMATS = ['uuid', 'date', 'date-time']

/** Whether a bound is the one that zod adds to `z.int()`, of exact JavaScript integers: it is not a rule of ours. */
const isIntegerBound = (bound: unknown) => Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER

/**
 * Rewrites arrays of a fixed length: client generators refuse or ignore `prefixItems`, but know `minItems` and
 * `maxItems`.
 */
function replacePrefixItems(schema: JsonSchema): void {
  const { prefixItems } = schema
  if (!Array.isArray(prefixItems)) return
  const kinds = [...new Map(prefixItems.map((item) => [JSON.stringify(item), item])).values()]
  delete schema.prefixItems
  Object.assign(schema, {
    items: kinds.length === 1 ? kinds[0] : { anyOf: kinds },
    minItems: prefixItems.length,
    maxItems: prefixItems.length,
  })
}

/** Rewrites `anyOf` of a text or a number and of null as one schema with two types. */
function mergeNull(schema: JsonSchema): void {
  const [one, none, ...others] = schema.anyOf ?? []
  if (!one || none?.type !== 'null' || others.length > 0) return
  if (!['string', 'integer', 'number'].includes(String(one.type)) || one.enum) return
  simplify(one)
  delete schema.anyOf
  Object.assign(schema, { ...one, ...schema, type: [one.type, 'null'] })
}

function simplify(schema: JsonSchema): void {
  if (FORMATS.includes(String(schema.format))) delete schema.pattern
  if (isIntegerBound(schema.minimum)) delete schema.minimum
  if (isIntegerBound(schema.maximum)) delete schema.maximum
  if (JSON.stringify(schema.propertyNames) === '{"type":"string"}') delete schema.propertyNames
  replacePrefixItems(schema)
  mergeNull(schema)
}

/** Simplifies a schema: rewrites what client generators do not support, and removes what says nothing. */
export const plainSchema: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod
  // An answer may get more fields one day: a client that refuses what it does not know would break.
  if (io === 'output' && def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties
  simplify(jsonSchema)
}
