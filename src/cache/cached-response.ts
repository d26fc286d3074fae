import * as z from 'zod'
import { hashOf } from '../lib/hash.ts'

/** An answer that is cached for CACHE_SECONDS: the name that its keys begin with, and its schema. */
export type CachedResponse<T = unknown> = { name: string; schema: z.ZodType<T> }

/** Text about a schema does not change what a cached value looks like. */
const TEXTS = new Set(['description', 'examples', 'id', 'title'])
const isText = (key: string, value: unknown) => key === 'example' || (TEXTS.has(key) && typeof value !== 'object') // else a field of that name

const hashes = new WeakMap<z.ZodType, string>()

/** A hash of the schema, part of each key: a release whose answers look different never reads the old ones. */
export function schemaHash(schema: z.ZodType): string {
  const known = hashes.get(schema)
  if (known) return known
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' })
  const hash = hashOf(JSON.stringify(json, (key, value) => (isText(key, value) ? undefined : value))).toString(36)
  hashes.set(schema, hash)
  return hash
}
