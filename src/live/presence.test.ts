import { expect, it } from 'vitest'
import { HubPresence } from './hub-presence.ts'
import {
  MAX_LISTED,
  mergePresent,
  nextCheckTimeOf,
  type PresentPerson,
  presentOf,
  SILENT_MS,
  type Sign,
} from './presence.ts'

const NOW = 1_800_000_000_000
const sign = (user_id: string, ago: number, pinged_ago: number | null, task_id: string | null = null): Sign => ({
  user_id,
  task_id,
  at: NOW - ago,
  pinged_at: pinged_ago === null ? null : NOW - pinged_ago,
})
const idsOf = (people: PresentPerson[]) => people.map(({ user_id }) => user_id)

it('lists a person once, with the open card, or with the card that was opened last', () => {
  const entry = (task_id: string | null, at: number): PresentPerson => ({ user_id: 'ada', task_id, at })
  expect(mergePresent([entry('one', 1), entry(null, 2)])).toEqual([entry('one', 1)])
  expect(mergePresent([entry(null, 2), entry('one', 1)])).toEqual([entry('one', 1)])
  expect(mergePresent([entry('one', 1), entry('two', 3), entry('three', 2)])).toEqual([entry('two', 3)])
})

it('gives the same list for any order of entries, with at most 100 people', () => {
  const crowd = Array.from({ length: 150 }, (_, i) => ({ user_id: String(1000 + i), task_id: null, at: i }))
  expect(mergePresent(crowd)).toHaveLength(MAX_LISTED)
  expect(mergePresent(crowd.toReversed())).toEqual(mergePresent(crowd))
})

it('drops people whose pings have stopped, but nobody whose client never pinged', () => {
  const hour = 3_600_000
  const signs = [sign('fresh', hour, 5_000), sign('mute', hour, null), sign('silent', hour, SILENT_MS)]
  expect(idsOf(presentOf(signs, NOW))).toEqual(['fresh', 'mute'])
  expect(idsOf(presentOf([sign('talks', 1_000, SILENT_MS)], NOW))).toEqual(['talks'])
  expect(idsOf(presentOf([sign('two', hour, SILENT_MS), sign('two', hour, 1)], NOW))).toEqual(['two'])
})

it('plans a check for when the first person may become silent, but none for clients that never ping', () => {
  const hour = 3_600_000
  expect(nextCheckTimeOf([], NOW)).toBeNull()
  expect(nextCheckTimeOf([sign('mute', hour, null)], NOW)).toBeNull()
  expect(nextCheckTimeOf([sign('new', 1_000, null)], NOW)).toBe(NOW - 1_000 + SILENT_MS)
  expect(nextCheckTimeOf([sign('a', hour, 9_000), sign('b', hour, 2_000)], NOW)).toBe(NOW - 9_000 + SILENT_MS)
  expect(nextCheckTimeOf([sign('silent', hour, SILENT_MS)], NOW)).toBe(NOW + SILENT_MS)
})

it('reports again within 10 s who left when the relay could not be reached', async () => {
  const told: PresentPerson[][] = []
  const alarms: number[] = []
  let failures = 1
  const nobody = { open: () => [], isEmpty: () => true, update: () => undefined, send: () => undefined }
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
  attendance.onChange({ project_id: 'apollo', place: 'weur' }) // the last one has left
  await expect.poll(() => alarms).toHaveLength(1)
  expect(alarms[0]).toBeLessThan(Date.now() + 10_000)
  attendance.onChange() // as the hub's alarm does
  await expect.poll(() => told).toEqual([[]])
})
