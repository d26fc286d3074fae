import { AppError, invalidAt } from '../../lib/errors.ts'
import { MEDIA_TYPE } from '../import-export/schema.ts'
import type { Board } from './model.ts'
import type { ImportOptions } from './options.ts'
import type { FORMATS } from './schema.ts'
import { AsanaReader, isAsana } from './sources/asana.ts'
import { readCsv } from './sources/csv.ts'
import { JiraReader } from './sources/jira.ts'
import { isJira } from './sources/jira-columns.ts'
import { readJson } from './sources/json.ts'
import { isLinear, LinearReader } from './sources/linear.ts'
import { PlainReader } from './sources/plain.ts'
import { Header } from './sources/table.ts'
import { TrelloReader } from './sources/trello.ts'
import { WekanReader } from './sources/wekan.ts'

export type Format = (typeof FORMATS)[number]

/** The first bytes of a file, by which its format is detected. */
const PEEK_BYTES = 64 * 1024
const JSON_FORMATS: ReadonlySet<string> = new Set(['trello', 'wekan'])
const FORMAT_MARKS =
  'a JSON of Trello has `lists` and `cards`, one of WeKan `_format`; the header of a CSV of Jira has Issue key, of Linear ID, Team and Status, of Asana Task ID and Section/Column, and any other a title. Set its format with format='

export type Read = { format: Format; board: Board }

/** The beginning of a body as text (`head`), and the whole of it. Throws for a gzip or ZIP file. */
async function peek(body: AsyncIterator<Uint8Array>): Promise<{ head: string; whole: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = []
  let size = 0
  while (size < PEEK_BYTES) {
    const { value, done } = await body.next()
    if (done) break
    chunks.push(value)
    size += value.byteLength
  }
  const [first = new Uint8Array()] = chunks
  const isPacked = (first[0] === 0x1f && first[1] === 0x8b) || (first[0] === 0x50 && first[1] === 0x4b)
  if (isPacked)
    throw new AppError('unsupported_media_type', {
      detail: 'The file is a ZIP or gzip file: send it unpacked, or a spreadsheet as CSV',
    })
  const decoder = new TextDecoder()
  const head = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('')
  async function* readWhole() {
    yield* chunks.splice(0)
    for (let next = await body.next(); !next.done; next = await body.next()) yield next.value
  }
  return { head, whole: readWhole() }
}

async function readJsonBoard(
  body: AsyncIterable<Uint8Array>,
  format: 'trello' | 'wekan',
  options: ImportOptions,
): Promise<Read> {
  const reader = format === 'wekan' ? new WekanReader(options) : new TrelloReader(options)
  await readJson(body, (group, value) => reader.take(group, value))
  if (!reader.recognised) throw invalidAt('format', `is not recognised, or the board is empty: ${FORMAT_MARKS}`)
  return { format, board: reader.finish() }
}

type TableReader = { takeRow: (cells: string[], n: number) => void; finish: () => Board }

function tableReaderOf(
  header: string[],
  sample: string[],
  format: Format | undefined,
  options: ImportOptions,
): [Format, TableReader] {
  const names = new Header(header)
  const has = (...wanted: string[]) => names.has(...wanted)
  const isFormat = (name: Format, looks: boolean) => format === name || (format === undefined && looks)
  if (isFormat('linear', isLinear(has))) return ['linear', new LinearReader(header, options)]
  if (isFormat('asana', isAsana(has))) return ['asana', new AsanaReader(header, options)]
  if (isFormat('jira', isJira(header, sample))) return ['jira', new JiraReader(header, sample, options)]
  return ['csv', new PlainReader(header, options)]
}

async function readTable(
  body: AsyncIterable<Uint8Array>,
  format: Format | undefined,
  options: ImportOptions,
): Promise<Read> {
  let header: string[] | undefined
  let table: [Format, TableReader] | undefined
  await readCsv(body, (cells, n) => {
    if (header === undefined) header = cells
    else {
      table ??= tableReaderOf(header, cells, format, options)
      table[1].takeRow(cells, n)
    }
  })
  table ??= tableReaderOf(header ?? [], [], format, options)
  return { format: table[0], board: table[1].finish() }
}

/** Reads a file into a board. `format` undefined: it is detected. Throws for a file that cannot be read. */
export async function readBoard(
  body: AsyncIterator<Uint8Array>,
  format: Format | undefined,
  options: ImportOptions,
): Promise<Read> {
  const { head, whole } = await peek(body)
  if (format === 'flowtrack' || /^\s*\{"flowtrack"\s*:/.test(head))
    throw invalidAt('format', `is flowtrack: send it with Content-Type: ${MEDIA_TYPE}`)
  const isJson = /^\s*[{[]/.test(head.replace(/^\ufeff/, ''))
  if (format !== undefined && JSON_FORMATS.has(format) !== isJson)
    throw invalidAt(
      'format',
      `is ${format}, but the file is ${isJson ? '' : 'not '}JSON: leave format out, and it is detected`,
    )
  if (!isJson) return readTable(whole, format, options)
  const named = /"_format"\s*:\s*"wekan-board/.test(head) ? 'wekan' : 'trello'
  return readJsonBoard(whole, format === 'wekan' || format === 'trello' ? format : named, options)
}
