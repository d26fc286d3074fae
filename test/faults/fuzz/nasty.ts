import fc, { type Arbitrary } from 'fast-check'

/** Texts that often break programs: quotes and syntax of many languages, and unusual Unicode. */
const NASTY_TEXT = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u{d800}',
  'x\u{dfff}y',
  '\u{202e}txt.exe',
  'e\u{301}\u{301}\u{301}',
  '\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}',
  '\u{feff}bom',
  '\u{2028}\u{2029}',
  'İıſK',
  '\r\nSet-Cookie: a=b',
  "'; drop table tasks; --",
  "' or '1'='1",
  '$1',
  '\\',
  '%',
  '_%\\',
  '{}',
  '{"a":1}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '0x10',
  '１２３',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '2024-02-30',
  '0000-01-01',
  '9999-12-31T23:59:59.999999999+23:59',
  '-000001-01-01T00:00:00Z',
  'Africa/Nowhere',
  'Etc/GMT+14',
  'infinity',
  'x'.repeat(501),
]

const NASTY_NUMBERS = [-1, -0, 0, 0.1, 2 ** 31, 2 ** 53, -(2 ** 63), 2 ** 64, 1e21, 1e308, 5e-324, Number.MAX_VALUE]

export const nastyText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY_TEXT) },
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)

/** Any JSON, mostly of the wrong type. */
export const nastyValue: Arbitrary<unknown> = fc.oneof(
  nastyText,
  fc.constantFrom(...NASTY_NUMBERS),
  fc.constantFrom(null, true, false, [], {}, [null], [[[]]], { a: {} }),
  fc.jsonValue({ maxDepth: 3 }),
)

/** `odds` times as many `right` values as `wrong` ones: a request with one error gets further than one with ten. */
export const mostly = <T, N>(right: Arbitrary<T>, wrong: Arbitrary<N>, odds = 12): Arbitrary<T | N> =>
  fc.oneof({ weight: odds, arbitrary: right }, { weight: 1, arbitrary: wrong })
