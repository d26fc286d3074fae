import { exports } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { operationsOf } from '../../src/features/meta/document/operations.ts'
import { type Caller, type Cast, expectedStatus, isOutOfReach, newCast, unauthorizedCode } from '../support/callers.ts'
import { ROUTES } from '../support/routes.ts'
import { requestOf, type Sample, samplesFor } from '../support/samples.ts'
import { pauseWebhooks } from '../support/webhooks.ts'

let cast: Cast
beforeAll(async () => {
  cast = await newCast()
})
afterEach(() => pauseWebhooks(cast.board.id))

/** Sends a sample. Returns the answer's status, challenge and problem code; closes a socket that it opened. */
async function attempt(method: string, sample: Sample, caller: Caller) {
  const response = await exports.default.fetch(requestOf(method, sample, sample.token ?? caller.token))
  const challenge = response.headers.get('WWW-Authenticate')
  if (response.webSocket) {
    response.webSocket.accept()
    response.webSocket.close(1000, 'done')
    return { status: response.status, challenge, code: undefined }
  }
  const text = await response.text()
  return { status: response.status, challenge, code: response.ok ? undefined : JSON.parse(text).code }
}

describe.each(operationsOf(app.routes).map((route) => ({ ...route, name: `${route.method} ${route.path}` })))(
  '$name',
  ({ name, method, doc }) => {
    const entry = ROUTES[name]

    it('has an entry in the table, which matches the documented access and success', () => {
      expect(entry, `Add ${name} to ROUTES in test/support/routes.ts`).toBeDefined()
      expect(doc).toMatchObject({ access: entry?.access, ok: { status: entry?.ok } })
      expect(doc.bound_keys).toBe(entry?.bound_keys)
    })

    it('answers everybody as their role allows', async () => {
      if (!entry) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
      const actual: Record<string, unknown> = {}
      const expected: Record<string, unknown> = {}
      const sampleFor = samplesFor((caller) => entry.sample(cast, caller), entry.sample.length > 1)
      for (const caller of cast.callers) {
        const answer = answerTo(caller, { needs: [method === 'GET' ? 'read' : 'write'], ...entry })
        const sample = await sampleFor(caller, answer.status >= 400)
        const { status, challenge, code } = await attempt(method, sample, caller)
        actual[caller.name] = { status, challenged: challenge !== null, ...(status >= 400 && { code }) }
        expected[caller.name] = answer
      }
      expect(actual).toEqual(expected)
    })
  },
)

/** The expected status, and the code of the problem, by which programs tell the reasons apart. */
function answerTo(caller: Caller, route: Parameters<typeof expectedStatus>[1]) {
  const status = expectedStatus(caller, route)
  const code = { 401: unauthorizedCode(caller), 403: forbidden(caller, route), 404: 'not_found' }[status]
  const challenged = status === 401 || code === 'scope_missing'
  return { status, challenged, ...(status >= 400 && { code }) }
}

/** The code of a 403. A key gets another one when its owner may do what the key may not. */
function forbidden(caller: Caller, route: Parameters<typeof expectedStatus>[1]): string {
  const { name, key } = caller
  if (!key) return 'forbidden'
  if (route.access === 'session') return 'session_required'
  const past = route.access !== 'admin' && isOutOfReach(caller, route)
  const narrowed = past || !route.needs.every((scope) => key.scopes.includes(scope))
  return narrowed || name.startsWith('an administrator') ? 'scope_missing' : 'forbidden'
}
