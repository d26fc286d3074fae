import Negotiator from 'negotiator'
import { mediaType } from './media-type.ts'

/** Browsers send a tenth of it: what comes behind is no wish, but work to be made. */
const MAX_LENGTH = 2_048

/** A range as far as it is compared: `text/csv;charset=utf-8;q=0.5` asks for the same as `text/csv;q=0.5`. */
function rangeOf(text: string): string[] {
  const type = mediaType(text)
  return type ? [`${type.essence};q=${type.parameters.get('q') ?? '1'}`] : []
}

/**
 * Which of these media types an `Accept` prefers (RFC 9110, 12.5.1); undefined when it takes none of
 * them, or when there is none: then the answer is as if nobody had asked.
 */
export function preferred(accept: string | undefined, types: string[]): string | undefined {
  const ranges = (accept ?? '').slice(0, MAX_LENGTH).split(',').flatMap(rangeOf)
  if (ranges.length === 0) return undefined
  return new Negotiator({ headers: { accept: ranges.join(', ') } }).mediaType(types)
}
