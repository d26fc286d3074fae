import { expect, it } from 'vitest'
import { cutText } from './cut-text.ts'

it('cuts at the length, or one unit before if a character would break', () => {
  expect(cutText('abc', 2)).toBe('ab')
  expect(cutText('abc', 3)).toBe('abc')
  expect(cutText('abc', 9)).toBe('abc')
  expect(cutText('ab🐘', 3)).toBe('ab')
  expect(cutText('ab🐘', 4)).toBe('ab🐘')
})

it.each(['a🐘b🐘🐘c', '🐘'.repeat(5), 'plain'])('makes parts of %s that joined are the text', (text) => {
  for (const most of [2, 3, 4]) {
    const parts = Array.from({ length: Math.ceil(text.length / most) }, (_, i) => cutText(text, most, i * most))
    expect(parts.join('')).toBe(text)
    for (const part of parts) expect(part.isWellFormed()).toBe(true)
  }
})
