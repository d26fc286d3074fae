import { expect, it } from 'vitest'
import { call, database, newMember, newPerson, newProject, newTask, readAllPages } from '../support/api.ts'
import { avoidMidnight } from '../support/midnight.ts'

async function look(token: string, id: string, query = '') {
  return (await call('GET', `/projects/${id}/board${query}`, { token })).body
}

it('shows columns, tasks and members in their order, and the seq of the last change', async () => {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'viewer', 'Bob')
  const [first, second] = [await newTask(ada.token, board.id), await newTask(ada.token, board.id)]
  const third = await newTask(ada.token, board.id, { status: 'review' })
  await call('PATCH', `/tasks/${second.id}/move`, { token: ada.token, body: { before: first.id } })
  const shown = await look(bob.token, board.id)
  expect(shown).toMatchObject({
    epoch: expect.stringMatching(/^[0-9a-f-]{36}$/),
    seq: third.seq + 1,
    project: { id: board.id },
  })
  expect(
    shown.columns.map((column: any) => [column.key, column.task_count, column.tasks.map(({ id }: any) => id)]),
  ).toEqual([
    ['todo', 2, [second.id, first.id]],
    ['in_progress', 0, []],
    ['review', 1, [third.id]],
    ['done', 0, []],
  ])
  expect(shown.members.map(({ user, role }: any) => [user.name, role])).toEqual([
    ['Ada', 'manager'],
    ['Bob', 'viewer'],
  ])
  expect(shown.columns[0].tasks[1]).toEqual((await call('GET', `/tasks/${first.id}`, { token: ada.token })).body)
})

it('shows the first tasks of each column and the count of all, without the trash', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const rows = [await newTask(token, id), await newTask(token, id), await newTask(token, id), await newTask(token, id)]
  await call('DELETE', `/tasks/${rows[1].id}`, { token })
  const { columns } = await look(token, id, '?per_column=2')
  expect(columns[0]).toMatchObject({
    task_count: 3,
    next_cursor: expect.any(String),
    tasks: [{ id: rows[0].id }, { id: rows[2].id }],
  })
  expect((await look(token, id, '?per_column=3')).columns[0].next_cursor).toBeNull()
  for (const bad of ['0', '101', 'x']) {
    expect((await call('GET', `/projects/${id}/board?per_column=${bad}`, { token })).status).toBe(422)
  }
})

it('shows every row with the same bytes as the route of that row', async () => {
  const ada = await newPerson('Ada')
  const sql = database() // for values that the API refuses, but other writers may store
  await sql`update users set name = ${'Ada "\\\u2028 Ü 🦊'} where id = ${ada.id}`
  const { id } = await newProject(ada.token, {
    description: 'a\tb\n</script>',
    start_date: '0001-01-01',
    due_date: '2026-02-28',
  })
  const bob = await newMember(ada, id, 'editor', 'Bob')
  const get = async (path: string) => (await call('GET', path, { token: ada.token })).body
  await call('PATCH', `/projects/${id}/columns/review`, { token: ada.token, body: { wip_limit: 3, color: '#aabbcc' } })
  const [first, last] = [await newTask(ada.token, id), await newTask(ada.token, id)]
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`update tasks set title = ${'\u0001\u007f "\\/'} where id = ${last.id}`,
  ])
  const labels = []
  for (const name of ['Ü "🦊"', 'Wish', 'Bug'])
    labels.push((await call('POST', `/projects/${id}/labels`, { token: ada.token, body: { name } })).body)
  await newTask(ada.token, id, {
    label_ids: [labels[1].id, labels[0].id],
    description: '| € | 🦊 |\r\n',
    assignee_ids: [ada.id, bob.id],
    parent_id: first.id,
    estimate: 0.1,
    start_date: '2026-01-31',
    due_date: '9999-12-31',
    priority: 'urgent',
  })
  const between = { token: ada.token, body: { after: first.id } }
  for (const row of [last, await newTask(ada.token, id, { estimate: 1e6 })]) {
    await call('PATCH', `/tasks/${row.id}/move`, between) // gives ranks with fewer and fewer zeros at the end
  }
  for (const status of ['in_progress', 'done']) await newTask(ada.token, id, { status })
  const board = await call('GET', `/projects/${id}/board?per_column=3`, { token: ada.token })
  const columns = await Promise.all(
    (await get(`/projects/${id}/columns`)).items.map(async (column: any) => {
      const inside = `/tasks?project_id=${id}&status=${column.key}&sort=position`
      const { items: tasks, next_cursor } = await get(`${inside}&limit=3`)
      return { ...column, task_count: (await get(inside)).items.length, tasks, next_cursor }
    }),
  )
  expect(columns[0].next_cursor).not.toBeNull()
  const { seq, epoch } = board.body
  const members = (await get(`/projects/${id}/members`)).items
  const rows = { seq, epoch, project: await get(`/projects/${id}`), columns, labels, members }
  expect(board.text).toBe(JSON.stringify(rows))
})

it('returns a new ETag after every change, and the same ETag without a change', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const etag = async () => (await call('GET', `/projects/${id}/board`, { token })).headers.get('ETag')
  const before = await etag()
  expect(await etag()).toBe(before)
  const row = await newTask(token, id)
  const created = await etag()
  await call('DELETE', `/tasks/${row.id}`, { token })
  expect(new Set([before, created, await etag()]).size).toBe(3)
})

