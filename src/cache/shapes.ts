import { Board, Progress } from '../board/schema.ts'
import { ColumnPage } from '../columns/schema.ts'
import { MemberPage } from '../members/schema.ts'
import { Project } from '../projects/schema.ts'
import * as reports from '../reports/schema.ts'
import { shape } from './shape.ts'

/** Every cached shape. */
export const SHAPES = {
  board: shape('board', Board, '1uwaxgy'),
  project: shape('project', Project, '10qbxn5'),
  progress: shape('progress', Progress, '13t3w7n'),
  members: shape('members', MemberPage, 'v6ttc5'),
  columns: shape('columns', ColumnPage, 'jth6iu'),
  summary: shape('summary', reports.Summary, '1w0812h'),
  burndown: shape('burndown', reports.Burn, '1d1et6v'),
  burnup: shape('burnup', reports.Burn, '1d1et6v'),
  cumulativeFlow: shape('cumulative-flow', reports.CumulativeFlow, 'wyfyaf'),
  cycleTime: shape('cycle-time', reports.Durations, '10qu5h1'),
  leadTime: shape('lead-time', reports.Durations, '10qu5h1'),
  throughput: shape('throughput', reports.Throughput, 'hz0pro'),
  timeInColumn: shape('time-in-column', reports.TimeInColumn, 'ba5qtd'),
  aging: shape('aging', reports.Aging, '1t349lg'),
  workload: shape('workload', reports.Workload, '1221zud'),
  forecast: shape('forecast', reports.Forecast, 'j9eaui'),
  activity: shape('activity', reports.Activity, 'efvc2s'),
}
