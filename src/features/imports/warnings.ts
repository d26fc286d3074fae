/** Each kind of thing that an import leaves out or changes, and what that means for who reads it. */
const DETAILS = {
  comments_missing:
    'The file has fewer comments than the cards say that they have: export again, or get them before you import.',
  history_cut: 'The file has the last 1,000 actions only: comments and moves before those are missing.',
  people_unmatched:
    'They have no account here that you share a project with: they are not assigned. Map them to e-mail addresses by map=.',
  people_replaced:
    'They have no account here that you share a project with: you stand in for them. Map them to e-mail addresses by map=.',
  tasks_trashed: 'Tasks in the trash come along, and stay there.',
  links_outside: 'Links to tasks of other projects stay behind.',
  comment_authors_unknown: 'The file does not say who wrote them: they stay, without an author.',
  unknown_people: 'Cards name people whom the file does not describe.',
  item_people: 'Items of checklists were given to people who are not members: the items stay, without them.',
  titles_cut: 'Titles of more than 500 characters: the whole title stands at the top of the description.',
  titles_missing: 'Tasks without a title are called (untitled).',
  descriptions_cut: 'Descriptions are longer than 100,000 characters: their ends are missing.',
  names_cut: 'Names were too long, and are cut.',
  items_cut: 'Items of more than 500 characters: their whole text stands below the description.',
  comments_split: 'Comments of more than 19,000 characters became several.',
  comments_empty: 'Comments without a visible text are left out.',
  starts_dropped: 'The start is after the due day: only the due day stays.',
  dates_unreadable: 'Dates that cannot be read are left out, or come from another time of the same card.',
  times_missing: 'The file does not say when they were made: the earliest other time of the card is taken.',
  dates_future: 'Times that have not come yet are set to the latest time of the file.',
  completed_elsewhere: 'Finished cards in columns that do not mean done stay there, and are not finished here.',
  moves_assumed:
    'The file does not say where finished tasks were before: reports show them in the first column until then.',
  parents_unknown: 'The parent is not in the file.',
  parents_circular: 'Tasks were below themselves: one parent of each circle is dropped.',
  parents_deep: 'Tasks were more than 20 levels deep: those below have no parent.',
  columns_unknown: 'Cards of columns that are not in the file stand in the first column.',
  columns_archived:
    'Archived lists are no columns: their cards are archived in the column of the same name or kind, else in the first.',
  checklists_orphaned: 'Checklists, or items, of cards that are not in the file are left out.',
  comments_orphaned: 'Comments on cards that are not in the file are left out.',
  attachments_left:
    'Files stay where they are: their addresses stand below the description, and may need a sign-in there.',
  fields_unknown: 'Values of fields or options that the file does not define are left out.',
  fields_as_text: 'Fields that tasks do not have here stand below the description.',
  labels_unknown: 'Labels that the file does not define are left out.',
  labels_left: 'More labels than a project or a task may have: the other names stand below the description.',
  links_left: 'More links than a task may have: the others are left out.',
  comments_left: 'More comments than a task may have: the oldest are left out.',
  checklists_as_text: 'More checklists than a task may have: the others stand below the description.',
  labels_renamed: 'Labels of one name and several colours have the colour in their name.',
  links_unknown: 'Links to tasks that are not in the file are left out.',
  links_circular: 'Tasks were waiting for each other: one link of each circle is dropped.',
  templates_left: 'Templates are left out.',
  rows_wide: 'Rows with more cells than the header are left out: their cells cannot be told apart.',
  rows_repeated: 'Rows with an id that an earlier row has are left out.',
  rows_header: 'Rows that repeat the header are left out.',
  rows_narrow: 'Rows with fewer cells than the header: what is missing is empty.',
  headers_left: 'Columns of the CSV that no field takes are left out.',
  projects_left: 'Tasks of other projects of the file are left out: name one by project=.',
  projects_several: 'Tasks of several projects are all in this one.',
  ids_untrusted: 'Ids were rounded by a spreadsheet: they are not used.',
  comments_none: 'This format has no comments and no checklists.',
  order_none: 'This format has no order of tasks: that of the file is kept.',
  time_as_text: 'Original estimates are durations: they stand below the description.',
  values_unknown: 'Priorities, estimates and the like that are unknown here stand below the description.',
} as const

export type WarningCode = keyof typeof DETAILS
export type Warning = { code: WarningCode; count: number; detail: string; examples: string[] }

const EXAMPLES = 5
const LENGTH = 120

/** What was left out or changed: one line a kind, with a count. */
export class Warnings {
  readonly #found = new Map<WarningCode, { count: number; examples: string[] }>()

  add(code: WarningCode, example?: string, count = 1): void {
    if (count <= 0) return
    const found = this.#found.get(code) ?? { count: 0, examples: [] }
    found.count += count
    const shown = example
      ?.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ')
      .trim()
      .slice(0, LENGTH)
      .toWellFormed()
    if (shown && found.examples.length < EXAMPLES && !found.examples.includes(shown)) found.examples.push(shown)
    this.#found.set(code, found)
  }

  list(): Warning[] {
    return [...this.#found].map(([code, { count, examples }]) => ({ code, count, detail: DETAILS[code], examples }))
  }
}
