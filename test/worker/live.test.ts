import { expect, it } from 'vitest'
import { call, person, project, task } from '../support/api.ts'
import { connect } from '../support/socket.ts'

it('shows a moved card to everybody who looks at the board', async () => {
  const ada = await person()
  const board = await project(ada.token)
  const socket = await connect(board.id, { token: ada.token })
  expect(await socket.message('hello')).toMatchObject({ seq: 6, region: expect.any(String) })
  const { id } = await task(ada.token, board.id)
  await call('PATCH', `/tasks/${id}/move?status=done`, { token: ada.token })
  await socket.seq(8)
  expect(socket.events.map(({ seq, action }) => [seq, action])).toEqual([
    [7, 'task.created'],
    [8, 'task.moved'],
  ])
})
