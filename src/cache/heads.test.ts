import { expect, it } from 'vitest'
import { forgetHead, isCurrent, recordHead } from './heads.ts'

const newProject = () => crypto.randomUUID()

it('shows what is as new as this isolate has seen, and nothing older', () => {
  const project = newProject()
  recordHead(project, { epoch: 'a', seq: 5 })
  expect([4, 5, 6].map((seq) => isCurrent(project, { epoch: 'a', seq }))).toEqual([false, true, true])
})

it('never goes back within an epoch; a new epoch begins anew', () => {
  const project = newProject()
  recordHead(project, { epoch: 'a', seq: 5 })
  recordHead(project, { epoch: 'a', seq: 3 })
  expect(isCurrent(project, { epoch: 'a', seq: 4 })).toBe(false)
  recordHead(project, { epoch: 'b', seq: 1 })
  expect(isCurrent(project, { epoch: 'b', seq: 1 })).toBe(true)
  expect(isCurrent(project, { epoch: 'a', seq: 9 })).toBe(false)
})

it('shows anything of a project never seen, and after a write of unknown seq nothing until the next head', () => {
  const project = newProject()
  expect(isCurrent(project, { epoch: 'a', seq: 0 })).toBe(true)
  forgetHead(project)
  expect(isCurrent(project, { epoch: 'a', seq: 99 })).toBe(false)
  recordHead(project, { epoch: 'a', seq: 6 })
  expect(isCurrent(project, { epoch: 'a', seq: 6 })).toBe(true)
})
