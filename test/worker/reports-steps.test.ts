import { expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask } from '../support/api.ts'
import { freshKey, JournalBuilder, toNdjson, upload } from '../support/exports.ts'
import { makeHistory } from '../support/histories.ts'

/** `task_steps` holds the steps of tasks, which the journal has in another form. The two must always agree. */

const sql = database()
const ordered = (rows: Record<string, any>[]) =>
  rows.toSorted((a, b) => Number(a.seq) - Number(b.seq)).map((row) => JSON.stringify(row))

/** The stored steps of a project. Expects them to be equal to the steps that `journal_steps` reads from the journal. */
async function stepsOf(project_id: string): Promise<Record<string, any>[]> {
  const [kept, told] = await sql.transaction(
    [sql`select * from task_steps where project_id = ${project_id}`, sql`select * from journal_steps(${project_id})`],
    { readOnly: true, isolationLevel: 'RepeatableRead' },
  )
  expect(ordered(kept ?? [])).toEqual(ordered(told ?? []))
  return kept ?? []
}

it('records a step for each creation, move, estimate, deletion, restore and purge of a task', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const [first, second] = [await newTask(token, id, { estimate: 3 }), await newTask(token, id, { status: 'review' })]
  const move = (query: string, { id }: { id: string } = first) => call('PATCH', `/tasks/${id}/move?${query}`, { token })
  const of = async ({ id: task_id }: { id: string }) =>
    (await stepsOf(id)).filter((step) => step.task_id === task_id).toSorted((a, b) => Number(a.seq) - Number(b.seq))
  await move('status=in_progress')
  await move('status=review')
  await move(`status=review&before=${second.id}`) // no step: it stays in its column
  await call('PATCH', `/tasks/${first.id}`, { token, body: { title: 'Renamed', priority: 'high' } }) // no step either
  await call('PATCH', `/tasks/${first.id}`, { token, body: { estimate: 5 } })
  await move('status=done')
  await call('DELETE', `/tasks/${first.id}`, { token })
  await call('DELETE', `/projects/${id}/columns/done?move_to=todo`, { token })
  await call('POST', `/tasks/${first.id}/restore`, { token })
  const steps = await of(first)
  expect(
    steps.map(({ status, was_status, here, was_here, estimate, had }) => [
      was_status,
      was_here,
      had,
      status,
      here,
      estimate,
    ]),
  ).toEqual([
    [null, false, 0, 'todo', true, 3],
    ['todo', true, 3, 'in_progress', true, 3],
    ['in_progress', true, 3, 'review', true, 3],
    ['review', true, 3, 'review', true, 5],
    ['review', true, 5, 'done', true, 5],
    ['done', true, 5, 'done', false, 5],
    ['done', false, 5, 'todo', false, 5],
    ['todo', false, 5, 'todo', true, 5],
  ])
  const [made, begun, reviewed, , done] = steps.map(({ at }) => at)
  expect(steps.map(({ entered_at }) => entered_at)).toEqual([null, made, begun, reviewed, reviewed, done, null, null])

  await call('DELETE', `/tasks/${second.id}`, { token })
  await sql.transaction([sql`select set_actor(null)`, sql`delete from tasks where id = ${second.id}`])
  expect((await of(second)).at(-1)).toMatchObject({ status: 'review', here: false, was_here: false })
})

