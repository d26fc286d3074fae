import { expect, it } from 'vitest'
import { preferred } from '../../src/http/accept.ts'
import { versionsOf } from '../../src/http/etag.ts'
import { call, problem } from '../support/api.ts'

const PADDING = ' '.repeat(30_000)

/** Many times over, so that quadratic time could not be missed: it would be seconds. */
function manyTimes(work: () => void): number {
  const start = performance.now()
  for (let n = 0; n < 200; n++) work()
  return performance.now() - start
}

it('reads no header in more than linear time, however it is padded', async () => {
  const type = `application/json;${PADDING}x`
  expect(await call('POST', '/auth/login', { body: {}, headers: { 'Content-Type': type } })).toMatchObject(
    problem(415, 'unsupported_media_type'),
  )
  const tags = `"1"${PADDING}x`
  expect(manyTimes(() => versionsOf(tags, 'weak'))).toBeLessThan(2_000)
  expect(manyTimes(() => preferred(`text/csv;${PADDING}x`, ['text/csv']))).toBeLessThan(2_000)
  expect(manyTimes(() => preferred(','.repeat(30_000), ['text/csv']))).toBeLessThan(5_000)
})
