import { createHash } from 'node:crypto'
import type { Entry } from './entry.ts'

/** The part of an imported row that is kept: enough to decide whether the next line can be true. */
export type Known = {
  /** A digest of the row, without what changes with every event, and without its rank and its labels. */
  print: string
  position?: string
  gone: boolean
  entity: Entry['entity']
  /** The line that created it, and the last that changed it. The header is line 1. */
  born: number
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
    /** Of a column. */
    column?: Pick<(Entry & { entity: 'column' })['data'], 'key' | 'name' | 'category'>
  }
}

/**
 * Whether a row has ended with what it belongs to: a purged task takes its comments and links along, a checklist its
 * items. A task that has come back since brings along only what the lines after that create anew.
 */
export const isGoneAlong = (known: ReadonlyMap<string, Known>, { born, data }: Known) =>
  [data.task_id, data.checklist_id, data.other_task_id].some((id) => {
    const owner = id ? known.get(id) : undefined
    return owner !== undefined && (owner.gone || owner.born > born)
  })

/** Whether a row has ended, by itself or with what it belongs to. */
export const isGone = (known: ReadonlyMap<string, Known>, row: Known) => row.gone || isGoneAlong(known, row)

/** What is not printed: events of other rows change it, too; and texts of comments, which are no part of the journal. */
const APART = ['seq', 'updated_at', 'position', 'positions', 'label_ids', 'body']

/** Fields come in the order of the schema, so equal rows have equal prints. */
export function printOf(data: Record<string, unknown>) {
  const row = Object.fromEntries(Object.entries(data).filter(([field]) => !APART.includes(field)))
  return createHash('sha256').update(JSON.stringify(row)).digest('base64')
}

/** Keeps what later lines need of the row in this entry; `born`: the line that created it, unless that is this one. */
export function knownOf({ entity, data, seq }: Entry, born = seq + 1): Known {
  const kept: Known['data'] = {}
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
    print: printOf(data),
    position,
    gone: false,
    entity,
    born,
    line: seq + 1,
    seq: data.seq,
    updated_at: data.updated_at,
    data: kept,
  }
}
