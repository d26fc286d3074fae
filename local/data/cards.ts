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

  columnOf(key: string): Card[] {
    return this.#columns.get(key) as Card[] // the four are there from the beginning
  }

  allCards(): Card[] {
    return [...[...this.#columns.values()].flat(), ...this.trash.map(({ card }) => card)]
  }

  /** A random card of these columns; undefined when they are empty. */
  pickCard(keys: string[]): Card | undefined {
    const columns = keys.map((key) => this.columnOf(key))
    let place = this.#random.integerBelow(columns.reduce((sum, { length }) => sum + length, 0))
    for (const column of columns) {
      if (place < column.length) return column[place]
      place -= column.length
    }
    return undefined
  }

  /** The rank below everything in a column. */
  bottomRankOf(key: string): number {
    return rankBelow(this.columnOf(key).at(-1)?.rank ?? 0)
  }

  take(card: Card): void {
    const column = this.columnOf(card.task.status)
    column.splice(placeOf(column, card.rank), 1)
  }

  /** Puts a card that is in no column into one: mostly at the bottom, else at any place where a rank is free. */
  put(card: Card, key: string): void {
    const column = this.columnOf(key)
    const place = this.#random.chance(0.6) ? column.length : this.#random.integerBelow(column.length + 1)
    const [above, below] = [column[place - 1]?.rank ?? 0, column[place]?.rank]
    const between = below === undefined ? undefined : rankBetween(above, below)
    card.rank = between ?? this.bottomRankOf(key)
    column.splice(between === undefined ? column.length : place, 0, card)
  }

  /** Back from the trash to its place, or to the bottom if that is taken. */
  putBack(card: Card): void {
    const column = this.columnOf(card.task.status)
    if (column[placeOf(column, card.rank)]?.rank === card.rank) card.rank = this.bottomRankOf(card.task.status)
    column.splice(placeOf(column, card.rank), 0, card)
  }
}
