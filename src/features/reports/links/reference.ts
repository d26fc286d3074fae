import type { Reference } from '../../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listReportLinks: {
    summary: 'Links to pictures and calendars that have not ended, newest first',
    description:
      'All of your own; with `project_id`, those of that project: your own and, as its manager, those of others, without their `url`.',
    ok: { status: 200, schema: a.ReportLinkPage },
    errors: ['not_found'],
  },
  createReportLink: {
    summary: 'Create a link that shows a report as a picture, or due dates as a calendar',
    description:
      'For a wiki or a chat: anybody with the `url` sees this picture and nothing else. With `"report": "calendar"` it is for a calendar program, which subscribes to the `url`: the due dates of a project or, without `project_id`, of the tasks that are assigned to you. A link ends when `expires_in` is over, when it is withdrawn, and with your account; it does not work while you have no access to the project. Caches may show a picture for another minute. Without `tz`, the current time zone of your account applies.',
    ok: { status: 201, schema: a.ReportLink },
    errors: ['not_found', 'column_not_found', 'too_many_links'],
    journalled: false,
  },
  revokeReportLink: {
    summary: 'Withdraw a link',
    description: 'You may withdraw your own links and, as a manager, all links of your project. Any other returns 404.',
    ok: { status: 204 },
    errors: ['not_found'],
  },
  linkedPicture: {
    summary: 'The picture that a link shows',
    description:
      'Do not build this address: it is the `url` of a link. If the link was altered, has expired or was withdrawn, returns 403 with a picture that says so; if the report is no longer valid (its column was deleted), 422 with such a picture. Each request counts against the rate limits of the maker of the link and of the network of the viewer.',
    ok: { status: 200, formats: ['image/svg+xml'] },
    errors: ['too_many_requests'],
    pictured: ['link_invalid', 'link_expired', 'link_revoked', 'validation_failed', 'column_not_found'],
  },
} satisfies Reference
