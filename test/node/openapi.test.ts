import { expect, it } from 'vitest'
import * as z from 'zod'
import { app } from '../../src/app.ts'
import { documentOf, routesOf } from '../../src/http/openapi.ts'

/** The document that /openapi.json serves. `npm run check:openapi` lints it besides. */
const document = JSON.parse(JSON.stringify(documentOf(app.routes)))

const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    ...operation,
  })),
)

/** Every value below `node`, with the key that it has. */
function* values(node: unknown): Generator<[string, unknown]> {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    yield [key, value]
    yield* values(value)
  }
}

it('has every route of the app, and no other', () => {
  const routes = routesOf(app.routes)
  expect(routes.filter(({ doc }) => !doc).map(({ method, path }) => `${method} ${path}`)).toEqual([])
  const served = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  expect(operations.map(({ name }) => name).sort()).toEqual(served.sort())
})

it('names each operation once, groups it and says what it answers', () => {
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

it('asks for a token wherever a route does, and then says how a bad one is answered', () => {
  const guarded = operations.filter(({ security }) => security.length > 0)
  expect(guarded.length).toBeGreaterThan(operations.length / 2)
  for (const { name, responses } of guarded) expect(Object.keys(responses), name).toContain('401')
})

it('answers every failure with a problem document', () => {
  const failures = operations.flatMap(({ name, responses }) =>
    Object.entries<any>(responses).flatMap(([status, { content }]) =>
      Number(status) >= 400 ? [`${name} ${status} ${Object.keys(content ?? {})}`] : [],
    ),
  )
  expect(failures.length).toBeGreaterThan(operations.length)
  const pictured = ['403', '422'].map(
    (status) => `GET /reports/pictures/{link}/{project_id}/{report} ${status} image/svg+xml`,
  )
  expect(failures.filter((line) => !line.endsWith('application/problem+json'))).toEqual(pictured)
})

it('refers only to what it contains', () => {
  const refs = [...values(document)].flatMap(([key, value]) => (key === '$ref' ? [String(value)] : []))
  const found = (ref: string) =>
    ref.startsWith('#/') &&
    ref
      .slice(2)
      .split('/')
      .reduce<any>((node, key) => node?.[key], document) !== undefined
  expect(refs.length).toBeGreaterThan(20)
  expect(refs.filter((ref) => !found(ref))).toEqual([])
})

it('shows an example of what each operation takes and answers, one that its schema accepts', async () => {
  const modules = import.meta.glob<Record<string, unknown>>('../../src/**/{schema,protocol,meta}.ts', { eager: true })
  const schemas = Object.values(modules)
    .flatMap((module) => Object.values(module))
    .filter((value) => value instanceof z.ZodType)
  const wrong = schemas.flatMap((schema) => {
    const { id, example } = schema.meta() ?? {}
    return id && example && !schema.safeParse(example).success ? [id] : []
  })
  expect(wrong).toEqual([])

  const media = (content: any) => content?.['application/json']?.schema?.$ref?.split('/').at(-1)
  const shown = operations
    .filter(({ tags }) => !tags.includes('reports'))
    .flatMap(({ requestBody, responses }) => [
      media(requestBody?.content),
      ...['200', '201'].map((s) => media(responses[s]?.content)),
    ])
    .filter((name) => name !== undefined)
  expect(shown.length).toBeGreaterThan(40)
  expect(shown.filter((name) => !document.components.schemas[name].example)).toEqual([])
})

it('says of every write that a body or a key may be refused, though the route needs neither', () => {
  const refusals = (name: string) => operations.find((operation) => operation.name === name)?.responses
  expect(refusals('POST /auth/logout')).toMatchObject({ 413: {}, 415: {}, 422: {} })
  expect(refusals('POST /notifications/read-all')).toMatchObject({ 413: {}, 415: {}, 422: {} })
  expect(refusals('DELETE /auth/sessions')).toMatchObject({ 413: {} })
  expect(Object.keys(refusals('GET /users/me'))).not.toContain('413')
})
