import type * as z from 'zod'
import type { OperationReference, Reference } from '../../http/reference.ts'
import * as a from './model/answers.ts'

/*
 * What the words of the reports mean, explained once: at the head of their group in the reference. Every
 * route names those that it uses.
 * Sources: The Kanban Guide (kanbanguides.org, 2025): started, finished, WIP, cycle time, work item
 * age, throughput. Little, "A Proof for the Queuing Formula L = λW" (1961): work in progress =
 * throughput × cycle time, on average, in a flow that is stable.
 */

const KANBAN_GUIDE = 'The Kanban Guide (https://kanbanguides.org)'
const LITTLES_LAW =
  "Little's law (J. D. C. Little, 1961): on average, and in a stable flow, work in progress = throughput × cycle time."

type Word = { name: string; meaning: string }
const newWord = (name: string, meaning: string): Word => ({ name, meaning })

const FORMATS = newWord(
  'formats',
  'JSON, or CSV (`Accept: text/csv`, or `.csv` after the path), or a picture (`Accept: image/svg+xml`, or `.svg`).',
)
const CATEGORY = newWord(
  'categories',
  'A column means what its category says now, for the past too: renaming a column changes nothing, and giving it another category changes its past too. A deleted column keeps its last category. `cancelled` is neither open nor done, and not in the scope. A task that was archived unfinished, in a column that becomes `done` later, is finished since it came there; points count it only since the column became `done`.',
)
const SAME_COLUMN = newWord(
  'same column',
  'A column is identified by its key: renaming it changes nothing, and one that was deleted and made again under the same key is the same column.',
)
const DAYS = newWord(
  'days',
  'A day is a calendar day in `tz`, of 23 or 25 hours when the clocks change. An hour is always 60 minutes, nights and weekends included.',
)
const FILTER = newWord(
  'filters',
  'Filters look at tasks as they are now. For a purged one, or one that went to another project, its last state counts, but it is in no column. One that came from another project counts as created then.',
)
const FINISHED = newWord(
  'finished',
  'A task is finished while it is in a `done` column and not in the trash, since it came there: moved from a column of another category, or created there. From one `done` column to another, by hand or because its column was deleted, it stays finished since then. Reopened or cancelled, it is not finished; done again, only the last time counts. The `completed_at` of the task says the same. Deleting it takes it out, restoring it brings it back with the time it had. A cancelled task is not finished.',
)
const LEAD = `Lead time runs from the creation of a task until it was finished: 0 for one that was created in done.`
const CYCLE = newWord(
  'cycle time',
  `Cycle time runs from the first entry into an \`in_progress\` or \`review\` column until the task was finished; from creation when there was none. Elapsed time, as ${KANBAN_GUIDE} defines it, in hours.`,
)
const PERCENTILES = newWord(
  'percentiles',
  "p50, p85 and p95 interpolate linearly between the nearest tasks (PostgreSQL's percentile_cont); null when there is none.",
)
const STATE = newWord(
  'points',
  'Each point is the board as it was at the end of that day (for a week or month: its last day in the period), the current day as it is now. A task in the trash, or archived unfinished, is not on the board until it is restored.',
)

/** The meanings of all words, for the head of the group. */
export const WORDS = [FORMATS, DAYS, FILTER, FINISHED, CYCLE, PERCENTILES, STATE, CATEGORY, SAME_COLUMN]
  .map(({ name, meaning }) => `**${name}**: ${meaning}`)
  .join('\n\n')

/** The description of a report: its own texts, and the words that it uses. */
function descriptionOf(...parts: (string | Word)[]): string {
  const own = parts.filter((part) => typeof part === 'string')
  const words = [...parts.filter((part) => typeof part !== 'string'), FORMATS].map(({ name }) => name)
  return [...own, `Explained at the head of this group: ${words.join(', ')}.`].join('\n\n')
}

const reportAnswerOf = (schema: z.ZodType): OperationReference['ok'] => ({
  status: 200,
  schema,
  formats: ['text/csv', 'image/svg+xml'],
})

/** A report of one project. */
const projectReportOf = (summary: string, schema: z.ZodType, ...parts: (string | Word)[]): OperationReference => ({
  summary,
  description: descriptionOf(...parts),
  ok: reportAnswerOf(schema),
  errors: ['not_found', 'column_not_found'],
})

