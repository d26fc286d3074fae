import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listKeys: {
    summary: 'My API keys, and when they were last used',
    description:
      'Newest first. Ended ones are listed until 30 days after they end; if there are more than `QUOTA_KEYS`, the oldest are deleted earlier.',
    ok: { status: 200, schema: a.ApiKeyPage },
  },
  createKey: {
    summary: 'Create an API key',
    description:
      'Send it as `Authorization: Bearer ft_…`. Only this answer shows it. Operations with access `session`, such as those for keys and passwords, do not accept it (403).',
    ok: { status: 201, schema: a.NewApiKey },
    errors: ['too_many_keys'],
  },
  revokeKey: { summary: 'Revoke an API key, and close its sockets', ok: { status: 204 }, errors: ['not_found'] },
} satisfies Reference
