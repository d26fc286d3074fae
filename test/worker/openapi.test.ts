import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { HEADERS } from '../../src/features/meta/document/headers.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { examples } from '../../src/lib/examples.ts'
import { call, newPerson, newProject, newTask } from '../support/api.ts'
import { type Caller, type Cast, newCast } from '../support/callers.ts'
import { resolve } from '../support/document-parts.ts'
import { newSample } from '../support/routes.ts'
import { requestOf } from '../support/samples.ts'
import { newBox } from '../support/webhooks.ts'
import { newWorker } from '../support/worker.ts'

/** The document as it is served, compared with what the API does. For its form, see test/repository/openapi.test.ts. */

let cast: Cast
let boss: Caller
let document: any
beforeAll(async () => {
  cast = await newCast()
  boss = cast.callers.find(({ name }) => name === 'an administrator') as Caller
  document = (await call('GET', '/openapi.json')).body
})

const routes = routesOf(app.routes).map(({ doc, ...route }) => ({ ...route, name: `${route.method} ${route.path}` }))
const operationOf = ({ method, path }: { method: string; path: string }) =>
  document.paths[path.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()]

const sampleOf = (name: string) => newSample(name, cast, boss)

/** The headers of an answer that HEADERS lists. The document does not describe the others, such as Content-Type. */
const describedHeadersOf = (headers: Headers) => Object.keys(HEADERS).filter((name) => headers.has(name))

/** Headers of some answers only: those with a next page, of a repeated key, or with a report as a file. */
const SOMETIMES = ['Link', 'Idempotency-Replayed', 'Content-Disposition']

it('names the deployment by PUBLIC_URL, but no host that a request claims', async () => {
  expect(document.servers).toBeUndefined()
  const PUBLIC_URL = 'https://api.example.com'
  const { body } = await newWorker({ PUBLIC_URL }).call('GET', '/openapi.json')
  expect(body.servers).toEqual([{ url: PUBLIC_URL }])
})

it.each(routes)('describes exactly the headers that $name sends', async ({ name, method, path }) => {
  const sample = await sampleOf(name)
  const response = await exports.default.fetch(requestOf(method, sample, sample.token ?? boss.token))
  const answer = resolve(document, operationOf({ method, path }).responses[response.status])
  const described = Object.keys(answer.headers ?? {})
  const sent = response.status === 101 ? [] : describedHeadersOf(response.headers)
  if (response.webSocket) {
    response.webSocket.accept()
    response.webSocket.close(1000, 'done')
  } else await response.text()
  expect(sent.filter((header) => !described.includes(header))).toEqual([])
  expect(described.filter((header) => !sent.includes(header) && !SOMETIMES.includes(header))).toEqual([])
})

it.each(routes)('describes the headers of a refusal by $name', async ({ name, method, path }) => {
  const sample = await sampleOf(name)
  const token = sample.token === undefined ? 'not.a.token' : `${sample.token}x`
  const response = await exports.default.fetch(
    requestOf(method, { ...sample, ...(method !== 'GET' && { body: { surprise: true } }) }, token),
  )
  await response.text()
  if (response.status < 400) return // open to all
  const { responses } = operationOf({ method, path })
  const described = Object.keys(resolve(document, responses[response.status] ?? responses.default).headers ?? {})
  expect(describedHeadersOf(response.headers).filter((header) => !described.includes(header))).toEqual([])
})

it.each(['/imports', '/imports/preview'])('describes every media type that %s accepts', async (path) => {
  const { content } = operationOf({ method: 'POST', path }).requestBody
  const text = { schema: { type: 'string' } }
  expect(content).toEqual({
    'application/json': { schema: {} },
    'text/csv': text,
    'text/tab-separated-values': text,
    'application/x-ndjson': text,
  })
  const { body } = await call('POST', path, { token: boss.token, headers: { 'Content-Type': 'image/png' } })
  expect(body.detail).toContain(Object.keys(content).join(' or '))
})

it('describes the headers of the picture that shows a refusal', async () => {
  const path = '/reports/pictures/:link/:project_id/:report'
  const { path: valid } = await sampleOf(`GET ${path}`)
  const response = await exports.default.fetch(new Request(`https://flowtrack.test${valid}&altered=1`))
  await response.text()
  expect(response.status).toBe(403)
  const { responses } = operationOf({ method: 'GET', path })
  const sent = describedHeadersOf(response.headers).toSorted()
  for (const status of [403, 422])
    expect(Object.keys(resolve(document, responses[status]).headers).toSorted()).toEqual(sent)
})

/** Routes whose examples hold secrets that exist only for one account. */
const SECRET = ['POST /auth/login', 'POST /auth/refresh', 'POST /auth/password', 'POST /auth/recovery/confirm']
/** Routes whose examples hold an e-mail address, which only one account can have. */
const TAKEN_ONCE = ['POST /auth/register', 'POST /users']
/** Routes whose examples hold a name that only one label of a project can have. */
const LABELS = ['POST /projects/:id/labels', 'PATCH /labels/:id']
const ONCE = [...TAKEN_ONCE, ...LABELS, 'POST /projects/:id/columns', 'POST /projects/:id/members']

/** Routes whose examples hold the token of a claim, which only its holder knows: the example is valid, but refused. */
const LEASED = ['renew', 'complete', 'release'].map((what) => `POST /tasks/:id/claim/${what}`)

describe.each(
  routes.filter(({ name, inputs }) => inputs.some(({ target }) => target === 'json') && !SECRET.includes(name)),
)('the example of $name', ({ name, method, path }) => {
  const exampleOf = () => {
    const { schema } = operationOf({ method, path }).requestBody.content['application/json']
    return resolve(document, schema).example
  }
  /** The example, with the ids of its rows replaced by ids of rows that exist here. */
  const filledExample = async () => {
    const ids = {
      [examples.ids.project]: cast.board.id,
      [examples.ids.user]: (await newPerson()).id,
      [examples.ids.other_project]: (await newProject(cast.owner.token)).id,
      [examples.ids.other_task]: (await newTask(cast.owner.token, cast.board.id)).id,
    }
    const text = JSON.stringify(exampleOf()).replace(/[\da-f-]{36}/g, (id) => ids[id] ?? id)
    return JSON.parse(text.replace(examples.webhook.url, newBox().url)) // so that no test sends to the Internet
  }

  it('can be sent unchanged, and twice', async () => {
    const body = await filledExample()
    const statuses = []
    for (const sample of [await sampleOf(name), await sampleOf(name)]) {
      const response = await exports.default.fetch(requestOf(method, { ...sample, body }, sample.token ?? boss.token))
      const { code = null } = JSON.parse((await response.text()) || '{}')
      statuses.push(response.ok ? 'ok' : code)
    }
    if (LEASED.includes(name)) return expect(statuses).toEqual(['lease_lost', 'lease_lost'])
    expect(statuses[0]).toBe('ok')
    if (!ONCE.includes(name)) expect(statuses[1]).toBe('ok')
    else expect(['email_taken', 'column_key_taken', 'label_name_taken', 'already_member']).toContain(statuses[1])
  })
})
