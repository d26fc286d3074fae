import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listViews: {
    summary: 'Saved filters: mine, and those that are shared',
    ok: { status: 200, schema: a.ViewPage },
    errors: ['not_found'],
  },
  createView: {
    summary: 'Save a filter',
    description: 'Only contributors may share one. Views are not part of the board, and cause no events.',
    ok: { status: 201, schema: a.View },
    errors: ['not_found', 'forbidden', 'too_many_views'],
    journalled: false,
  },
  updateView: {
    summary: 'Change a saved filter',
    description:
      'You may change your own and, as a manager, those that are shared. `query` is replaced as a whole. Only the maker of a shared one can make it private, whatever their role.',
    ok: { status: 200, schema: a.View },
    errors: ['not_found', 'forbidden', 'too_many_views'],
    journalled: false,
  },
  deleteView: {
    summary: 'Delete a saved filter',
    description: 'You may delete your own and, as a manager, those that are shared.',
    ok: { status: 204 },
    errors: ['not_found', 'forbidden'],
    journalled: false,
  },
} satisfies Reference
