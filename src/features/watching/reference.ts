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
      'Its comments then notify me, as long as I am a member of the project. Who creates a task, is assigned or comments watches it as well.',
    ok: { status: 204 },
    errors: ['not_found', 'too_many_watchers'],
    journalled: false,
  },
  unwatchTask: {
    summary: 'Stop watching a task',
    description: 'Until I comment on it, or am assigned to it again.',
    ok: { status: 204 },
    errors: ['not_found'],
    journalled: false,
  },
} satisfies Reference
