import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listViews: {
    summary: 'Views (saved filters): mine, and those that are shared',
    ok: { status: 200, schema: a.ViewPage },
    errors: ['not_found'],
  },
  createView: {
    summary: 'Create a view',
    description: 'To share it, you must be a contributor. Views are not part of the board, and cause no events.',
    ok: { status: 201, schema: a.View },
    errors: ['not_found', 'forbidden', 'too_many_views'],
    journalled: false,
  },
  updateView: {
    summary: 'Change a view',
    description:
      'You may change your own views (shared ones as a contributor) and, as a manager, all shared ones. `query` is replaced as a whole. Only the maker of a shared view can make it private, whatever their role.',
    ok: { status: 200, schema: a.View },
    errors: ['not_found', 'forbidden', 'too_many_views'],
    journalled: false,
  },
  deleteView: {
    summary: 'Delete a view',
    description: 'You may delete your own views and, as a manager, all shared ones.',
    ok: { status: 204 },
    errors: ['not_found', 'forbidden'],
    journalled: false,
  },
} satisfies Reference
