import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Late } from './late.ts'
import type { Measured } from './measure.ts'

/** The most that each operation may take, as a multiple of its floor: `full` where all is quiet, `short` anywhere. */
type Budgets = { full: Record<string, number>; short: Record<string, number>; late: Record<string, number> }

export const budgets: Budgets = JSON.parse(readFileSync(join(import.meta.dirname, '../budgets.json'), 'utf8'))

/** What is over its budget, in words. */
export function overBudget(rows: (Measured | Late)[], allowed: Record<string, number>): string[] {
  return rows.flatMap(({ name, ratio }) => {
    const most = allowed[name]
    return most !== undefined && ratio > most ? [`${name} takes ${ratio} times its floor; ${most} are allowed`] : []
  })
}
