import { expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { openApiDocumentOf } from '../../src/features/meta/document/openapi.ts'
import { examples } from '../../src/lib/examples.ts'
import type { Document } from '../faults/fuzz/document.ts'
import { Judge } from '../faults/fuzz/judge.ts'
import type { Draft } from '../faults/fuzz/requests.ts'
import { Rows, secretOf } from '../faults/fuzz/rows.ts'
import { type Exchange, render } from '../faults/fuzz/wire.ts'

/** Answers that the fuzzer's judge must report, and answers that it must accept. */

const judge = new Judge(JSON.parse(JSON.stringify(openApiDocumentOf(app.routes))) as Document)
const id = '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f7e'

const newExchange = (target: string, status: number, body: unknown, headers: object = {}): Exchange => ({
  wire: { method: 'GET', target, headers: [], body: undefined },
  status,
  headers: {
    'x-request-id': id,
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    ...headers,
  },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const problemOf = (status: number, code: string) => ({
  type: `urn:flowtrack:problem:${code}`,
  title: 'No',
  status,
  detail: 'No',
  instance: id,
  code,
})
const verdict =
  (...of: Parameters<typeof newExchange>) =>
  () =>
    judge.check(newExchange(...of))

it('accepts answers that match the OpenAPI document', () => {
  expect(verdict('/users/me?x=1', 200, examples.user)).not.toThrow()
  expect(verdict('/%75sers/me/', 200, examples.user)).not.toThrow()
  expect(verdict(`/projects/${id}`, 404, problemOf(404, 'not_found'))).not.toThrow()
  expect(verdict('/nowhere', 404, problemOf(404, 'not_found'))).not.toThrow()
})

it.each([
  ['a server error', '/users/me', 500, problemOf(500, 'internal'), {}, 'answered with 500'],
  [
    'an answer that does not match its schema',
    '/users/me',
    200,
    { ...examples.user, extra: 1 },
    {},
    'breaks its schema',
  ],
  ['a field of another type', '/users/me', 200, { ...examples.user, seq: '1' }, {}, 'breaks its schema'],
  ['a status that the route does not declare', '/users/me', 404, problemOf(404, 'not_found'), {}, 'not declared'],
  ['a problem that the route does not declare', `/projects/${id}`, 404, problemOf(404, 'lost'), {}, 'not declared'],
  ['another media type', '/users/me', 200, 'name', { 'content-type': 'text/csv' }, 'not declared'],
  [
    'a refusal that is not a problem document',
    `/projects/${id}`,
    404,
    'no',
    { 'content-type': 'text/plain' },
    'no problem',
  ],
  [
    'a problem of another request',
    `/projects/${id}`,
    404,
    { ...problemOf(404, 'not_found'), instance: 'x' },
    {},
    'another request',
  ],
  ['401 without a challenge', '/users/me', 401, problemOf(401, 'token_missing'), {}, 'WWW-Authenticate'],
  ['a secret', '/users/me', 200, '{"password_hash":"x"}', {}, 'nobody may read'],
] as const)('reports %s', (_, target, status, body, headers, message) => {
  expect(verdict(target, status, body, headers)).toThrow(message)
})

it('reports rows of the other tenant, unless the request named them', () => {
  const rows = new Rows()
  rows.own('ours', 'tasks', id)
  const shown = newExchange('/tasks', 200, { items: [{ id }] })
  expect(rows.leak('eve', shown)).toBe(id)
  expect(rows.leak('ada', shown)).toBeUndefined()
  expect(rows.leak('eve', newExchange(`/tasks/${id}`, 200, { id }))).toBeUndefined()
  expect(rows.leak('eve', newExchange('/tasks', 200, { title: secretOf('ours') }))).toBe(secretOf('ours'))
})

it('puts ids of both tenants into requests, and encodes any text as bytes', () => {
  const rows = new Rows()
  rows.own('ours', 'tasks', 'mine')
  rows.own('theirs', 'tasks', 'yours')
  const draft: Draft = {
    operation: 'GET /tasks/{id}',
    caller: 'ada',
    method: 'GET',
    path: '/tasks/{{tasks.own.9}}',
    spelling: 'slash',
    query: [['q', '{{tasks.other.0}}\u{d800}é']],
    raw_query: '%',
    headers: [],
    body: '{"a":"{{tasks.own.0}}"}',
    media: 'application/json',
    twist: 'bom',
    n: 0,
  }
  const wire = render(draft, rows.fill(draft), 'token')
  expect(wire.target).toBe('/tasks/mine/?q=yours%ed%a0%80%c3%a9&%')
  expect(wire.body?.toString('latin1')).toBe('\xef\xbb\xbf{"a":"mine"}')
  expect(wire.headers).toContainEqual(['Authorization', 'Bearer token'])
})
