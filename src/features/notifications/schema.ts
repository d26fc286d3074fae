import * as z from 'zod'
import { id, wholeNumber } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'
import { kind } from '../../live/notification.ts'

export const ListNotifications = z.object({
  ...pageQuery,
  unread: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'true: only unread ones' }),
})
export type ListNotifications = z.infer<typeof ListNotifications>

/** The most projects that a person can mute: more than anybody usually has. */
const MAX_MUTED = 1_000

const setOf = <T extends z.ZodType>(item: T, max: number) =>
  z
    .array(item)
    .max(max)
    .transform((all) => [...new Set(all)])

export const SetPreferences = z
  .strictObject({
    muted_kinds: setOf(kind, 100).meta({ description: 'Kinds of which you get no notifications' }),
    muted_project_ids: setOf(id, MAX_MUTED).meta({ description: 'Your projects from which you get no notifications' }),
  })
  .meta({
    id: 'SetNotificationPreferences',
    example: { muted_kinds: exampleInputs.muted_kinds, muted_project_ids: [] },
  })
export type SetPreferences = z.infer<typeof SetPreferences>

export const ReadAll = z.object({
  until: wholeNumber(0).optional().meta({ description: 'The highest `seq` that was shown: later ones stay unread' }),
})
export type ReadAll = z.infer<typeof ReadAll>
