import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'
import { Notification } from '../../live/notification.ts'

const seq = z.int().min(0)
/** The state of an inbox. `seq` and `epoch` are a resume point for its socket. */
const standing = { unread_count: z.int(), epoch: z.uuid(), seq }

export const Inbox = z.object(standing).meta({ id: 'Inbox', example: examples.inbox })
export const NotificationPage = pageOf(Notification).extend(standing).meta({ id: 'NotificationPage' })

export const ListNotifications = z.object({
  ...pageQuery,
  unread: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'true: only those that are unread' }),
})
export type ListNotifications = z.infer<typeof ListNotifications>

export const ReadAll = z.object({
  until: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The highest seq on the screen: what came later stays unread' }),
})
export type ReadAll = z.infer<typeof ReadAll>
