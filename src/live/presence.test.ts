import { expect, it, vi } from 'vitest'
import { HubPresence } from './hub-presence.ts'
import { MAX_LISTED, nextCheck, type Present, present, SILENT_MS, type Sign, together } from './presence.ts'

const NOW = 1_800_000_000_000
const sign = (user_id: string, ago: number, pinged_ago: number | null, task_id: string | null = null): Sign => ({
  user_id,
  task_id,
  at: NOW - ago,
  pinged_at: pinged_ago === null ? null : NOW - pinged_ago,
})
const names = (people: Present[]) => people.map(({ user_id }) => user_id)

it('lists a person once, with the card that is open, or the one opened last', () => {
  const entry = (task_id: string | null, at: number): Present => ({ user_id: 'ada', task_id, at })
  expect(together([entry('one', 1), entry(null, 2)])).toEqual([entry('one', 1)])
  expect(together([entry(null, 2), entry('one', 1)])).toEqual([entry('one', 1)])
  expect(together([entry('one', 1), entry('two', 3), entry('three', 2)])).toEqual([entry('two', 3)])
})

it('has the same order whoever says it first, and ends at a hundred', () => {
  const crowd = Array.from({ length: 150 }, (_, i) => ({ user_id: String(1000 + i), task_id: null, at: i }))
  expect(together(crowd)).toHaveLength(MAX_LISTED)
  expect(together(crowd.toReversed())).toEqual(together(crowd))
})

it('drops who has pinged and fell silent, and nobody who never pinged', () => {
  const hour = 3_600_000
  const signs = [sign('fresh', hour, 5_000), sign('mute', hour, null), sign('silent', hour, SILENT_MS)]
  expect(names(present(signs, NOW))).toEqual(['fresh', 'mute'])
  expect(names(present([sign('talks', 1_000, SILENT_MS)], NOW))).toEqual(['talks'])
  expect(names(present([sign('two', hour, SILENT_MS), sign('two', hour, 1)], NOW))).toEqual(['two'])
})

it('looks when the first may have fallen silent, again while one is, and never for who does not ping', () => {
  const hour = 3_600_000
  expect(nextCheck([], NOW)).toBeNull()
  expect(nextCheck([sign('mute', hour, null)], NOW)).toBeNull()
  expect(nextCheck([sign('new', 1_000, null)], NOW)).toBe(NOW - 1_000 + SILENT_MS)
  expect(nextCheck([sign('a', hour, 9_000), sign('b', hour, 2_000)], NOW)).toBe(NOW - 9_000 + SILENT_MS)
  expect(nextCheck([sign('silent', hour, SILENT_MS)], NOW)).toBe(NOW + SILENT_MS)
})

it('is told again before long who left when the relay could not be reached', async () => {
  const told: Present[][] = []
  const alarms: number[] = []
  let failures = 1
  const nobody = { open: () => [], none: () => true, update: () => undefined, send: () => undefined }
  const attendance = new HubPresence({
    state: { waitUntil: () => undefined, getWebSocketAutoResponseTimestamp: () => null },
    sockets: nobody as never,
    access: { wakeBy: async (time) => void alarms.push(time) },
    relay: {
      syncPresence: async (_where, users) => {
        if (failures-- > 0) throw new Error('being moved')
        told.push(users)
        return []
      },
    },
  })
  attendance.changed({ project_id: 'apollo', place: 'weur' }) // the last one has left
  await vi.waitFor(() => expect(alarms).toHaveLength(1))
  expect(alarms[0]).toBeLessThan(Date.now() + 10_000)
  attendance.changed() // as the hub's alarm does
  await vi.waitFor(() => expect(told).toEqual([[]]))
})
