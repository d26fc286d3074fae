import * as z from 'zod'
import { id } from '../../../lib/fields.ts'
import { pageQuery } from '../../../lib/page.ts'
import { exampleInputs } from '../../../lib/request-examples.ts'
import { ActivityQuery, asksOneQuestion, ForecastQuery, ONE_QUESTION, ReportQuery } from '../model/schema.ts'

/** Reports whose parameters are those of `ReportQuery`. */
const PLAIN_REPORTS = [
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
export const REPORTS = [...PLAIN_REPORTS, 'forecast', 'activity'] as const
export type ReportName = (typeof REPORTS)[number]

/** Seconds for which a cache may keep what a link shows: a withdrawn link may be seen for that long. */
export const MAX_AGE = 60

/** The value of `report` in a link to a calendar. */
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
  expires_in: expiresIn(30 * DAY, 'by default 30 days, at most 366'),
}
const describeQuery = <S extends z.ZodType>(schema: S) =>
  schema.meta({ description: 'Parameters of the report. Without `from` and `to` the picture stays current' })

const LinkActivityQuery = ActivityQuery.omit({ project_id: true })
export const CreateReportLink = z
  .discriminatedUnion('report', [
    z.strictObject({
      ...common,
      report: z.enum(PLAIN_REPORTS),
      query: describeQuery(ReportQuery.strict().prefault({})),
    }),
    z.strictObject({
      ...common,
      report: z.literal('forecast'),
      query: describeQuery(
        ForecastQuery.strict()
          .refine(asksOneQuestion, { path: ['by'], message: ONE_QUESTION })
          .prefault({}),
      ),
    }),
    z.strictObject({
      ...common,
      report: z.literal('activity'),
      query: describeQuery(LinkActivityQuery.strict().prefault({})),
    }),
    z.strictObject({
      report: z.literal(CALENDAR),
      project_id: id.nullable().default(null).meta({
        description:
          'The project whose due dates it shows; null or left out: those of tasks that are assigned to you, in all your projects',
      }),
      query: z.strictObject({}).prefault({}).meta({ description: 'A calendar has no parameters' }),
      expires_in: expiresIn(YEAR, 'by default 366 days, the maximum'),
    }),
  ])
  .meta({ id: 'CreateReportLink', example: exampleInputs.report_link })
export type CreateReportLink = z.infer<typeof CreateReportLink>

export const ListReportLinks = z.object({
  ...pageQuery,
  project_id: id.optional().meta({ description: 'Only links of this project; its managers see those of all members' }),
})
export type ListReportLinks = z.infer<typeof ListReportLinks>

/** The parts of a link's path. Nothing is refused here, as the signature is checked. */
export const PicturePath = z.object({
  link: z.string().meta({ description: 'Id, maker and signature of the link' }),
  project_id: z.string().meta({ description: 'The id of the project of the report' }),
  report: z.string().meta({ description: 'The name of the report' }),
})
export type PicturePath = z.infer<typeof PicturePath>

/** Parameters of any name, as the whole query is signed. */
export const PictureQuery = z.looseObject({})
