import { createHash } from 'node:crypto'
import type { Entry } from './entry.ts'

/** The part of an imported row that is kept: enough to decide whether later lines are valid. */
export type KnownRow = {
  /** A SHA-256 of the row without the fields of EXCLUDED, in base64. */
  digest: string
  position?: string
  deleted: boolean
  entity: Entry['entity']
  /** The line that created it, and the last that changed it. The header is line 1. */
  created_line: number
  line: number
  seq: number
  updated_at: string
  data: {
    status?: string
    parent_id?: string | null
    deleted_at?: string | null
    completed_at?: string | null
    is_blocked?: boolean
    comment_count?: number
    checklist_done?: number
    checklist_total?: number
    label_ids?: string[]
    task_id?: string
    kind?: string
    other_task_id?: string | null
    checklist_id?: string
    done?: boolean
    archived?: boolean
    /** What a column is, if the entity is one. */
    column?: Pick<(Entry & { entity: 'column' })['data'], 'key' | 'name' | 'category'>
  }
}

/**
 * Whether a row was deleted with its owner: a purged task takes its comments and links along, a checklist its items. If
 * a line creates the task again, these stay deleted until lines create them again.
 */
export const isDeletedWithOwner = (known: ReadonlyMap<string, KnownRow>, { created_line, data }: KnownRow) =>
  [data.task_id, data.checklist_id, data.other_task_id].some((id) => {
    const owner = id ? known.get(id) : undefined
    return owner !== undefined && (owner.deleted || owner.created_line > created_line)
  })

/** Whether a row was deleted, by itself or with its owner. */
export const isDeleted = (known: ReadonlyMap<string, KnownRow>, row: KnownRow) =>
  row.deleted || isDeletedWithOwner(known, row)

/** Fields that change without being in `changes`, and the texts of comments, which the journal does not store. */
const EXCLUDED = ['seq', 'updated_at', 'position', 'positions', 'label_ids', 'body']

/** Fields come in the order of the schema, so equal rows have equal digests. */
export function digestOf(data: Record<string, unknown>) {
  const row = Object.fromEntries(Object.entries(data).filter(([field]) => !EXCLUDED.includes(field)))
  return createHash('sha256').update(JSON.stringify(row)).digest('base64')
}

/** What later lines need of the row in this entry. `created_line`: the line that created it; by default, this one. */
export function knownOf({ entity, data, seq }: Entry, created_line = seq + 1): KnownRow {
  const kept: KnownRow['data'] = {}
  if (entity === 'task') {
    const { status, parent_id, deleted_at, completed_at, is_blocked, label_ids } = data
    const { comment_count, checklist_done, checklist_total } = data
    Object.assign(kept, { status, parent_id, deleted_at, completed_at, is_blocked, label_ids })
    Object.assign(kept, { comment_count, checklist_done, checklist_total, archived: data.archived_at !== null })
  } else if (entity === 'link') {
    const { task_id, kind, other_task_id } = data
    Object.assign(kept, { task_id, kind, other_task_id })
  }
  if (entity === 'column') kept.column = { key: data.key, name: data.name, category: data.category }
  if (entity === 'comment' || entity === 'checklist') kept.task_id = data.task_id
  if (entity === 'checklist_item') {
    const { task_id, checklist_id, done } = data
    Object.assign(kept, { task_id, checklist_id, done })
  }
  const position = 'position' in data ? data.position : undefined
  return {
    digest: digestOf(data),
    position,
    deleted: false,
    entity,
    created_line,
    line: seq + 1,
    seq: data.seq,
    updated_at: data.updated_at,
    data: kept,
  }
}
