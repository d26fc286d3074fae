import type { OperationReference, Reference } from '../../http/reference.ts'
import { MEDIA_TYPE } from './schema.ts'

const answers = {
  ok: { status: 200, formats: [MEDIA_TYPE] },
  errors: ['link_invalid', 'link_expired', 'link_revoked', 'too_many_requests'],
} satisfies Partial<OperationReference>

export const reference = {
  projectCalendar: {
    summary: 'The due dates of a project as a calendar (iCalendar)',
    description:
      'For a calendar program. Do not build this address: it is the `url` of a link of `POST /reports/links`. Has an all-day event for each task that has a due date and is not done, cancelled, archived or in the trash; at most 1,000, those nearest to today, with the first 1,000 characters of each description. The `UID` of an event is the id of the task and `SEQUENCE` is `updated_at` in seconds since 2026.',
    ...answers,
  },
  myCalendar: {
    summary: 'The due dates of the tasks that are assigned to the maker of a link (iCalendar)',
    description: 'As `GET /projects/{id}/calendar.ics`, for tasks of all projects that are not archived.',
    ...answers,
  },
} satisfies Reference
