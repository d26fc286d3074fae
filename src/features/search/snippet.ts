import type { Snippet } from './answers.ts'

/** Characters of a snippet, and how many of them come before the first match. */
const LENGTH = 240
const BEFORE = 60

/** Text as search compares it (the SQL function `search_text`), and for each of its units where it is from. */
function folded(text: string): { plain: string; from: number[] } {
  let plain = ''
  const from: number[] = []
  for (const { 0: character, index } of text.matchAll(/.[\u0300-\u036f]*/gsu)) {
    const bare = character
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
    const unit = bare.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')
    plain += unit
    for (let n = 0; n < unit.length; n++) from.push(index)
  }
  from.push(text.length)
  return { plain, from }
}

/** The words of a query, as they are looked for in a text. */
const wordsOf = (q: string) =>
  folded(q)
    .plain.split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

/** Where the words are in a text, in order and without overlaps. */
function matchesOf(text: string, words: string[]): [number, number][] {
  const { plain, from } = folded(text)
  const found: [number, number][] = []
  for (const word of words)
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) {
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

const isLow = (text: string, at: number) => /[\udc00-\udfff]/.test(text[at] ?? '')

/** The part of a text around its first match, with all that match in it. */
export function snippetOf(field: Snippet['field'], text: string, q: string): Snippet {
  const matches = matchesOf(text, wordsOf(q))
  const wanted = Math.max(0, (matches[0]?.[0] ?? 0) - BEFORE)
  const start = isLow(text, wanted) ? wanted - 1 : wanted
  const stop = Math.min(text.length, start + LENGTH)
  const end = isLow(text, stop) ? stop + 1 : stop
  const inside = matches.filter(([from, to]) => from >= start && to <= end)
  return {
    field,
    text: text.slice(start, end),
    highlights: inside.map(([from, to]) => [from - start, to - start]),
  }
}
