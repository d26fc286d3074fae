import * as z from 'zod'
import { messageOf } from './validation-messages.ts'

/** Schemas of fields that several features share. */

z.config({ customError: messageOf })

/** The message of a value that does not have the format. Other faults (a missing value, a long one) have their own. */
export const ifFormat =
  (message: string) =>
  ({ code }: z.core.$ZodRawIssue) =>
    code === 'invalid_format' ? message : undefined

/** Postgres cannot store NUL, nor half a surrogate pair: both are refused here, so that the error names the field. */
const storable = (value: string) => !value.includes('\0') && value.isWellFormed()

/** Text that a person writes, in Unicode's normal form NFC; at most `max` UTF-16 code units. */
export const prose = (max: number) =>
  z.string().normalize('NFC').max(max).refine(storable, 'must be valid Unicode, without NUL')

/**
 * A complete URL, with `//` and a host, and without a password. The URL parser alone is not strict enough: it also
 * accepts `https:x`, which a page reads as a relative path, and spaces and backslashes, which other parsers refuse.
 */
export function webAddress(protocol: keyof typeof URL_PATTERNS) {
  const patterns = URL_PATTERNS[protocol]
  const message = `must be a complete ${patterns.name}, such as https://example.com/a, without a password`
  return z
    .url({ protocol: patterns.protocol, error: ifFormat(message), abort: true })
    .refine((url) => patterns.url.test(url), message)
}

const URL_PATTERNS = {
  https: { name: 'https URL', protocol: /^https$/, url: /^https:\/\/[^/\\?#@\s]+([/?#][^\\\s]*)?$/i },
  'https?': { name: 'URL', protocol: /^https?$/, url: /^https?:\/\/[^/\\?#@\s]+([/?#][^\\\s]*)?$/i },
}

/** A URL that a client sends and pages show, such as that of an avatar. */
export const link = webAddress('https').max(2048).refine(storable, 'must be valid Unicode, without NUL')

/**
 * A text of nothing but white space, format and ignorable characters (zero width, bidi controls, fillers), and two
 * blank symbols.
 */
export const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u{1d159}]+$/u
const BREAKS = /[\p{Cc}\u2028\u2029]/u

/** Text that must not be blank and may have several lines, such as a comment. */
export const visibleText = (max: number) =>
  prose(max)
    .min(1)
    .refine((value) => !INVISIBLE.test(value), 'must have a visible character')

/** One line that must not be blank, such as a name or a title. */
export const line = (max: number) =>
  prose(max)
    .trim()
    .min(1)
    .refine((value) => !INVISIBLE.test(value), 'must have a visible character')
    .refine((value) => !BREAKS.test(value), 'must be one line, without control characters')

/** Whether a date is in the years 1 to 9999 in every time zone: no zone is a whole day from UTC. */
export const isInYears = (value: string) =>
  isInUtc(value) ? value >= '0001-01-02' && value < '9999-12-31' : value >= '0001-01-01'

/** Whether a day was sent as an instant in UTC. The time zone of the account decides which day that is (db/day.ts). */
export const isInUtc = (day: string) => day.endsWith('Z')

/**
 * A calendar date, RFC 3339 full-date. A date-time is accepted too, and becomes the date in its own offset. But one
 * that ends in `Z` (many date pickers send midnight in UTC) stays a date-time here: db/day.ts makes a date of it.
 */
export const day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true, local: true })], {
    error: 'must be a day such as 2026-12-24 or a date-time such as 2026-12-24T00:00:00+01:00',
  })
  .meta({
    id: 'Day',
    description:
      'A calendar date. A date-time means the day in its own offset or, if it ends in `Z`, in the zone of your account',
  })
  .transform((value) => (isInUtc(value) ? value : value.slice(0, 10)))
  .refine(isInYears, 'must be in the years 1 to 9999')

export const id = z.uuid().toLowerCase()

/** A rank inside a cursor. */
export const decimal = z.string().regex(/^\d{1,50}(\.\d{1,50})?$/)

/** An instant that a client sends, with any offset. Becomes UTC, because Postgres refuses offsets beyond ±15:59. */
export const moment = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .refine((value) => /^\d/.test(value) && value >= '0001-01-01', 'must be in the years 1 to 9999, in UTC')

/** The seq of the copy that a client edited: the server merges what was changed since, by anybody. */
export const base_seq = z.int().min(0).optional().meta({
  description: 'seq of the edited copy: fields unchanged since are merged, others return 409',
})

/** The base of an edit of a row that a transfer can take to another project: a seq is a version of one project only. */
export const base = {
  base_seq,
  base_project_id: id.optional().meta({
    description: 'project_id of that copy; if the row is in another project now, every field that differs conflicts',
  }),
}
export type EditBase = { base_seq?: number; base_project_id?: string }

export const requireBaseSeq = <S extends z.ZodType<EditBase>>(schema: S) =>
  schema.refine(({ base_seq, base_project_id }) => base_project_id === undefined || base_seq !== undefined, {
    path: ['base_seq'],
    message: 'must be given with base_project_id',
  })

/** An IANA time zone. */
export const timezone = z.string().refine((name) => {
  if (!/^[A-Z]/i.test(name)) return false // an offset, which Postgres reads with the opposite sign
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}, 'must be an IANA time zone, such as Europe/London')

/** A parameter that may be repeated, up to 50 times: `status=a&status=b`. */
export const severalOf = <S extends z.ZodType>(item: S) =>
  z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(item).min(1).max(50))

/** A whole number in a query, as digits: `Number` would also take '', ' 5', '5e1' and '0x10'. */
export const wholeNumber = (min: number, max?: number) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given),
    z
      .int({
        abort: true,
        error: ({ code, input }) =>
          code === 'invalid_type' && !Array.isArray(input) ? 'must be a whole number, in digits' : undefined,
      })
      .min(min)
      .max(max ?? Number.MAX_SAFE_INTEGER),
  )

export const flag = z.enum(['true', 'false'])
export const isOn = (given: z.infer<typeof flag> | undefined) => given === 'true'

export const idParam = z.object({ id })

const NUMBER = /^[A-Za-z][A-Za-z0-9]{1,9}-[1-9]\d{0,9}$/
/** A task, by its id or by its number; no two tasks of any projects share a number. */
export const taskParam = z.object({
  id: z
    .union([id, z.string().regex(NUMBER).toUpperCase()], { error: 'must be an id, or a number such as APOLLO-12' })
    .meta({ description: 'Id, or number such as `APOLLO-12`' }),
})
