import fc, { type Arbitrary } from 'fast-check'
import { type Document, resolve, type Schema } from './document.ts'
import { mostly, nastyValue } from './nasty.ts'

/** Placeholders for a row, which is chosen when the request is sent: `{{tasks.own.3}}` (rows.ts). */
function placeholdersOf(kind: string): Arbitrary<string> {
  const whose = mostly(fc.constant('own'), fc.constant('other'), 5)
  const named = fc.tuple(whose, fc.nat(30)).map(([owner, n]) => `{{${kind}.${owner}.${n}}}`)
  return mostly(named, fc.uuid(), 9)
}

/** The kind of row that a parameter or a field names; `path` is that of its operation. */
function kindOf(name: string, path: string): string {
  if (name === 'before' || name === 'after')
    return path === '/checklists/{id}' ? 'checklists' : path.startsWith('/checklist') ? 'items' : 'tasks'
  if (name === 'parent_id') return 'tasks'
  if (name.endsWith('label_ids')) return 'labels'
  const named = /^(\w+?)_ids?$/.exec(name)?.[1]
  if (named) return /assignee|actor|user/.test(named) ? 'users' : `${named}s`
  const before = path.slice(0, path.indexOf(`{${name}}`)).replace('checklist-items', 'items')
  return before.split('/').findLast((part) => part !== '' && !part.startsWith('{')) ?? 'tasks'
}

type Place = { document: Document; path: string; name: string }

const toCursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
const SOME_ID = '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f7e'

/** Meaningful values for fields that the document describes only as text. */
const KNOWN: Record<string, string[]> = {
  status: ['todo', 'in_progress', 'review', 'done'],
  column: ['todo', 'done'],
  move_to: ['todo', 'done'],
  before: ['todo', 'done'],
  from: ['review'],
  to: ['in_progress', 'done'],
  key: ['todo', 'in_progress', 'review', 'done'],
  timezone: ['UTC', 'Europe/Kyiv', 'Pacific/Chatham', 'America/St_Johns'],
  tz: ['UTC', 'Asia/Kathmandu', 'Pacific/Kiritimati'],
  current: ['correct horse battery'],
  password: ['correct horse battery', 'pässword \u{1f511} of many'],
  action: ['task.created', 'member.added'],
  since: ['0', '3', `${SOME_ID}:1`],
  cursor: [
    toCursor([SOME_ID]),
    toCursor([7]),
    toCursor([SOME_ID, SOME_ID]),
    toCursor(['2026-11-25T00:00:00.000Z', SOME_ID]),
    toCursor(['1024.5', SOME_ID]),
    toCursor(['9'.repeat(50), SOME_ID]),
    toCursor([1e300]),
    toCursor([-1]),
    toCursor({}),
  ],
}

/** Fields that name a row otherwise than by its id, and the kind of their values. */
const NAMED: Record<string, string> = { '/auth/login email': 'emails', '/auth/refresh refresh': 'refreshes' }

/** Dates at which calendars end, or which Postgres and JavaScript read differently. */
const EDGES = [
  '9999-12-31',
  '9999-12-31T23:59:59.999Z',
  '0001-01-01',
  '0000-12-31',
  '1900-01-01',
  '2999-12-31',
  '2024-02-29',
]

/** Instants, mostly near today, as reports need them. */
const days = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.date({ min: new Date('2026-10-01'), max: new Date('2027-02-01'), noInvalidDate: true }),
    },
    { weight: 1, arbitrary: fc.constantFrom(...EDGES).map((edge) => new Date(edge)) },
    { weight: 1, arbitrary: fc.date({ noInvalidDate: true }) },
  )
  .map((date) => date.toJSON())

function textOf({ name, path }: Place, schema: Schema): Arbitrary<string> {
  const { minLength = 0, maxLength = 80, pattern } = schema
  const [known, named] = [KNOWN[name], NAMED[`${path} ${name}`]]
  if (schema.format === 'uuid') return placeholdersOf(kindOf(name, path))
  if (named) return placeholdersOf(named)
  if (schema.format === 'date') return days.map((instant) => instant.slice(0, 10))
  if (schema.format === 'date-time') return days
  if (schema.format === 'email') return mostly(fc.constant('{{fresh}}@example.com'), fc.emailAddress(), 5)
  if (schema.format === 'uri') return fc.webUrl({ validSchemes: ['https'] })
  const matching = pattern ? fc.stringMatching(new RegExp(pattern, 'u')) : undefined
  if (known) return fc.oneof(fc.constantFrom(...known), ...(matching ? [matching] : []))
  if (matching) return matching
  const long = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) }
  const lengths = [minLength, maxLength, maxLength + 1].map((length) => 'x'.repeat(Math.min(length, 200_000)))
  return mostly(fc.string({ ...long, unit: 'grapheme' }), fc.constantFrom(...lengths), 5)
}

function numberOf({ type, minimum = -100, maximum = 10_000 }: Schema): Arbitrary<number> {
  const inside =
    type === 'integer'
      ? fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) })
      : fc.double({ min: minimum, max: maximum, noNaN: true })
  return mostly(inside, fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1), 6)
}

function objectOf(place: Place, { properties = {}, required = [] }: Schema): Arbitrary<unknown> {
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, valuesOf({ ...place, name }, schema)] as const,
  )
  const needed = fields.filter(([name]) => required.includes(name))
  const few = fc
    .subarray(fields, { maxLength: Math.min(2, fields.length) })
    .chain((some) => fc.record(Object.fromEntries([...needed, ...some])))
  const many = fc.record(Object.fromEntries(fields), { requiredKeys: required })
  return fc.oneof({ weight: 2, arbitrary: few }, { weight: 1, arbitrary: many })
}

function rightOf(place: Place, given: Schema): Arbitrary<unknown> {
  const schema = resolve(place.document, given)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map((choice) => rightOf(place, choice)))
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  switch (schema.type) {
    case 'string':
      return textOf(place, schema)
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(valuesOf(place, schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 5, 5) })
    case 'object':
      return objectOf(place, schema)
    default:
      return nastyValue
  }
}

/** Values for a place in a request: mostly as its schema wants them, sometimes others. */
export const valuesOf = (place: Place, schema: Schema): Arbitrary<unknown> =>
  mostly(rightOf(place, schema), nastyValue, 25)
