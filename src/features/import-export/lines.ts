import { AppError, invalidAt } from '../../lib/errors.ts'
import { type ReceiveOptions, receiveBytes, textOf } from './received.ts'

/** UTF-16 code units of a line: enough for an edit of the longest description, with the text before and after. */
const MAX_LINE = 4 * 1024 * 1024

/** The error for the n-th line that is not blank, counted from 1. */
export const lineErrorOf = (n: number, message: string) => invalidAt(`line ${n}`, message)

/** Numbers of lines in their file. Blank lines are skipped, so the n-th other line may be further down. */
export class LineNumbers {
  readonly #gaps: { line: number; blanks: number }[] = []

  /** Notes a blank line before the `line`-th that is not blank. */
  skip(line: number): void {
    const last = this.#gaps.at(-1)
    if (last?.line === line) last.blanks += 1
    else this.#gaps.push({ line, blanks: (last?.blanks ?? 0) + 1 })
  }

  /** The number that an editor shows for this line. */
  numberInFile(line: number): number {
    return line + (this.#gaps.findLast((gap) => gap.line <= line)?.blanks ?? 0)
  }

  /** The same error, with the line numbers of the file. */
  relocate(error: unknown): unknown {
    if (!(error instanceof AppError) || !error.details.errors) return error
    const errors = error.details.errors.map(({ path, message }) => ({
      path: path.replace(/^line (\d+)$/, (_, n) => `line ${this.numberInFile(Number(n))}`),
      message,
    }))
    return new AppError(error.code, { ...error.details, errors })
  }
}

/**
 * The lines of newline-delimited text, without blank ones. The newline after the last may be missing; memory
 * holds one line. Lines are counted without the blank ones, which `numbers` notes.
 */
export async function* linesOf(
  body: ReadableStream<Uint8Array>,
  limits: ReceiveOptions,
  numbers = new LineNumbers(),
): AsyncGenerator<string> {
  let [begun, length, n]: [string[], number, number] = [[], 0, 1] // of the current line: its pieces, length, number
  const bytes = receiveBytes(body, limits, () => lineErrorOf(n, 'is incomplete: send the file again'))
  for await (const text of textOf(bytes, () => lineErrorOf(n, 'is not UTF-8'))) {
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
    if (length > MAX_LINE) throw lineErrorOf(n, `is longer than ${MAX_LINE} characters`)
  }
  const rest = begun.join('')
  if (!isBlank(rest)) yield rest
}

const isBlank = (line: string) => !/\S/.test(line)

/** Throws for the line of this seq unless the condition holds. The header is line 1, so seq n is line n + 1. */
export function demand(condition: boolean, seq: number, message: string): asserts condition {
  if (!condition) throw lineErrorOf(seq + 1, message)
}
