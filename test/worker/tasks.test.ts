import { expect, it } from 'vitest'
import { call, person, project, task } from '../support/api.ts'

it('gives a new task the next number and the bottom of the first column', async () => {
  const ada = await person()
  const board = await project(ada.token, { name: 'Zeus' })
  const first = await task(ada.token, board.id)
  const second = await task(ada.token, board.id)
  expect([first.number, second.number]).toEqual([`${board.key}-1`, `${board.key}-2`])
  expect(first).toMatchObject({ status: 'todo', seq: 7 })
  expect(Number(second.position)).toBeGreaterThan(Number(first.position))
})

it('moves a task as the existing clients ask: PATCH /tasks/{id}/move?status=…', async () => {
  const ada = await person()
  const board = await project(ada.token)
  const { id } = await task(ada.token, board.id)
  const moved = await call('PATCH', `/tasks/${id}/move?status=done`, { token: ada.token })
  expect(moved).toMatchObject({ status: 200, body: { status: 'done', completed_at: expect.any(String) } })
  expect(moved.headers.get('FlowTrack-Seq')).toBe('8')
})
