import fc from 'fast-check'
import { expect, it } from 'vitest'
import { applyEvent, type Board, type BoardColumn, comparePositions } from '../../client/src/index.ts'
import { call, database, newMember, newPerson, newProject, newTask, type Person } from '../support/api.ts'
import { connect, type LiveSocket } from '../support/socket.ts'

const readBoard = async (ada: Person, id: string, query = ''): Promise<Board> =>
  (await call('GET', `/projects/${id}/board${query}`, { token: ada.token })).body

/** A board, its tasks in `todo`, and a socket that hears all that follows. */
async function newScene(tasks: number) {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const made = []
  for (let i = 0; i < tasks; i++) made.push((await newTask(ada.token, id, { title: `Task ${i}` })).id as string)
  const socket = await connect(id, { token: ada.token })
  await socket.message('hello')
  return { ada, id, tasks: made, socket }
}

async function rebuildBoard(board: Board, socket: LiveSocket, now: Board): Promise<Board> {
  await socket.seq(now.seq)
  return socket.events.reduce(applyEvent, board)
}

const loadedIds = (column: BoardColumn | undefined) => column?.tasks.map(({ id }) => id)

it('applies the events of columns, members, the project and the trash to a board', async () => {
  const { ada, id, tasks, socket } = await newScene(3)
  const { token } = ada
  const before = await readBoard(ada, id)
  const grace = await newMember(ada, id, 'viewer', 'Grace')
  const linus = await newMember(ada, id, 'editor', 'Linus')
  await call('PATCH', `/tasks/${tasks[0]}`, { token, body: { assignee_ids: [linus.id] } })
  await call('POST', `/projects/${id}/columns`, { token, body: { key: 'qa', name: 'QA', category: 'review' } })
  await call('PATCH', `/projects/${id}/columns/qa`, { token, body: { name: 'Quality', before: 'done' } })
  await call('PATCH', `/projects/${id}/columns/todo`, { token, body: { category: 'done' } })
  await call('PATCH', `/tasks/${tasks[1]}`, { token, body: { status: 'qa' } })
  await call('DELETE', `/projects/${id}/columns/todo?move_to=review`, { token })
  const label = async (name: string) =>
    (await call('POST', `/projects/${id}/labels`, { token, body: { name } })).body.id
  const [bug, wish] = [await label('Bug'), await label('Wish')]
  await call('PATCH', `/tasks/${tasks[2]}`, { token, body: { label_ids: [bug, wish] } })
  await call('PATCH', `/labels/${wish}`, { token, body: { name: 'Idea', color: '#00ff00' } })
  await call('DELETE', `/labels/${bug}`, { token })
  await call('DELETE', `/tasks/${tasks[0]}`, { token })
  await call('DELETE', `/tasks/${tasks[2]}`, { token })
  await call('POST', `/tasks/${tasks[2]}/restore`, { token })
  await call('PATCH', `/projects/${id}/members/${grace.id}`, { token, body: { role: 'contributor' } })
  await call('DELETE', `/projects/${id}/members/${linus.id}`, { token })
  await call('PATCH', `/projects/${id}`, { token, body: { name: 'Gemini', status: 'on_hold' } })
  const sql = database()
  await sql.transaction([sql`select set_actor(null)`, sql`delete from tasks where id = ${tasks[1] ?? ''}`])
  const now = await readBoard(ada, id)
  const { members, ...board } = await rebuildBoard(before, socket, now)
  expect({ ...board, members: [] }).toEqual({ ...now, members: [] })
  const withoutPerson = ({ user: _, ...member }: Board['members'][number]) => member
  expect(members.map(withoutPerson)).toEqual(now.members.map(withoutPerson))
  expect(members.find(({ user_id }) => user_id === ada.id)?.user).toMatchObject({ name: 'Ada' })
})

