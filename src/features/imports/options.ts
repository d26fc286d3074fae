import type { Category } from './model.ts'

/** The most bytes of texts that an import keeps. The journal made of them takes most of an isolate's 128 MiB. */
export const MAX_KEPT = 18 * 1024 * 1024
/** What a row of a CSV counts towards MAX_KEPT, besides its texts. */
export const ROW_BYTES = 900
/** What an action of a Trello file counts towards MAX_KEPT, besides its texts. */
export const ACTION_BYTES = 100

/** What a reader (of sources/) gets besides the file. */
export type ImportOptions = {
  /** The field that a header or custom field fills, by its folded name (`foldName`). */
  fields: ReadonlyMap<string, string>
  /** The categories that the importer gives to columns, by the folded names of the columns. */
  columns: ReadonlyMap<string, Category>
  /** The e-mail addresses that the importer gives to people, by their folded names. */
  people: ReadonlyMap<string, string>
  /** The Jira project (name or key) or Linear team to import; if undefined, the one with the most rows. */
  project?: string
  /** The order of day and month in numeric dates, such as 03/04/2025. */
  dates?: 'dmy' | 'mdy'
  /** Notes a person's user name in the other product, so that `map.people` can use it. */
  alias: (person: string, name: string) => void
  /** Counts a text that stays in memory, and `more` bytes; returns the text. Throws body_too_large above MAX_KEPT. */
  keep: (text: string, more?: number) => string
}
