import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  getBoard: {
    summary: 'The whole board at one moment',
    description:
      'Columns with their first tasks, labels and members. The answer is true at `seq`: open the socket with `since=<epoch>:<seq>`, and no event is missed or repeated. For the rest of a column: `GET /tasks?project_id=…&status=…&sort=position&cursor=<next_cursor>`. A board whose cards would exceed 1 MiB of JSON shows only the beginning of long descriptions (`description_truncated`), and fewer cards if that is not enough.',
    ok: { status: 200, schema: a.Board },
    errors: ['not_found'],
  },
  getProgress: {
    summary: 'The progress of a project',
    description: '`overdue` is counted by the current day in your time zone.',
    ok: { status: 200, schema: a.Progress },
    errors: ['not_found'],
  },
  listActivity: {
    summary: "The project's journal",
    description: 'Every change in the order of `seq`: newest first or, with `since`, oldest first.',
    ok: { status: 200, schema: a.ActivityPage },
    errors: ['not_found'],
  },
} satisfies Reference
