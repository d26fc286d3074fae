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

it.each(['40001', '40P01'])('reports for SQLSTATE %s that nothing was changed and that a retry is possible', (code) => {
  expect(isCollision(failureOf({ code }))).toBe(true)
  expect(meaningOf({ code })).toMatchObject({ code: 'unavailable' })
  expect(meaningOf({ code })?.details.detail).toMatch(/Nothing was changed/)
})

it('reports that nothing was changed when a migration replaced a function during the statement', () => {
  const replaced = { code: 'XX000', message: 'cache lookup failed for function 34783' }
  expect(meaningOf(replaced)).toMatchObject({ code: 'unavailable' })
  expect(meaningOf(replaced)?.details.detail).toMatch(/Nothing was changed/)
  expect(meaningOf({ code: 'XX000', message: 'could not open relation' })).toBeUndefined()
})

it.each(['08006', '57P01', '53300'])('reports for SQLSTATE %s that the change may have been made', (code) => {
  expect(isCollision(failureOf({ code }))).toBe(false)
  expect(meaningOf({ code })).toMatchObject({ code: 'unavailable' })
  expect(meaningOf({ code })?.details.detail).toBeUndefined()
  expect(DETAILS.unavailable).toMatch(/may have happened/)
})

it('reads code, facts, field and advice of a refusal that our SQL raises', () => {
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

it('finds the database error inside the error that Drizzle throws', () => {
  const wrapped = new DrizzleQueryError('insert', [], failureOf({ code: '23505', constraint: 'users_email_key' }))
  expect(toDomainError(wrapped)).toMatchObject({ code: 'email_taken' })
  expect(constraintOf(wrapped)).toBe('users_email_key')
})

it('translates the stored answer of a keyed write to a replay', () => {
  const detail = JSON.stringify({ status: 201, response: { head: 7 } })
  expect(toDomainError(failureOf({ code: 'FT200', detail }))).toBeInstanceOf(Replayed)
})

it('returns an unexpected error unchanged', () => {
  for (const error of [
    new Error('a bug'),
    failureOf({ code: '42P01' }),
    failureOf({ code: '23505', constraint: 'x' }),
  ]) {
    expect(toDomainError(error)).toBe(error)
  }
})
