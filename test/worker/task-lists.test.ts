import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, problem, readAllPages } from '../support/api.ts'

async function newList() {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const add = (title: string, fields = {}) => newTask(ada.token, board.id, { title, ...fields })
  const find = async (query: string) => {
    const { body } = await call('GET', `/tasks?project_id=${board.id}&sort=created_at&${query}`, { token: ada.token })
    return body.items.map(({ title }: { title: string }) => title)
  }
  return { ada, board, add, find }
}

it('filters by each of its fields, and by all of them together', async () => {
  const { ada, add, find } = await newList()
  const parent = await add('parent', { due_date: '2027-01-01' })
  await add('child', {
    parent_id: parent.id,
    priority: 'high',
    assignee_ids: [ada.id],
    status: 'review',
    due_date: '2027-01-02',
  })
  await add('other', { due_date: '2027-01-03' })
  expect(await find('status=review')).toEqual(['child'])
  expect(await find('status=nowhere')).toEqual([])
  expect(await find('priority=none')).toEqual(['parent', 'other'])
  expect(await find(`assignee_id=${ada.id}`)).toEqual(['child'])
  expect(await find(`parent_id=${parent.id}`)).toEqual(['child'])
  expect(await find('due_before=2027-01-02')).toEqual(['parent'])
  expect(await find('due_after=2027-01-02')).toEqual(['other'])
  expect(await find(`status=review&priority=high&assignee_id=${ada.id}&q=chi&due_before=2027-01-03`)).toEqual(['child'])
  expect(await find(`status=todo&assignee_id=${ada.id}`)).toEqual([])
})

it('finds tasks that were updated since a time', async () => {
  const { ada, add, find } = await newList()
  await add('old')
  const edited = await add('edited')
  const { body } = await call('PATCH', `/tasks/${edited.id}`, { token: ada.token, body: { priority: 'low' } })
  expect(await find(`updated_since=${body.updated_at}`)).toEqual(['edited'])
  const local = new Date(Date.parse(body.updated_at) + 3_600_000).toISOString().replace('Z', '+01:00')
  expect(await find(`updated_since=${encodeURIComponent(local)}`)).toEqual(['edited'])
})

it('searches titles and numbers for exactly the typed text', async () => {
  const { add, find } = await newList()
  for (const title of ['100% done', '100 done', 'snake_case', 'snakeXcase', 'C:\\dir', 'C:dir']) await add(title)
  const search = (q: string) => find(`q=${encodeURIComponent(q)}`)
  expect(await search('0%')).toEqual(['100% done'])
  expect(await search('e_c')).toEqual(['snake_case'])
  expect(await search(':\\d')).toEqual(['C:\\dir'])
  expect(await search('\\')).toEqual(['C:\\dir'])
  expect(await search('SNAKE')).toEqual(['snake_case', 'snakeXcase'])
  expect(await search('-2')).toEqual(['100 done'])
  expect(await search("'; --")).toEqual([])
})

const ORDERS = ['created_at', '-created_at', 'updated_at', '-updated_at', 'position&status=todo']
it.each(ORDERS)('returns every task exactly once over all pages by %s while tasks are added', async (sort) => {
  const { ada, board, add } = await newList()
  const titles = ['1', '2', '3', '4', '5', '6', '7']
  for (const title of titles) await add(title)
  let added = 0
  const seen = await readAllPages(`/tasks?project_id=${board.id}&sort=${sort}&limit=2`, ada.token, async () => {
    added += 1
    if (added <= 3) await add(`late ${added}`)
  })
  const all = seen.map(({ title }) => title)
  expect(new Set(all).size).toBe(all.length)
  expect(all.filter((title) => titles.includes(title))).toEqual(sort.startsWith('-') ? titles.toReversed() : titles)
})

it('refuses the order by position without a column, and a cursor of another order', async () => {
  const { ada, board, add } = await newList()
  await add('1')
  await add('2')
  const ask = (query: string) => call('GET', `/tasks?project_id=${board.id}&${query}`, { token: ada.token })
  expect(await ask('sort=position')).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: { errors: [{ path: 'sort' }] },
  })
  const { body } = await ask('sort=position&status=todo&limit=1')
  const inYear0 = btoa(JSON.stringify(['0000-01-01', crypto.randomUUID()])).replace(/=+$/, '')
  for (const query of [`sort=updated_at&cursor=${body.next_cursor}`, `sort=due_date&cursor=${inYear0}`])
    expect(await ask(query)).toMatchObject({
      ...problem(422, 'validation_failed'),
      body: { errors: [{ path: 'cursor' }] },
    })
})

