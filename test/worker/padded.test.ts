import { expect, it } from 'vitest'
import { preferredType } from '../../src/http/accept.ts'
import { versionsOf } from '../../src/http/etag.ts'
import { parseMediaType } from '../../src/http/media-type.ts'
import { call, problem } from '../support/api.ts'

const PADDING = ' '.repeat(30_000)

/** Milliseconds of so many repetitions that quadratic time would take more than 10 seconds. */
function timeManyRuns(work: () => void): number {
  const start = performance.now()
  for (let n = 0; n < 50; n++) work()
  return performance.now() - start
}

it('parses padded headers in linear time', async () => {
  const type = `application/json;${PADDING}x`
  expect(await call('POST', '/auth/login', { body: {}, headers: { 'Content-Type': type } })).toMatchObject(
    problem(415, 'unsupported_media_type'),
  )
  expect(timeManyRuns(() => parseMediaType(type))).toBeLessThan(5_000)
  const tags = `"1"${PADDING}x`
  expect(timeManyRuns(() => versionsOf(tags, 'weak'))).toBeLessThan(5_000)
  expect(timeManyRuns(() => preferredType(`text/csv;${PADDING}x`, ['text/csv']))).toBeLessThan(5_000)
  expect(timeManyRuns(() => preferredType(','.repeat(30_000), ['text/csv']))).toBeLessThan(5_000)
})
