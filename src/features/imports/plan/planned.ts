import type { Config } from '../../../config/config.ts'
import type { Card, Category } from '../model.ts'

/** What an import is to make, before anything is written. */

export type Quotas = Pick<
  Config,
  | 'QUOTA_TASKS'
  | 'QUOTA_COLUMNS'
  | 'QUOTA_LABELS'
  | 'QUOTA_TASK_COMMENTS'
  | 'QUOTA_TASK_LINKS'
  | 'QUOTA_TASK_CHECKLISTS'
  | 'QUOTA_CHECKLIST_ITEMS'
>

export type Settings = {
  zone: string
  /** The moment of the import: nothing that has happened in a file is later. Due and start dates may be. */
  now: string
  /** Categories of columns, by their folded names. */
  categories: ReadonlyMap<string, Category>
  /** The accounts of people who are found here, by their id in the file. */
  accounts: ReadonlyMap<string, string>
  quotas: Quotas
}

export type PlannedColumn = {
  key: string
  name: string
  category: Category
  wip_limit: number | null
  wip_mode: 'warn' | 'block'
  tasks: number
}
export type PlannedItem = { text: string; done: boolean; due_date: string | null; assignee_id: string | null }
export type PlannedComment = { id: string; at: string; edited_at: string | null; user_id: string | null; body: string }
export type PlannedTask = {
  card: Pick<Card, 'id' | 'number' | 'priority' | 'estimate' | 'order'>
  title: string
  description: string
  born: string
  status: string
  moves: { at: string; status: string; by: string | null }[]
  position: string
  assignee_ids: string[]
  labels: string[]
  parent: string | null
  start_date: string | null
  due_date: string | null
  created_at: string
  updated_at: string
  started_at: string | null
  completed_at: string | null
  archived_at: string | null
  created_by: string | null
  comments: PlannedComment[]
  checklists: { title: string; items: PlannedItem[] }[]
}
export type Plan = {
  columns: PlannedColumn[]
  labels: { id: string; name: string; color: string | null }[]
  /** In the order in which they were made. */
  tasks: PlannedTask[]
  links: { kind: 'blocks' | 'relates' | 'duplicates'; from: string; to: string }[]
}