it('treats a task that was transferred away and back as a new task', async () => {
  const { token } = await newPerson()
  const [here, there] = [await newProject(token), await newProject(token)]
  const { id } = await newTask(token, here.id, { status: 'in_progress', estimate: 3 })
  const go = async (method: string, path: string, body?: object) => {
    const answer = await call(method, path, { token, body })
    expect(answer.status).toBeLessThan(300)
    return answer.body
  }
  const transfer = (project_id: string, status: string) => go('POST', `/tasks/${id}/transfer`, { project_id, status })
  await go('PATCH', `/tasks/${id}/move?status=done`)
  const first = await go('GET', `/tasks/${id}`)
  await transfer(there.id, 'todo')
  const back = await transfer(here.id, 'done')
  expect(back.completed_at > first.completed_at).toBe(true)
  const steps = (await stepsOf(here.id)).toSorted((a, b) => Number(a.seq) - Number(b.seq))
  expect(steps.map(({ was_status, was_here, status, here }) => [was_status, was_here, status, here])).toEqual([
    [null, false, 'in_progress', true],
    ['in_progress', true, 'done', true],
    ['done', true, 'done', false],
    [null, false, 'done', true],
  ])

  const report = (name: string) => go('GET', `/reports/projects/${here.id}/${name}`)
  for (const name of ['lead-time', 'cycle-time'])
    expect((await report(name)).tasks).toMatchObject([{ completed_at: back.completed_at, hours: 0 }])
  expect((await report('summary')).created.current).toBe(2) // it came twice
  for (const category of ['review', 'done']) await go('PATCH', `/projects/${here.id}/columns/done`, { category })
  expect(await go('GET', `/tasks/${id}`)).toMatchObject({ started_at: null, completed_at: back.completed_at })

  await transfer(there.id, 'in_progress')
  const begun = await transfer(here.id, 'in_progress')
  const { tasks, generated_at } = await report('aging')
  expect(tasks[0].hours).toBeCloseTo((Date.parse(generated_at) - Date.parse(begun.started_at)) / 3_600_000, 6)
  for (const category of ['todo', 'in_progress'])
    await go('PATCH', `/projects/${here.id}/columns/in_progress`, { category })
  expect(await go('GET', `/tasks/${id}`)).toMatchObject({ started_at: begun.started_at, completed_at: null })
})

it('filters a task that was transferred away several times by its last state', async () => {
  const me = await newPerson()
  const { token } = me
  const [here, there] = [await newProject(token), await newProject(token)]
  const { id } = await newTask(token, here.id, { priority: 'high', assignee_ids: [me.id] })
  const transfer = (project_id: string) => call('POST', `/tasks/${id}/transfer`, { token, body: { project_id } })
  for (const project of [there, here]) await transfer(project.id)
  await call('PATCH', `/tasks/${id}`, { token, body: { priority: 'low', assignee_ids: [] } })
  expect((await transfer(there.id)).status).toBe(200)
  const created = async (filter: string) =>
    (await call('GET', `/reports/projects/${here.id}/summary?${filter}`, { token })).body.created.current
  expect(await created('priority=low')).toBe(2)
  expect(await created('priority=high')).toBe(0)
  expect(await created(`assignee_id=${me.id}`)).toBe(0)
})

it('returns no negative durations, even if the lines of an imported file go back in time', async () => {
  const me = await newPerson()
  const builder = new JournalBuilder(freshKey())
  builder.member(me.id, 'manager')
  for (const [n, key] of ['todo', 'doing', 'done'].entries())
    builder.column(key, key === 'doing' ? 'in_progress' : key, String((n + 1) * 1024))
  const task = builder.task(1, 'todo', {})
  const begun = builder.change('task.moved', task, { status: 'doing' })
  builder.change('task.moved', begun, { status: 'done', completed_at: '2024-03-01T23:57:00.000Z' })
  for (const [n, at] of ['2024-03-02T00:01:00.000Z', '2024-03-01T23:59:00.000Z', '2024-03-01T23:57:00.000Z'].entries())
    builder.rows[builder.rows.length - 3 + n].created_at = at
  const answer = await upload(toNdjson(builder.lines([{ id: me.id, email: me.email, name: 'Ada' }])), me)
  expect(answer).toMatchObject({ status: 201 })
  const { id } = answer.body.project
  expect((await stepsOf(id)).map(({ at }) => Date.parse(at))).toEqual(Array(3).fill(Date.parse('2024-03-02T00:01Z')))
  const ask = async (name: string) =>
    (await call('GET', `/reports/projects/${id}/${name}?from=2024-03-01&to=2024-03-02&tz=UTC`, { token: me.token }))
      .body
  expect((await ask('cumulative-flow')).points.map(({ counts }: any) => counts)).toEqual([
    { todo: 0, doing: 0, done: 0 },
    { todo: 0, doing: 0, done: 1 },
  ])
  expect((await ask('lead-time')).tasks).toMatchObject([{ hours: 0 }])
  expect((await ask('time-in-column')).columns.map(({ p50 }: any) => p50)).toEqual([0, 0, null])
})

