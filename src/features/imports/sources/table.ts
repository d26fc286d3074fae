import { invalidAt } from '../../../lib/errors.ts'
import type { Person } from '../model.ts'
import { type ImportOptions, ROW_BYTES } from '../options.ts'
import type { Warnings } from '../warnings.ts'
import { foldName, toPlainWords } from '../words.ts'

/** The header of a CSV: the positions of its columns by name in plain words, as names may be repeated. */
export class Header {
  readonly names: string[]
  readonly #places = new Map<string, number[]>()

  constructor(cells: string[]) {
    this.names = cells.map((cell) => cell.trim())
    for (const [at, name] of this.names.entries())
      this.#places.set(toPlainWords(name), [...(this.#places.get(toPlainWords(name)) ?? []), at])
  }

  /** The positions of the first of these names that the header has; empty if it has none. */
  find(...names: string[]): number[] {
    return names.map((name) => this.#places.get(toPlainWords(name))).find((places) => places !== undefined) ?? []
  }

  has(...names: string[]): boolean {
    return this.find(...names).length > 0
  }
}

/**
 * UTF-16 code units. V8 stores a longer cell as a slice, which keeps the whole chunk around it in memory: it is copied.
 */
const MAX_UNSLICED = 12
const [encoder, decoder] = [new TextEncoder(), new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })]
const copyUnsliced = (text: string) => decoder.decode(encoder.encode(text))

/**
 * Checks the rows of a CSV. A row that has more cells with a text than the header has, or repeats the header or an id,
 * is counted and left out; a narrower one is filled up.
 */
export class Rows {
  readonly header: Header
  readonly #warnings: Warnings
  readonly #id: number | undefined
  readonly #keep: ImportOptions['keep']
  readonly #ignored: ReadonlySet<number>
  readonly #headerText: string
  readonly #ids = new Set<string>()

  /** `id`: the position of the ids. `ignored`: positions of columns whose cells the reader does not keep. */
  constructor(cells: string[], warnings: Warnings, keep: ImportOptions['keep'], id?: number, ignored: number[] = []) {
    this.header = new Header(cells)
    this.#warnings = warnings
    this.#id = id
    this.#keep = keep
    this.#ignored = new Set(ignored)
    this.#headerText = JSON.stringify(this.header.names)
  }

  /** The cells of a row, as many as the header has; undefined for one that is left out. */
  accept(given: string[], n: number): string[] | undefined {
    const { length } = this.header.names
    const isWide = given.slice(length).some((cell) => cell.trim() !== '')
    const cells = isWide ? given : given.slice(0, length)
    const id = this.#id === undefined ? '' : (cells[this.#id] ?? '').trim()
    if (isWide) this.#warnings.add('rows_wide', `row ${n}: ${cells.length} cells for ${length} headers`)
    else if (JSON.stringify(cells.map((cell) => cell.trim())) === this.#headerText)
      this.#warnings.add('rows_header', `row ${n}`)
    else if (id !== '' && this.#ids.has(id)) this.#warnings.add('rows_repeated', `row ${n}: ${id}`)
    else {
      if (id !== '') this.#ids.add(id)
      this.#keep('', ROW_BYTES)
      if (cells.length < length)
        this.#warnings.add('rows_narrow', `row ${n}: ${cells.length} cells for ${length} headers`)
      const isKept = (cell: string, at: number) => cell.length > MAX_UNSLICED && !this.#ignored.has(at)
      const own = cells.map((cell, at) => (isKept(cell, at) ? this.#keep(copyUnsliced(cell)) : cell))
      return own.length === length ? own : [...own, ...Array<string>(length - own.length).fill('')]
    }
    return undefined
  }
}

/**
 * Returns the project to import: `wanted`, or the one with the most rows if none is named. Warns how many rows the
 * others have. Throws if `wanted` is not in the file.
 */
export function chooseProject(counts: Map<string, number>, wanted: string | undefined, warnings: Warnings): string {
  const names = [...counts.keys()]
  if (names.length === 0) throw invalidAt('body', 'has a header, but no issues below it: export the issues again')
  const largest = names.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0] ?? ''
  const chosen =
    names.find((name) => wanted !== undefined && foldName(name) === foldName(wanted)) ??
    (wanted === undefined ? largest : undefined)
  if (chosen === undefined) {
    const there = names.filter((name) => name !== '').join(', ')
    const advice = there ? `which has ${there}: choose one of these` : 'whose issues name no project: leave it out'
    throw invalidAt('project', `is not in the file, ${advice}`)
  }
  for (const [name, count] of counts) if (name !== chosen) warnings.add('projects_left', name, count)
  return chosen
}

/** The parts of a list in one cell: trimmed, not empty, each once. */
export const splitCell = (cell: string, separator: RegExp | string = ','): string[] => [
  ...new Set(
    cell
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]

/**
 * The name and the e-mail address of a person in a cell: `Ann`, `ann@example.com`, or both as `Ann <ann@example.com>`.
 */
export function nameAndEmailOf(cell: string): Pick<Person, 'name' | 'email'> {
  const [, before = '', within = cell] = /^([^<>]*)<([^<>]*)>$/.exec(cell) ?? []
  const email = within.replace(/^mailto:/i, '')
  return /^[^@\s]+@[^@\s]+$/.test(email) ? { name: before.trim() || email, email } : { name: cell }
}
