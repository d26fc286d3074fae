/** Rows as the journal shows them, with the fields that the story uses. */

export type Row = Record<string, unknown> & { id: string }
export type Column = Row & { key: string; category: string; position: string }
export type Task = Row & {
  number: string
  title: string
  status: string
  position: string
  priority: string
  assignee_ids: string[]
  estimate: number | null
  due_date: string | null
  started_at: string | null
  completed_at: string | null
  deleted_at: string | null
}
export type NewTask = Partial<Task> & { title: string; status: string }

export const EMPTY_TASK = {
  description: '',
  priority: 'none',
  assignee_ids: [],
  parent_id: null,
  estimate: null,
  start_date: null,
  due_date: null,
  started_at: null,
  completed_at: null,
  deleted_at: null,
  archived_at: null,
}
