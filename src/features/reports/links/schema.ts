import * as z from 'zod'
import { id } from '../../../lib/fields.ts'
import { pageQuery } from '../../../lib/page.ts'
import { exampleInputs } from '../../../lib/request-examples.ts'
import { ActivityQuery, ForecastQuery, ReportQuery } from '../model/schema.ts'

/** Reports that answer the same questions. */
const PLAIN = [
  'summary',
  'burndown',
  'burnup',
  'cumulative-flow',
  'cycle-time',
  'lead-time',
  'throughput',
  'time-in-column',
  'aging',
  'workload',
] as const
export const REPORTS = [...PLAIN, 'forecast', 'activity'] as const
export type ReportName = (typeof REPORTS)[number]

/** Seconds for which what a link shows, or its refusal as a picture, may be shown again: so long a withdrawn one may be seen. */
export const MAX_AGE = 60

/** What stands for the name of a report in a link to a calendar. */
export const CALENDAR = 'calendar'

const DAY = 86_400
const YEAR = 366 * DAY
const expiresIn = (usual: number, said: string) =>
  z
    .int()
    .min(60)
    .max(YEAR)
    .default(usual)
    .meta({ description: `Seconds until it ends; ${said}` })
const common = {
  project_id: id,
  expires_in: expiresIn(30 * DAY, '30 days unless you say otherwise, a year at most'),
}
const query = <S extends z.ZodType>(schema: S) =>
  schema.meta({ description: 'As in the query of the report. Without `from` and `to` the picture stays current' })

const ofActivity = ActivityQuery.omit({ project_id: true })
export const CreateLink = z
  .discriminatedUnion('report', [
    z.strictObject({ ...common, report: z.enum(PLAIN), query: query(ReportQuery.strict().prefault({})) }),
    z.strictObject({ ...common, report: z.literal('forecast'), query: query(ForecastQuery.strict().prefault({})) }),
    z.strictObject({ ...common, report: z.literal('activity'), query: query(ofActivity.strict().prefault({})) }),
    z.strictObject({
      report: z.literal(CALENDAR),
      project_id: id.nullable().default(null).meta({
        description:
          'The project whose due days it shows; without one those of what is assigned to me, in all my projects',
      }),
      query: z.strictObject({}).prefault({}).meta({ description: 'A calendar is asked nothing' }),
      expires_in: expiresIn(YEAR, 'a year unless you say less'),
    }),
  ])
  .meta({ id: 'CreateReportLink', example: exampleInputs.report_link })
export type CreateLink = z.infer<typeof CreateLink>

export const ListLinks = z.object({
  ...pageQuery,
  project_id: id.optional().meta({ description: 'Only of this project; its managers see those of all members' }),
})
export type ListLinks = z.infer<typeof ListLinks>

/** A link taken apart. What is wrong with it is for its signature to say: nothing here is refused. */
export const Picture = z.object({
  link: z.string().meta({ description: 'Id, maker and signature' }),
  project_id: z.string().meta({ description: 'The project that it is of' }),
  report: z.string().meta({ description: 'The name of the report' }),
})
export type Picture = z.infer<typeof Picture>

/** The whole query is signed, and so of no fixed names. */
export const PictureQuery = z.looseObject({})
