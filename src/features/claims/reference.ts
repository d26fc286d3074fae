import type { Reference } from '../../http/reference.ts'
import { WrittenTask } from '../tasks/answers.ts'
import * as a from './answers.ts'

export const reference = {
  claimTask: {
    summary: 'Take the next card of a column',
    description:
      'Takes the first card that is not assigned, blocked or archived: assigns it to you and moves it to `to`; no other caller gets it. When the lease ends, it goes back to its place in `from`, if that column exists and has room. Moving it to another column, archiving it or unassigning you ends the claim. Returns 204 if no card is free.',
    ok: { status: 201, schema: a.ClaimedTask, none: 'No card is free' },
    errors: [
      'not_found',
      'project_archived',
      'wip_limit_reached',
      'column_not_found',
      'label_not_found',
      'assignee_not_member',
    ],
  },
  renewClaim: {
    summary: 'Keep a claimed card for longer',
    ok: { status: 200, schema: a.Claim },
    errors: ['not_found', 'project_archived', 'lease_lost'],
    journalled: false,
  },
  completeClaim: {
    summary: 'Complete the work on a claimed card',
    description: 'Moves the card to the bottom of `status`, with your comment, and ends the claim.',
    ok: { status: 200, schema: WrittenTask },
    errors: [
      'not_found',
      'project_archived',
      'lease_lost',
      'wip_limit_reached',
      'column_not_found',
      'too_many_comments',
    ],
  },
  releaseClaim: {
    summary: 'Give a claimed card back',
    description:
      'It goes back to its place in the column that it came from, unassigned, if that column exists and has room. If others are assigned too, it stays where it is, assigned to them.',
    ok: { status: 200, schema: WrittenTask },
    errors: ['not_found', 'project_archived', 'lease_lost', 'too_many_comments'],
  },
} satisfies Reference
