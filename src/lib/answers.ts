import * as z from 'zod'

export const instant = z.iso.datetime()

/** Columns that most rows have. */
export const stamps = { created_at: instant, updated_at: instant, seq: z.int() }

/** A rule that let the write pass, but wants to be seen. */
export const warnings = z.array(z.looseObject({ code: z.string() })).optional()

/** A page of a list, `{items, next_cursor}`: null after the last page. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() })
