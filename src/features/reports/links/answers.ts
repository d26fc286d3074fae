import * as z from 'zod'
import { instant, pageOf } from '../../../lib/answers.ts'
import { examples } from '../../../lib/examples.ts'
import { id } from '../../../lib/fields.ts'
import { CALENDAR, REPORTS } from './schema.ts'

export const ReportLink = z
  .object({
    id,
    project_id: id.nullable().meta({ description: 'null: a calendar of what is assigned to its maker' }),
    user_id: id.meta({
      description: 'Who made the link. It shows what this person may see, and only while they have access',
    }),
    report: z.enum([...REPORTS, CALENDAR]),
    query: z.record(z.string(), z.string()),
    url: z.string().nullable().meta({
      description:
        'Anybody who has it sees the picture or the calendar; null if somebody else made it. It begins with the setting `PUBLIC_URL`. Without that setting it begins with the origin of the request on localhost and workers.dev, and is only a path elsewhere',
    }),
    expires_at: instant,
    created_at: instant,
  })
  .meta({ id: 'ReportLink', example: examples.link })
export type ReportLink = z.infer<typeof ReportLink>
export const ReportLinkPage = pageOf(ReportLink).meta({ id: 'ReportLinkPage' })
