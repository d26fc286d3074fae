import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  getMe: { summary: 'My account', ok: { status: 200, schema: a.User } },
  updateMe: { summary: 'Change my profile', ok: { status: 200, schema: a.User } },
  listUsers: {
    summary: 'Search for people, or list all of them',
    access_note: 'user (with `q`); admin (all accounts)',
    description:
      'Administrators list or search all accounts. Others search with `q`: active people with whom they share a project, and, for managers, anybody by a complete e-mail address.',
    ok: { status: 200, schema: a.UserPage },
  },
  createUser: { summary: 'Open an account for somebody', ok: { status: 201, schema: a.User }, errors: ['email_taken'] },
  getUser: { summary: 'An account', ok: { status: 200, schema: a.User }, errors: ['not_found'] },
  updateUser: {
    summary: 'Change an account: name, e-mail, role, picture, time zone, whether it is active',
    description:
      'Disabling an account ends its sessions and API keys, and the links and invitations that it made. Changing its role to `member` ends the invitations and recovery links that it made. The last active administrator can be neither disabled nor made a member (409).',
    ok: { status: 200, schema: a.User },
    errors: ['not_found', 'email_taken', 'last_admin'],
  },
  deleteUser: {
    summary: 'Anonymise an account',
    description:
      'Ends its sessions, API keys and memberships and removes its name and e-mail; the journal keeps what it did, and texts that others wrote, with mentions, stay as they are. Returns 409 while it is the only manager of a project, or the only active one.',
    ok: { status: 204 },
    errors: ['not_found', 'last_admin', 'last_manager'],
  },
} satisfies Reference
