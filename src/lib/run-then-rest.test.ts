import { expect, it } from 'vitest'
import { runThenRest } from './run-then-rest.ts'

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))

it('pauses after a step for as long as the step took, whether it succeeds or fails', async () => {
  const began = performance.now()
  expect(await runThenRest(() => wait(60).then(() => 'done'))).toBe('done')
  await expect(runThenRest(() => wait(60).then(() => Promise.reject(new Error('no'))))).rejects.toThrow('no')
  expect(performance.now() - began).toBeGreaterThan(230)
})
