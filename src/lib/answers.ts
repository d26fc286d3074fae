import * as z from 'zod'

export const instant = z.iso.datetime()

/** Columns that most rows have. */
export const stamps = { created_at: instant, updated_at: instant, seq: z.int() }

/** Rules that a write has broken without being refused, such as a WIP limit that only warns. */
export const warnings = z.array(z.looseObject({ code: z.string() })).optional()

/** The schema of a page of a list, `{items, next_cursor}`: `next_cursor` is null on the last page. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() })
