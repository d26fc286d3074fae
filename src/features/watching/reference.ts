import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listWatchers: {
    summary: 'Who watches a task',
    description: 'Everybody, on one page: at most 100.',
    ok: { status: 200, schema: a.WatcherPage },
    errors: ['not_found'],
  },
  watchTask: {
    summary: 'Watch a task',
    description:
      'I am then notified of new comments, as long as I am a member of the project. People who create a task, are assigned to it or to an item of its checklists, or comment on it watch it, too.',
    ok: { status: 204 },
    errors: ['not_found', 'too_many_watchers'],
    journalled: false,
  },
  unwatchTask: {
    summary: 'Stop watching a task',
    description: 'Lasts until I comment on it, or am assigned again to it or to an item of its checklists.',
    ok: { status: 204 },
    errors: ['not_found'],
    journalled: false,
  },
} satisfies Reference
