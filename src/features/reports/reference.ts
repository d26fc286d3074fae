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
const LITTLES_LAW = "Little's law: in a stable flow, average work in progress = throughput × cycle time."

type Word = { name: string; meaning: string }
const newWord = (name: string, meaning: string): Word => ({ name, meaning })

const FORMATS = newWord(
  'formats',
  'JSON by default, or CSV (`Accept: text/csv`, or `.csv` after the path), or a picture (`Accept: image/svg+xml`, or `.svg`).',
)
const CATEGORY = newWord(
  'categories',
  'The current category of a column counts for the past too: renaming a column changes nothing, but another category changes its past. A deleted column keeps its last category. `cancelled` is neither open nor done, and not in the scope. If a task was archived unfinished, and its column becomes `done` later, it counts as finished since it came there; points count it only since the column became `done`.',
)
const SAME_COLUMN = newWord(
  'same column',
  'A column is identified by its key: renaming it changes nothing, and a column that was deleted and created again with the same key is the same column.',
)
const DAYS = newWord(
  'days',
  'A day is a calendar day in `tz`; when the clocks change, it has 23 or 25 hours. Durations count all hours, nights and weekends included.',
)
const FILTER = newWord(
  'filters',
  'Filters use the current state of tasks. For a task that was purged or went to another project they use its last state, but it is in no column. A task that came from another project counts as created when it came.',
)
const FINISHED = newWord(
  'finished',
  'A task is finished while it is in a `done` column and not in the trash. It was finished when it came there: moved from a column of another category, or created there. A move from one `done` column to another does not change this time. A task that was reopened or cancelled is not finished; if it is done again, only the last time counts. `completed_at` of the task is the same time. A deleted task does not count; a restored one counts again, with the time it had.',
)
const LEAD = `Lead time runs from the creation of a task until it was finished: 0 for one that was created in done.`
const CYCLE = newWord(
  'cycle time',
  `Cycle time runs from the first entry into an \`in_progress\` or \`review\` column until the task was finished; without such an entry, from its creation. It is elapsed time, as ${KANBAN_GUIDE} defines it, in hours.`,
)
const PERCENTILES = newWord(
  'percentiles',
  "p50, p85 and p95 interpolate linearly between the nearest tasks (PostgreSQL's percentile_cont); null if there are no tasks.",
)
const STATE = newWord(
  'points',
  'Each point shows the board at the end of that day (for a week or month: of its last day in the period); the point of the current day shows it now. A task in the trash, or archived unfinished, is not on the board until it is restored.',
)

/** The meanings of all words, for the head of the group. */
export const WORDS = [FORMATS, DAYS, FILTER, FINISHED, CYCLE, PERCENTILES, STATE, CATEGORY, SAME_COLUMN]
  .map(({ name, meaning }) => `**${name}**: ${meaning}`)
  .join('\n\n')

