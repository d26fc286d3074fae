import Papa from 'papaparse'
import { invalid } from '../../../lib/errors.ts'
import { textOf } from '../../import-export/received.ts'

/** Characters of one row: a longer one has most likely lost a quotation mark. */
const MAX_ROW = 4 * 1024 * 1024
const DELIMITERS = [',', ';', '\t']

type Parsed = { data: string[][]; errors: { code: string; row?: number }[]; meta: { cursor: number } }
type Parser = { parse: (input: string, base: number, ignoreLastRow: boolean) => Parsed }
/** A row, counted as a record: the header is 1. */
export type Take = (cells: string[], n: number) => void

/** The one of these that the header line has most often, outside of quotation marks. */
function delimiterOf(text: string): string {
  const plain = (text.split('\n', 1)[0] ?? '').replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => plain.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

/** The text of a body, with lines that end as they do here. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const notUtf8 = (bytes: number) => invalid('body', `is not UTF-8 at byte ${bytes} or before: save it as "CSV UTF-8"`)
  const unified = (text: string) => text.replace(/\r\n?/g, '\n').replaceAll('\0', '')
  let held = ''
  for await (const piece of textOf(body, notUtf8)) {
    const text = held + piece
    held = text.endsWith('\r') ? '\r' : '' // its line feed may be in the next piece
    yield unified(held === '' ? text : text.slice(0, -1))
  }
  yield unified(held)
}

/** Reads a CSV as it streams in: memory holds its longest row and a chunk. */
export async function readCsv(body: AsyncIterable<Uint8Array>, take: Take): Promise<void> {
  let [rest, n]: [string, number] = ['', 0]
  let enough = 0 // characters, before which the row that has begun is not looked for again
  let parser: Parser | undefined
  const parse = (last: boolean) => {
    parser ??= new (Papa as unknown as { Parser: new (config: object) => Parser }).Parser({
      delimiter: delimiterOf(rest),
      newline: '\n',
    })
    const { data, errors, meta } = parser.parse(rest, 0, !last)
    const [wrong] = errors
    if (wrong)
      throw invalid(
        `row ${n + (wrong.row ?? 0) + 1}`,
        'has quotation marks that do not match: correct them, or export the file again',
      )
    for (const cells of data) {
      if (cells.length === 1 && cells[0]?.trim() === '') continue
      n += 1
      take(cells, n)
    }
    rest = rest.slice(meta.cursor)
    enough = data.length > 0 ? 0 : Math.min(2 * rest.length, MAX_ROW) // to read a long row anew with each piece is quadratic
    if (rest.length > MAX_ROW)
      throw invalid(`row ${n + 1}`, `is longer than ${MAX_ROW} characters: a quotation mark may be missing`)
  }
  for await (const text of linesOf(body)) {
    rest += text
    if (rest.length >= enough && (parser || rest.includes('\n'))) parse(false)
  }
  if (rest !== '') parse(true)
  if (n === 0) throw invalid('body', 'is empty')
}
