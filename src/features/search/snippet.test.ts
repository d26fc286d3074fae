import fc from 'fast-check'
import { expect, it } from 'vitest'
import { snippetOf } from './snippet.ts'

const markedIn = (text: string, q: string) => {
  const snippet = snippetOf('description', text, q)
  return snippet.highlights.map(([from, to]) => snippet.text.slice(from, to))
}

it.each([
  ['A launch, and a Launch', 'LAUNCH', ['launch', 'Launch']],
  ['Straße', 'strasse', ['Straße']],
  ['Straße', 'ras', ['raß']],
  ['Cafe\u0301 noir', 'café', ['Cafe\u0301']],
  ['한국어 문서', '국어', ['국어']],
  ['aaaa', 'aa', ['aaaa']],
  ['overlap', 'over verla', ['overla']],
  ['\u{20000}\u{20001}', '\u{20001}', ['\u{20001}']],
  ['Nach C++ und C-Dur, Cc', 'c++', ['C', 'C']],
  ['Ça va, Cc', 'c', []],
  ['C语言 和 室内', 'c 室', ['C', '室']],
  ['한국어', '국', ['국']],
  ['Новая я', 'я', ['я']],
  ['सकी', 'की', ['की']],
  ['a ❤️ b', '❤️', []],
  ['nothing', '!?', []],
])('marks in %s what %s finds', (text, q, words) => {
  expect(markedIn(text, q)).toEqual(words)
})

it('begins near the first match of a long text', () => {
  const { text, highlights } = snippetOf('description', `${'x '.repeat(1_000)}needle${' y'.repeat(1_000)}`, 'needle')
  expect(highlights).toEqual([[60, 66]])
  expect(text).toHaveLength(240)
})

it('never cuts a character or marks what is not there, whatever the texts are', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 400 })
  fc.assert(
    fc.property(text, text, (text, q) => {
      const snippet = snippetOf('title', text, q)
      expect(snippet.text.isWellFormed()).toBe(true)
      expect(text).toContain(snippet.text)
      let end = -1
      for (const [from, to] of snippet.highlights) {
        expect(from).toBeGreaterThan(end)
        expect(to).toBeGreaterThan(from)
        expect(to).toBeLessThanOrEqual(snippet.text.length)
        end = to
      }
    }),
  )
})
