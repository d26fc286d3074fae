import { JSONParser } from '@streamparser/json'
import { AppError, invalid } from '../../../lib/errors.ts'

/** Deeper than any file of a product that is read. */
const MAX_DEPTH = 64
/** Values within one card, or another element: what is built at once. */
const MAX_VALUES = 500_000
const OPENING = new Set([0, 2])
const CLOSING = new Set([1, 3])

type Take = (group: string, value: unknown) => void

/**
 * Reads one JSON object as it streams in. `take` gets what is right below its top: each element of an array or object, and each
 * plain value. None of them is kept, so memory holds one at a time. Throws validation_failed for what is no such document.
 */
export async function readJson(body: AsyncIterable<Uint8Array>, take: Take): Promise<void> {
  const parser = new JSONParser({ paths: ['$.*', '$.*.*'], keepStack: false, stringBufferSize: 65_536 })
  let [depth, values, bytes] = [0, 0, 0]
  parser.onToken = ({ token }) => {
    values += 1
    if (OPENING.has(token)) depth += 1
    if (CLOSING.has(token)) depth -= 1
    if (depth <= 2) values = 0
    if (depth > MAX_DEPTH) throw invalid('body', `is nested more than ${MAX_DEPTH} deep`)
    if (values > MAX_VALUES) throw invalid('body', `has more than ${MAX_VALUES} values in one element`)
  }
  parser.onValue = ({ value, key, stack }) => {
    const group = String(stack.length > 1 ? (stack[1]?.key ?? '') : (key ?? ''))
    if (stack.length > 1 || typeof value !== 'object') take(group, value)
  }
  const attempt = (step: () => void) => {
    try {
      step()
    } catch (error) {
      if (error instanceof AppError) throw error
      const message = error instanceof Error ? error.message.split('\n')[0] : ''
      throw invalid('body', `is not JSON at byte ${bytes} or before: ${message}`)
    }
  }
  for await (const chunk of body) {
    bytes += chunk.byteLength
    attempt(() => parser.write(chunk))
  }
  if (!parser.isEnded) attempt(() => parser.end())
  if (!parser.isEnded || bytes === 0) throw invalid('body', `breaks off after byte ${bytes}: export the board again`)
}
