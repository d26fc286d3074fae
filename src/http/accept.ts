import Negotiator from 'negotiator'
import { parseMediaType } from './media-type.ts'

/** Characters of an `Accept` that are read. Browsers send a tenth of it: more would only make us work. */
const MAX_LENGTH = 2_048

/** A media range without parameters other than `q`, which are not compared; empty when it is malformed. */
function rangeOf(text: string): string[] {
  const type = parseMediaType(text)
  return type ? [`${type.essence};q=${type.parameters.get('q') ?? '1'}`] : []
}

/**
 * Which of these media types an `Accept` prefers (RFC 9110, 12.5.1); undefined when it accepts none of
 * them, or is missing or malformed: the caller then answers with its default.
 */
export function preferredType(accept: string | undefined, types: string[]): string | undefined {
  const ranges = (accept ?? '').slice(0, MAX_LENGTH).split(',').flatMap(rangeOf)
  if (ranges.length === 0) return undefined
  return new Negotiator({ headers: { accept: ranges.join(', ') } }).mediaType(types)
}
