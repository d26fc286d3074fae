import { afterAll, expect, it } from 'vitest'
import { newDice, queryRows, sql } from '../support/node.ts'

/** search_text has a short way for ASCII. With one other letter added, the same text goes the long way. */

afterAll(() => sql.end())

const { chance } = newDice(20261128)
const ascii = () => String.fromCharCode(1 + Math.floor(chance() * 127))
const text = (n: number) => Array.from({ length: n % 80 }, () => (chance() < 0.2 ? ' ' : ascii())).join('')

it('search_text returns the same text and the same index pieces by its fast path for ASCII and its general path', async () => {
  const texts = ['', ' ', 'Ab-12', `${'long'.repeat(30)} x`, ...Array.from({ length: 300 }, (_, n) => text(n))]
  const answers = await queryRows<{ short: string; long: string; pieces: string; all_pieces: string }>(
    `select search_text(t) as short, search_text(t || ' ж') as long,
      array_to_tsvector(search_grams(search_text(t)) || 'ж'::text)::text as pieces,
      array_to_tsvector(search_grams(search_text(t || ' ж')))::text as all_pieces
     from unnest($1::text[]) t`,
    [texts],
  )
  for (const [n, { short, long, pieces, all_pieces }] of answers.entries()) {
    expect(long, JSON.stringify(texts[n])).toBe(`${short} ж`.trim())
    expect(all_pieces, JSON.stringify(texts[n])).toBe(pieces)
  }
})
