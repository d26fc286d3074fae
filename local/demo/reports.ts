/** Reports of a project, and whether each has something to say. */

type Json = Record<string, unknown>
const some = (list: unknown, test: (item: Json) => unknown = () => true): boolean =>
  Array.isArray(list) && list.some((item) => Boolean(test(item as Json)))
const sum = (counts: unknown) => Object.values(counts as Record<string, number>).reduce((total, n) => total + n, 0)

export const SAYS_SOMETHING: Record<string, (report: Json) => boolean> = {
  summary: ({ total, done, by_assignee }) => Number(total) > 0 && Number(done) > 0 && some(by_assignee),
  burndown: ({ points }) => some(points, ({ remaining }) => remaining) && some(points, ({ ideal }) => ideal),
  burnup: ({ points }) => some(points, ({ done }) => done),
  'cumulative-flow': ({ points }) => some(points, ({ counts }) => sum(counts)),
  'cycle-time': ({ count, p85 }) => Number(count) > 0 && p85 !== null,
  'lead-time': ({ count, p85 }) => Number(count) > 0 && p85 !== null,
  throughput: ({ points }) => some(points, ({ completed }) => completed),
  'time-in-column': ({ columns }) => some(columns, ({ count }) => count),
  aging: ({ tasks }) => some(tasks),
  workload: ({ assignees }) => some(assignees, ({ open }) => open),
  forecast: ({ p50, p95 }) => p50 !== null && p95 !== null,
  activity: ({ days, by_user }) => some(days) && some(by_user),
}

/** Where a report is found. */
export const pathOf = (report: string, project_id: string) =>
  report === 'activity' ? `/reports/activity?project_id=${project_id}` : `/reports/projects/${project_id}/${report}`
