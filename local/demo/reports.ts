/** The reports of a project, and for each whether an answer holds data. */

type Json = Record<string, unknown>
const hasItem = (list: unknown, test: (item: Json) => unknown = () => true): boolean =>
  Array.isArray(list) && list.some((item) => Boolean(test(item as Json)))
const sumOf = (counts: unknown) => Object.values(counts as Record<string, number>).reduce((total, n) => total + n, 0)

export const HAS_DATA: Record<string, (report: Json) => boolean> = {
  summary: ({ total, done, by_assignee }) => Number(total) > 0 && Number(done) > 0 && hasItem(by_assignee),
  burndown: ({ points }) => hasItem(points, ({ remaining }) => remaining) && hasItem(points, ({ ideal }) => ideal),
  burnup: ({ points }) => hasItem(points, ({ done }) => done),
  'cumulative-flow': ({ points }) => hasItem(points, ({ counts }) => sumOf(counts)),
  'cycle-time': ({ count, p85 }) => Number(count) > 0 && p85 !== null,
  'lead-time': ({ count, p85 }) => Number(count) > 0 && p85 !== null,
  throughput: ({ points }) => hasItem(points, ({ completed }) => completed),
  'time-in-column': ({ columns }) => hasItem(columns, ({ count }) => count),
  aging: ({ tasks }) => hasItem(tasks),
  workload: ({ assignees }) => hasItem(assignees, ({ open }) => open),
  forecast: ({ p50, p95 }) => p50 !== null && p95 !== null,
  activity: ({ days, by_user }) => hasItem(days) && hasItem(by_user),
}

/** The path and query of a report in the API. */
export const pathOf = (report: string, project_id: string) =>
  report === 'activity' ? `/reports/activity?project_id=${project_id}` : `/reports/projects/${project_id}/${report}`