export const reference = {
  reportSummary: projectReportOf(
    'Tasks by column, priority and assignee, and what was created and finished',
    a.Summary,
    'Counts are of tasks now, with archived ones if they are done or cancelled. `open` is neither done nor cancelled, `in_progress` is in an `in_progress` or `review` column, `overdue` is open with a due date before today, `due_soon` open and due within 7 days. `user_id` null: unassigned. A task with two assignees counts for both.',
    '`created` counts tasks created in the period, whatever became of them; `completed` those finished in it. `previous` is the period of equal length right before.',
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportBurndown: projectReportOf(
    'What remains to be done, day by day',
    a.Burn,
    '`scope` = `remaining` + `done`; cancelled tasks and the trash are in neither. `remaining_estimate` adds up the estimates that open tasks had then. `ideal` begins with the scope that the project had at the end of its start date (or of the first day after it that had any) and falls evenly to 0 at the end of its due date; null before it begins, and unless the project has both dates. Days to come have only `ideal`.',
    STATE,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportBurnup: projectReportOf(
    'What is done, against a scope that may grow',
    a.Burn,
    'As burndown, but `ideal` rises evenly from 0, where the start date begins, to the latest scope at the end of the due date.',
    STATE,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportCumulativeFlow: projectReportOf(
    'Tasks in each column, day by day',
    a.CumulativeFlow,
    `A band that widens is a queue that grows. ${LITTLES_LAW}`,
    STATE,
    'Columns come in the order of the board; those that were deleted, and held tasks in the period, come last. `column` chooses the columns, not the tasks.',
    SAME_COLUMN,
    DAYS,
    FILTER,
  ),
  reportCycleTime: projectReportOf(
    'How long tasks took from begun to done',
    a.Durations,
    CYCLE,
    FINISHED,
    PERCENTILES,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportLeadTime: projectReportOf(
    'How long tasks took from created to done',
    a.Durations,
    LEAD,
    FINISHED,
    PERCENTILES,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportThroughput: projectReportOf(
    'Tasks finished per day, week or month',
    a.Throughput,
    `Throughput, as ${KANBAN_GUIDE} defines it: the number of tasks finished per unit of time. \`start\` is the first day of each; the first and the last may be cut short by the period. \`moving_average\` is the mean of up to 7 days, 4 weeks or 3 months, this one included. ${LITTLES_LAW}`,
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportTimeInColumn: projectReportOf(
    'How long tasks stay in each column',
    a.TimeInColumn,
    'A stay begins when a task enters a column (created, moved or restored there) and ends when it leaves it (moved on, deleted, or archived unfinished); moving within the column does neither. An archived task that counts, or no longer counts, because its column got another category begins or ends a stay then. Counted are the stays that ended in the period: a task that came twice counts twice, one that is still there not yet (see aging). `column` chooses the columns, not the tasks. Columns that were deleted come last.',
    SAME_COLUMN,
    PERCENTILES,
    DAYS,
    FILTER,
  ),
  reportAging: projectReportOf(
    'What was begun and is not finished, the oldest first',
    a.Aging,
    `Work item age, as ${KANBAN_GUIDE} defines it: the time since a task was begun, for tasks in an \`in_progress\` or \`review\` column now. It is begun with its first entry into such a column, also when it was reopened since. \`p85\` is the 85th percentile of the cycle times in the period; a task that is older is \`at_risk\`.`,
    CYCLE,
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportWorkload: projectReportOf(
    'The open work of each member',
    a.Workload,
    'As of now. All members, and `user_id` null for unassigned tasks. `open` is neither done nor cancelled, `in_progress` in an `in_progress` or `review` column, `overdue` open with a due date before today, `estimate` the sum over open tasks. A task with two assignees counts for both.',
    CATEGORY,
    FILTER,
  ),
  reportForecast: projectReportOf(
    'When tasks will be done, or how many by a day',
    a.Forecast,
    'Monte Carlo: 10,000 runs, each drawing for every day to come a day of the past at random, with what was finished on it. The past is the whole days of the period, weekends included. With `items` (by default what is open now): the dates by which 50, 85 and 95 % of the runs had finished them, null beyond 3 years. With `by`: the counts that 50, 85 and 95 % of the runs reached at least by the end of that day. The draw begins tomorrow. It assumes that the future is like the past. The same `seed` and the same past give the same answer.',
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportOverview: {
    summary: 'The state of my projects; of every project for an administrator',
    description: descriptionOf(
      'As of now, without archived projects; at most the 500 with the latest activity. `percent`: done tasks of those that are not cancelled. `health`: `empty` (no task that is open or done), `done` (none open), `late` (past its due date), `at_risk` (an open task is overdue, or it is 20 points behind an even pace between its dates), else `on_track`.',
    ),
    ok: reportAnswerOf(a.Overview),
  },
  reportActivity: {
    summary: 'When, by whom and what was done',
    description: descriptionOf(
      'Rows of the journal, by day and hour in `tz` (hours without any are left out), by person (null: FlowTrack itself) and by action; of all my projects (for an administrator all), or of one. The picture is a heat map by weekday and hour.',
      DAYS,
    ),
    ok: reportAnswerOf(a.Activity),
    errors: ['not_found'],
  },
} satisfies Reference
