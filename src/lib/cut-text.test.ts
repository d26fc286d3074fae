import { expect, it } from 'vitest'
import { cutText } from './cut-text.ts'

it('cuts a text at the length, or one unit earlier when a character would be split', () => {
  expect(cutText('abc', 2)).toBe('ab')
  expect(cutText('abc', 3)).toBe('abc')
  expect(cutText('abc', 9)).toBe('abc')
  expect(cutText('ab🐘', 3)).toBe('ab')
  expect(cutText('ab🐘', 4)).toBe('ab🐘')
})

it.each(['a🐘b🐘🐘c', '🐘'.repeat(5), 'plain'])('cuts %s into parts that together are the whole text', (text) => {
  for (const most of [2, 3, 4]) {
    const parts = Array.from({ length: Math.ceil(text.length / most) }, (_, i) => cutText(text, most, i * most))
    expect(parts.join('')).toBe(text)
    for (const part of parts) expect(part.isWellFormed()).toBe(true)
  }
})
