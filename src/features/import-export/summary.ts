import type { COLUMN_CATEGORIES } from '../../db/schema.ts'
import { isDeleted, type KnownRow } from './known.ts'

/** Counts of the rows that exist after a journal. */
export type Summary = {
  columns: { name: string; category: (typeof COLUMN_CATEGORIES)[number]; tasks: number }[]
  tasks: number
  archived: number
  trashed: number
  comments: number
  checklists: number
  checklist_items: number
  labels: number
  links: number
  /** Links to tasks of other projects: they are not imported. */
  links_outside: number
}

/** Counts the rows that exist after the last line of a replay. */
export function summaryOf(known: ReadonlyMap<string, KnownRow>): Summary {
  const rows = [...known.values()].filter((row) => !isDeleted(known, row))
  const rowsOf = (entity: KnownRow['entity']) => rows.filter((row) => row.entity === entity)
  const tasks = rowsOf('task').filter(({ data }) => !data.deleted_at)
  const live = tasks.filter(({ data }) => !data.archived)
  const within = rowsOf('link').filter(({ data }) => data.other_task_id !== null)
  const columns = rowsOf('column')
    .toSorted((a, b) => Number(a.position) - Number(b.position))
    .flatMap(({ data: { column } }) => column ?? [])
  return {
    columns: columns.map(({ key, name, category }) => ({
      ...{ name, category },
      tasks: live.filter(({ data }) => data.status === key).length,
    })),
    tasks: live.length,
    archived: tasks.length - live.length,
    trashed: rowsOf('task').length - tasks.length,
    comments: rowsOf('comment').length,
    checklists: rowsOf('checklist').length,
    checklist_items: rowsOf('checklist_item').length,
    labels: rowsOf('label').length,
    links: within.length / 2, // a line for each side
    links_outside: rowsOf('link').length - within.length,
  }
}
