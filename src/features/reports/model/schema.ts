import * as z from 'zod'
import { day, id, prose, timezone, wholeNumber } from '../../../lib/fields.ts'
import { priority } from '../../tasks/schema.ts'

export const INTERVALS = ['day', 'week', 'month'] as const
export const interval = z.enum(INTERVALS).meta({ id: 'ReportInterval' })

const tz = timezone.optional().meta({ description: 'IANA time zone of all days; by default that of your account' })
/** Dates computed from it must stay within the years that a date can have. */
const reportDay = day.refine(
  (value) => value >= '1900-01-01' && value < '3000-01-01',
  'must be in the years 1900 to 2999',
)
const period = {
  from: reportDay.optional().meta({ description: 'First day; by default 89 days before `to`' }),
  to: reportDay
    .optional()
    .meta({ description: 'Last day, included; by default today (or `from`, if later). At most 3 years after `from`' }),
  tz,
}
const filter = {
  assignee_id: id.optional().meta({ description: 'Only tasks that are assigned to this person now' }),
  priority: priority.optional().meta({ description: 'Only tasks of this priority now' }),
}

export const ReportQuery = z.object({
  ...period,
  interval: interval.default('day').meta({ description: 'Length of each step; weeks begin on Monday (ISO 8601)' }),
  ...filter,
  column: prose(40).optional().meta({
    description: 'Key of a column: only tasks that are in it now; in a report by column, only this column',
  }),
})
export type ReportQuery = z.infer<typeof ReportQuery>

export const ForecastQuery = ReportQuery.extend({
  items: wholeNumber(0, 100_000).optional().meta({
    description: 'When will this many tasks be done? By default, the number of open tasks',
  }),
  by: reportDay.optional().meta({ description: 'How many tasks will be done by the end of this day?' }),
  seed: wholeNumber(0, 2 ** 32 - 1)
    .prefault(1)
    .meta({ description: 'The same seed and the same past give the same answer' }),
})
export type ForecastQuery = z.infer<typeof ForecastQuery>
/** A forecast says when a number of tasks is done, or how many are done by a day. */
export const asksOneQuestion = ({ items, by }: ForecastQuery) => items === undefined || by === undefined
export const ONE_QUESTION = 'cannot be combined with items: leave one out'

export const OverviewQuery = z.object({ tz, ...filter })
export type OverviewQuery = z.infer<typeof OverviewQuery>

export const ActivityQuery = z.object({
  ...period,
  project_id: id.optional().meta({ description: 'Only this project' }),
  user_id: id.optional().meta({ description: 'Only what this person did' }),
})
export type ActivityQuery = z.infer<typeof ActivityQuery>
