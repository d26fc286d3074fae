import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  getBoard: {
    summary: 'The whole board at one moment',
    description:
      'Columns with their first tasks, and the members. `seq` is the moment: open the socket with `since=<epoch>:<seq>` and nothing is missed or repeated. The rest of a column: `GET /tasks?project_id=…&status=…&sort=position&cursor=<next_cursor>`. A board whose cards would exceed 1 MiB of JSON shows the beginning of long descriptions (`description_truncated`), and fewer cards when that is not enough.',
    ok: { status: 200, schema: a.Board },
    errors: ['not_found'],
  },
  getProgress: {
    summary: 'How far the project is',
    description: 'Overdue is counted by the day in your time zone.',
    ok: { status: 200, schema: a.Progress },
    errors: ['not_found'],
  },
  listActivity: {
    summary: "The project's journal",
    description: 'Every change, in the order of commit: newest first, or with `since` oldest first from there.',
    ok: { status: 200, schema: a.ActivityPage },
    errors: ['not_found'],
  },
} satisfies Reference
