import { AppError } from '../lib/errors.ts'

const MAX_ERRORS = 20
const messageFor = (names: Set<string>) =>
  names.size > 0
    ? `is not a parameter of this path; use ${[...names].join(', ')}`
    : 'is not a parameter; this path takes none'

/** A slip in a name would show everything, or do something else: refused, as in a body. Each has one value. */
export function requireKnownQuery(url: string, names: Set<string> | undefined): void {
  if (names === undefined || !url.includes('?')) return
  const given = [...new URL(url).searchParams.keys()]
  const errors = [...new Set(given)].flatMap((path) => {
    if (!names.has(path)) return [{ path, message: messageFor(names) }]
    return given.indexOf(path) === given.lastIndexOf(path) ? [] : [{ path, message: 'must be given only once' }]
  })
  if (errors.length > 0) throw new AppError('validation_failed', { errors: errors.slice(0, MAX_ERRORS) })
}
