import type * as z from 'zod'

/**
 * Something that is cached. All of them live for CACHE_SECONDS. `print` is a fingerprint of the schema
 * and part of the key: a release with another shape never reads the old one (test/node/cache.test.ts
 * says what it has to be).
 */
export type CachedResponse<T = unknown> = { name: string; schema: z.ZodType<T>; print: string }

export const cachedResponse = <T>(name: string, schema: z.ZodType<T>, print: string): CachedResponse<T> => ({
  name,
  schema,
  print,
})
