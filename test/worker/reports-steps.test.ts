import { expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask } from '../support/api.ts'
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

it('follows what people do: make, move, reorder, estimate, rename, delete, restore, empty a column, purge', async () => {
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

it('counts archived tasks anew when the category of their column changes', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const archive = async (status: string) => {
    const task = await newTask(token, id, { status, estimate: 5 })
    const body = { archived_at: new Date().toISOString() }
    expect((await call('PATCH', `/tasks/${task.id}`, { token, body })).status).toBe(200)
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
  await archive('in_progress')
  expect(await counts()).toEqual([0, 0, 0, 0, 0, 0])
  await recategorise('in_progress', 'done')
  expect(await counts()).toEqual([1, 1, 0, 0, 1, 1])
  expect(await stepsOf(id)).toHaveLength(6)
})

it('follows a bulk load as well, and can be computed again', async () => {
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
