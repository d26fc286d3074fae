import * as z from 'zod'
import { pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { Notification } from '../../live/answers.ts'
import { kind } from '../../live/notification.ts'

const seq = z.int().min(0)
/** The state of an inbox. `seq` and `epoch` are a resume point for its socket. */
const standing = { unread_count: z.int(), epoch: z.uuid(), seq }

export const Inbox = z.object(standing).meta({ id: 'Inbox', example: examples.inbox })
export const NotificationPage = pageOf(Notification).extend(standing).meta({ id: 'NotificationPage' })

/** What I have muted: kinds of notifications, and projects. */
export const Preferences = z
  .object({ muted_kinds: z.array(kind), muted_project_ids: z.array(id) })
  .meta({ id: 'NotificationPreferences', example: examples.preferences })
