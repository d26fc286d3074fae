import type { Reference } from '../../http/reference.ts'
import { Notification } from '../../live/answers.ts'
import * as a from './answers.ts'

export const reference = {
  getNotificationPreferences: { summary: 'Which notifications I mute', ok: { status: 200, schema: a.Preferences } },
  setNotificationPreferences: {
    summary: 'Mute kinds of notifications, and projects',
    description: 'Replaces both lists. Muted notifications, reminders included, are not created.',
    ok: { status: 200, schema: a.Preferences },
  },
  listNotifications: {
    summary: 'My notifications, newest first',
    description:
      'Only from projects of which you are a member. The socket /ws/notifications/{user_id} continues after `seq`.',
    ok: { status: 200, schema: a.NotificationPage },
  },
  readAllNotifications: { summary: 'Mark my notifications as read', ok: { status: 200, schema: a.Inbox } },
  readNotification: {
    summary: 'Mark a notification as read',
    description: "Another person's notification returns 404.",
    ok: { status: 200, schema: Notification },
    errors: ['not_found'],
  },
} satisfies Reference
