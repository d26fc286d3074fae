import { expect, it } from 'vitest'
import { call, database, newPerson, newProject, newTask, readJournal } from '../support/api.ts'
import { newDice } from '../support/histories.ts'

/** The times at which tasks were begun and finished: changes of columns keep them, and tasks and reports agree. */

const REPORTS = ['lead-time', 'cycle-time', 'throughput', 'burnup', 'forecast?items=5&seed=1']

async function newBoard() {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const send = async (method: string, path: string, body?: object) => {
    const answer = await call(method, path, { token, body })
    if (answer.status >= 300) throw new Error(`${method} ${path} failed: ${answer.text}`)
    return answer.body
  }
  const add = (key: string, category: string) => send('POST', `/projects/${id}/columns`, { key, name: key, category })
  const set = (key: string, category: string) => send('PATCH', `/projects/${id}/columns/${key}`, { category })
  const drop = (key: string, move_to: string) => send('DELETE', `/projects/${id}/columns/${key}?move_to=${move_to}`)
  const move = (task_id: string, status: string) => send('PATCH', `/tasks/${task_id}/move?status=${status}`)
  const look = (task_id: string) => send('GET', `/tasks/${task_id}`)
  const report = (name: string) => send('GET', `/reports/projects/${id}/${name}`)
  const reports = async () =>
    await Promise.all(REPORTS.map(async (name) => ({ ...(await report(name)), seq: 0, generated_at: '' })))
  /** `completed_at` of each finished task by its id, as the lead time report shows it. */
  const finished = async () =>
    Object.fromEntries((await report('lead-time')).tasks.map((t: any) => [t.task_id, t.completed_at]))
  return { token, id, add, set, drop, move, look, reports, finished }
}

it('keeps a task finished when it moves between done columns, and when one of them is deleted', async () => {
  const { token, id, add, drop, move, look, reports, finished } = await newBoard()
  await add('shipped', 'done')
  await add('doing', 'in_progress')
  const { id: made } = await newTask(token, id)
  for (const status of ['doing', 'done']) await move(made, status)
  const { completed_at, started_at } = await look(made)
  const before = await reports()
  await move(made, 'shipped')
  expect(await reports()).toEqual(before)
  await drop('shipped', 'done')
  await drop('doing', 'todo') // where it was begun
  expect(await reports()).toEqual(before)
  expect(await look(made)).toMatchObject({ status: 'done', completed_at, started_at })
  expect(await finished()).toEqual({ [made]: completed_at })
})

it('restores all dates and reports when a column gets its former category back', async () => {
  const { token, id, set, move, look, reports } = await newBoard()
  const { id: made } = await newTask(token, id, { status: 'in_progress' })
  await move(made, 'done')
  await newTask(token, id, { status: 'review' })
  const [before, dates] = [await reports(), await look(made)]
  for (const [key, categories] of [
    ['done', ['review', 'cancelled', 'in_progress', 'done']],
    ['in_progress', ['done', 'todo', 'in_progress']],
  ] as const) {
    for (const category of categories) await set(key, category)
    expect(await reports()).toEqual(before)
    const { completed_at, started_at } = await look(made)
    expect({ completed_at, started_at }).toEqual({
      completed_at: dates.completed_at,
      started_at: dates.started_at,
    })
  }
})

it('counts tasks of a column that becomes done as finished since they entered it, in tasks and reports', async () => {
  const { token, id, set, drop, add, look, finished } = await newBoard()
  const made = await newTask(token, id, { status: 'review' })
  await set('review', 'done')
  const { completed_at } = await look(made.id)
  expect(await finished()).toEqual({ [made.id]: completed_at })
  const [created] = await readJournal(token, id, made.seq - 1)
  expect(completed_at).toBe(created.created_at)
  await drop('review', 'done')
  expect((await look(made.id)).completed_at).toBe(completed_at)
  await add('review', 'todo') // the same key is the same column: it has never been done
  expect(await finished()).toEqual({ [made.id]: (await look(made.id)).completed_at })
  expect((await look(made.id)).completed_at > completed_at).toBe(true)
})

