import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listKeys: {
    summary: 'My API keys, and when they were last used',
    description:
      'Newest first. Ended ones are listed until 30 days after they end; if there are more than `QUOTA_KEYS` of them, the oldest are deleted earlier.',
    ok: { status: 200, schema: a.ApiKeyPage },
  },
  createKey: {
    summary: 'Make an API key',
    description:
      'Send it as `Authorization: Bearer ft_…`. Routes for sessions only, such as those for keys and passwords, refuse it. Only this answer shows it.',
    ok: { status: 201, schema: a.NewApiKey },
    errors: ['too_many_keys'],
  },
  revokeKey: { summary: 'End an API key, and close its sockets', ok: { status: 204 }, errors: ['not_found'] },
} satisfies Reference
