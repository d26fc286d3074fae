import type { Reference } from '../../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listReportLinks: {
    summary: 'Links to pictures and calendars that still work, newest first',
    description:
      'Your own; with `project_id`, those of that project that you may withdraw: your own and, as its manager, those of others, without their addresses.',
    ok: { status: 200, schema: a.ReportLinkPage },
    errors: ['not_found'],
  },
  createReportLink: {
    summary: 'Make a link that shows a report as a picture, or due days as a calendar, without a token',
    description:
      'For a wiki or a chat: anybody with the `url` sees this picture and nothing else. With `"report": "calendar"` it is for a calendar program, which subscribes to the `url`: the due days of a project or, without `project_id`, of what is assigned to you. A link ends when `expires_in` is over, when it is withdrawn, and with your account; it rests while you have no access to the project. A picture seen before may be shown for another minute. Without `tz`, the zone of your account at that time applies.',
    ok: { status: 201, schema: a.ReportLink },
    errors: ['not_found', 'column_not_found', 'too_many_links'],
    journalled: false,
  },
  revokeReportLink: {
    summary: 'Withdraw a link',
    description: 'You may withdraw your own and, as a manager, every link of your project. Any other returns 404.',
    ok: { status: 204 },
    errors: ['not_found'],
  },
  linkedPicture: {
    summary: 'The picture that a link shows',
    description:
      'Do not build this address: a link has it as its `url`. One that was altered, has expired or was withdrawn shows a picture that says so, with status 403; a report that is no longer valid (its column was deleted) likewise with 422. Each request counts against the limits of the maker of the link and of the network of the viewer.',
    ok: { status: 200, formats: ['image/svg+xml'] },
    errors: ['too_many_requests'],
    pictured: ['link_invalid', 'link_expired', 'link_revoked', 'validation_failed', 'column_not_found'],
  },
} satisfies Reference
