import { gzipSync } from 'node:zlib'

/** Damages a body beyond its values: takes the JSON text, and returns what to send. `n` chooses a variant. */
export type Twist = (json: string, n: number) => { bytes: Buffer; headers?: Record<string, string> }

const text =
  (change: (json: string, n: number) => string): Twist =>
  (json, n) => ({ bytes: Buffer.from(change(json, n)) })
const typed =
  (type: string): Twist =>
  (json) => ({ bytes: Buffer.from(json), headers: { 'Content-Type': type } })
const encoded =
  (encoding: BufferEncoding, charset: string): Twist =>
  (json) => ({
    bytes: Buffer.from(json, encoding),
    headers: { 'Content-Type': `application/json; charset=${charset}` },
  })

const DEPTHS = [20, 63, 65, 500, 20_000]
/** The first key of a JSON object, with its quotes; "title" without one. */
const firstKeyOf = (json: string) => /^\{("[^"]*"):/.exec(json)?.[1] ?? '"title"'

export const TWISTS = {
  nothing: text((json) => json),
  lost_line: text((lines, n) =>
    lines
      .split('\n')
      .toSpliced(n % lines.split('\n').length, 1)
      .join('\n'),
  ),
  line_twice: text((lines, n) => lines.replaceAll('\n', () => (n-- === 0 ? '\n{}\n' : '\n'))),
  lines_backwards: text((lines) => lines.split('\n').reverse().join('\n')),
  other_number: text((json, n) => json.replace(/:\d+/g, (digits) => (n-- % 7 === 0 ? ':-7' : digits))),
  other_id: text((json, n) => json.replace(/[0-9a-f]{12}"/g, (end) => (n-- % 5 === 0 ? '000000000000"' : end))),
  duplicate_key: text((json) => json.replace(/^\{/, `{${firstKeyOf(json)}:"first of two",`)),
  same_key_differently: text((json) =>
    json.replace(/^\{"(\w)/, (_, c: string) => `{"\\u00${c.charCodeAt(0).toString(16)}`),
  ),
  unknown_key: text((json) => json.replace(/^\{(?!\})/, '{"is_admin":true,')),
  prototype: text((json) => json.replace(/^\{(?!\})/, '{"__proto__":{"role":"admin"},"constructor":1,')),
  huge_number: text((json, n) =>
    json.replace(/:(\d+|"[^"]*")/, `:${['1e999', '-1e999', '9'.repeat(400), '1e-999'][n % 4]}`),
  ),
  deep_array: text((json, n) =>
    json.replace(/:("[^"]*"|\d+)/, `:${'['.repeat(DEPTHS[n % 5] ?? 9)}${']'.repeat(DEPTHS[n % 5] ?? 9)}`),
  ),
  deep_object: text((json, n) => `${'{"a":'.repeat(DEPTHS[n % 5] ?? 9)}${json}${'}'.repeat(DEPTHS[n % 5] ?? 9)}`),
  unclosed: text((_, n) => '['.repeat(DEPTHS[n % 5] ?? 9)),
  truncated: text((json, n) => json.slice(0, n % (json.length + 1))),
  trailing: text((json, n) => json + ['}', ',', ' null', '\0', '\n\n\n', '//x'][n % 6]),
  single_quotes: text((json) => json.replaceAll('"', "'")),
  not_a_number: text((json) => json.replace(/:("[^"]*"|\d+)/, ':NaN')),
  not_an_object: text((json, n) => ['null', '[]', '"text"', '1', 'true', '', ' ', `[${json}]`][n % 8] ?? ''),
  raw_controls: text((json) => json.replace(/:"/, ':"\u0001\t\n')),
  bom: (json) => ({ bytes: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]) }),
  broken_utf8: (json, n) => {
    const bytes = Buffer.from(json.replace(/:"/, ':"??'))
    const at = bytes.indexOf('??')
    if (at >= 0)
      bytes.set(
        [
          [0xc0, 0xaf],
          [0xed, 0xa0],
          [0xff, 0xfe],
          [0xf5, 0x80],
        ][n % 4] ?? [],
        at,
      )
    return { bytes }
  },
  utf16: encoded('utf16le', 'utf-16'),
  latin1: encoded('latin1', 'iso-8859-1'),
  gzipped: (json) => ({ bytes: gzipSync(json), headers: { 'Content-Encoding': 'gzip' } }),
  not_gzipped: (json) => ({ bytes: Buffer.from(json), headers: { 'Content-Encoding': 'gzip' } }),
  too_large: text((json, n) => json + ' '.repeat(256 * 1024 - json.length + (n % 3) - 1)),
  text: typed('text/plain'),
  form: typed('application/x-www-form-urlencoded'),
  multipart: typed('multipart/form-data; boundary=x'),
  no_boundary: typed('multipart/form-data'),
  other_json: typed('application/merge-patch+json'),
  type_list: typed('application/json, text/plain'),
  type_quoted: typed('Application/JSON ; charset="utf-8"'),
  type_garbage: typed(';;;'),
} satisfies Record<string, Twist>

export type TwistName = keyof typeof TWISTS
