import * as z from 'zod'
import { NOTIFICATION_KINDS } from '../db/schema.ts'
import { examples } from '../lib/examples.ts'
import { id, instant } from '../lib/fields.ts'

const seq = z.int().min(0)

export const kind = z.enum(NOTIFICATION_KINDS).meta({ id: 'NotificationKind' })

export const Notification = z
  .object({
    id,
    user_id: id,
    seq: seq.meta({ description: 'Its version, and its place in the stream: a new one when it is read' }),
    kind,
    project_id: id,
    task_id: id
      .nullable()
      .meta({ description: 'null when it is about a project, or about `data.count` tasks at once' }),
    actor_id: id.nullable().meta({ description: 'Who did it; null for reminders' }),
    event_seq: seq.nullable().meta({ description: "The event of the project's journal that it comes from" }),
    data: z.record(z.string(), z.unknown()).meta({
      description:
        'Facts to show without another request: number, title, project_key, project_name, …; `count` in place of number and title when several tasks moved as their column was deleted',
    }),
    read_at: instant.nullable(),
    created_at: instant,
    actor: z.object({ id, name: z.string(), avatar_url: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Notification', example: examples.notification })

export type Notification = z.infer<typeof Notification>
