import type * as z from 'zod'
import { Board, Progress } from '../board/schema.ts'
import { ColumnPage } from '../columns/schema.ts'
import { MemberPage } from '../members/schema.ts'
import { Project } from '../projects/schema.ts'
import * as reports from '../reports/schema.ts'

/**
 * Something that is cached. All of them live for CACHE_SECONDS. `print` is a fingerprint of the schema
 * and part of the key: a release with another shape never reads the old one (test/node/cache.test.ts
 * says what it has to be).
 */
export type Shape<T = unknown> = { name: string; schema: z.ZodType<T>; print: string }

const shape = <T>(name: string, schema: z.ZodType<T>, print: string): Shape<T> => ({ name, schema, print })

/** Every cached shape. */
export const SHAPES = {
  board: shape('board', Board, '14mdl5y'),
  project: shape('project', Project, 'ioppfj'),
  progress: shape('progress', Progress, '13t3w7n'),
  members: shape('members', MemberPage, '17icfl7'),
  columns: shape('columns', ColumnPage, '158d5is'),
  summary: shape('summary', reports.Summary, 'lkmiel'),
  burndown: shape('burndown', reports.Burn, '9lqnc9'),
  burnup: shape('burnup', reports.Burn, '9lqnc9'),
  cumulativeFlow: shape('cumulative-flow', reports.CumulativeFlow, '2q89z'),
  cycleTime: shape('cycle-time', reports.Durations, '18gazvz'),
  leadTime: shape('lead-time', reports.Durations, '18gazvz'),
  throughput: shape('throughput', reports.Throughput, 'o204s4'),
  timeInColumn: shape('time-in-column', reports.TimeInColumn, '1bxck9'),
  aging: shape('aging', reports.Aging, 'tchbke'),
  workload: shape('workload', reports.Workload, 't3qxbv'),
  forecast: shape('forecast', reports.Forecast, '5y1k7m'),
  activity: shape('activity', reports.Activity, 'zykgse'),
}
