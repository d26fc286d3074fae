import type { History, JournalRow, TaskRow } from './histories.ts'

/**
 * A second implementation of the reports, as simple as possible, to compare with the SQL: reads the journal row by row
 * and day by day, and applies the definitions to it. Slow, and independent of the SQL.
 */

export type Question = {
  from: string
  to: string
  tz: string
  interval: 'day' | 'week' | 'month'
  now: string
  assignee_id?: string
  priority?: string
  column?: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The calendar day and the hour of an instant in a time zone. */
export function wallClock(at: string, tz: string): { day: string; hour: number } {
  const format =
    formats.get(tz) ??
    new Intl.DateTimeFormat('en-CA', {
      timeZone: tz,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
    })
  formats.set(tz, format)
  const parts = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]))
  return { day: `${parts.year}-${parts.month}-${parts.day}`, hour: Number(parts.hour) }
}

const dayAfter = (day: string, n = 1) =>
  new Date(Date.parse(`${day}T00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)

export function daysFrom(from: string, to: string): string[] {
  const days: string[] = []
  for (let day = from; day <= to; day = dayAfter(day)) days.push(day)
  return days
}

const mondayOf = (day: string) => dayAfter(day, -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7))
const bucketOf = (day: string, interval: Question['interval']) =>
  interval === 'day' ? day : interval === 'week' ? mondayOf(day) : day.slice(0, 7)

/** The days of a period, in one list for each day, week or month. */
const bundlesOf = ({ from, to, interval }: Question) => [
  ...Map.groupBy(daysFrom(from, to), (day) => bucketOf(day, interval)).values(),
]

const hoursBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 3_600_000

/** A percentile, `share` in 0..1: by linear interpolation between the nearest ranks. Null without values. */
export function percentile(values: number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at))
}

/** The rows of each task in order, for the tasks whose last row passes the question's filters. */
function rowsByTaskOf({ journal }: History, { assignee_id, priority, column }: Question): JournalRow[][] {
  return [...Map.groupBy(journal, ({ task_id }) => task_id).values()].filter((rows) => {
    const last = rows.at(-1) as JournalRow
    if (assignee_id && !last.data.assignee_ids.includes(assignee_id)) return false
    if (priority && last.data.priority !== priority) return false
    return !column || (last.action !== 'task.purged' && last.data.status === column)
  })
}

const withoutColumn = (question: Question): Question => ({ ...question, column: undefined })
/**
 * Whether reports count a task in this state: not if it is purged, in the trash, or archived before it was finished.
 */
const isCounted = ({ action, data }: JournalRow) =>
  action !== 'task.purged' && data.deleted_at === null && (data.archived_at === null || data.completed_at !== null)
const categoriesOf = ({ columns, gone }: History) =>
  new Map([...(gone ? [gone] : []), ...columns].map(({ key, category }) => [key, category]))

/** A task's last journal row before the end of a day; undefined if the task did not exist yet. */
const atEndOf = (rows: JournalRow[], day: string, tz: string) =>
  rows.findLast(({ created_at }) => wallClock(created_at, tz).day <= day)

export function cumulativeFlow(history: History, question: Question) {
  const rowsByTask = rowsByTaskOf(history, withoutColumn(question))
  return bundlesOf(question).map((days) => {
    const date = days.at(-1) as string
    const counts: Record<string, number> = {}
    for (const rows of rowsByTask) {
      const row = atEndOf(rows, date, question.tz)
      if (!row || !isCounted(row) || (question.column && row.data.status !== question.column)) continue
      counts[row.data.status] = (counts[row.data.status] ?? 0) + 1
    }
    return { date, counts }
  })
}

export function burn(history: History, question: Question) {
  const [rowsByTask, categories] = [rowsByTaskOf(history, question), categoriesOf(history)]
  return bundlesOf(question).map((days) => {
    const date = days.at(-1) as string
    const atEnd = rowsByTask.flatMap((rows) => atEndOf(rows, date, question.tz) ?? []).filter(isCounted)
    const of = (row: JournalRow) => categories.get(row.data.status)
    const open = atEnd.filter((row) => of(row) !== 'done' && of(row) !== 'cancelled')
    const done = atEnd.filter((row) => of(row) === 'done').length
    const estimate = open.reduce((sum, { data }) => sum + (data.estimate ?? 0), 0)
    return {
      date,
      remaining: open.length,
      done,
      scope: open.length + done,
      remaining_estimate: Math.round(estimate * 1e6) / 1e6,
    }
  })
}

type Finished = { task_id: string; number: string; title: string; completed_at: string; cycle: number; lead: number }

/** The rows of a task since it was created: the last time, if it left the project and came back. */
const presentLifeOf = (rows: JournalRow[]) => rows.slice(rows.findLastIndex(({ action }) => action === 'task.created'))

/** The columns that a task entered, and when. The first entry is its creation. */
function entriesOf(all: JournalRow[]) {
  const rows = presentLifeOf(all)
  return rows
    .filter(({ data }, n) => n === 0 || rows[n - 1]?.data.status !== data.status)
    .map(({ data, created_at }) => ({ status: data.status, at: created_at }))
}

/** When a task first entered a column of category `in_progress` or `review`; undefined if it never did. */
function begunAt(rows: JournalRow[], categories: Map<string, string>) {
  return entriesOf(rows).find(({ status }) => ['in_progress', 'review'].includes(categories.get(status) ?? ''))?.at
}

/** When a task last came to a done column from a column that is not done. */
function endedAt(rows: JournalRow[], categories: Map<string, string>) {
  const isDone = (entry?: { status: string }) => entry !== undefined && categories.get(entry.status) === 'done'
  return entriesOf(rows).findLast((entry, n, entries) => isDone(entry) && !isDone(entries[n - 1]))?.at
}

/** All tasks that are done now, whenever they were completed. `cycle` and `lead` are hours. */
export function finished(history: History, question: Question): Finished[] {
  const categories = categoriesOf(history)
  return rowsByTaskOf(history, question).flatMap((rows) => {
    const last = rows.at(-1) as JournalRow
    if (!isCounted(last) || categories.get(last.data.status) !== 'done') return []
    const completed_at = endedAt(rows, categories) as string
    const appeared = (presentLifeOf(rows)[0] as JournalRow).created_at
    const { task_id, data } = last
    const begun = begunAt(rows, categories) ?? appeared
    return [
      {
        task_id,
        number: data.number,
        title: data.title,
        completed_at,
        cycle: hoursBetween(begun, completed_at),
        lead: hoursBetween(appeared, completed_at),
      },
    ]
  })
}

const isWithin = (at: string, { from, to, tz }: Question) => {
  const { day } = wallClock(at, tz)
  return from <= day && day <= to
}

export function durations(history: History, question: Question, kind: 'cycle' | 'lead') {
  const tasks = finished(history, question).filter(({ completed_at }) => isWithin(completed_at, question))
  const hours = tasks.map((task) => task[kind])
  const mean = hours.length === 0 ? null : hours.reduce((sum, value) => sum + value, 0) / hours.length
  const listed = tasks.map(({ task_id, number, title, completed_at, ...task }) => ({
    task_id,
    number,
    title,
    completed_at,
    hours: task[kind],
  }))
  return {
    count: tasks.length,
    p50: percentile(hours, 0.5),
    p85: percentile(hours, 0.85),
    p95: percentile(hours, 0.95),
    mean,
    tasks: listed,
  }
}

export function throughput(history: History, question: Question) {
  const days = finished(history, question).map(({ completed_at }) => wallClock(completed_at, question.tz).day)
  const counts = bundlesOf(question).map((bundle) => ({
    start: bundle[0],
    completed: days.filter((day) => bundle.includes(day)).length,
  }))
  const size = { day: 7, week: 4, month: 3 }[question.interval]
  return counts.map((point, n) => {
    const recent = counts.slice(Math.max(0, n - size + 1), n + 1)
    return { ...point, moving_average: recent.reduce((sum, { completed }) => sum + completed, 0) / recent.length }
  })
}

export function timeInColumn(history: History, question: Question) {
  const stays: { key: string; hours: number }[] = []
  for (const rows of rowsByTaskOf(history, withoutColumn(question))) {
    let here: { key: string; since: string } | undefined
    for (const row of rows) {
      const key = isCounted(row) ? row.data.status : undefined
      if (key === here?.key) continue
      if (here && isWithin(row.created_at, question))
        stays.push({ key: here.key, hours: hoursBetween(here.since, row.created_at) })
      here = key === undefined ? undefined : { key, since: row.created_at }
    }
  }
  const byKey = Map.groupBy(
    stays.filter(({ key }) => !question.column || key === question.column),
    ({ key }) => key,
  )
  return Object.fromEntries(
    [...byKey].map(([key, list]) => {
      const hours = list.map((stay) => stay.hours)
      return [key, { count: hours.length, p50: percentile(hours, 0.5), p85: percentile(hours, 0.85) }]
    }),
  )
}

export function aging(history: History, question: Question) {
  const categories = categoriesOf(history)
  const p85 = durations(history, withoutColumn(question), 'cycle').p85
  const tasks = rowsByTaskOf(history, question).flatMap((rows) => {
    const { task_id, data, ...last } = rows.at(-1) as JournalRow
    if (
      !isCounted({ task_id, data, ...last }) ||
      !['in_progress', 'review'].includes(categories.get(data.status) ?? '')
    )
      return []
    const hours = hoursBetween(begunAt(rows, categories) as string, question.now)
    return [
      {
        task_id,
        number: data.number,
        title: data.title,
        status: data.status,
        hours,
        at_risk: p85 !== null && hours > p85,
      },
    ]
  })
  return { p85, tasks: tasks.toSorted((a, b) => b.hours - a.hours) }
}

/** The tasks that count now, with the category of their column. */
function liveTasksOf(history: History, question: Question): (TaskRow & { category: string })[] {
  const categories = categoriesOf(history)
  return rowsByTaskOf(history, question).flatMap((rows) => {
    const last = rows.at(-1) as JournalRow
    return isCounted(last) ? [{ ...last.data, category: categories.get(last.data.status) as string }] : []
  })
}

const isOpen = ({ category }: { category: string }) => category !== 'done' && category !== 'cancelled'
const isBegun = ({ category }: { category: string }) => category === 'in_progress' || category === 'review'

/** The numbers of the workload report for each user id; under null, those of tasks without assignees. */
export function people(history: History, question: Question) {
  const today = wallClock(question.now, question.tz).day
  const shares = liveTasksOf(history, question).flatMap((task) =>
    (task.assignee_ids.length === 0 ? [null] : task.assignee_ids).map((user_id) => ({ ...task, user_id })),
  )
  const shown = shares.filter(({ user_id }) => !question.assignee_id || user_id === question.assignee_id)
  return new Map(
    [...Map.groupBy(shown, ({ user_id }) => user_id)].map(([user_id, tasks]) => {
      const open = tasks.filter(isOpen)
      return [
        user_id,
        {
          open: open.length,
          in_progress: tasks.filter(isBegun).length,
          done: tasks.filter(({ category }) => category === 'done').length,
          overdue: open.filter(({ due_date }) => due_date !== null && due_date < today).length,
          estimate: open.reduce((sum, { estimate }) => sum + (estimate ?? 0), 0),
        },
      ]
    }),
  )
}

export function summary(history: History, question: Question) {
  const { from, to, tz, now } = question
  const today = wallClock(now, tz).day
  const tasks = liveTasksOf(history, question)
  const count = (test: (task: (typeof tasks)[number]) => boolean) => tasks.filter(test).length
  const length = daysFrom(from, to).length
  const before = { ...question, from: dayAfter(from, -length), to: dayAfter(from, -1) }
  const appeared = rowsByTaskOf(history, question)
    .flat()
    .flatMap(({ action, created_at }) => (action === 'task.created' ? created_at : []))
  const ended = finished(history, question).map(({ completed_at }) => completed_at)
  const twice = (moments: string[]) => ({
    current: moments.filter((at) => isWithin(at, question)).length,
    previous: moments.filter((at) => isWithin(at, before)).length,
  })
  const [total, done, cancelled] = [
    tasks.length,
    count(({ category }) => category === 'done'),
    count(({ category }) => category === 'cancelled'),
  ]
  return {
    total,
    done,
    cancelled,
    percent: total === cancelled ? 0 : Math.round((done / (total - cancelled)) * 1000) / 10,
    by_status: Object.fromEntries(history.columns.map(({ key }) => [key, count(({ status }) => status === key)])),
    by_priority: Object.fromEntries(
      ['none', 'low', 'medium', 'high', 'urgent'].map((key) => [key, count(({ priority }) => priority === key)]),
    ),
    overdue: count((task) => isOpen(task) && task.due_date !== null && task.due_date < today),
    due_soon: count(
      (task) => isOpen(task) && task.due_date !== null && task.due_date >= today && task.due_date <= dayAfter(today, 7),
    ),
    created: twice(appeared),
    completed: twice(ended),
  }
}

export function activity(rows: { created_at: string; user_id: string; action: string }[], question: Question) {
  const shown = rows.filter(({ created_at }) => isWithin(created_at, question))
  const count = (key: (row: (typeof shown)[number]) => string) =>
    Object.fromEntries([...Map.groupBy(shown, key)].map(([name, list]) => [name, list.length]))
  return {
    days: count(({ created_at }) => Object.values(wallClock(created_at, question.tz)).join(' ')),
    by_user: count(({ user_id }) => user_id),
    by_action: count(({ action }) => action),
  }
}
