import * as z from 'zod'
import { hashOf } from '../../src/lib/hash.ts'

/** Keys of JSON Schema that hold text about a schema: they do not change what an answer looks like. */
const TEXTS = new Set(['description', 'id', 'title'])
// With an object as value, the key is not this keyword but a property of the answer that has the same name.
const isText = (key: string, value: unknown) => key === 'example' || (TEXTS.has(key) && typeof value !== 'object')

/** The hash of a schema, such as src/cache/shapes.ts has for each answer that is cached. */
export function schemaHash(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' })
  return hashOf(JSON.stringify(json, (key, value) => (isText(key, value) ? undefined : value))).toString(36)
}
