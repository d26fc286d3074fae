import { Board, Progress } from '../features/board/schema.ts'
import { ColumnPage } from '../features/columns/schema.ts'
import { MemberPage } from '../features/members/schema.ts'
import { Project } from '../features/projects/schema.ts'
import * as reports from '../features/reports/model/schema.ts'
import { cachedResponse } from './cached-response.ts'

/** Every cached shape. */
export const SHAPES = {
  board: cachedResponse('board', Board, '1uwaxgy'),
  project: cachedResponse('project', Project, '10qbxn5'),
  progress: cachedResponse('progress', Progress, '13t3w7n'),
  members: cachedResponse('members', MemberPage, 'v6ttc5'),
  columns: cachedResponse('columns', ColumnPage, 'jth6iu'),
  summary: cachedResponse('summary', reports.Summary, '1w0812h'),
  burndown: cachedResponse('burndown', reports.Burn, '1d1et6v'),
  burnup: cachedResponse('burnup', reports.Burn, '1d1et6v'),
  cumulativeFlow: cachedResponse('cumulative-flow', reports.CumulativeFlow, 'wyfyaf'),
  cycleTime: cachedResponse('cycle-time', reports.Durations, '10qu5h1'),
  leadTime: cachedResponse('lead-time', reports.Durations, '10qu5h1'),
  throughput: cachedResponse('throughput', reports.Throughput, 'hz0pro'),
  timeInColumn: cachedResponse('time-in-column', reports.TimeInColumn, 'ba5qtd'),
  aging: cachedResponse('aging', reports.Aging, '1t349lg'),
  workload: cachedResponse('workload', reports.Workload, '1221zud'),
  forecast: cachedResponse('forecast', reports.Forecast, 'j9eaui'),
  activity: cachedResponse('activity', reports.Activity, 'efvc2s'),
}
