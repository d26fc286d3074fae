import type * as z from 'zod'

type Issue = z.core.$ZodRawIssue

/** What a value must be, by the names that zod has for types. */
const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
}
const FORMATS: Record<string, string> = {
  uuid: 'an id (a UUID)',
  email: 'an e-mail address',
  url: 'a URL',
  datetime: 'a time with its offset, such as 2026-12-24T00:00:00Z',
  date: 'a day, such as 2026-12-24',
}
const UNITS: Record<string, string> = { string: 'characters', array: 'entries', tuple: 'entries' }

const inJson = (value: unknown) => JSON.stringify(value)

const oneOf = (values: readonly unknown[]) =>
  values.length > 2 ? `must be one of: ${values.join(', ')}` : `must be ${values.join(' or ')}`

function messageOfBound(origin: string, limit: string, bound: unknown): string {
  const unit = UNITS[origin]
  if (unit === undefined) return `must be ${limit} ${bound}`
  if (limit === 'at least' && Number(bound) === 1) return 'must not be empty'
  return `must have ${limit} ${bound} ${unit}`
}

/** Whether the schema wants no array: a parameter that is repeated is one. */
const wantsOneValue = (issue: Issue) =>
  issue.code === 'invalid_value' ||
  (issue.code === 'invalid_type' && ['string', 'number', 'int', 'boolean'].includes(issue.expected))

/**
 * What is wrong, in words that follow the path ("title: must not be empty"), for an issue to which its schema gives no
 * message of its own.
 */
export function messageOf(issue: Issue): string {
  if (issue.input === undefined) return 'is required'
  if (Array.isArray(issue.input) && wantsOneValue(issue)) return 'must be one value, not several'
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === null) return 'must not be null'
      const schema = issue.inst?._zod.def as { check?: string } | undefined
      const type = TYPES[schema?.check === 'number_format' ? 'int' : issue.expected]
      return type ? `must be ${type}` : 'is not valid'
    }
    case 'too_small':
      return messageOfBound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)
    case 'too_big':
      return messageOfBound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_value': {
      // With quotes when only the type is wrong, as of true for "true".
      const text = typeof issue.input === 'object' ? undefined : String(issue.input)
      return oneOf(issue.values.some((value) => String(value) === text) ? issue.values.map(inJson) : issue.values)
    }
    case 'invalid_union':
      return issue.options ? oneOf(issue.options as unknown[]) : 'is not valid'
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.join(', ')}`
    case 'invalid_format': {
      const format = FORMATS[issue.format]
      return format ? `must be ${format}` : `must match ${issue.pattern ?? issue.format}`
    }
    default:
      return 'is not valid'
  }
}
