import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, problem, readAllPages, readJournal } from '../support/api.ts'

it('records every change of a project without a gap, with its author and its result', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const row = await newTask(ada.token, board.id, { title: 'Draft' })
  const headers = { 'X-Request-Id': 'the-renaming-request' }
  await call('PATCH', `/tasks/${row.id}`, { token: ada.token, body: { title: 'Final', estimate: 2 }, headers })
  await call('DELETE', `/projects/${board.id}/columns/review`, { token: ada.token })
  const events = await readJournal(ada.token, board.id, 0)
  expect(events.map(({ seq, action }: any) => [seq, action])).toEqual([
    [1, 'project.created'],
    [2, 'member.added'],
    [3, 'column.created'],
    [4, 'column.created'],
    [5, 'column.created'],
    [6, 'column.created'],
    [7, 'task.created'],
    [8, 'task.updated'],
    [9, 'column.deleted'],
  ])
  const { body } = await call('GET', `/tasks/${row.id}`, { token: ada.token })
  expect(events[7]).toMatchObject({
    user_id: ada.id,
    entity: 'task',
    entity_id: row.id,
    task_id: row.id,
    changes: { title: ['Draft', 'Final'], estimate: [null, 2] },
    request_id: 'the-renaming-request',
  })
  expect(events[7].data).toEqual(body)
  expect(events[8].data).toMatchObject({ key: 'review', name: 'Review' })
})

it('lists events newest first, or with since the later events oldest first', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const seqs = async (query: string) =>
    (await call('GET', `/projects/${board.id}/activity?${query}`, { token })).body.items.map(({ seq }: any) => seq)
  expect(await seqs('')).toEqual([6, 5, 4, 3, 2, 1])
  expect(await seqs('since=4')).toEqual([5, 6])
  expect(await seqs('since=6')).toEqual([])
  const ahead = await call('GET', `/projects/${board.id}/activity?since=7`, { token })
  expect(ahead).toMatchObject({
    ...problem(422, 'validation_failed'),
    body: {
      errors: [
        { path: 'since', message: 'is ahead of the project, which is at 6: read the board again, and use its seq' },
      ],
    },
  })
})

it('filters by task, person and action', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const bob = await newMember(ada, board.id, 'contributor')
  const [mine, other] = [await newTask(bob.token, board.id), await newTask(ada.token, board.id)]
  await call('PATCH', `/tasks/${mine.id}/move?status=done`, { token: ada.token })
  const actions = async (query: string) =>
    (await call('GET', `/projects/${board.id}/activity?${query}`, { token: ada.token })).body.items.map(
      (event: any) => event.action,
    )
  expect(await actions(`task_id=${mine.id}`)).toEqual(['task.moved', 'task.created'])
  expect(await actions(`user_id=${bob.id}`)).toEqual(['task.created'])
  expect(await actions('action=task.created')).toEqual(['task.created', 'task.created'])
  expect(await actions(`task_id=${other.id}&action=task.moved`)).toEqual([])
})

it.each(['limit=2', 'limit=2&since=0'])(
  'returns every event exactly once over all pages while events are added: %s',
  async (query) => {
    const { token } = await newPerson()
    const board = await newProject(token)
    let added = 0
    const seen = await readAllPages(`/projects/${board.id}/activity?${query}`, token, async () => {
      added += 1
      if (added <= 3) await newTask(token, board.id)
    })
    const expected = query.includes('since') ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [6, 5, 4, 3, 2, 1]
    expect(seen.map(({ seq }) => seq)).toEqual(expected)
  },
)

it('shortens a page of large rows, and returns every row over all pages', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const description = '"'.repeat(50_000) // twice as long in JSON
  const row = await newTask(token, board.id, { description })
  for (let n = 0; n < 12; n++)
    await call('PATCH', `/tasks/${row.id}`, { token, body: { description: `${n}${description}` } })
  const path = `/projects/${board.id}/activity`
  const { text, body } = await call('GET', `${path}?limit=100`, { token })
  expect(text.length).toBeLessThan(1024 * 1024 + 400_000)
  expect(body.items.length).toBeGreaterThan(1)
  expect(body.next_cursor).not.toBeNull()
  const seqs = (items: { seq: number }[]) => items.map(({ seq }) => seq)
  const all = Array.from({ length: row.seq + 12 }, (_, n) => n + 1)
  expect(seqs(await readAllPages(`${path}?limit=100`, token))).toEqual(all.toReversed())
  expect(seqs(await readAllPages(`${path}?limit=5&since=0`, token))).toEqual(all)
})
