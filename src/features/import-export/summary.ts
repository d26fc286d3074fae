import type { COLUMN_CATEGORIES } from '../../db/schema.ts'
import { isGone, type Known } from './known.ts'

/** What a journal leaves, in numbers. */
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
  /** Links to tasks of other projects: they stay behind. */
  links_outside: number
}

/** Counts the rows that there are after the last line of a replay. */
export function summaryOf(known: ReadonlyMap<string, Known>): Summary {
  const rows = [...known.values()].filter((row) => !isGone(known, row))
  const having = (entity: Known['entity']) => rows.filter((row) => row.entity === entity)
  const tasks = having('task').filter(({ data }) => !data.deleted_at)
  const live = tasks.filter(({ data }) => !data.archived)
  const within = having('link').filter(({ data }) => data.other_task_id !== null)
  const columns = having('column')
    .toSorted((a, b) => Number(a.position) - Number(b.position))
    .flatMap(({ data: { column } }) => column ?? [])
  return {
    columns: columns.map(({ key, name, category }) => ({
      ...{ name, category },
      tasks: live.filter(({ data }) => data.status === key).length,
    })),
    tasks: live.length,
    archived: tasks.length - live.length,
    trashed: having('task').length - tasks.length,
    comments: having('comment').length,
    checklists: having('checklist').length,
    checklist_items: having('checklist_item').length,
    labels: having('label').length,
    links: within.length / 2, // a line for each side
    links_outside: having('link').length - within.length,
  }
}
