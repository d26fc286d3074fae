import { expect, it } from 'vitest'
import type { QueuedMutation } from './mutations.ts'
import { placeWithIds, renameTask } from './rewrite.ts'

const move = (task_id: string, place: object) => ({ kind: 'move', task_id, place }) as QueuedMutation

it.each([
  [
    { status: 'todo', before: 'local' },
    { status: 'todo', before: 'server' },
  ],
  [
    { status: 'todo', after: 'other' },
    { status: 'todo', after: 'other' },
  ],
])('gives the neighbours in %j the ids of the server', (place, expected) => {
  expect(placeWithIds(place, 'moved', (id) => (id === 'local' ? 'server' : id))).toEqual(expected)
})

it('moves no task next to itself, which its author may know by two ids', () => {
  const idOf = () => 'server'
  expect(placeWithIds({ status: 'todo', before: 'local' }, 'server', idOf)).toEqual({ status: 'todo' })
  expect(renameTask(move('local', { status: 'todo', before: 'server' }), 'local', 'server')).toEqual(
    move('server', { status: 'todo' }),
  )
})

it('renames the task and the neighbours of a queued move', () => {
  expect(renameTask(move('local', { before: 'other' }), 'local', 'server')).toEqual(move('server', { before: 'other' }))
  expect(renameTask(move('other', { after: 'local' }), 'local', 'server')).toEqual(move('other', { after: 'server' }))
})
