import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  search: {
    summary: 'Find tasks by their texts and numbers',
    description:
      'Ignores case, accents and Unicode form. The best matches come first: numbers, titles, descriptions, comments.',
    ok: { status: 200, schema: a.SearchPage },
    errors: ['not_found'],
  },
} satisfies Reference