/** The description of a report: its own texts, and the words that it uses. */
function descriptionOf(...parts: (string | Word)[]): string {
  const own = parts.filter((part) => typeof part === 'string')
  const words = [...parts.filter((part) => typeof part !== 'string'), FORMATS].map(({ name }) => name)
  return [...own, `See the head of this group: ${words.join(', ')}.`].join('\n\n')
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
    'Tasks by column, priority and assignee, and how many were created and finished',
    a.Summary,
    'Counts current tasks, archived ones only if they are done or cancelled. `open`: neither done nor cancelled; `in_progress`: in an `in_progress` or `review` column; `overdue`: open with a due date before today; `due_soon`: open and due within 7 days. `user_id` null: unassigned. A task with two assignees counts for both.',
    '`created` counts the tasks that were created in the period, whatever their state is now; `completed` those finished in it. `previous` is the period of equal length directly before.',
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportBurndown: projectReportOf(
    'What remains to be done, day by day',
    a.Burn,
    '`scope` = `remaining` + `done`; cancelled tasks and tasks in the trash are in neither. `remaining_estimate` is the sum of the estimates that open tasks had then. `ideal` begins with the scope at the end of the start date of the project (or of the first later day on which it is not 0) and falls evenly to 0 at the end of its due date; null before it begins, and if the project lacks one of the dates. Future days have only `ideal`.',
    STATE,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportBurnup: projectReportOf(
    'What is done, compared with the scope',
    a.Burn,
    'As burndown, but `ideal` rises evenly from 0, at the beginning of the start date, to the latest scope at the end of the due date.',
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
    'How long tasks took from start to done',
    a.Durations,
    CYCLE,
    FINISHED,
    PERCENTILES,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportLeadTime: projectReportOf(
    'How long tasks took from creation to done',
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
    `Throughput, as ${KANBAN_GUIDE} defines it: the number of tasks finished per unit of time. \`start\` is the first day of each; the period may contain only a part of the first and the last. \`moving_average\` is the mean of up to 7 days, 4 weeks or 3 months, this one included. ${LITTLES_LAW}`,
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportTimeInColumn: projectReportOf(
    'How long tasks stay in each column',
    a.TimeInColumn,
    'A stay begins when a task enters a column (created, moved or restored there) and ends when it leaves it (moved, deleted, or archived unfinished); a move within the column changes nothing. If another category of the column makes an archived task count, or no longer count, a stay begins or ends then. The report counts the stays that ended in the period: a task that came twice counts twice, one that is still there not yet (see aging). `column` chooses the columns, not the tasks. Columns that were deleted come last.',
    SAME_COLUMN,
    PERCENTILES,
    DAYS,
    FILTER,
  ),
  reportAging: projectReportOf(
    'What was begun and is not finished, the oldest first',
    a.Aging,
    `Work item age, as ${KANBAN_GUIDE} defines it: the time since a task was begun, for tasks in an \`in_progress\` or \`review\` column now. A task is begun when it first enters such a column, also if it was reopened since then. \`p85\` is the 85th percentile of the cycle times in the period; a task that is older is \`at_risk\`.`,
    CYCLE,
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportWorkload: projectReportOf(
    'The open work of each member',
    a.Workload,
    'As of now: all members, and `user_id` null for unassigned tasks. `open`, `in_progress` and `overdue` are as in the summary; `estimate` is the sum of the estimates of open tasks. A task with two assignees counts for both.',
    CATEGORY,
    FILTER,
  ),
  reportForecast: projectReportOf(
    'When tasks will be done, or how many by a day',
    a.Forecast,
    'Monte Carlo: in each of 10,000 runs, every future day is a random day of the past, with the number of tasks finished on it. The past is the complete days of the period, weekends included; without `from`, it begins with the first task of the project at the earliest. With `items` (by default the tasks that are open now): the dates by which 50, 85 and 95 % of the runs have finished them, null beyond 3 years. With `by`: the counts that 50, 85 and 95 % of the runs reach or exceed by the end of that day. The first future day is tomorrow. The forecast assumes that the future is like the past.',
    FINISHED,
    CATEGORY,
    DAYS,
    FILTER,
  ),
  reportOverview: {
    summary: 'The state of my projects; of every project for an administrator',
    description: descriptionOf(
      'As of now, without archived projects; at most the 500 with the latest activity. `percent`: done tasks of those that are not cancelled. `health`: `empty` (no task that is open or done), `done` (none open), `late` (past its due date), `at_risk` (an open task is overdue, or `percent` is more than 20 points below an even pace between its dates), else `on_track`.',
    ),
    ok: reportAnswerOf(a.Overview),
  },
  reportActivity: {
    summary: 'How many events there were: when, by whom and of which kind',
    description: descriptionOf(
      'Counts the events of the journal by day and hour in `tz` (hours without any are left out), by person (null: FlowTrack itself) and by action; of all your projects (for an administrator: all projects), or of one. The picture is a heat map by weekday and hour.',
      DAYS,
    ),
    ok: reportAnswerOf(a.Activity),
    errors: ['not_found'],
  },
} satisfies Reference
