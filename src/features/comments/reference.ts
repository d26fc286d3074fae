import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listComments: { summary: 'Comments on a task', ok: { status: 200, schema: a.CommentPage }, errors: ['not_found'] },
  createComment: {
    summary: 'Comment on a task',
    description:
      'Members of the project whom it mentions are notified. A repeat with the same Idempotency-Key returns the current text: empty if the comment was deleted.',
    ok: { status: 201, schema: a.Comment },
    errors: ['not_found', 'project_archived', 'too_many_comments'],
  },
  updateComment: {
    summary: 'Edit one of my comments',
    description: 'Only people whom the comment did not mention before are notified.',
    ok: { status: 200, schema: a.Comment },
    errors: ['not_found', 'project_archived'],
  },
  deleteComment: {
    summary: 'Delete a comment',
    description:
      'You may delete your own comments and, as a manager, those of others. The text remains only in events that were sent before.',
    ok: { status: 204 },
    errors: ['not_found', 'project_archived'],
  },
} satisfies Reference
