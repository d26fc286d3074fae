import type { Snippet } from './answers.ts'

/**
 * The length of a snippet, and of its part before the first match, in UTF-16 code units; one more where a pair would be
 * cut.
 */
const LENGTH = 240
const LEAD = 60

/** Characters that are not shown: search does not see them either. */
const INVISIBLE = /\ufe0f|[\u00ad\u061c\u200b-\u200f\u2060]/g

/** Latin letters whose stroke is no accent to Unicode, and what people type for them. */
const PLAIN_LETTERS: Record<string, string> = { Ł: 'L', Ø: 'O', Đ: 'D', Ħ: 'H', Ŧ: 'T' }

/** A character with its accents, and with its voicing marks, which are characters of their own in half-width kana. */
const MARKED = /.[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*/gsu

/**
 * Text as search compares it (the SQL function `search_text`), but in upper case, and for each of its UTF-16 code units
 * the index in `text`. In lower case first, so that ẞ becomes SS too.
 */
function fold(text: string): { plain: string; from: number[] } {
  let plain = ''
  const from: number[] = []
  for (const { 0: character, index } of text.matchAll(MARKED)) {
    const unit = character
      .replace(INVISIBLE, '')
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
      .toLowerCase()
      .toUpperCase()
      .replace(/[ŁØĐĦŦ]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
    plain += unit
    for (let n = 0; n < unit.length; n++) from.push(index)
  }
  from.push(text.length)
  return { plain, from }
}

/** The words of a query, as they are looked for in a text. */
const wordsOf = (q: string) => fold(q).plain.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? []

/** A run of letters and digits. A Chinese, Japanese or Korean character is in none: it is a word of its own. */
const RUN = /(?:(?![\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}])[\p{L}\p{N}\p{M}])+/gu

/** Where a text has a word of a query: also as a part of its words, unless it is a single letter. */
function placesOf(plain: string, word: string): number[] {
  if ([...word].length === 1 && word.search(RUN) === 0)
    return [...plain.matchAll(RUN)].filter(([run]) => run === word).map(({ index }) => index)
  const places: number[] = []
  for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) places.push(at)
  return places
}

/** The ranges of a text that match a word: [start, end) in UTF-16 code units, in order and without overlaps. */
function matchesOf(text: string, words: string[]): [number, number][] {
  const { plain, from } = fold(text)
  const found: [number, number][] = []
  for (const word of words)
    for (const at of placesOf(plain, word)) {
      const end = from.findIndex((origin, n) => n >= at + word.length && origin > (from[at + word.length - 1] ?? 0))
      found.push([from[at] ?? 0, from[end] ?? text.length])
    }
  const apart: [number, number][] = []
  for (const [start, end] of found.toSorted(([a], [b]) => a - b)) {
    const last = apart.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else apart.push([start, end])
  }
  return apart
}

const isLowSurrogate = (text: string, at: number) => /[\udc00-\udfff]/.test(text[at] ?? '')

/** The part of a text around its first match, or its beginning if nothing matches; and the matches in that part. */
export function snippetOf(field: Snippet['field'], text: string, q: string): Snippet {
  const matches = matchesOf(text, wordsOf(q))
  const wanted = Math.max(0, (matches[0]?.[0] ?? 0) - LEAD)
  const start = isLowSurrogate(text, wanted) ? wanted - 1 : wanted
  const stop = Math.min(text.length, start + LENGTH)
  const end = isLowSurrogate(text, stop) ? stop + 1 : stop
  const inside = matches.filter(([from, to]) => from >= start && to <= end)
  return {
    field,
    text: text.slice(start, end),
    highlights: inside.map(([from, to]) => [from - start, to - start]),
  }
}
