import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { expect, it } from 'vitest'
import * as z from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { app } from '../../src/app.ts'
import { TAGS } from '../../src/features/meta/document/groups.ts'
import { openApiDocumentOf } from '../../src/features/meta/document/openapi.ts'
import { PROBLEMS } from '../../src/http/problem.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { ServerMessage } from '../../src/live/answers.ts'
import { ClientMessage } from '../../src/live/protocol.ts'
import { resolve, targetOf } from '../support/document-parts.ts'

/** The document that /openapi.json serves. `npm run check:openapi` lints it, too. */
const document = JSON.parse(JSON.stringify(openApiDocumentOf(app.routes)))

const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    security: document.security,
    ...operation,
    parameters: (operation.parameters ?? []).map((part: any) => resolve(document, part)),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, answer]) => [status, resolve(document, answer)]),
    ),
  })),
)

/** Every [key, value] below `node`, at any depth. */
function* valuesBelow(node: unknown): Generator<[string, unknown]> {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    yield [key, value]
    yield* valuesBelow(value)
  }
}

it('documents every route of the app, and no other', () => {
  const routes = routesOf(app.routes)
  expect(routes.filter(({ doc }) => !doc).map(({ method, path }) => `${method} ${path}`)).toEqual([])
  const served = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  expect(operations.map(({ name }) => name).sort()).toEqual(served.sort())
})

it('gives each operation a unique id, one group and a summary', () => {
  const ids = operations.map(({ operationId }) => operationId)
  expect(ids.filter((id, i) => !/^[a-z]\w*$/i.test(id) || ids.indexOf(id) !== i)).toEqual([])
  const groups = document.tags.map(({ name }: { name: string }) => name)
  expect(
    operations.filter(({ tags }) => tags.length !== 1 || !groups.includes(tags[0])).map(({ name }) => name),
  ).toEqual([])
  expect(operations.filter(({ summary }) => !summary).map(({ name }) => name)).toEqual([])
})

