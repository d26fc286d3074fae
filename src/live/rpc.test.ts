import { expect, it } from 'vitest'
import { retryOnce } from './rpc.ts'

/** A call that fails once with each of these errors, and then succeeds. */
function failing(...failures: unknown[]) {
  let calls = 0
  const call = async () => {
    calls += 1
    if (failures.length > 0) throw failures.shift()
    return 'done'
  }
  return { call, calls: () => calls }
}

it('repeats a call to an object that was being moved', async () => {
  const { call, calls } = failing(Object.assign(new Error('Network connection lost.'), { retryable: true }))
  expect(await retryOnce(call)).toBe('done')
  expect(calls()).toBe(2)
})

it('does not repeat a call to an object that is overloaded', async () => {
  const overloaded = Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true, retryable: true })
  const { call, calls } = failing(overloaded)
  await expect(retryOnce(call)).rejects.toBe(overloaded)
  expect(calls()).toBe(1)
})

it('makes at most two attempts', async () => {
  const { call, calls } = failing(new Error('one'), new Error('two'), new Error('three'))
  await expect(retryOnce(call)).rejects.toThrow('two')
  expect(calls()).toBe(2)
})
