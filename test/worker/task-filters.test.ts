import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, problem, readAllPages } from '../support/api.ts'
import { avoidMidnight } from '../support/midnight.ts'

async function newList() {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = (title: string, fields = {}) => newTask(ada.token, board.id, { title, ...fields })
  const titlesOf = (rows: any[]) => rows.map(({ title }) => title)
  const find = async (query: string) => {
    const { body } = await call('GET', `/tasks?project_id=${board.id}&sort=created_at&${query}`, { token: ada.token })
    return titlesOf(body.items)
  }
  const sorted = async (sort: string, limit = 100, between?: () => Promise<void>) =>
    titlesOf(await readAllPages(`/tasks?project_id=${board.id}&sort=${sort}&limit=${limit}`, ada.token, between))
  return { ada, board, add, find, sorted }
}

it('filters by several columns, priorities, people and categories', async () => {
  const { ada, board, add, find } = await newList()
  const bob = await newMember(ada, board.id, 'viewer')
  await add('1', { priority: 'high', assignee_ids: [ada.id] })
  await add('2', { priority: 'low', status: 'in_progress', assignee_ids: [bob.id] })
  await add('3', { priority: 'urgent', status: 'done' })
  expect(await find('status=todo&status=done')).toEqual(['1', '3'])
  expect(await find('priority=low&priority=urgent')).toEqual(['2', '3'])
  expect(await find(`assignee_id=${ada.id}&assignee_id=${bob.id}`)).toEqual(['1', '2'])
  expect(await find('assignee_id=none')).toEqual(['3'])
  expect(await find(`assignee_id=none&assignee_id=${bob.id}`)).toEqual(['2', '3'])
  expect(await find('status_category=in_progress&status_category=done')).toEqual(['2', '3'])
  expect(await find('status_category=done&include_done=false')).toEqual([])
  expect(await find('include_done=false')).toEqual(['1', '2'])
  expect(await find('include_done=true')).toEqual(['1', '2', '3'])
})

it('refuses several values where only one is allowed, and more values than allowed', async () => {
  const { ada } = await newList()
  const ask = (query: string) => call('GET', `/tasks?${query}`, { token: ada.token })
  expect(await ask('overdue=true&overdue=false')).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'overdue', message: 'must be given only once' }] },
  })
  const many = Array.from({ length: 51 }, (_, n) => `status=s${n}`).join('&')
  expect(await ask(many)).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'status' }] },
  })
  expect(await ask('assignee_id=nobody')).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'assignee_id.0' }] },
  })
})

