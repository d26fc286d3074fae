import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  search: {
    summary: 'Find tasks by words in their texts, or by number',
    description:
      'Ignores case, accents and Unicode form. The best matches come first: numbers, then titles, descriptions and comments.',
    ok: { status: 200, schema: a.SearchPage },
    errors: ['not_found'],
  },
} satisfies Reference
