import { expect, it } from 'vitest'
import { faultOf, patternsOf } from '../../.ci/regex.ts'

/**
 * Textbook examples of slow patterns: two ways to match each letter, or a run of blanks that is tried from each
 * position.
 */
it.each(['const bad = /^(a|a)*$/', 'text.replace(/\\s+$/, "")', 'z.string().regex(/^(x+)+y$/i)'])(
  'reports %s as vulnerable',
  (text) => {
    const [pattern] = patternsOf('planted.ts', text)
    expect(pattern && faultOf(pattern)).toMatch(
      /^planted\.ts:1: .* is vulnerable \((exponential|2nd degree polynomial)\)$/,
    )
  },
)

it('accepts a pattern that takes linear time, and refuses a pattern that is built at run time', () => {
  const [pattern] = patternsOf('fine.ts', 'const fine = /^[a-z][a-z0-9_]{0,39}$/')
  expect(pattern && faultOf(pattern)).toBeUndefined()
  expect(() => patternsOf('late.ts', 'const late = new RegExp(given)')).toThrow('late.ts:1: write this')
})
