import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Measured, roundTo } from './measure.ts'
import type { SlowFigures } from './slow-network.ts'

/**
 * `full`, `late`, `short`: for each operation the most time, as a multiple of its floor: on a quiet machine, over a
 * slow network, and over a very slow one. `big_board`: the most time of a board of 10,000 tasks, as a multiple of that
 * of one of 200. `hot`: moves in one project must reach this share of pgbench's, or `enough` moves a second.
 */
type Budgets = Record<'full' | 'late' | 'short', Record<string, number>> & {
  big_board: number
  hot: { share: number; enough: number }
}

export const budgets: Budgets = JSON.parse(readFileSync(join(import.meta.dirname, '../budgets.json'), 'utf8'))

/** The time of a board of 10,000 tasks, as a multiple of that of one of 200; undefined when a run left them out. */
export function bigBoardOf(rows: Measured[]): number | undefined {
  const [few, many] = ['board, cold', 'board of 10,000, cold'].map((board) => rows.find(({ name }) => name === board))
  return few && many && roundTo(many.flowtrack.p50 / few.flowtrack.p50)
}

/** A sentence for each operation that is over its budget. */
export function findOverBudget(rows: (Measured | SlowFigures)[], allowed: Record<string, number>): string[] {
  return rows.flatMap(({ name, ratio }) => {
    const max = allowed[name]
    return max !== undefined && ratio > max ? [`${name} takes ${ratio} times its floor; ${max} are allowed`] : []
  })
}
