import * as z from 'zod'
import { hashOf } from '../../src/lib/hash.ts'

/** Text about a schema does not change what an answer looks like. */
const TEXTS = new Set(['description', 'examples', 'id', 'title'])
const isText = (key: string, value: unknown) => key === 'example' || (TEXTS.has(key) && typeof value !== 'object') // else a field of that name

/** A hash of a schema, as src/cache/shapes.ts has one for each answer that is cached. */
export function schemaHash(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' })
  return hashOf(JSON.stringify(json, (key, value) => (isText(key, value) ? undefined : value))).toString(36)
}