it('finds open tasks as overdue when their day is over in the time zone of the reader', async () => {
  const { ada, board, add, find } = await newList()
  const day = (shift: number, timeZone: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(Date.now() + shift * 86_400_000)
  const [east, west] = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'] // 25 hours apart: never on the same day
  for (const zone of [east, west]) await avoidMidnight(zone)
  await call('PATCH', '/users/me', { token: ada.token, body: { timezone: east } })
  await add('yesterday', { due_date: day(-1, east) })
  await add('today', { due_date: day(0, east) })
  await add('finished', { due_date: day(-1, east), status: 'done' })
  await add('some day')
  expect(await find('overdue=true')).toEqual(['yesterday'])
  expect(await find('overdue=false')).toHaveLength(4)
  await call('PATCH', '/users/me', { token: ada.token, body: { timezone: west } })
  expect(await find('overdue=true')).toEqual([])
  const progress = await call('GET', `/projects/${board.id}/progress`, { token: ada.token })
  expect(progress.body.overdue).toBe(0)
})

it('leaves archived projects out of my tasks, unless they are requested', async () => {
  const { ada, board, add } = await newList()
  const other = await newProject(ada.token)
  await add('here', { assignee_ids: [ada.id] })
  await newTask(ada.token, other.id, { title: 'there', assignee_ids: [ada.id] })
  await call('PATCH', `/projects/${other.id}`, { token: ada.token, body: { status: 'archived' } })
  const mine = async (query: string) =>
    (await call('GET', `/tasks?${query}`, { token: ada.token })).body.items.map(({ title }: any) => title)
  expect(await mine('')).toEqual(['here'])
  expect(await mine('include_archived=true')).toEqual(['there', 'here'])
  expect(await mine(`project_id=${other.id}`)).toEqual(['there'])
  expect(await mine(`project_id=${board.id}`)).toEqual(['here'])
})

it('sorts by due date in both directions, with tasks without one last', async () => {
  const { add, sorted } = await newList()
  for (const [title, due_date] of [
    ['b', '2027-02-01'],
    ['-', null],
    ['a', '2027-01-01'],
    ['b2', '2027-02-01'],
    ['-2', null],
  ])
    await add(title as string, { due_date })
  for (const limit of [1, 2, 3, 100]) {
    expect(await sorted('due_date', limit)).toEqual(['a', 'b', 'b2', '-', '-2'])
    expect(await sorted('-due_date', limit)).toEqual(['b2', 'b', 'a', '-2', '-'])
  }
})

it('sorts by priority, with the most urgent first when the order has a minus', async () => {
  const { add, sorted } = await newList()
  for (const priority of ['low', 'urgent', 'none', 'high', 'medium', 'high']) await add(priority, { priority })
  const order = ['none', 'low', 'medium', 'high', 'high', 'urgent']
  for (const limit of [1, 2, 100]) {
    expect(await sorted('priority', limit)).toEqual(order)
    expect(await sorted('-priority', limit)).toEqual(order.toReversed())
  }
})

it('sorts by title regardless of case and Unicode form, and long titles by their beginning', async () => {
  const { add, sorted } = await newList()
  const long = '"\\'.repeat(40)
  const order = [`${long}z`, `${long}a`, 'Apple', 'apricot', 'BANANA', 'ＢＥＡＮ', 'цвет', '\u{20000}'.repeat(400)]
  for (const title of order.toSorted(() => -1)) await add(title)
  const [by, down] = [await sorted('title', 1), await sorted('-title', 1)]
  expect(by.slice(2)).toEqual(order.slice(2))
  expect(new Set(by.slice(0, 2))).toEqual(new Set(order.slice(0, 2)))
  expect(down).toEqual(by.toReversed())
})

it('refuses the cursor of another order', async () => {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  const orders = ['created_at', 'updated_at', 'position', 'due_date', 'priority', 'title']
  for (let n = 0; n < 3; n++) await newTask(ada.token, id, { title: '2027-01-01', due_date: '2027-01-01' })
  const page = (sort: string, rest = '') =>
    call('GET', `/tasks?project_id=${id}&status=todo&limit=1&sort=${sort}${rest}`, { token: ada.token })
  for (const sort of orders) {
    const { next_cursor } = (await page(sort)).body
    for (const other of orders) {
      const { status, body } = await page(other, `&cursor=${next_cursor}`)
      expect([status, body.code], `${sort} ${other}`).toEqual(
        other === sort ? [200, undefined] : [422, 'validation_failed'],
      )
    }
  }
})

const BOTH = ['due_date', 'priority', 'title'].flatMap((name) => [name, `-${name}`])
it.each(BOTH)('returns every unchanged task over all pages by %s while others are changed', async (sort) => {
  const { ada, add, sorted } = await newList()
  const rows: any[] = []
  for (let n = 0; n < 8; n++)
    rows.push(
      await add(`title ${n % 4}`, { priority: n % 3 ? 'low' : 'high', due_date: n % 2 ? `2027-01-0${n}` : null }),
    )
  const stays = rows.slice(2).map(({ title }) => title)
  let turn = 0
  const between = async () => {
    const { id } = rows[turn % 2]
    turn += 1
    const body = {
      title: `title ${turn}`,
      priority: turn % 2 ? 'urgent' : 'none',
      due_date: turn % 2 ? '2026-01-01' : null,
    }
    await call('PATCH', `/tasks/${id}`, { token: ada.token, body })
  }
  const seen = await sorted(sort, 2, between)
  expect(turn).toBeGreaterThan(2)
  for (const title of new Set(stays))
    expect(seen.filter((other) => other === title).length).toBeGreaterThanOrEqual(
      stays.filter((other) => other === title).length,
    )
})

it.each(['due_date', '-priority', 'title'])('refuses a cursor of another order and a forged one: %s', async (sort) => {
  const { ada, board, add } = await newList()
  await add('1')
  await add('2')
  const ask = (query: string) => call('GET', `/tasks?project_id=${board.id}&${query}`, { token: ada.token })
  const { body } = await ask('sort=created_at&limit=1')
  const other = sort === 'title' ? btoa('[1,2]') : body.next_cursor
  expect(await ask(`sort=${sort}&cursor=${other}`)).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'cursor' }] },
  })
})
