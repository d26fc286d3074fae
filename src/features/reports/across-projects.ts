import type { Ctx } from '../../context.ts'
import { percentOf } from '../../lib/percent.ts'
import type { Activity, Overview } from './model/answers.ts'
import { daysBetween } from './model/days.ts'
import type { ActivityQuery, OverviewQuery } from './model/schema.ts'
import { envelopeOf, jsonOf, readStatements, scopeOf } from './read-report.ts'
import * as sql from './sql/across.ts'
import { selectHead } from './sql/now.ts'

/** Percentage points by which a project may be behind an even pace before it is at risk. */
const SLACK_POINTS = 20

type Project = Parameters<typeof healthOf>[0]

/** The health of a project, by its own dates and its tasks' due dates. */
function healthOf(
  project: { open: number; done: number; overdue: number; start_date: string | null; due_date: string | null },
  today: string,
): Overview['projects'][number]['health'] {
  const { open, done, overdue, start_date, due_date } = project
  if (open === 0) return done === 0 ? 'empty' : 'done'
  if (due_date !== null && due_date < today) return 'late'
  if (overdue > 0) return 'at_risk'
  if (start_date === null || due_date === null || start_date > today) return 'on_track'
  const elapsed = (100 * daysBetween(start_date, today)) / (daysBetween(start_date, due_date) + 1)
  return elapsed - percentOf(done, done + open) > SLACK_POINTS ? 'at_risk' : 'on_track'
}

/** The current state of the caller's projects; of every project for an administrator. */
export async function getOverview(ctx: Ctx, query: OverviewQuery): Promise<Overview> {
  const scope = scopeOf(ctx, null, query)
  const [heads, rows] = await readStatements(ctx, null, [selectHead(ctx, scope), sql.selectOverview(ctx, scope)])
  const head = jsonOf(heads)
  const toProject = (project: Project & Omit<Overview['projects'][number], 'health' | 'percent'>) => {
    const { open, done, start_date: _start, due_date: _due, ...rest } = project
    return { ...rest, percent: percentOf(done, done + open), health: healthOf(project, head.today) }
  }
  const envelope = envelopeOf(ctx, { ...head, from: head.today, to: head.today }, 'day')
  const { found, projects } = jsonOf(rows)
  return { ...envelope, ...(found > projects.length && { project_count: found }), projects: projects.map(toProject) }
}

/** Counts of journal rows by hour, person and action: of one project, or of all that the caller can read. */
export async function getActivity(ctx: Ctx, { project_id, user_id, ...period }: ActivityQuery): Promise<Activity> {
  const scope = scopeOf(ctx, project_id ?? null, period)
  const [heads, rows] = await readStatements(ctx, scope.project, [
    selectHead(ctx, scope),
    sql.selectActivity(ctx, scope, user_id),
  ])
  const { days, by_user, by_action } = jsonOf(rows)
  const actions = Object.fromEntries(by_action.map(({ action, count }) => [action, count]))
  return { ...envelopeOf(ctx, jsonOf(heads), 'day'), days, by_user, by_action: actions }
}
