import { expect, it } from 'vitest'
import { forgetHead, isCurrent, recordHead } from './heads.ts'

const newProject = () => crypto.randomUUID()

it('accepts a version that is at least as new as the newest one that this isolate has seen', () => {
  const project = newProject()
  recordHead(project, { epoch: 'a', seq: 5 })
  expect([4, 5, 6].map((seq) => isCurrent(project, { epoch: 'a', seq }))).toEqual([false, true, true])
})

it('never moves back within an epoch, and starts again with a new epoch', () => {
  const project = newProject()
  recordHead(project, { epoch: 'a', seq: 5 })
  recordHead(project, { epoch: 'a', seq: 3 })
  expect(isCurrent(project, { epoch: 'a', seq: 4 })).toBe(false)
  recordHead(project, { epoch: 'b', seq: 1 })
  expect(isCurrent(project, { epoch: 'b', seq: 1 })).toBe(true)
  expect(isCurrent(project, { epoch: 'a', seq: 9 })).toBe(false)
})

it('accepts any version of an unknown project, but none after a write of unknown seq until the next head', () => {
  const project = newProject()
  expect(isCurrent(project, { epoch: 'a', seq: 0 })).toBe(true)
  forgetHead(project)
  expect(isCurrent(project, { epoch: 'a', seq: 99 })).toBe(false)
  recordHead(project, { epoch: 'a', seq: 6 })
  expect(isCurrent(project, { epoch: 'a', seq: 6 })).toBe(true)
})
