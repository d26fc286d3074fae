import { beforeAll, expect, inject, it } from 'vitest'
import { forecastCount, forecastDays } from '../../src/features/reports/forecast.ts'
import { call, newPerson, newProject, type Person } from '../support/api.ts'
import { type History, makeHistory, newDice, SEASON_DAYS, ZONES } from '../support/histories.ts'
import * as naive from '../support/replay.ts'

/** Compares each report with a second, naive computation that reads the journal row by row. */

/** How many random histories are compared. On the embedded database, 200 would take minutes. */
const HISTORIES = inject('onServer') ? 200 : 20
const PER_TEST = 5

let me: Person
let people: string[]
beforeAll(async () => {
  me = await newPerson('Ada')
  people = [me.id, (await newPerson('Grace')).id, (await newPerson('Linus')).id]
})

const NEAR = 6 // decimals of an hour: the database computes in microseconds, we in milliseconds
const closeTo = (value: number | null) => (value === null ? null : expect.closeTo(value, NEAR))
const withNearHours = <T extends { hours: number }>(tasks: T[]) =>
  tasks.map((task) => ({ ...task, hours: closeTo(task.hours) }))

/** A random period, time zone, interval and filters for the reports of a history. */
function questionFor(seed: number, { first, columns }: History): Omit<naive.Question, 'now'> {
  const random = newDice(seed * 7919)
  const at = (day: string, n: number) => naive.daysFrom(day, '2025-12-31')[n] as string
  const from = at(first, random.upTo(30))
  return {
    from,
    to: at(from, random.upTo(SEASON_DAYS)),
    tz: random.pick(ZONES),
    interval: random.pick(['day', 'day', 'week', 'month'] as const),
    ...(random.chance(0.25) && { assignee_id: random.pick(people) }),
    ...(random.chance(0.2) && { priority: random.pick(['low', 'high']) }),
    ...(random.chance(0.2) && { column: random.pick(columns).key }),
  }
}

async function compare(seed: number): Promise<void> {
  const { id } = await newProject(me.token, { name: `History ${seed}` })
  const { seq } = (await call('GET', `/projects/${id}/board`, { token: me.token })).body
  const history = await makeHistory(seed, id, people, seq)
  const asked = questionFor(seed, history)
  const query = new URLSearchParams(asked as Record<string, string>)
  let now = ''
  const ask = async (report: string, more = '') => {
    const { status, body } = await call('GET', `/reports/projects/${id}/${report}?${query}${more}`, { token: me.token })
    expect({ seed, report, status, body }).toMatchObject({
      status: 200,
      body: {
        project_id: id,
        from: asked.from,
        to: asked.to,
        tz: asked.tz,
        interval: asked.interval,
        seq: history.journal.at(-1)?.seq,
      },
    })
    now = body.generated_at
    return body
  }
  const q = () => ({ ...asked, now })

  const flow = await ask('cumulative-flow')
  const counted = flow.points.map(({ date, counts }: any) => ({
    date,
    counts: Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0)),
  }))
  expect(counted).toEqual(naive.cumulativeFlow(history, q()))

  const burn = naive.burn(history, q()).map((point) => ({ ...point, ideal: null }))
  expect((await ask('burndown')).points).toEqual(burn)
  expect((await ask('burnup')).points).toEqual(burn)

  for (const kind of ['cycle', 'lead'] as const) {
    const { count, p50, p85, p95, mean, tasks } = await ask(`${kind}-time`)
    const expected = naive.durations(history, q(), kind)
    const byId = (list: { task_id: string }[]) => list.toSorted((a, b) => (a.task_id < b.task_id ? -1 : 1))
    expect({ count, p50, p85, p95, mean, tasks: byId(tasks) }).toEqual({
      count: expected.count,
      p50: closeTo(expected.p50),
      p85: closeTo(expected.p85),
      p95: closeTo(expected.p95),
      mean: closeTo(expected.mean),
      tasks: withNearHours(byId(expected.tasks) as typeof expected.tasks),
    })
  }

  const points = naive.throughput(history, q())
  expect((await ask('throughput')).points).toEqual(
    points.map((point) => ({ ...point, moving_average: closeTo(point.moving_average) })),
  )

  const stays = naive.timeInColumn(history, q())
  const { columns } = await ask('time-in-column')
  const told = columns
    .filter(({ count }: any) => count > 0)
    .map(({ key, count, p50, p85 }: any) => [key, { count, p50, p85 }])
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(
      Object.entries(stays).map(([key, { count, p50, p85 }]) => [key, { count, p50: closeTo(p50), p85: closeTo(p85) }]),
    ),
  )

  const old = await ask('aging')
  const older = naive.aging(history, q())
  expect({ p85: old.p85, tasks: old.tasks }).toEqual({ p85: closeTo(older.p85), tasks: withNearHours(older.tasks) })

  const { by_assignee, ...sums } = await ask('summary')
  expect(sums).toMatchObject(naive.summary(history, q()))
  const { assignees } = await ask('workload')
  const shares = naive.people(history, q())
  expect(by_assignee).toHaveLength(shares.size)
  for (const [user_id, { open, in_progress, done, overdue, estimate }] of shares) {
    expect(by_assignee).toContainEqual({
      user_id,
      name: user_id && expect.any(String),
      open,
      in_progress,
      done,
      overdue,
    })
    expect(assignees).toContainEqual({
      user_id,
      name: user_id && expect.any(String),
      open,
      in_progress,
      overdue,
      estimate: closeTo(estimate),
    })
  }
  for (const { user_id, open } of assignees) if (!shares.has(user_id)) expect(open).toBe(0)

  const past = naive.throughput(history, { ...q(), interval: 'day' }).map(({ completed }) => completed)
  const days = forecastDays(5, past, 42)
  const today = naive.wallClock(now, asked.tz).day
  const date = (n: number) => (Number.isFinite(n) ? naive.daysFrom(today, '2099-12-31')[n] : null)
  expect(await ask('forecast', '&items=5&seed=42')).toMatchObject({
    p50: date(days.p50),
    p85: date(days.p85),
    p95: date(days.p95),
  })
  const { p50, p85, p95 } = forecastCount(20, past, 42)
  expect(await ask('forecast', `&by=${date(20)}&seed=42`)).toMatchObject({ p50, p85, p95 })

  const { body } = await call(
    'GET',
    `/reports/activity?project_id=${id}&from=${asked.from}&to=${asked.to}&tz=${asked.tz}`,
    { token: me.token },
  )
  const done = naive.activity(history.journal, q())
  const keyed = (list: any[], key: (row: any) => string) => Object.fromEntries(list.map((row) => [key(row), row.count]))
  expect(keyed(body.days, ({ date, hour }) => `${date} ${hour}`)).toEqual(done.days)
  expect(keyed(body.by_user, ({ user_id }) => user_id)).toEqual(done.by_user)
  expect(body.by_action).toEqual(done.by_action)
}

it.each(Array.from({ length: HISTORIES / PER_TEST }, (_, n) => n * PER_TEST + 1))(
  'agrees with a computation from the journal row by row on five histories from seed %i',
  async (first) => {
    for (let seed = first; seed < first + PER_TEST; seed += 1) await compare(seed)
  },
  120_000,
)
