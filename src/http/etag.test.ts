import fc from 'fast-check'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { etagOf, isNotModified, preconditionOf, versionsOf } from './etag.ts'

it('reads the versions in ETags that it has written, single and in a list', () => {
  const seqs = fc.array(fc.integer({ min: 0, max: 999_999_999_999_999 }), { minLength: 1 })
  fc.assert(
    fc.property(seqs, (list) => {
      expect(versionsOf(list.map(etagOf).join(', '), 'strong')).toEqual(list)
    }),
  )
})

it.each([
  ['"1", "2"', 'strong', [1, 2]],
  ['W/"7"', 'weak', [7]],
  ['W/"7"', 'strong', [-1]],
  ['"007"', 'strong', [-1]],
  ['"other"', 'strong', [-1]],
  ['7', 'strong', []],
  ['"7', 'strong', []],
  ['', 'strong', []],
] as const)('reads from %s with %s comparison the versions %j', (header, comparison, versions) => {
  expect(versionsOf(header, comparison)).toEqual(versions)
})

async function inRequest<T>(
  headers: Record<string, string>,
  look: (c: Parameters<typeof preconditionOf>[0]) => T,
): Promise<T> {
  let seen: T | undefined
  const app = new Hono().get('/', (c) => {
    seen = look(c)
    return c.body(null, 204)
  })
  await app.request('/', { headers })
  return seen as T
}

it.each([
  [{}, undefined],
  [{ 'If-Match': '"3"' }, { one_of: [3] }],
  [{ 'If-Match': '*' }, {}],
  [{ 'If-None-Match': '*' }, { none_of: 'any' }],
  [
    { 'If-Match': '"3"', 'If-None-Match': 'W/"4"' },
    { one_of: [3], none_of: [4] },
  ],
])('reads from the headers %j the precondition %j', async (headers, expected) => {
  expect(await inRequest(headers as Record<string, string>, preconditionOf)).toEqual(expected)
})

it.each([
  ['"5"', true],
  ['W/"4", "5"', true],
  ['*', true],
  ['"4"', false],
])('tells whether If-None-Match %s matches version 5: %s', async (known, result) => {
  expect(await inRequest({ 'If-None-Match': known }, (c) => isNotModified(c, 5))).toBe(result)
})
