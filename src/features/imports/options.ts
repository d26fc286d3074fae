/** How many characters of texts an import keeps in memory: more than any board that was seen has in 64 MiB. */
export const MAX_TEXT = 24 * 1024 * 1024

/** What an import is told beside its file. */
export type Options = {
  /** Headers and custom fields by their names, and the field that each fills. */
  fields: ReadonlyMap<string, string>
  /** Which project, of a file of several. */
  project?: string
  /** Which part of a date is the month, where all of it is numbers. */
  dates?: 'dmy' | 'mdy'
  /** The name of the file's product that signs in with a name: somebody's other name. */
  alias: (person: string, name: string) => void
  /** Counts a text that stays in memory, and returns it. */
  keep: (text: string) => string
}