it('continues after the cards of the board with the cursor of a column', async () => {
  const { ada, board, add } = await newList()
  for (const title of ['1', '2', '3']) await add(title)
  const { body } = await call('GET', `/projects/${board.id}/board?per_column=2`, { token: ada.token })
  const rest = await call(
    'GET',
    `/tasks?project_id=${board.id}&status=todo&sort=position&cursor=${body.columns[0].next_cursor}`,
    { token: ada.token },
  )
  expect(rest.body.items.map(({ title }: { title: string }) => title)).toEqual(['3'])
})

it('lists the tasks that are assigned to me in all my projects, and none of a project that I left', async () => {
  const [ada, bob] = [await newPerson(), await newPerson()]
  const boards = [await newProject(ada.token), await newProject(ada.token)]
  for (const { id } of boards) {
    await call('POST', `/projects/${id}/members`, { token: ada.token, body: { user_id: bob.id, role: 'viewer' } })
    await newTask(ada.token, id, { assignee_ids: [bob.id] })
    await newTask(ada.token, id, { assignee_ids: [ada.id] })
  }
  const mine = async () =>
    (await call('GET', '/tasks', { token: bob.token })).body.items.map((row: any) => row.project_id)
  expect(new Set(await mine())).toEqual(new Set(boards.map(({ id }) => id)))
  await call('DELETE', `/projects/${boards[0].id}/members/${bob.id}`, { token: ada.token })
  expect(await mine()).toEqual([boards[1].id])
})

it('does not reveal to people without access that a project exists', async () => {
  const { ada, board, add } = await newList()
  await add('secret')
  const eve = await newPerson()
  for (const id of [board.id, crypto.randomUUID()]) {
    expect(await call('GET', `/tasks?project_id=${id}`, { token: eve.token })).toMatchObject(problem(404, 'not_found'))
  }
  expect((await call('GET', `/tasks?q=secret`, { token: eve.token })).body.items).toEqual([])
  const viewer = await newMember(ada, board.id, 'viewer')
  expect((await call('GET', `/tasks?project_id=${board.id}`, { token: viewer.token })).body.items).toHaveLength(1)
})

it('shortens a page of long tasks in every order, and returns every task over all pages', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const description = 'x'.repeat(100_000)
  const made: { id: string }[] = []
  for (let n = 0; n < 14; n++)
    made.push(await newTask(token, board.id, { description: n % 7 === 6 ? '' : description }))
  const ids = made.map(({ id }) => id)
  for (const sort of ['created_at', '-created_at', 'updated_at', '-updated_at', 'position']) {
    const path = `/tasks?project_id=${board.id}&status=todo&limit=100&sort=${sort}`
    const { text, body } = await call('GET', path, { token })
    expect(text.length).toBeLessThan(1024 * 1024 + 200_000)
    expect(body.next_cursor).not.toBeNull()
    expect(body.items[0]).not.toHaveProperty('found')
    const all = (await readAllPages(path, token)).map(({ id }) => id)
    expect(all).toEqual(sort.startsWith('-') ? ids.toReversed() : ids)
  }
})

it('counts the bytes of a page as they are in JSON', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  for (let n = 0; n < 8; n++) await newTask(token, board.id, { description: '\u0001'.repeat(40_000) })
  const { text, body } = await call('GET', `/tasks?project_id=${board.id}&limit=100`, { token })
  expect(text.length).toBeLessThan(1024 * 1024 + 300_000)
  expect([body.items.length < 8, body.next_cursor !== null]).toEqual([true, true])
  expect(await readAllPages(`/tasks?project_id=${board.id}&limit=100`, token)).toHaveLength(8)
})

it.each(['\uff05', '\uff3f', '\uff3c', '1\uff050'])('searches for %s literally, not as a wildcard', async (q) => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const named = await newTask(token, board.id, { title: `exactly ${q} here` })
  for (const title of ['nothing of the kind', '100 apples', 'ends in %x']) await newTask(token, board.id, { title })
  const { body } = await call('GET', `/tasks?project_id=${board.id}&q=${encodeURIComponent(`y ${q} h`)}`, { token })
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([named.id])
  const alone = await call('GET', `/tasks?project_id=${board.id}&q=${encodeURIComponent(q)}`, { token })
  const titles: string[] = alone.body.items.map(({ title }: { title: string }) => title)
  expect(titles.every((title) => title.normalize('NFKC').includes(q.normalize('NFKC')))).toBe(true)
  expect(titles).toContain(named.title)
})
