import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { AppError } from './errors.ts'
import { decodeCursor, encodeCursor, toPage, toSizedPage } from './page.ts'

const key = z.tuple([z.string(), z.int()])

it('decodes a cursor to the key that it was made from', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (text, n) => {
      expect(decodeCursor(encodeCursor([text, n]), key)).toEqual([text, n])
    }),
  )
})

it('refuses a cursor that does not match the form of the key, and accepts a missing cursor', () => {
  expect(decodeCursor(undefined, key)).toBeUndefined()
  for (const cursor of ['', 'x', '*', encodeCursor([1, 'a']), encodeCursor(['a', 1]).slice(1)]) {
    expect(() => decodeCursor(cursor, key)).toThrow(AppError)
  }
})

it('returns every row exactly once over consecutive pages', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), fc.integer({ min: 1, max: 7 }), (ids, limit) => {
      const rows = ids.map((id) => ({ id }))
      const seen: { id: number }[] = []
      let cursor: string | null | undefined
      while (cursor !== null) {
        const after = decodeCursor(cursor, z.tuple([z.int()]))?.[0]
        const at = after === undefined ? 0 : ids.indexOf(after) + 1
        const page = toPage(rows.slice(at, at + limit + 1), limit, ({ id }) => [id])
        seen.push(...page.items)
        cursor = page.next_cursor
      }
      expect(seen).toEqual(rows)
    }),
    { numRuns: 1_000 },
  )
})

it('gives a page that was shortened for its size a cursor, although it has fewer rows than the limit', () => {
  const rows = [1, 2].map((id) => ({ id, found: 3 }))
  expect(toSizedPage(rows, 5, ({ id }) => [id])).toEqual({
    items: [{ id: 1 }, { id: 2 }],
    next_cursor: encodeCursor([2]),
  })
  const all = rows.map(({ id }) => ({ id, found: 2 }))
  expect(toSizedPage(all, 5, ({ id }) => [id]).next_cursor).toBeNull()
  expect(toSizedPage([], 5, () => [])).toEqual({ items: [], next_cursor: null })
})