it('keeps the loaded part of a long column and counts the rest', async () => {
  const { ada, id, tasks, socket } = await newScene(8)
  const before = await readBoard(ada, id, '?per_column=4')
  const move = (n: number, query: string) => call('PATCH', `/tasks/${tasks[n]}/move?${query}`, { token: ada.token })
  await move(7, `after=${tasks[0]}`) // into the loaded part
  await move(1, 'status=todo') // out of it, to the bottom
  await move(3, 'status=done') // the last that was loaded leaves
  await move(6, 'status=done') // one that was never loaded
  await call('PATCH', `/tasks/${tasks[5]}`, { token: ada.token, body: { title: 'not loaded' } })
  await newTask(ada.token, id)
  const now = await readBoard(ada, id)
  const board = await rebuildBoard(before, socket, now)
  const [todo, nowTodo] = [board.columns[0], now.columns[0]]
  expect(board.columns.map(({ task_count }) => task_count)).toEqual(now.columns.map(({ task_count }) => task_count))
  expect(loadedIds(todo)).toEqual([tasks[0], tasks[7], tasks[2]])
  expect(loadedIds(todo)).toEqual(loadedIds(nowTodo)?.slice(0, 3))
  const rest = await call('GET', `/tasks?project_id=${id}&status=todo&sort=position&cursor=${todo?.next_cursor}`, {
    token: ada.token,
  })
  expect([...(loadedIds(todo) ?? []), ...rest.body.items.map((item: { id: string }) => item.id)]).toEqual(
    loadedIds(nowTodo),
  )
})

it.each(['', '?per_column=2'])(
  'applies new ranks of the tasks of a column to a board that was read with "%s"',
  async (query) => {
    const { ada, id, tasks, socket } = await newScene(4)
    const before = await readBoard(ada, id, query)
    const sql = database()
    const tight = `1024.${'0'.repeat(37)}1`
    await sql.transaction([
      sql`select set_actor(null)`,
      sql`update tasks set position = ${tight}::numeric where id = ${tasks[1] ?? ''}`,
    ])
    await call('PATCH', `/tasks/${tasks[3]}/move?after=${tasks[0]}`, { token: ada.token })
    const now = await readBoard(ada, id)
    const board = await rebuildBoard(before, socket, now)
    expect(socket.events.map(({ action }) => action)).toContain('column.reordered')
    if (query === '') expect(board).toEqual(now)
    else expect([loadedIds(board.columns[0]), board.columns[0]?.stale]).toEqual([[tasks[0], tasks[3], tasks[1]], true])
  },
)

it('ignores an event that was applied before, and throws when an event is missing', async () => {
  const { ada, id, tasks, socket } = await newScene(1)
  const before = await readBoard(ada, id)
  await call('PATCH', `/tasks/${tasks[0]}`, { token: ada.token, body: { title: 'A' } })
  await call('PATCH', `/tasks/${tasks[0]}`, { token: ada.token, body: { title: 'B' } })
  await socket.seq(before.seq + 2)
  const [a, b] = socket.events
  const after = applyEvent(before, a)
  expect(applyEvent(after, a)).toBe(after)
  expect(() => applyEvent(before, b)).toThrow(RangeError)
})

const decimal = fc.tuple(
  fc.boolean(),
  fc.bigInt({ min: 0n, max: 10n ** 24n }),
  fc.bigInt({ min: 0n, max: 10n ** 24n - 1n }),
  fc.integer({ min: 0, max: 24 }),
)

it('compares ranks of any length exactly', () => {
  const text = ([minus, whole, fraction, places]: [boolean, bigint, bigint, number]) =>
    `${minus ? '-' : ''}${whole}${places ? `.${fraction.toString().padStart(24, '0').slice(0, places)}` : ''}`
  const scaled = (value: string) => {
    const [whole = '', fraction = ''] = value.replace('-', '').split('.')
    return (value.startsWith('-') ? -1n : 1n) * BigInt(whole + fraction.padEnd(24, '0'))
  }
  fc.assert(
    fc.property(decimal.map(text), decimal.map(text), (a, b) => {
      const [x, y] = [scaled(a), scaled(b)]
      expect(Math.sign(comparePositions(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0)
      expect(comparePositions(a, a.includes('.') ? `${a}00` : `${a}.0`)).toBe(0)
    }),
    { numRuns: 1_000 },
  )
})
