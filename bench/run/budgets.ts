import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Late } from './late.ts'
import { type Measured, rounded } from './measure.ts'

/**
 * The most that each operation may take, as a multiple of its floor: `full` where all is quiet, `short` anywhere.
 * And `big_board`, how many times the time of a board of 200 tasks that of one of 10,000 may take; and `hot`, which
 * share of pgbench's moves there have to be in one project, or how many a second are enough.
 */
type Budgets = Record<'full' | 'late' | 'short', Record<string, number>> & {
  big_board: number
  hot: { share: number; enough: number }
}

export const budgets: Budgets = JSON.parse(readFileSync(join(import.meta.dirname, '../budgets.json'), 'utf8'))

/** How many times the time of a board of 200 tasks one of 10,000 takes, of one run; undefined when it left them out. */
export function bigBoardOf(rows: Measured[]): number | undefined {
  const [few, many] = ['board, cold', 'board of 10,000, cold'].map((board) => rows.find(({ name }) => name === board))
  return few && many && rounded(many.flowtrack.p50 / few.flowtrack.p50)
}

/** What is over its budget, in words. */
export function overBudget(rows: (Measured | Late)[], allowed: Record<string, number>): string[] {
  return rows.flatMap(({ name, ratio }) => {
    const most = allowed[name]
    return most !== undefined && ratio > most ? [`${name} takes ${ratio} times its floor; ${most} are allowed`] : []
  })
}
