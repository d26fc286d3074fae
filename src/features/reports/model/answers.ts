import * as z from 'zod'
import { instant } from '../../../lib/answers.ts'
import { id } from '../../../lib/fields.ts'
import { category } from '../../columns/schema.ts'
import { interval } from './schema.ts'

const date = z.iso.date()
const count = z.int()
const hours = z.number().meta({ description: 'Hours' })
const hoursOrNull = hours.nullable()

export const Envelope = z.object({
  project_id: id.nullable().meta({ description: 'null: across projects' }),
  project_name: z.string().nullable(),
  from: date,
  to: date,
  tz: z.string(),
  interval,
  seq: count.nullable().meta({ description: "The project's seq at which this is true; null across projects" }),
  generated_at: instant,
})
export type Envelope = z.infer<typeof Envelope>

const reportSchemaOf = <S extends z.ZodRawShape>(name: string, shape: S) =>
  Envelope.extend(shape).meta({ id: `${name}Report` })

const columnName = z.string().nullable().meta({ description: 'null: the column has been deleted' })
const names = z
  .record(z.string(), z.string())
  .meta({ description: 'Names of the columns by key, in the order of the board' })

const change = z.object({ current: count, previous: count })
export const Summary = reportSchemaOf('Summary', {
  total: count,
  done: count,
  cancelled: count,
  percent: z.number().meta({
    description:
      'Done tasks in percent of those that are not cancelled, with one decimal: 100 only if all are done, 0 only if none is',
  }),
  by_status: z.record(z.string(), count),
  names,
  by_priority: z.record(z.string(), count),
  by_assignee: z.array(
    z.object({
      user_id: id.nullable(),
      name: z.string().nullable(),
      open: count,
      in_progress: count,
      done: count,
      overdue: count,
    }),
  ),
  overdue: count,
  due_soon: count,
  created: change,
  completed: change,
})
export type Summary = z.infer<typeof Summary>

export const Burn = reportSchemaOf('Burn', {
  points: z.array(
    z.object({
      date,
      remaining: count.nullable().meta({ description: 'null: the day is in the future' }),
      done: count.nullable(),
      scope: count.nullable(),
      remaining_estimate: z.number().nullable(),
      ideal: z
        .number()
        .nullable()
        .meta({ description: 'null: the project has no start date or no due date, or the line has not begun' }),
    }),
  ),
})
export type Burn = z.infer<typeof Burn>

export const CumulativeFlow = reportSchemaOf('CumulativeFlow', {
  columns: z.array(z.string()),
  names: z.record(z.string(), columnName),
  categories: z.record(z.string(), category.nullable()),
  points: z.array(z.object({ date, counts: z.record(z.string(), count) })),
})
export type CumulativeFlow = z.infer<typeof CumulativeFlow>

export const FinishedTask = z.object({
  task_id: id,
  number: z.string(),
  title: z.string(),
  completed_at: instant,
  hours,
})
export const Durations = reportSchemaOf('Durations', {
  count,
  p50: hoursOrNull,
  p85: hoursOrNull,
  p95: hoursOrNull,
  mean: hoursOrNull,
  tasks: z.array(FinishedTask).meta({ description: 'In the order of completion; at most the last 5,000' }),
})
export type Durations = z.infer<typeof Durations>

export const Throughput = reportSchemaOf('Throughput', {
  points: z.array(z.object({ start: date, completed: count, moving_average: z.number() })),
})
export type Throughput = z.infer<typeof Throughput>

export const TimeInColumn = reportSchemaOf('TimeInColumn', {
  columns: z.array(z.object({ key: z.string(), name: columnName, count, p50: hoursOrNull, p85: hoursOrNull })),
})
export type TimeInColumn = z.infer<typeof TimeInColumn>

export const Aging = reportSchemaOf('Aging', {
  p85: hoursOrNull,
  names,
  task_count: count.optional().meta({ description: 'How many there are; only when `tasks` is cut' }),
  tasks: z
    .array(
      z.object({ task_id: id, number: z.string(), title: z.string(), status: z.string(), hours, at_risk: z.boolean() }),
    )
    .meta({ description: 'The oldest first; at most 5,000' }),
})
export type Aging = z.infer<typeof Aging>

export const Workload = reportSchemaOf('Workload', {
  assignees: z.array(
    z.object({
      user_id: id.nullable().meta({ description: 'null: unassigned' }),
      name: z.string().nullable(),
      open: count,
      in_progress: count,
      overdue: count,
      estimate: z.number(),
    }),
  ),
})
export type Workload = z.infer<typeof Workload>

const outcome = z.union([date, count]).nullable()
export const Forecast = reportSchemaOf('Forecast', {
  items: count.nullable(),
  by: date.nullable(),
  seed: count,
  runs: count,
  p50: outcome.meta({ description: 'A date for `items` (null: not within 3 years), a count for `by`' }),
  p85: outcome,
  p95: outcome,
  outcomes: z.array(z.object({ value: z.union([date, count]), runs: count })),
})
export type Forecast = z.infer<typeof Forecast>

export const HEALTH = ['empty', 'done', 'on_track', 'at_risk', 'late'] as const
export const Overview = reportSchemaOf('Overview', {
  project_count: count.optional().meta({ description: 'How many there are; only when `projects` is cut' }),
  projects: z.array(
    z.object({
      id,
      key: z.string(),
      name: z.string(),
      percent: z.number().meta({ description: 'As in the summary' }),
      overdue: count,
      health: z.enum(HEALTH),
      last_activity_at: instant.nullable(),
    }),
  ),
})
export type Overview = z.infer<typeof Overview>

export const Activity = reportSchemaOf('Activity', {
  days: z.array(z.object({ date, hour: z.int().min(0).max(23), count })),
  by_user: z.array(z.object({ user_id: id.nullable(), name: z.string().nullable(), count })),
  by_action: z.record(z.string(), count),
})
export type Activity = z.infer<typeof Activity>
