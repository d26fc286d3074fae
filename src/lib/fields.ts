import * as z from 'zod'

/** Kinds of field that several features share. */

/** Postgres cannot store NUL, nor half a surrogate pair: refused here, with a clear path. */
const storable = (value: string) => !value.includes('\0') && value.isWellFormed()

/** Text a person wrote, in the one form that Unicode has for what looks alike (NFC). */
export const prose = (max: number) =>
  z.string().normalize('NFC').max(max).refine(storable, 'must be well-formed, without NUL')

/**
 * The address of something on the web, whole: a page would take `https:x` for a path of its own, and
 * the URL parser forgives spaces and backslashes that other readers do not.
 */
export const webAddress = (protocol: keyof typeof WHOLE) =>
  z
    .url({ protocol: WHOLE[protocol].protocol })
    .refine((url) => WHOLE[protocol].url.test(url), 'must be whole, as in https://example.com/a, without a password')

const WHOLE = {
  https: { protocol: /^https$/, url: /^https:\/\/[^/\\?#@\s]+([/?#][^\\\s]*)?$/i },
  'https?': { protocol: /^https?$/, url: /^https?:\/\/[^/\\?#@\s]+([/?#][^\\\s]*)?$/i },
}

/** One that a client names and pages show. */
export const link = webAddress('https').max(2048).refine(storable, 'must be well-formed, without NUL')

/** Unicode's Default_Ignorable_Code_Point (zero width, bidi controls, fillers), and two symbols that are blank as well. */
const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u{1d159}]+$/u
const BREAKS = /[\p{Cc}\u2028\u2029]/u

/** Text that must not be blank, such as what people say. */
export const visible = (max: number) =>
  prose(max)
    .min(1)
    .refine((value) => !INVISIBLE.test(value), 'must have something that can be seen')

/** One line that must not be blank, such as a name or a title. */
export const line = (max: number) =>
  prose(max)
    .trim()
    .min(1)
    .refine((value) => !INVISIBLE.test(value), 'must have something that can be seen')
    .refine((value) => !BREAKS.test(value), 'must be one line, without control characters')

/** Years that a date is written in, whatever the zone: no zone is a whole day from UTC. */
const isInYears = (value: string) =>
  isInUtc(value) ? value >= '0001-01-02' && value < '9999-12-31' : value >= '0001-01-01'

/** Whether a day came as an instant in UTC: which day that is, the zone of the account says (db/day.ts). */
export const isInUtc = (day: string) => day.endsWith('Z')

/**
 * A calendar date, RFC 3339 full-date. A date-time is accepted too: its date, in its own offset. One with
 * `Z`, as a date picker sends midnight, stays an instant here.
 */
export const day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true, local: true })], {
    error: 'must be a day, as 2026-12-24, or a date-time, as 2026-12-24T00:00:00+01:00',
  })
  .meta({
    id: 'Day',
    description: 'A calendar date. Of a date-time: the day in its own offset, and with `Z` in the zone of your account',
  })
  .transform((value) => (isInUtc(value) ? value : value.slice(0, 10)))
  .refine(isInYears, 'must be in the years 1 to 9999')

export const id = z.uuid().toLowerCase()

/** A rank inside a cursor. */
export const decimal = z.string().regex(/^\d{1,50}(\.\d{1,50})?$/)

/** An instant that a client names, in any zone; kept as UTC, as Postgres knows no zone beyond ±15:59. */
export const moment = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .refine((value) => /^\d/.test(value) && value >= '0001-01-01', 'must be in the year 1 or later')

/** The seq of the copy that a client edited: the server merges what others have changed since. */
export const base_seq = z.int().min(0).optional().meta({
  description: 'seq of the copy that was edited: fields nobody changed since are merged, others conflict (409)',
})

/** An IANA time zone. */
export const timezone = z.string().refine((name) => {
  if (!/^[A-Z]/i.test(name)) return false // an offset, which Postgres reads with the opposite sign
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}, 'is not an IANA time zone')

/** A parameter that may be repeated: `status=a&status=b`. */
export const several = <S extends z.ZodType>(item: S) =>
  z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(item).min(1).max(50))

export const flag = z.enum(['true', 'false'])
export const isOn = (given: z.infer<typeof flag> | undefined) => given === 'true'

export const idParam = z.object({ id })

const NUMBER = /^[a-z][a-z0-9]{1,9}-[1-9]\d{0,9}$/i
/** A task, by its id or by its number, which is that of no other task in any project. */
export const taskParam = z.object({
  id: z
    .union([id, z.string().regex(NUMBER).toUpperCase()], { error: 'must be an id, or a number such as APOLLO-12' })
    .meta({ description: 'Id, or number such as `APOLLO-12`' }),
})
