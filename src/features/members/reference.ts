import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listMembers: { summary: "A project's members", ok: { status: 200, schema: a.MemberPage }, errors: ['not_found'] },
  addMember: {
    summary: 'Add a member',
    ok: { status: 201, schema: a.Member },
    errors: ['not_found', 'project_archived', 'already_member', 'too_many_members', 'user_not_found'],
  },
  getMember: { summary: 'A member', ok: { status: 200, schema: a.Member }, errors: ['not_found'] },
  updateMember: {
    summary: "Change a member's role",
    ok: { status: 200, schema: a.Member },
    errors: ['not_found', 'last_manager'],
  },
  removeMember: {
    summary: 'Remove a member, or leave',
    description:
      'Ends their access and closes their sockets. Unassigns them from their tasks; from more than 500 tasks, partly after the answer. Everybody may remove themselves, whatever their role, also from an archived project.',
    ok: { status: 204 },
    errors: ['not_found', 'last_manager'],
  },
} satisfies Reference
