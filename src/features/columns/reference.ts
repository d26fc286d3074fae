import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listColumns: {
    summary: "A board's columns, in order",
    ok: { status: 200, schema: a.ColumnPage },
    errors: ['not_found'],
  },
  createColumn: {
    summary: 'Add a column at the end of the board',
    ok: { status: 201, schema: a.Column },
    errors: ['not_found', 'project_archived', 'column_key_taken', 'too_many_columns'],
  },
  getColumn: { summary: 'A column', ok: { status: 200, schema: a.Column }, errors: ['not_found'] },
  updateColumn: {
    summary: 'Change a column: name, category, place, WIP limit',
    description:
      'The category `done` or `cancelled` completes the tasks in the column; any other reopens them. More than 500 tasks change in steps: until all have changed, `pending` is `dates`.',
    ok: { status: 200, schema: a.Column },
    errors: ['not_found', 'project_archived', 'edit_conflict', 'column_not_found'],
  },
  deleteColumn: {
    summary: 'Delete a column',
    description:
      'A column that has tasks (those in the trash count too) needs `move_to`. More than 500 tasks move in steps: until all have moved, the column accepts no other task, and its `pending` is `deletion`.',
    ok: { status: 204 },
    errors: [
      'not_found',
      'project_archived',
      'column_not_empty',
      'column_not_found',
      'last_column',
      'wip_limit_reached',
    ],
  },
} satisfies Reference
