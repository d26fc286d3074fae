import { AppError, invalid } from '../../lib/errors.ts'
import { type Limits, received, textOf } from './received.ts'

/** The longest line: a task whose description is as long as can be, before and after an edit. */
const MAX_LINE = 4 * 1024 * 1024

/** Bad input in the n-th line that says something, counted from 1. */
export const badLine = (n: number, message: string) => invalid(`line ${n}`, message)

/** The positions of lines in their file: blank lines are skipped, so the n-th other line may be further down. */
export class LineNumbers {
  readonly #gaps: { line: number; blanks: number }[] = []

  /** A blank line comes before the `line`-th that says something. */
  skip(line: number): void {
    const last = this.#gaps.at(-1)
    if (last?.line === line) last.blanks += 1
    else this.#gaps.push({ line, blanks: (last?.blanks ?? 0) + 1 })
  }

  /** The number that an editor shows for this line. */
  of(line: number): number {
    return line + (this.#gaps.findLast((gap) => gap.line <= line)?.blanks ?? 0)
  }

  /** A failure that names lines as they are in the file. */
  located(error: unknown): unknown {
    if (!(error instanceof AppError) || !error.details.errors) return error
    const errors = error.details.errors.map(({ path, message }) => ({
      path: path.replace(/^line (\d+)$/, (_, n) => `line ${this.of(Number(n))}`),
      message,
    }))
    return new AppError(error.code, { ...error.details, errors })
  }
}

/**
 * The lines of newline-delimited text, without blank ones. The newline after the last may be missing; memory
 * holds one line. Lines are counted without the blank ones: `numbers` knows where each is.
 */
export async function* linesOf(
  body: ReadableStream<Uint8Array>,
  limits: Limits,
  numbers = new LineNumbers(),
): AsyncGenerator<string> {
  let [begun, length, n]: [string[], number, number] = [[], 0, 1] // of the present line: each piece is searched once
  const bytes = received(body, limits, () => badLine(n, 'breaks off'))
  for await (const text of textOf(bytes, () => badLine(n, 'is not UTF-8'))) {
    const pieces = text.split('\n')
    const last = pieces.pop() ?? ''
    for (const piece of pieces) {
      const line = begun.join('') + piece
      begun = []
      length = 0
      if (isBlank(line)) {
        numbers.skip(n)
        continue
      }
      yield line
      n += 1
    }
    begun.push(last)
    length += last.length
    if (length > MAX_LINE) throw badLine(n, `is longer than ${MAX_LINE} characters`)
  }
  const rest = begun.join('')
  if (!isBlank(rest)) yield rest
}

const isBlank = (line: string) => !/\S/.test(line)

/** The line of an entry comes one after its seq: the header is the first. */
export function demand(condition: boolean, seq: number, message: string): asserts condition {
  if (!condition) throw badLine(seq + 1, message)
}
