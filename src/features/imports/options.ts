/** What an import keeps in memory, in bytes of texts: an isolate has 128 MiB, and the journal that is made of them takes the most. */
export const MAX_KEPT = 18 * 1024 * 1024
/** What a card weighs beside its texts, and what a move of one does. */
export const CARD_BYTES = 900
export const MOVE_BYTES = 100

/** What an import is told beside its file. */
export type Options = {
  /** Headers and custom fields by their names, and the field that each fills. */
  fields: ReadonlyMap<string, string>
  /** Which project, of a file of several. */
  project?: string
  /** Which part of a date is the month, where all of it is numbers. */
  dates?: 'dmy' | 'mdy'
  /** Notes a person's user name in the other product, so that `map.people` can name it. */
  alias: (person: string, name: string) => void
  /** Counts a text that stays in memory, with what belongs to it, and returns it. */
  keep: (text: string, more?: number) => string
}
