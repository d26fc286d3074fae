import type { ZodOpenApiOverride, ZodOpenApiOverrideContext } from 'zod-openapi'

type JsonSchema = ZodOpenApiOverrideContext['jsonSchema']

/** Formats that say as much as the patterns that zod adds to them. */
const FORMATS = ['uuid', 'date', 'date-time']

/** zod's bounds of `z.int()`: those of every JavaScript number, no rule of ours. */
const isSafe = (bound: unknown) => Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER

/** Arrays of a fixed length: generators refuse or forget `prefixItems`, and know `minItems` and `maxItems`. */
function evenly(schema: JsonSchema): void {
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

/** A text or a number that may be null has two types, and need not be told apart. */
function nullable(schema: JsonSchema): void {
  const [one, none, ...others] = schema.anyOf ?? []
  if (!one || none?.type !== 'null' || others.length > 0) return
  if (!['string', 'integer', 'number'].includes(String(one.type)) || one.enum) return
  plain(one)
  delete schema.anyOf
  Object.assign(schema, { ...one, ...schema, type: [one.type, 'null'] })
}

function plain(schema: JsonSchema): void {
  if (FORMATS.includes(String(schema.format))) delete schema.pattern
  if (isSafe(schema.minimum)) delete schema.minimum
  if (isSafe(schema.maximum)) delete schema.maximum
  if (JSON.stringify(schema.propertyNames) === '{"type":"string"}') delete schema.propertyNames
  evenly(schema)
  nullable(schema)
}

/** Writes a schema as other people's tools like it, and without what says nothing. */
export const plainSchema: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod
  // An answer may get more fields one day: a client that refuses what it does not know would break.
  if (io === 'output' && def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties
  plain(jsonSchema)
}
