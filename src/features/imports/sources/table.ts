import { invalid } from '../../../lib/errors.ts'
import { CARD_BYTES, type Options } from '../options.ts'
import type { Warnings } from '../warnings.ts'
import { folded } from '../words.ts'

/** The header of a CSV: its columns by name, however it is written, and by position, as names may be repeated. */
export class Header {
  readonly names: string[]
  readonly #places = new Map<string, number[]>()

  constructor(cells: string[]) {
    this.names = cells.map((cell) => cell.trim())
    for (const [at, name] of this.names.entries())
      this.#places.set(folded(name), [...(this.#places.get(folded(name)) ?? []), at])
  }

  /** The positions of the first of these names that it has. */
  find(...names: string[]): number[] {
    return names.map((name) => this.#places.get(folded(name))).find((places) => places !== undefined) ?? []
  }

  has(...names: string[]): boolean {
    return this.find(...names).length > 0
  }
}

/** A longer cell is a slice of the chunk that it came in, and would keep all of it in memory. */
const SLICED = 12
const [encoder, decoder] = [new TextEncoder(), new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })]
const copyOf = (text: string) => decoder.decode(encoder.encode(text))

/**
 * Rows that can be read by their header, each once: one that is wider, a repetition of the header or of an id is
 * counted and left out, and a narrow one is filled up.
 */
export class Rows {
  readonly header: Header
  readonly #warnings: Warnings
  readonly #id: number | undefined
  readonly #keep: Options['keep']
  readonly #ignored: ReadonlySet<number>
  readonly #print: string
  readonly #ids = new Set<string>()

  /** `ignored`: columns of which nothing is kept. */
  constructor(cells: string[], warnings: Warnings, keep: Options['keep'], id?: number, ignored: number[] = []) {
    this.header = new Header(cells)
    this.#warnings = warnings
    this.#id = id
    this.#keep = keep
    this.#ignored = new Set(ignored)
    this.#print = JSON.stringify(this.header.names)
  }

  /** The cells of a row, as many as the header has; undefined for one that is left out. */
  accept(cells: string[], n: number): string[] | undefined {
    const { length } = this.header.names
    const id = this.#id === undefined ? '' : (cells[this.#id] ?? '').trim()
    if (cells.length > length) this.#warnings.add('rows_wide', `row ${n}: ${cells.length} cells for ${length} headers`)
    else if (JSON.stringify(cells.map((cell) => cell.trim())) === this.#print)
      this.#warnings.add('rows_header', `row ${n}`)
    else if (id !== '' && this.#ids.has(id)) this.#warnings.add('rows_repeated', `row ${n}: ${id}`)
    else {
      if (id !== '') this.#ids.add(id)
      this.#keep('', CARD_BYTES)
      if (cells.length < length)
        this.#warnings.add('rows_narrow', `row ${n}: ${cells.length} cells for ${length} headers`)
      const isKept = (cell: string, at: number) => cell.length > SLICED && !this.#ignored.has(at)
      const own = cells.map((cell, at) => (isKept(cell, at) ? this.#keep(copyOf(cell)) : cell))
      return own.length === length ? own : [...own, ...Array<string>(length - own.length).fill('')]
    }
    return undefined
  }
}

/** Which of several projects is imported, and what is counted of the others. */
export function chosenProject(counts: Map<string, number>, wanted: string | undefined, warnings: Warnings): string {
  const names = [...counts.keys()]
  if (names.length === 0) throw invalid('body', 'has a header, and no issue')
  const largest = names.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0] ?? ''
  const chosen =
    names.find((name) => wanted !== undefined && folded(name) === folded(wanted)) ??
    (wanted === undefined ? largest : undefined)
  if (chosen === undefined) {
    const there = names.filter((name) => name !== '').join(', ')
    const advice = there ? `which has ${there}: name one of these` : 'whose issues name no project: leave it out'
    throw invalid('project', `is not in the file, ${advice}`)
  }
  for (const [name, count] of counts) if (name !== chosen) warnings.add('projects_left', name, count)
  return chosen
}

/** A list in one cell. */
export const listOf = (cell: string, separator: RegExp | string = ','): string[] => [
  ...new Set(
    cell
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]
