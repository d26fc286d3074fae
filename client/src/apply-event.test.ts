import { expect, it } from 'vitest'
import { applyEvent, type Board } from './apply-event.ts'
import type { Event } from './types.ts'

it('fills fields that an event of an older release does not have with their default values', () => {
  const column = { id: 'c', key: 'todo', position: '1', task_count: 0, tasks: [], next_cursor: null }
  const board = { seq: 0, columns: [column], members: [], labels: [] } as unknown as Board
  const data = { id: 't', title: 'Old', status: 'todo', position: '1', deleted_at: null }
  const created = { seq: 1, entity: 'task', entity_id: 't', action: 'task.created', changes: {}, data }
  const deleted = { seq: 2, entity: 'label', entity_id: 'l', action: 'label.deleted', changes: {}, data: { id: 'l' } }
  const after = [created, deleted].reduce((now, event) => applyEvent(now, event as unknown as Event), board)
  expect(after.columns[0]?.tasks).toMatchObject([{ title: 'Old', label_ids: [], archived_at: null, comment_count: 0 }])
})
