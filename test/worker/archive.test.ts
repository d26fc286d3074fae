import { expect, it } from 'vitest'
import { call, newPerson, newProject, newTask, problem, readJournal } from '../support/api.ts'
import { exportProject, freshKey, upload } from '../support/exports.ts'

const LONG_AGO = '2001-01-01T00:00:00.000Z'

async function boardOf(token: string, id: string) {
  const { body } = await call('GET', `/projects/${id}/board`, { token })
  return Object.fromEntries(
    body.columns.map(({ key, task_count, tasks }: any) => [key, [task_count, tasks.map((t: any) => t.id)]]),
  )
}
const idsOf = async (token: string, query: string) =>
  (await call('GET', `/tasks?${query}`, { token })).body.items.map(({ id }: any) => id)

it('removes an archived task from board, lists and search, and restores it to its place', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const word = crypto.randomUUID()
  const above = await newTask(token, board.id)
  const row = await newTask(token, board.id, { title: word })
  const below = await newTask(token, board.id)
  const away = await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: LONG_AGO } })
  expect(away).toMatchObject({ status: 200, body: { deleted_at: null, position: row.position } })
  expect(Date.parse(away.body.archived_at)).toBeGreaterThan(Date.parse(row.created_at))
  expect((await boardOf(token, board.id))[row.status]).toEqual([2, [above.id, below.id]])
  const all = `project_id=${board.id}`
  expect(await idsOf(token, all)).toEqual([below.id, above.id])
  expect(await idsOf(token, `${all}&deleted=true`)).toEqual([])
  expect(await idsOf(token, `${all}&archived=true`)).toEqual([row.id])
  const search = (rest: string) => call('GET', `/search?${all}&q=${word}${rest}`, { token })
  expect((await search('')).body.items).toEqual([])
  expect((await search('&archived=true')).body.items).toMatchObject([{ id: row.id }])

  const again = await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: LONG_AGO, title: 'Edited' } })
  expect(again.body).toMatchObject({ title: 'Edited', archived_at: away.body.archived_at })
  const back = await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: null } })
  expect(back.body).toMatchObject({ archived_at: null, position: row.position })
  expect((await boardOf(token, board.id))[row.status]).toEqual([3, [above.id, row.id, below.id]])
  const events = (await readJournal(token, board.id, away.body.seq - 1)).map(({ action, changes }: any) => [
    action,
    changes,
  ])
  expect(events).toEqual([
    ['task.updated', { archived_at: [null, away.body.archived_at] }],
    ['task.updated', { title: [word, 'Edited'] }],
    ['task.updated', { archived_at: [away.body.archived_at, null] }],
  ])
})

it('does not count archived tasks towards a WIP limit, and checks the limit when one is restored', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  await call('PATCH', `/projects/${board.id}/columns/todo`, { token, body: { wip_limit: 1, wip_mode: 'block' } })
  const row = await newTask(token, board.id, { status: 'todo' })
  await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: LONG_AGO } })
  const other = await newTask(token, board.id, { status: 'todo' })
  const refused = await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: null } })
  expect(refused).toMatchObject(problem(409, 'wip_limit_reached'))
  await call('PATCH', `/tasks/${other.id}/move?status=done`, { token })
  expect((await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: null } })).status).toBe(200)
})

it('counts tasks that were archived after they were finished, but not those archived before', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const [open, done] = [await newTask(token, board.id), await newTask(token, board.id, { status: 'done' })]
  await newTask(token, board.id)
  for (const { id } of [open, done]) await call('PATCH', `/tasks/${id}`, { token, body: { archived_at: LONG_AGO } })
  const counts = { [open.status]: 1, done: 1 }
  const { body: progress } = await call('GET', `/projects/${board.id}/progress`, { token })
  expect(progress).toMatchObject({ total: 2, done: 1, by_status: counts })
  const { body: flow } = await call('GET', `/reports/projects/${board.id}/cumulative-flow`, { token })
  expect(flow.points.at(-1).counts).toMatchObject(counts)
  const { body: burndown } = await call('GET', `/reports/projects/${board.id}/burndown`, { token })
  expect(burndown.points.at(-1)).toMatchObject({ remaining: 1, done: 1 })
})

it('keeps a task archived in a transfer, and in an export that is imported', async () => {
  const { token } = await newPerson()
  const [board, other] = [await newProject(token), await newProject(token)]
  const row = await newTask(token, board.id)
  const { body } = await call('PATCH', `/tasks/${row.id}`, { token, body: { archived_at: LONG_AGO } })
  const file = (await exportProject(board.id, token)).text
  const copy = await upload(file, { token }, `?key=${freshKey()}`)
  const [copied] = (await call('GET', `/tasks?project_id=${copy.body.project.id}&archived=true`, { token })).body.items
  expect(copied.archived_at).toBe(body.archived_at)
  const moved = await call('POST', `/tasks/${row.id}/transfer`, { token, body: { project_id: other.id } })
  expect(moved.status).toBe(200)
  expect(await idsOf(token, `project_id=${other.id}&archived=true`)).toEqual([row.id])
})
