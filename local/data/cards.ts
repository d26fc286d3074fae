import { COLUMNS } from './habits.ts'
import type { Random } from './random.ts'
import { placeOf, type Ranked, rankBelow, rankBetween } from './ranks.ts'
import type { Row } from './templates.ts'

export type Task = Row & { status: string; assignee_ids: string[] }
export type Card = Ranked & { task: Task }

/** The cards of a board in their columns, in order, and those in the trash. */
export class Cards {
  readonly trash: { card: Card; at: number }[] = []
  readonly #columns = new Map<string, Card[]>(COLUMNS.map(([key]) => [key, []]))
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  column(key: string): Card[] {
    return this.#columns.get(key) as Card[] // the four are there from the beginning
  }

  all(): Card[] {
    return [...[...this.#columns.values()].flat(), ...this.trash.map(({ card }) => card)]
  }

  /** Any card of these columns. */
  some(keys: string[]): Card | undefined {
    const columns = keys.map((key) => this.column(key))
    let place = this.#random.upTo(columns.reduce((sum, { length }) => sum + length, 0))
    for (const column of columns) {
      if (place < column.length) return column[place]
      place -= column.length
    }
    return undefined
  }

  /** The rank below everything in a column. */
  bottom(key: string): number {
    return rankBelow(this.column(key).at(-1)?.rank ?? 0)
  }

  take(card: Card): void {
    const column = this.column(card.task.status)
    column.splice(placeOf(column, card.rank), 1)
  }

  /** Ranks a card that is in no column, and puts it into one: most often at the bottom, else at any place where a rank is free. */
  put(card: Card, key: string): void {
    const column = this.column(key)
    const place = this.#random.chance(0.6) ? column.length : this.#random.upTo(column.length + 1)
    const [above, below] = [column[place - 1]?.rank ?? 0, column[place]?.rank]
    const between = below === undefined ? undefined : rankBetween(above, below)
    card.rank = between ?? this.bottom(key)
    column.splice(between === undefined ? column.length : place, 0, card)
  }

  /** Back from the trash to its place, or to the bottom if that is taken. */
  putBack(card: Card): void {
    const column = this.column(card.task.status)
    if (column[placeOf(column, card.rank)]?.rank === card.rank) card.rank = this.bottom(card.task.status)
    column.splice(placeOf(column, card.rank), 0, card)
  }
}