it('updates the counts of archived tasks when the category of their column changes', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const archive = async (status: string) => {
    const task = await newTask(token, id, { status, estimate: 5 })
    const body = { archived_at: new Date().toISOString() }
    expect((await call('PATCH', `/tasks/${task.id}`, { token, body })).status).toBe(200)
    return task
  }
  const recategorise = (column: string, category: string) =>
    call('PATCH', `/projects/${id}/columns/${column}`, { token, body: { category } })
  const report = async (name: string) => (await call('GET', `/reports/projects/${id}/${name}`, { token })).body
  /** How much is left, and done, today: as the burndown and the cumulative flow count it, and as the summary does. */
  const counts = async () => {
    const [summary, burndown, flow] = [
      await report('summary'),
      await report('burndown'),
      await report('cumulative-flow'),
    ]
    const { remaining, remaining_estimate, done } = burndown.points.at(-1)
    const now = Object.values<number>(flow.points.at(-1).counts).reduce((a, b) => a + b, 0)
    return [summary.total, summary.done, remaining, remaining_estimate, done, now]
  }
  await archive('done')
  expect(await counts()).toEqual([1, 1, 0, 0, 1, 1])
  await recategorise('done', 'review')
  expect(await counts()).toEqual([0, 0, 0, 0, 0, 0])
  const unfinished = await archive('in_progress')
  expect(await counts()).toEqual([0, 0, 0, 0, 0, 0])
  await recategorise('in_progress', 'done')
  expect(await counts()).toEqual([1, 1, 0, 0, 1, 1])
  const finished = { task_id: unfinished.id, hours: 0 } // since it came to the column, in which it was created
  expect((await report('lead-time')).tasks).toMatchObject([finished])
  expect(await stepsOf(id)).toHaveLength(6)
})

it('counts an archived task consistently in all reports while the dates of its column are updated', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const task = await newTask(token, id, { status: 'in_progress' })
  const body = { archived_at: new Date().toISOString() }
  expect((await call('PATCH', `/tasks/${task.id}`, { token, body })).status).toBe(200)
  await sql.transaction([
    sql`set local session_replication_role = replica`, // so that no dates follow
    sql`update board_columns set category = 'done' where project_id = ${id} and key = 'in_progress'`,
  ])
  const report = async (name: string) => (await call('GET', `/reports/projects/${id}/${name}`, { token })).body
  const { done, completed } = await report('summary')
  expect({ done, completed: completed.current, burnup: (await report('burnup')).points.at(-1).done }).toEqual({
    done: 0,
    completed: 0,
    burnup: 0,
  })
  expect(await report('lead-time')).toMatchObject({ count: 0 })
})

it('records steps of rows that were loaded without the other triggers, and can rebuild them from the journal', async () => {
  const me = await newPerson()
  for (const seed of [11, 12, 13]) {
    const { id } = await newProject(me.token)
    const { seq } = (await call('GET', `/projects/${id}/board`, { token: me.token })).body
    await makeHistory(seed, id, [me.id], seq, 30)
    const before = await stepsOf(id)
    expect(before.length).toBeGreaterThan(5)
    await sql.transaction([
      sql`delete from task_steps where project_id = ${id}`,
      sql`insert into task_steps select * from journal_steps(${id})`,
    ])
    expect(ordered(await stepsOf(id))).toEqual(ordered(before))
  }
})
