import fc, { type Arbitrary } from 'fast-check'
import type { Document, Operation, Parameter } from './document.ts'
import { mostly, nastyText } from './nasty.ts'
import { HEADERS, PATHS, RAW_QUERIES } from './spellings.ts'
import { TWISTS, type TwistName } from './twists.ts'
import { valuesOf } from './values.ts'

/** Who sends a request. `ada` manages a project where `bob` contributes; `eve` is of another tenant. */
export const CALLERS = ['ada', 'bob', 'eve', 'root', 'nobody', 'forger'] as const
export type Caller = (typeof CALLERS)[number]

export type Pair = [name: string, value: string]

/**
 * A request before it is sent. Placeholders stand for ids of rows (`{{tasks.own.3}}`) and for new names: see rows.ts.
 */
export type Draft = {
  operation: string
  caller: Caller
  method: string
  path: string
  /** How the path is spelled: a name in PATHS. */
  spelling: string
  query: Pair[]
  raw_query: string
  headers: Pair[]
  body: string | undefined
  media: string
  twist: TwistName
  n: number
}

const METHODS = ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'PURGE']
const none: Arbitrary<Pair[]> = fc.constant([])

/** The text of a value in a path or a query. */
const textOf = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

function pathsOf(document: Document, { path, parameters }: Operation): Arbitrary<string> {
  const own = parameters.filter((parameter) => parameter.in === 'path')
  const values = own.map(({ name, schema }) => valuesOf({ document, path, name }, schema).map(textOf))
  return fc
    .tuple(...values)
    .map((found) => own.reduce((filled, { name }, i) => filled.replace(`{${name}}`, () => found[i] || '-'), path))
}

/** Each parameter is present or not; some come twice, and sometimes there is an unknown one. */
function queriesOf(document: Document, { path, parameters }: Operation): Arbitrary<Pair[]> {
  const one = ({ name, schema }: Parameter): Arbitrary<Pair[]> => {
    const value = valuesOf({ document, path, name }, schema).map((v): Pair => [name, textOf(v)])
    return fc.oneof(
      { weight: 30, arbitrary: none },
      { weight: 15, arbitrary: value.map((pair) => [pair]) },
      { weight: 1, arbitrary: fc.array(value, { minLength: 2, maxLength: 2 }) },
    )
  }
  const wanted = parameters.filter((parameter) => parameter.in === 'query').map(one)
  const stray = fc.tuple(nastyText, nastyText).map((pair): Pair[] => [pair])
  return fc.tuple(...wanted, mostly(none, stray, 40)).map((groups) => groups.flat())
}

const headersNamed = (names: string[], maxLength: number): Arbitrary<Pair[]> => {
  const one = fc
    .constantFrom(...names)
    .chain((name) => fc.constantFrom(...(HEADERS[name] ?? ['x'])).map((value): Pair => [name, value]))
  return fc.array(one, { minLength: 1, maxLength })
}

/** Mostly none, or a new Idempotency-Key: most keyed writes are first attempts. */
function headersOf({ parameters }: Operation): Arbitrary<Pair[]> {
  const fresh = fc.uuid().map((key): Pair[] => [['Idempotency-Key', key]])
  const named = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name)
  const odd = headersNamed(Object.keys(HEADERS), 3)
  return fc.oneof(
    { weight: 9, arbitrary: none },
    { weight: named.includes('Idempotency-Key') ? 3 : 0, arbitrary: fresh },
    { weight: named.length > 0 ? 2 : 0, arbitrary: headersNamed(named.length > 0 ? named : ['Accept'], 2) },
    { weight: 2, arbitrary: odd },
  )
}

function bodiesOf(document: Document, { method, path, body, media }: Operation): Arbitrary<string | undefined> {
  if (body) return valuesOf({ document, path, name: 'body' }, body).map((value) => JSON.stringify(value))
  if (media) return fc.constantFrom('{{export}}', '{{export}}\n', '{{export}}{{export}}', '\n\n{{export}}', '{}')
  const nothing = fc.constant(undefined)
  return method === 'GET' ? nothing : mostly(nothing, fc.constantFrom('{}', '{"a":1}', ''), 12)
}

/** Mostly callers with access: a request that is refused for its caller tests nothing else. */
const callersOf = ({ access }: Operation): Arbitrary<Caller> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(access === 'admin' ? ('root' as const) : ('ada' as const)) },
    { weight: 2, arbitrary: fc.constant('bob' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...CALLERS) },
  )

/** Drafts of requests to one operation. */
export function draftsOf(document: Document, operation: Operation): Arbitrary<Draft> {
  const twists = Object.keys(TWISTS) as TwistName[]
  return fc.record({
    operation: fc.constant(operation.name),
    caller: callersOf(operation),
    method: mostly(fc.constant(operation.method), fc.constantFrom(...METHODS), 40),
    path: pathsOf(document, operation),
    spelling: mostly(fc.constant('as_meant'), fc.constantFrom(...Object.keys(PATHS)), 20),
    query: queriesOf(document, operation),
    raw_query: mostly(fc.constant(''), fc.constantFrom(...RAW_QUERIES), 40),
    headers: headersOf(operation),
    body: bodiesOf(document, operation),
    media: fc.constant(operation.media ?? 'application/json'),
    twist: mostly(fc.constant('nothing' as const), fc.constantFrom(...twists), operation.media ? 6 : 15),
    n: fc.nat(1_000),
  })
}
