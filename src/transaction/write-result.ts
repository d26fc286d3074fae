import { AppError } from '../lib/errors.ts'
import type { Warning, Written } from './write.ts'

/** What a write of one row came to: the row, the project's head, and rules that it strained. */
export type WriteResult<T> = { row: T; head: number; warnings: Warning[] }

/** A keyed write answers with the document that it kept: the row, warnings included. */
export const toWriteResult = <T>(
  row: T,
  { head, warnings, kept }: Omit<Written<unknown>, 'results' | 'events'>,
): WriteResult<T> => (kept ? { row: kept as T, head, warnings: [] } : { row, head, warnings })

/** The one row that a query by id answered with. Throws not_found. */
export function oneOrNotFound<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new AppError('not_found')
  return row
}