it('reports no finish for a task that is reopened or cancelled, and keeps the finish through the trash', async () => {
  const { token, id, add, move, look, finished } = await newBoard()
  await add('dropped', 'cancelled')
  const { id: made } = await newTask(token, id, { status: 'done' })
  const ends = [(await look(made)).completed_at]
  await call('DELETE', `/tasks/${made}`, { token })
  await call('POST', `/tasks/${made}/restore`, { token })
  expect((await look(made)).completed_at).toBe(ends[0])
  await move(made, 'dropped')
  ends.push((await look(made)).completed_at)
  expect(await finished()).toEqual({})
  await move(made, 'done')
  ends.push((await look(made)).completed_at)
  expect(await finished()).toEqual({ [made]: ends[2] })
  expect(new Set(ends).size).toBe(3)
  await move(made, 'todo')
  expect((await look(made)).completed_at).toBeNull()
})

it('sets no start for an imported card that is already in progress', async () => {
  const { token, id } = await newBoard()
  const { id: card } = await newTask(token, id, { status: 'in_progress' })
  const sql = database()
  await sql.transaction([
    sql`select set_actor(null), set_config('flowtrack.importing', 'on', true)`,
    sql`update tasks set started_at = null where id = ${card}`,
  ])
  await call('POST', `/projects/${id}/columns`, {
    token,
    body: { key: 'doing', name: 'Doing', category: 'in_progress' },
  })
  const look = async () => (await call('GET', `/tasks/${card}`, { token })).body
  await call('PATCH', `/tasks/${card}/move?status=doing`, { token })
  expect(await look()).toMatchObject({ status: 'doing', started_at: null })
  await call('DELETE', `/projects/${id}/columns/doing?move_to=in_progress`, { token })
  expect(await look()).toMatchObject({ status: 'in_progress', started_at: null })
  await call('PATCH', `/tasks/${card}/move?status=todo`, { token })
  await call('PATCH', `/tasks/${card}/move?status=in_progress`, { token })
  expect(await look()).toMatchObject({ started_at: expect.any(String) })
})

it.each([2, 3, 7])(
  'tasks and reports agree on finish times after random changes of columns (seed %i)',
  async (seed) => {
    const { token, id, finished } = await newBoard()
    const elsewhere = await newProject(token)
    const { pick } = newDice(seed)
    const ids: string[] = []
    for (const n of [1, 2, 3, 4, 5, 6]) ids.push((await newTask(token, id, { title: `Task ${n}` })).id)
    const keys = ['todo', 'in_progress', 'review', 'done', 'shipped', 'dropped']
    const categories = ['todo', 'in_progress', 'review', 'done', 'done', 'cancelled']
    const go = (method: string, path: string, body?: object) => call(method, path, { token, body })
    const move = () => go('PATCH', `/tasks/${pick(ids)}/move?status=${pick(keys)}`)
    const acts = [
      ...[move, move, move, move],
      () => go('PATCH', `/projects/${id}/columns/${pick(keys)}`, { category: pick(categories) }),
      () => go('DELETE', `/projects/${id}/columns/${pick(keys)}?move_to=${pick(keys)}`),
      () => go('POST', `/projects/${id}/columns`, { key: pick(keys), name: 'Again', category: pick(categories) }),
      () => go('DELETE', `/tasks/${pick(ids)}`),
      () => go('POST', `/tasks/${pick(ids)}/restore`),
      async () => {
        const path = `/tasks/${pick(ids)}/transfer`
        for (const project_id of [elsewhere.id, id]) await go('POST', path, { project_id })
      },
    ]
    for (let n = 0; n < 150; n++) await pick(acts)()
    const sql = database()
    const rows = await sql`select t.id, journal_row(to_jsonb(t)) ->> 'completed_at' as completed_at, c.category
    from tasks t join board_columns c on c.project_id = t.project_id and c.key = t.status
    where t.project_id = ${id} and t.deleted_at is null`
    const done = rows.filter(({ category }) => category === 'done')
    expect(done.length).toBeGreaterThan(0)
    expect(await finished()).toEqual(Object.fromEntries(done.map(({ id, completed_at }) => [id, completed_at])))
    for (const { category, completed_at } of rows)
      expect(completed_at !== null).toBe(category === 'done' || category === 'cancelled')
    const before = await sql`select id, completed_at, started_at from tasks where project_id = ${id} order by id`
    const reread = keys.map((key) => sql`select reread_dates(${id}, ${key}, true)`)
    await sql.transaction([sql`select set_actor(null)`, ...reread])
    expect(await sql`select id, completed_at, started_at from tasks where project_id = ${id} order by id`).toEqual(
      before,
    )
  },
)
