import { AppError } from '../lib/errors.ts'
import type { Warning, Written } from './write.ts'

/** The result of a write of one row: the row, the project's head, and warnings. */
export type WriteResult<T> = { row: T; head: number; warnings: Warning[] }

/** A keyed write returns the document that it stored: the row, with its warnings inside. */
export const toWriteResult = <T>(
  row: T,
  { head, warnings, stored }: Omit<Written<unknown>, 'results' | 'events'>,
): WriteResult<T> => (stored ? { row: stored as T, head, warnings: [] } : { row, head, warnings })

/** The row that a query by id returned. Throws not_found when there is none. */
export function oneOrNotFound<T>(rows: readonly T[]): T {
  const [row] = rows
  if (row === undefined) throw new AppError('not_found')
  return row
}
