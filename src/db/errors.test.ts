import { NeonDbError } from '@neondatabase/serverless'
import { DrizzleQueryError } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { DETAILS } from '../http/details.ts'
import { AppError, Replayed } from '../lib/errors.ts'
import { constraintOf, isCollision, toDomainError } from './errors.ts'

const failureOf = (facts: Partial<NeonDbError>) => Object.assign(new NeonDbError(facts.message ?? 'refused'), facts)
const meaningOf = (facts: Partial<NeonDbError>) => {
  const error = toDomainError(failureOf(facts))
  return error instanceof AppError ? error : undefined
}

it.each(['40001', '40P01'])('%s is a collision, which is undone and may be tried again', (code) => {
  expect(isCollision(failureOf({ code }))).toBe(true)
  expect(meaningOf({ code })).toMatchObject({ code: 'unavailable' })
  expect(meaningOf({ code })?.details.detail).toMatch(/Nothing was changed/)
})

it('is undone and may be tried again when a migration has replaced a function meanwhile', () => {
  const replaced = { code: 'XX000', message: 'cache lookup failed for function 34783' }
  expect(meaningOf(replaced)).toMatchObject({ code: 'unavailable' })
  expect(meaningOf(replaced)?.details.detail).toMatch(/Nothing was changed/)
  expect(meaningOf({ code: 'XX000', message: 'could not open relation' })).toBeUndefined()
})

it.each(['08006', '57P01', '53300'])(
  'after %s nobody knows whether the change was made, so the general advice holds',
  (code) => {
    expect(isCollision(failureOf({ code }))).toBe(false)
    expect(meaningOf({ code })).toMatchObject({ code: 'unavailable' })
    expect(meaningOf({ code })?.details.detail).toBeUndefined()
    expect(DETAILS.unavailable).toMatch(/may have happened/)
  },
)

it('takes code, facts, field and advice of a refusal from our own SQL', () => {
  const detail = JSON.stringify({ path: 'parent_id', message: 'is below this task', say: 'Choose another', limit: 20 })
  expect(meaningOf({ code: 'FT422', message: 'validation_failed', detail })).toMatchObject({
    code: 'validation_failed',
    details: {
      detail: 'Choose another',
      errors: [{ path: 'parent_id', message: 'is below this task' }],
      facts: { limit: 20 },
    },
  })
})

it('finds the failure inside what Drizzle throws', () => {
  const wrapped = new DrizzleQueryError('insert', [], failureOf({ code: '23505', constraint: 'users_email_key' }))
  expect(toDomainError(wrapped)).toMatchObject({ code: 'email_taken' })
  expect(constraintOf(wrapped)).toBe('users_email_key')
})

it('a kept answer is replayed', () => {
  const detail = JSON.stringify({ status: 201, response: { head: 7 } })
  expect(toDomainError(failureOf({ code: 'FT200', detail }))).toBeInstanceOf(Replayed)
})

it('returns unchanged an error that no user can have caused', () => {
  for (const error of [
    new Error('a bug'),
    failureOf({ code: '42P01' }),
    failureOf({ code: '23505', constraint: 'x' }),
  ]) {
    expect(toDomainError(error)).toBe(error)
  }
})
