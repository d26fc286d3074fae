import { JSONParser } from '@streamparser/json'
import { AppError, invalidAt } from '../../../lib/errors.ts'

/** Deeper than any file of a product that is read. */
const MAX_DEPTH = 64
/** JSON tokens of one element, such as a card: the parser builds an element as a whole. */
const MAX_TOKENS = 500_000
// token types of the parser: braces and brackets
const OPENING = new Set([0, 2])
const CLOSING = new Set([1, 3])

type Take = (group: string, value: unknown) => void

/**
 * Reads one JSON object as it streams in. `take` gets each plain value of the object, and each element of its arrays
 * and objects; memory holds one at a time. Throws validation_failed for any other document.
 */
export async function readJson(body: AsyncIterable<Uint8Array>, take: Take): Promise<void> {
  const parser = new JSONParser({ paths: ['$.*', '$.*.*'], keepStack: false, stringBufferSize: 65_536 })
  let [depth, tokens, bytes] = [0, 0, 0]
  parser.onToken = ({ token }) => {
    tokens += 1
    if (OPENING.has(token)) depth += 1
    if (CLOSING.has(token)) depth -= 1
    if (depth <= 2) tokens = 0
    if (depth > MAX_DEPTH)
      throw invalidAt('body', `is nested more than ${MAX_DEPTH} deep: export the board again, unchanged`)
    if (tokens > MAX_TOKENS)
      throw invalidAt(
        'body',
        `has more than ${MAX_TOKENS} JSON tokens in one element: export the board again, unchanged`,
      )
  }
  parser.onValue = ({ value, key, stack }) => {
    const group = String(stack.length > 1 ? (stack[1]?.key ?? '') : (key ?? ''))
    if (stack.length > 1 || typeof value !== 'object') take(group, value)
  }
  const attempt = (step: () => void, fault: () => string) => {
    try {
      step()
    } catch (error) {
      if (error instanceof AppError) throw error
      throw invalidAt('body', fault())
    }
  }
  const breaksOff = () =>
    `is not complete JSON (it ends after byte ${bytes}): export the board again, and send all of it`
  for await (const chunk of body) {
    bytes += chunk.byteLength
    attempt(
      () => parser.write(chunk),
      () => `is not JSON at byte ${bytes} or before: export the board again, unchanged`,
    )
  }
  if (bytes === 0) throw invalidAt('body', 'is empty: export the board again')
  if (!parser.isEnded) attempt(() => parser.end(), breaksOff)
  if (!parser.isEnded) throw invalidAt('body', breaksOff())
}
