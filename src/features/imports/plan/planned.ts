import type { Config } from '../../../config/config.ts'
import type { Card, Category } from '../model.ts'

/* The project that an import is to make, before anything is written. */

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
  /** An IANA time zone. */
  zone: string
  /** The instant of the import: later times of the file are replaced, except due and start dates. */
  now: string
  /** The categories that the importer names, by the folded names (`foldName`) of columns. */
  categories: ReadonlyMap<string, Category>
  /** User ids of the people who have an account here, by their id in the file. */
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
  card: Pick<Card, 'id' | 'priority' | 'estimate'>
  number: number
  title: string
  description: string
  first_status: string
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
  /** When it was archived before, and brought back. */
  returns: { archived: string; back: string }[]
  created_by: string | null
  comments: PlannedComment[]
  checklists: { title: string; items: PlannedItem[] }[]
}
export type Plan = {
  columns: PlannedColumn[]
  labels: { id: string; name: string; color: string | null }[]
  /** By time of creation. */
  tasks: PlannedTask[]
  links: { kind: 'blocks' | 'relates' | 'duplicates'; from: string; to: string }[]
}