it('shows the progress of a project as the percentage of done tasks, without cancelled tasks', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const progress = async () => (await call('GET', `/projects/${id}/progress`, { token })).body
  expect(await progress()).toEqual({
    total: 0,
    done: 0,
    cancelled: 0,
    percent: 0,
    by_status: { todo: 0, in_progress: 0, review: 0, done: 0 },
    overdue: 0,
  })
  await call('POST', `/projects/${id}/columns`, {
    token,
    body: { key: 'dropped', name: 'Dropped', category: 'cancelled' },
  })
  for (const status of ['todo', 'review', 'done', 'dropped']) await newTask(token, id, { status })
  const trashed = await newTask(token, id, { status: 'done' })
  await call('DELETE', `/tasks/${trashed.id}`, { token })
  expect(await progress()).toEqual({
    total: 4,
    done: 1,
    cancelled: 1,
    percent: 33.3,
    by_status: { todo: 1, in_progress: 0, review: 1, done: 1, dropped: 1 },
    overdue: 0,
  })
})

it('counts open tasks as overdue when their due date is over in the time zone of the reader', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  await newTask(token, id, { due_date: day(-3) })
  await newTask(token, id, { due_date: day(-3), status: 'done' })
  await newTask(token, id, { due_date: day(3) })
  const overdue = async () => (await call('GET', `/projects/${id}/progress`, { token })).body.overdue
  expect(await overdue()).toBe(1)
  // Due on the current day of the westernmost zone, which is over in the easternmost one.
  await avoidMidnight('Etc/GMT+12')
  const [days] = await database()`select (now() at time zone 'Etc/GMT+12')::date::text as last`
  await newTask(token, id, { due_date: days?.last })
  const inZone = async (timezone: string) => {
    await call('PATCH', '/users/me', { token, body: { timezone } })
    return overdue()
  }
  expect([await inZone('Etc/GMT+12'), await inZone('Etc/GMT-14')]).toEqual([1, 2])
})

const MIB = 1024 * 1024
const bytesOf = (text: string) => new TextEncoder().encode(text).length

it('shortens long descriptions when the whole texts would exceed 1 MiB', async () => {
  const { token } = await newPerson()
  const { id } = await newProject(token)
  const description = '\u{1f98a}'.repeat(45_000)
  const short = 'x'.repeat(500)
  for (let n = 0; n < 6; n += 1) await newTask(token, id, { description, status: n % 2 ? 'done' : 'todo' })
  await newTask(token, id, { description: short })
  const path = `/projects/${id}/board`
  const { text, body } = await call('GET', path, { token })
  expect(bytesOf(text)).toBeLessThan(MIB)
  const cards = body.columns.flatMap(({ tasks }: any) => tasks)
  expect(cards).toHaveLength(7)
  expect(body.columns.every(({ next_cursor }: any) => next_cursor === null)).toBe(true)
  for (const { description_truncated, ...card } of cards) {
    const whole = (await call('GET', `/tasks/${card.id}`, { token })).body
    expect(card).toEqual({ ...whole, description: [...whole.description].slice(0, 500).join('') })
    expect(description_truncated).toBe(whole.description === short ? undefined : true)
  }
  await call('DELETE', `/tasks/${cards[0].id}`, { token })
  await call('DELETE', `/tasks/${cards[1].id}`, { token })
  const light = await call('GET', path, { token })
  expect(light.text).not.toContain('description_truncated')
  expect(bytesOf(light.text)).toBeLessThan(MIB)
})

it('shows as many cards of each column as fit into 1 MiB, with a cursor to the rest', async () => {
  const ada = await newPerson()
  const { token } = ada
  const { id } = await newProject(token)
  const sql = database()
  const long = '\u0001'.repeat(500) // six times as long in JSON
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into tasks (id, project_id, number, title, description, status, created_by)
      select gen_random_uuid(), ${id}::uuid, '', ${long}, ${long}, case when n <= 20 then 'todo' when n <= 110 then 'review' else 'done' end, ${ada.id}::uuid
      from generate_series(1, 200) n`,
  ])
  const { text, body } = await call('GET', `/projects/${id}/board?per_column=100`, { token })
  expect(bytesOf(text)).toBeLessThan(MIB + 10_000) // and the columns and members
  expect(bytesOf(text)).toBeGreaterThan(MIB * 0.9)
  const shown = body.columns.map(({ tasks }: any) => tasks.length)
  expect(shown[0]).toBe(20) // those of a small column are not kept out by large ones
  expect(Math.abs(shown[2] - shown[3])).toBeLessThanOrEqual(1)
  for (const { key, tasks, next_cursor, task_count } of body.columns) {
    expect(next_cursor === null).toBe(tasks.length === task_count)
    if (next_cursor === null) continue
    const list = `/tasks?project_id=${id}&status=${key}&sort=position&limit=100`
    const all = await readAllPages(list, token)
    const rest = await readAllPages(`${list}&cursor=${next_cursor}`, token)
    expect([...tasks, ...rest].map((card: any) => card.id)).toEqual(all.map((card: any) => card.id))
  }
})
