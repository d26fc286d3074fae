import { expect, it } from 'vitest'
import { needsServer } from '../src/inbox-rows.ts'
import type { Notification } from '../src/types.ts'

const rowOf = (id: string, more: Partial<Notification> = {}) =>
  ({
    id,
    kind: 'assigned',
    seq: 10,
    event_seq: 5,
    read_at: null,
    created_at: `2026-01-0${id}T00:00:00.000Z`,
    ...more,
  }) as Notification
const items = [rowOf('5'), rowOf('4')]
const READ = { read_at: '2026-02-01T00:00:00.000Z' }

it.each([
  ['a new notification', rowOf('6'), false],
  ['a new reminder', rowOf('6', { event_seq: null }), false],
  ['a loaded notification that was read', rowOf('4', READ), false],
  ['a notification that is not loaded and was read elsewhere', rowOf('1', READ), false],
  ['a loaded notification whose task was transferred', rowOf('4', { event_seq: null }), false],
  ['an older notification whose task was transferred', rowOf('1', { event_seq: null }), true],
  ['a notification that was read and that a transfer restores', rowOf('6', { event_seq: null, ...READ }), true],
  ['a new invitation to a project', rowOf('6', { kind: 'project_invited' }), true],
  ['an invitation that was processed before', rowOf('6', { kind: 'project_invited', seq: 9 }), false],
])('knows whether the inbox must be loaded again: %s', (_, row, wanted) => {
  expect(needsServer(items, [row], 9)).toBe(wanted)
})
