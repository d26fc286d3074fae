import * as z from 'zod'

/** Kinds of field that several features share. */

/** Text a person wrote. Postgres cannot store NUL, so it is refused here with a clear path. */
export const prose = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain NUL')

/** One line that must not be blank, such as a name or a title. */
export const line = (max: number) => prose(max).trim().min(1)

/** A calendar date, RFC 3339 full-date. A date-time is accepted too, and its date kept. */
export const day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true, local: true })])
  .transform((value) => value.slice(0, 10))
  .pipe(z.iso.date())
  .refine((value) => value >= '0001-01-01', 'must be in the year 1 or later')

export const id = z.uuid().toLowerCase()
export const instant = z.iso.datetime()

/** Columns that most rows have. */
export const stamps = { created_at: instant, updated_at: instant, seq: z.int() }

/** `before` and `after` of one edit, merged by the server: the seq the client's copy had. */
export const base_seq = z
  .int()
  .min(0)
  .optional()
  .meta({ description: 'seq of the copy that was edited: fields nobody changed since are merged, others clash (409)' })

/** A rule that let the write pass, but wants to be seen. */
export const warnings = z.array(z.looseObject({ code: z.string() })).optional()

/** An IANA time zone. */
export const timezone = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}, 'is not an IANA time zone')

export const idParam = z.object({ id })
