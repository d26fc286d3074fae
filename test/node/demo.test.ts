import { expect, inject, it } from 'vitest'
import { tellStory } from '../../local/demo/weeks.ts'
import { seededDice } from '../../local/faults.ts'
import { configOf } from '../../src/config/config.ts'
import { Entry, Header } from '../../src/features/import-export/entry.ts'
import { Replay } from '../../src/features/import-export/replay.ts'

const people = [1, 2, 3].map((n) => ({
  id: `01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0${n}`,
  email: `${n}@example.com`,
  name: `Person ${n}`,
}))
const MOMENTS = ['2026-11-23T00:00:30Z', '2026-11-23T08:10:00Z', '2026-11-25T14:59:59Z', '2026-11-29T23:59:00Z']

function storyOf(seed: number, now: number) {
  const chronicle = tellStory(
    people.map(({ id }) => id),
    seededDice(seed),
    now,
  )
  return { chronicle, file: chronicle.toLines(people) }
}

it.each(MOMENTS)('makes a history that can be imported, for every seed, at %s', (moment) => {
  const now = Date.parse(moment)
  for (let seed = 1; seed <= 10; seed += 1) {
    const { chronicle, file } = storyOf(seed, now)
    const [header, ...rows] = file
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const replay = new Replay(Header.parse(header), new Date(now), configOf(inject('vars') as unknown as Env))
    for (const row of rows) replay.step(Entry.parse(row))
    replay.finish()
    expect(rows.every(({ created_at }: { created_at: string }) => Date.parse(created_at) <= now)).toBe(true)
    expect(chronicle.tasksIn('done').length).toBeGreaterThan(30)
    expect(chronicle.tasksIn('in_progress').length + chronicle.tasksIn('review').length).toBeGreaterThan(0)
  }
})

it('makes the same history for the same seed, and a different one for another seed', () => {
  const now = Date.parse('2026-11-25T14:59:59Z')
  expect(storyOf(1, now).file).toBe(storyOf(1, now).file)
  expect(storyOf(2, now).file).not.toBe(storyOf(1, now).file)
})
