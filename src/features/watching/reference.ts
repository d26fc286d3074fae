import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listWatchers: {
    summary: 'Who watches a task',
    description: 'All of them on one page: at most 100.',
    ok: { status: 200, schema: a.WatcherPage },
    errors: ['not_found'],
  },
  watchTask: {
    summary: 'Watch a task',
    description:
      'You are then notified of new comments, as long as you are a member of the project. Whoever creates a task, is assigned to it or to an item of its checklists, or comments on it, watches it automatically.',
    ok: { status: 204 },
    errors: ['not_found', 'too_many_watchers'],
    journalled: false,
  },
  unwatchTask: {
    summary: 'Stop watching a task',
    description: 'Lasts until you comment on it, or are assigned again to it or to an item of its checklists.',
    ok: { status: 204 },
    errors: ['not_found'],
    journalled: false,
  },
} satisfies Reference
