import { cutText } from '../../lib/cut-text.ts'

/** Each kind of thing that an import leaves out or changes, with its explanation for the importer. */
const DETAILS = {
  comments_missing:
    'The file has fewer comments than its cards say they have: export it again, or copy the missing ones by hand.',
  history_cut: 'The file has only the last 1,000 actions: earlier comments and moves are missing.',
  people_unmatched:
    'People without an account here that shares a project with you: they are not assigned. Give their e-mail addresses (in the API: map.people).',
  people_replaced:
    'People without an account here that shares a project with you: you are recorded in their place. Give their e-mail addresses (in the API: map.people).',
  tasks_trashed: 'Tasks in the trash are imported, and stay in the trash.',
  links_outside: 'Links to tasks of other projects are left out.',
  comment_authors_unknown: 'Comments whose author the file does not name: they are kept, without an author.',
  unknown_people: 'Cards name people whom the file does not describe: they are not assigned.',
  item_people: 'Checklist items assigned to people who are not members are kept, without an assignee.',
  titles_cut: 'Titles of more than 500 characters: the whole title is written at the top of the description.',
  titles_missing: 'Tasks without a title are called (untitled).',
  descriptions_cut:
    'Descriptions of more than 100,000 characters: their ends are missing. Copy them by hand, for example into a comment.',
  names_cut: 'Names that are too long are cut: of columns after 80 characters, labels 60, checklists 180, others 200.',
  items_cut: 'Items of more than 500 characters: their whole text is written below the description.',
  comments_split: 'Comments of more than 19,000 characters became several.',
  comments_empty: 'Comments without a visible text are left out.',
  starts_dropped: 'The start is after the due date: it is written below the description instead.',
  dates_unreadable:
    'A start or due date that cannot be read is written below the description; another time of the card replaces any other date.',
  numbers_changed:
    'Numbers above 1,000,000, or that another task has, are changed: the old key is written below the description.',
  times_missing:
    'Cards or comments without a time of creation: they get another time of the card, else the latest of the file (or 2000-01-01).',
  dates_future: 'Times in the future are set to the latest past time of the file.',
  dates_early:
    'Times before the creation of their task, or before its last known move or archiving, are set to that: such a completion is also written below the description.',
  completed_elsewhere: 'Finished cards in columns that do not mean done stay there, and are not finished here.',
  moves_assumed:
    'The file does not say where tasks were before they started or finished: reports show the first open column.',
  parents_unknown: 'The parent is not in the file: the task has none here.',
  parents_circular: 'Tasks were their own ancestors: one parent of each circle is left out.',
  parents_deep: 'Tasks were more than 20 levels deep: those below have no parent.',
  columns_unknown: 'Cards of columns that are not in the file are put in the first column.',
  columns_archived:
    'Archived lists do not become columns: their cards are archived in the column of the same name or kind, else in the first.',
  checklists_orphaned: 'Checklists, or items, of cards that are not in the file are left out.',
  comments_orphaned: 'Comments on cards that are not in the file are left out.',
  attachments_left:
    'Files are not copied: their addresses or names are written below the description. An address may need a sign-in.',
  fields_unknown: 'Values of fields or options that the file does not define are left out.',
  fields_as_text: 'Fields that tasks do not have here are written below the description.',
  labels_unknown: 'Labels that the file does not define are left out.',
  labels_left:
    'More labels than a project or a task can have: the others are written below the descriptions of their tasks.',
  links_left: 'More links than a task can have: the others are left out.',
  comments_left: 'More comments than a task can have: the oldest are left out.',
  checklists_as_text: 'More checklists than a task can have: the others are written below the description.',
  labels_renamed:
    'Labels of one name and several colours: all but the first have the colour or a number in their name.',
  links_unknown: 'Links to tasks that are not in the file are left out.',
  links_circular: 'Tasks blocked each other: one link of each circle is left out.',
  templates_left: 'Templates are left out.',
  rows_wide: 'Rows with more cells than the header are left out: their cells cannot be told apart.',
  rows_repeated: 'Rows with an id that an earlier row has are left out.',
  rows_header: 'Rows that repeat the header are left out.',
  rows_narrow: 'Rows with fewer cells than the header: the missing cells count as empty.',
  headers_left: 'Columns of the CSV that match no field are left out.',
  projects_left: 'Tasks of other projects of the file are left out: choose one with project=.',
  projects_several: 'Tasks that belong to several projects are in this one only.',
  ids_untrusted: 'Ids were rounded by a spreadsheet: they are not used.',
  comments_none: 'This format has no comments and no checklists.',
  order_none: 'This format has no order of tasks: that of the file is kept.',
  time_as_text: 'Original estimates are durations: they are written below the description.',
  map_unused: 'Names in map= that the file does not have, or that no card uses: check their spelling.',
  values_unknown: 'Values (such as priorities) that are unknown here are written below the description.',
} as const

export type WarningCode = keyof typeof DETAILS
export type Warning = { code: WarningCode; count: number; detail: string; examples: string[] }

const MAX_EXAMPLES = 5
const MAX_LENGTH = 120 // UTF-16 code units of an example

/** Counts what an import leaves out or changes, by kind, each with up to 5 examples. */
export class Warnings {
  readonly #found = new Map<WarningCode, { count: number; examples: string[] }>()

  add(code: WarningCode, example?: string, count = 1): void {
    if (count <= 0) return
    const found = this.#found.get(code) ?? { count: 0, examples: [] }
    found.count += count
    const shown = cutText(example?.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ').trim() ?? '', MAX_LENGTH)
    if (shown && found.examples.length < MAX_EXAMPLES && !found.examples.includes(shown)) found.examples.push(shown)
    this.#found.set(code, found)
  }

  list(): Warning[] {
    return [...this.#found].map(([code, { count, examples }]) => ({ code, count, detail: DETAILS[code], examples }))
  }
}
