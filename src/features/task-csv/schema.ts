import * as z from 'zod'
import { flag } from '../../lib/fields.ts'

export const MEDIA_TYPE = 'text/csv'

export const TableQuery = z.object({
  excel: flag.optional().meta({ description: 'true: with a byte order mark, so that Excel reads it as UTF-8' }),
})

/** The header of a table of tasks. */
export const COLUMNS = [
  'number',
  'title',
  'project',
  'status',
  'category',
  'priority',
  'assignees',
  'labels',
  'parent',
  'estimate',
  'start_date',
  'due_date',
  'created_at',
  'updated_at',
  'started_at',
  'completed_at',
  'archived_at',
  'comment_count',
  'checklist_done',
  'checklist_total',
  'description',
] as const
