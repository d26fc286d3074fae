import type { Reference } from '../../http/reference.ts'

export const reference = {
  openBoard: {
    summary: 'The live board (WebSocket)',
    description: 'The protocol is in docs/live.md. A ticket opens one socket.',
    ok: { status: 101, description: 'Switching to the WebSocket protocol' },
    errors: ['ticket_invalid', 'origin_forbidden', 'not_found', 'upgrade_required'],
  },
  openInbox: {
    summary: 'My notifications, live (WebSocket)',
    description: "The protocol is in docs/live.md. Another person's inbox returns 404.",
    ok: { status: 101, description: 'Switching to the WebSocket protocol' },
    errors: ['ticket_invalid', 'origin_forbidden', 'not_found', 'upgrade_required'],
  },
} satisfies Reference
