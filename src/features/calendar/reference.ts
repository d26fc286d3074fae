import type { OperationReference, Reference } from '../../http/reference.ts'
import { MEDIA_TYPE } from './schema.ts'

const answers = {
  ok: { status: 200, formats: [MEDIA_TYPE] },
  errors: ['link_invalid', 'link_expired', 'link_revoked', 'too_many_requests'],
} satisfies Partial<OperationReference>
const EVENTS =
  'For a calendar program: a link of `POST /reports/links` has it as its `url`. An all-day event for each task that has a due day and is not done, cancelled, archived or in the trash; at most 1,000, those nearest to today, with the first 1,000 characters of their descriptions. Its `UID` is the id of the task and its `SEQUENCE` is `updated_at` in seconds since 2026.'

export const reference = {
  projectCalendar: {
    summary: 'The due days of a project as a calendar (iCalendar)',
    description: EVENTS,
    ...answers,
  },
  myCalendar: {
    summary:
      'The due days of what is assigned to the maker of a link, in all their projects, as a calendar (iCalendar)',
    description: `${EVENTS} Tasks of archived projects are left out.`,
    ...answers,
  },
} satisfies Reference
