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
  ['STRAẞE', 'strasse', ['STRAẞE']],
  ['ΣΊΣΥΦΟΣ', 'Σισ', ['ΣΊΣ']],
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
  ['More soft\u00adware here', 'software', ['soft\u00adware']],
  ['More software here', 'soft\u00adware', ['software']],
  ['A zero\u200bwidth\u2060d word', 'zerowidthd', ['zero\u200bwidth\u2060d']],
  ['Bir ıspanak, ISPANAK', 'ispanak', ['ıspanak', 'ISPANAK']],
  ['İstanbul, Istanbul', 'ıstanbul', ['İstanbul', 'Istanbul']],
  ['ｶﾞｷﾞ ﾊﾟﾝ', 'ガギ パン', ['ｶﾞｷﾞ', 'ﾊﾟﾝ']],
  ['ガギ', 'ｶﾞ', ['ガ']],
  ['ﬁnal ㎏ unit', 'final kg', ['ﬁnal', '㎏']],
  ['ᾳ τῷ ᾼ ΟΔΟΣ', 'αα τω οδος', ['τῷ', 'ΟΔΟΣ']],
  ['Łódź, Øre, Đak, Ħal, Ŧa', 'lodz øre dak hal ta', ['Łódź', 'Øre', 'Đak', 'Ħal', 'Ŧa']],
  ['Lodz', 'łódź', ['Lodz']],
])('marks in the text %s the matches of the query %s', (text, q, words) => {
  expect(markedIn(text, q)).toEqual(words)
})

it('gives positions in the original text, whatever precedes the match', () => {
  const before = '\u00ad\u200bß ﬃ ㎏ ｶﾞ İ e\u0301 \u{1d400} ﷺ '
  expect(snippetOf('title', `${before}needle`, 'needle').highlights).toEqual([[before.length, before.length + 6]])
})

it('starts shortly before the first match of a long text', () => {
  const { text, highlights } = snippetOf('description', `${'x '.repeat(1_000)}needle${' y'.repeat(1_000)}`, 'needle')
  expect(highlights).toEqual([[60, 66]])
  expect(text).toHaveLength(240)
})

it('never cuts a character, and gives ordered positions inside the snippet for any text', () => {
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