it('describes every parameter that a path has', () => {
  const wrong = operations.filter(({ path, parameters = [] }) => {
    const described = parameters.filter((p: any) => p.in === 'path').map((p: any) => p.name)
    return String(described.sort()) !== String([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort())
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
})

it('asks for a token in every operation except those of public routes, and documents 401 there', () => {
  // That these routes refuse requests without a token, and no others do: test/worker/roles.test.ts
  const isPublic = new Map(routesOf(app.routes).map(({ doc }) => [doc?.id, doc?.access === 'public']))
  const guarded = operations.filter(({ operationId }) => !isPublic.get(operationId))
  expect(guarded.length).toBeGreaterThan(operations.length / 2)
  expect(guarded.length).toBeLessThan(operations.length)
  for (const { name, operationId, security } of operations)
    expect(security, name).toEqual(isPublic.get(operationId) ? [] : [{ bearer: [] }])
  for (const { name, responses } of guarded) expect(Object.keys(responses), name).toContain('401')
})

it('documents failures as problem documents, with the listed exceptions', () => {
  const failures = operations.flatMap(({ name, responses }) =>
    Object.entries<any>(responses).flatMap(([status, { content }]) =>
      Number(status) >= 400 ? [`${name} ${status} ${Object.keys(content ?? {})}`] : [],
    ),
  )
  expect(failures.length).toBeGreaterThan(operations.length)
  const pictured = ['403', '422'].map(
    (status) => `GET /reports/pictures/{link}/{project_id}/{report} ${status} image/svg+xml`,
  )
  // JSON-RPC has its own form for some failures.
  const ofMcp = ['POST /mcp 400 application/problem+json,application/json', 'POST /mcp 404 application/json']
  const others = ['GET /readyz 503 application/json', ...ofMcp, ...pictured]
  expect(failures.filter((line) => !line.endsWith('application/problem+json'))).toEqual(others)
})

it('contains every component that it refers to', () => {
  const refs = [...valuesBelow(document)].flatMap(([key, value]) => (key === '$ref' ? [String(value)] : []))
  expect(refs.length).toBeGreaterThan(20)
  expect(refs.filter(($ref) => !$ref.startsWith('#/') || targetOf(document, { $ref }) === undefined)).toEqual([])
})

/** Whether a schema has an example, or one of its parts has: viewers put those together. */
function hasExample(schema: any): boolean {
  const { example, properties = {}, items, allOf = [] } = resolve(document, schema)
  const parts = [...Object.values(properties), items, ...allOf].filter((part: any) => part?.$ref ?? part?.items)
  return example !== undefined || parts.some((part) => hasExample(part))
}

it('gives examples for the bodies and answers of all operations', () => {
  const media = (content: any) => content?.['application/json']?.schema
  const shown = operations
    .filter(({ tags }) => !tags.includes('reports'))
    .flatMap(({ requestBody, responses }) => [
      media(requestBody?.content),
      ...['200', '201'].map((s) => media(responses[s]?.content)),
    ])
    .filter((schema) => schema?.$ref)
  expect(shown.length).toBeGreaterThan(40)
  expect(shown.filter((schema) => !hasExample(schema)).map(({ $ref }) => $ref)).toEqual([])
})

it('gives only examples that their schemas accept, in the source and in the document', () => {
  const modules = import.meta.glob<Record<string, unknown>>('../../src/**/{schema,protocol,meta}.ts', { eager: true })
  const schemas = Object.values(modules)
    .flatMap((module) => Object.values(module))
    .filter((value) => value instanceof z.ZodType)
  const refused = schemas.flatMap((schema) => {
    const { id, example } = schema.meta() ?? {}
    return id && example && !schema.safeParse(example).success ? [id] : []
  })
  expect(refused).toEqual([])

  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema({ $id: 'http://flowtrack/document', ...document })
  const samples = [...valuesBelow(document)].flatMap(([, node]: [string, any]) =>
    node?.example !== undefined ? [[node.schema ?? node, node.example]] : [],
  )
  expect(samples.length).toBeGreaterThan(40)
  const toAbsolute = (schema: object) =>
    JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#', '"$ref":"http://flowtrack/document#'))
  const wrong = samples.filter(([schema, example]) => !ajv.validate(toAbsolute(schema), example))
  expect(wrong.map(([, example]) => example)).toEqual([])
})

it('documents that a write may be refused for its body or key, even if the route needs neither', () => {
  const refusals = (name: string) => operations.find((operation) => operation.name === name)?.responses
  expect(refusals('POST /auth/logout')).toMatchObject({ 413: {}, 415: {}, 422: {} })
  expect(refusals('POST /notifications/read-all')).toMatchObject({ 413: {}, 415: {}, 422: {} })
  expect(refusals('DELETE /auth/sessions')).toMatchObject({ 413: {} })
  expect(Object.keys(refusals('GET /users/me'))).not.toContain('413')
})

it('uses every component that it defines', () => {
  const refs = new Set([...valuesBelow(document)].flatMap(([key, value]) => (key === '$ref' ? [String(value)] : [])))
  const components = Object.entries<object>(document.components).flatMap(([kind, parts]) =>
    Object.keys(parts).map((name) => `#/components/${kind}/${name}`),
  )
  expect(components.filter((ref) => !refs.has(ref))).toEqual(['#/components/securitySchemes/bearer']) // named, not referred to
})

it('needs at most 2.54 KB for each operation', () => {
  const served = { ...document, servers: [{ url: 'https://flowtrack.example.com' }] }
  expect(new TextEncoder().encode(JSON.stringify(served)).length).toBeLessThanOrEqual(2_540 * operations.length)
})

it('states the version of the package, and names no server', () => {
  expect(document.info.version).toBe(manifest.version)
  expect(document.servers).toBeUndefined() // the deployment names itself: test/worker/openapi.test.ts
})

it('describes each parameter exactly once', () => {
  const parameters = operations.flatMap(({ name, parameters }) =>
    parameters.map((parameter: any) => ({ ...parameter, of: `${name} ${parameter.name}` })),
  )
  expect(parameters.length).toBeGreaterThan(100)
  expect(parameters.filter(({ description }) => !description).map(({ of }) => of)).toEqual([])
  expect(parameters.filter(({ schema }) => schema.description).map(({ of }) => of)).toEqual([])
})

/** The problem codes that an answer may have. A refusal that is a picture names them in its description. */
const codesOf = ({ content, description }: any): string[] => {
  if (content?.['image/svg+xml']) return [...description.matchAll(/`(\w+)`:/g)].map(([, code]) => code)
  return content?.['application/problem+json']?.schema.allOf[1].properties.code.enum ?? []
}

it('lists every problem code, and only under its own status', () => {
  const named = operations.flatMap(({ name, responses }) =>
    Object.entries<any>(responses).flatMap(([status, answer]) =>
      codesOf(answer).map((code) => ({ code, status, at: `${name} ${status} ${code}` })),
    ),
  )
  const table: Record<string, { status: number }> = PROBLEMS
  const wrong = named.filter(({ status, code }) => status !== 'default' && table[code]?.status !== Number(status))
  expect(wrong.map(({ at }) => at)).toEqual([])
  expect([...new Set(named.map(({ code }) => code))].sort()).toEqual(Object.keys(PROBLEMS).sort())
  expect(document.components.schemas.ProblemCode.enum.toSorted()).toEqual(Object.keys(PROBLEMS).sort())
})

it('lists the headers of failures, such as Retry-After and WWW-Authenticate', () => {
  for (const { name, responses } of operations) {
    for (const [status, answer] of Object.entries<any>(responses)) {
      const headers = Object.keys(answer.headers ?? {})
      if (status === '401') expect(headers, `${name} ${status}`).toContain('WWW-Authenticate')
      if (status === '429' || status === 'default') expect(headers, `${name} ${status}`).toContain('Retry-After')
      if (status === 'default') expect(headers, `${name} ${status}`).toContain('Allow')
    }
  }
})

it('describes arrays by items only, which every tool supports', () => {
  const schemas = [...valuesBelow(document)].map(([, node]: [string, any]) => node)
  expect(schemas.filter((node) => node?.type === 'array' && !node.items)).toEqual([])
  expect(schemas.filter((node) => node?.prefixItems)).toEqual([])
})

it.each([
  ['GET /projects/{id}/board', 'board'],
  ['GET /projects/{id}/progress', 'board'],
  ['PATCH /projects/{id}/columns/{key}', 'columns'],
  ['DELETE /projects/{id}/members/{user_id}', 'members'],
  ['GET /projects/{id}/activity', 'activity'],
  ['GET /projects/{id}/export', 'projects'],
  ['POST /users/me/keys', 'keys'],
  ['POST /notifications/read-all', 'notifications'],
  ['GET /reports/activity', 'reports'],
  ['GET /reports/projects/{id}/burndown', 'reports'],
  ['GET /ws/notifications/{user_id}', 'ws'],
  ['GET /readyz', 'meta'],
])('groups %s under %s', (name, group) => {
  expect(operations.find((operation) => operation.name === name)?.tags).toEqual([group])
})

it('puts only operations about the API itself into the group meta', () => {
  const paths = operations.flatMap(({ tags, path }) => (tags.includes('meta') ? [path] : []))
  expect(paths.sort()).toEqual(['/', '/docs', '/healthz', '/openapi.json', '/readyz'])
})

it('defines no group without an operation', () => {
  const used = new Set(operations.flatMap(({ tags }) => tags))
  expect(Object.keys(TAGS).filter((name) => !used.has(name))).toEqual([])
})

it('describes the messages of sockets in both directions', () => {
  const types = (name: string) =>
    document.components.schemas[name].oneOf.map((message: any) => resolve(document, message).properties.type.const)
  expect(types('ServerMessage')).toEqual(ServerMessage.options.map(({ shape }) => shape.type.value))
  expect(types('ClientMessage')).toEqual(ClientMessage.options.map(({ shape }) => shape.type.value))
  const sockets = operations.filter(({ tags }) => tags.includes('ws'))
  expect(sockets.map((operation) => operation['x-websocket-messages'])).toEqual(
    sockets.map(() => ({
      client: { $ref: '#/components/schemas/ClientMessage' },
      server: { $ref: '#/components/schemas/ServerMessage' },
    })),
  )
})

it('lists the problem codes that every path can return under each status that an operation describes', () => {
  // An answer for a status overrides `default` (OpenAPI 3.1, Responses Object).
  const codesOf = (answer: any): string[] =>
    answer?.content?.['application/problem+json']?.schema.allOf?.[1].properties.code.enum ?? []
  const anywhere = codesOf(document.components.responses.Failure)
  expect(anywhere.length).toBeGreaterThan(3)
  const missing = operations.flatMap(({ name, responses }) =>
    anywhere.flatMap((code) => {
      const codes = codesOf(responses[PROBLEMS[code as keyof typeof PROBLEMS].status])
      return codes.length > 0 && !codes.includes(code) ? [`${name}: ${code}`] : []
    }),
  )
  expect(missing).toEqual([])
})
