import Papa from 'papaparse'
import { invalidAt } from '../../../lib/errors.ts'
import { textOf } from '../../import-export/received.ts'

/** UTF-16 code units of one row: a longer one most likely lacks a quotation mark. */
const MAX_ROW = 4 * 1024 * 1024
const DELIMITERS = [',', ';', '\t']

type Parsed = { data: string[][]; errors: { code: string; row?: number }[]; meta: { cursor: number } }
type Parser = { parse: (input: string, base: number, ignoreLastRow: boolean) => Parsed }
/** Receives a row. `n`: its number among the rows that are not blank; the first is 1, be it `sep=` or the header. */
export type Take = (cells: string[], n: number) => void

/** A first line that tells Excel the separator: `sep=;`. */
const SEPARATOR = /^\s*"?sep=([^"\n])"?(?:\n|$)/i

/** UTF-16 code units in which the header is looked for. */
const MAX_HEADER = 64 * 1024
const QUOTED = /(^|[,;\t\n])"[^"]*(?:""[^"]*)*(?:"|$)/g

/** The first line that is not blank, without what is in quotation marks; undefined if its end is yet to come. */
function headerOf(text: string): string | undefined {
  const plain = text
    .slice(0, MAX_HEADER)
    .replace(QUOTED, '$1x')
    .replace(/^[\s,;]*\n/, '')
  const [line, rest] = plain.split('\n', 2)
  return rest === undefined && text.length < MAX_HEADER ? undefined : line
}

/** The delimiter that the header has most often, outside of quotation marks. */
function delimiterOf(text: string): string {
  const plain = headerOf(`${text}\n`) ?? ''
  const counts = DELIMITERS.map((delimiter) => plain.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

/** The text of a body in pieces, with `\n` as line end and without NUL. */
async function* piecesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const notUtf8At = (bytes: number) =>
    invalidAt('body', `is not UTF-8 at byte ${bytes} or before: save it as "CSV UTF-8"`)
  const unifyLines = (text: string) => text.replace(/\r\n?/g, '\n').replaceAll('\0', '')
  let held = ''
  for await (const piece of textOf(body, notUtf8At)) {
    const text = held + piece
    held = text.endsWith('\r') ? '\r' : '' // its line feed may be in the next piece
    yield unifyLines(held === '' ? text : text.slice(0, -1))
  }
  yield unifyLines(held)
}

/** Reads a CSV as it streams in: memory holds its longest row and a chunk. Throws validation_failed for a bad one. */
export async function readCsv(body: AsyncIterable<Uint8Array>, take: Take): Promise<void> {
  let [rest, n, before]: [string, number, number] = ['', 0, 0] // `before`: rows above the header
  let retryLength = 0 // how long `rest` has to be before an incomplete row is parsed again
  let parser: Parser | undefined
  const parse = (last: boolean) => {
    if (!parser) {
      const [line = '', separator] = SEPARATOR.exec(rest) ?? []
      if (separator) n = before = 1
      rest = rest.slice(line.length)
      parser = new (Papa as unknown as { Parser: new (config: object) => Parser }).Parser({
        delimiter: separator ?? delimiterOf(rest),
        newline: '\n',
      })
    }
    const { data, errors, meta } = parser.parse(rest, 0, !last)
    const [wrong] = errors
    if (wrong)
      throw invalidAt(
        `row ${n + (wrong.row ?? 0) + 1}`,
        'has quotation marks that do not match: correct them, or export the file again',
      )
    for (const cells of data) {
      if (cells.every((cell) => cell.trim() === '')) continue
      n += 1
      take(cells, n)
    }
    rest = rest.slice(meta.cursor)
    retryLength = data.length > 0 ? 0 : Math.min(2 * rest.length, MAX_ROW) // else quadratic time
    if (rest.length > MAX_ROW)
      throw invalidAt(`row ${n + 1}`, `is longer than ${MAX_ROW} characters: a quotation mark may be missing`)
  }
  for await (const text of piecesOf(body)) {
    rest += text
    if (rest.length >= retryLength && (parser || headerOf(rest) !== undefined)) parse(false)
  }
  if (rest !== '') parse(true)
  if (n === before) throw invalidAt('body', 'is empty, or has only blank rows: export the file again')
}
