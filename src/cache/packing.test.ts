import { Buffer } from 'node:buffer'
import { expect, it } from 'vitest'
import { pack, unpack } from './packing.ts'

const textOf = (value: string | Uint8Array) => (typeof value === 'string' ? value : new TextDecoder().decode(value))
const board = JSON.stringify(
  Array.from({ length: 200 }, (_, n) => ({ id: n, title: `Karte ${n} ärgert 喜 "quoted" 🙂` })),
)

it.each(['{}', '[]', `"${'x'.repeat(2_045)}"`, JSON.stringify({ title: '"'.repeat(3_000) }), board])(
  'unpacks a packed text to the same text',
  (text) => {
    expect(textOf(unpack(pack(text)))).toBe(text)
  },
)

it('stores a short text unchanged, and compresses a long one', () => {
  expect(pack('{"a":1}')).toBe('{"a":1}')
  expect(pack(board).length).toBeLessThan(Buffer.byteLength(JSON.stringify(board)) / 4)
})

it('throws for damaged data, and for data that unpacks to more than the maximum size', () => {
  const whole = pack(board)
  expect(() => unpack(whole.slice(0, whole.length / 2))).toThrow()
  expect(() => unpack(pack('x'.repeat(9_000_000)))).toThrow()
})
