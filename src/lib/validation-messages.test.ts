import { expect, it } from 'vitest'
import * as z from 'zod'
import { day, flag, id, link, severalOf, wholeNumber } from './fields.ts'

const messagesOf = (schema: z.ZodType, given: unknown) =>
  schema.safeParse(given).error?.issues.map(({ message }) => message) ?? []

const Either = z.discriminatedUnion('op', [z.object({ op: z.literal('create') }), z.object({ op: z.literal('move') })])

it.each<[string, z.ZodType, unknown, string]>([
  ['a missing field', z.string(), undefined, 'is required'],
  ['a missing enum value', z.enum(['a', 'b']), undefined, 'is required'],
  ['null', z.string(), null, 'must not be null'],
  ['a number for a string', z.string(), 5, 'must be a string'],
  ['a string for a number', z.number(), '5', 'must be a number'],
  ['a string for a whole number', z.int(), '5', 'must be a whole number'],
  ['a fraction', z.int(), 1.5, 'must be a whole number'],
  ['infinity', z.int(), Number.POSITIVE_INFINITY, 'must be a whole number'],
  ['a string for a boolean', z.boolean(), 'yes', 'must be true or false'],
  ['an object for an array', z.array(z.string()), {}, 'must be an array'],
  ['an array for an object', z.strictObject({}), [], 'must be an object'],
  ['a string for a map', z.record(z.string(), z.string()), 'x', 'must be an object'],
  ['an empty text', z.string().min(1), '', 'must not be empty'],
  ['a short text', z.string().min(2), 'a', 'must have at least 2 characters'],
  ['a long text', z.string().max(2), 'abc', 'must have at most 2 characters'],
  ['an empty array', z.array(z.int()).min(1), [], 'must not be empty'],
  ['a long array', z.array(z.int()).max(2), [1, 2, 3], 'must have at most 2 entries'],
  ['a short tuple', z.tuple([z.int(), z.int()]), [1], 'must have at least 2 entries'],
  ['a small number', z.int().min(1), 0, 'must be at least 1'],
  ['a large number', z.int().max(9), 10, 'must be at most 9'],
  ['zero', z.number().positive(), 0, 'must be more than 0'],
  ['a number that is not a multiple', z.number().multipleOf(5), 7, 'must be a multiple of 5'],
  ['another literal', z.literal(1), 2, 'must be 1'],
  ['a value other than true and false', flag, '1', 'must be true or false'],
  ['true for "true"', flag, true, 'must be "true" or "false"'],
  ['an object that is not convertible to text', flag, { toString: 1 }, 'must be true or false'],
  ['a value that is not in the enum', z.enum(['a', 'b', 'c']), 'd', 'must be one of: a, b, c'],
  ['an unknown variant', Either, { op: 'x' }, 'must be create or move'],
  ['a value that fits no type of a union', z.union([z.int(), z.boolean()]), 'x', 'is not valid'],
  ['unknown fields', z.strictObject({}), { a: 1, b: 2 }, 'has unknown fields: a, b'],
  ['a value that is not an id', id, 'APOLLO-12', 'must be an id (a UUID)'],
  ['a value that is not an e-mail address', z.email(), 'x', 'must be an e-mail address'],
  [
    'a value that is not a time',
    z.iso.datetime({ offset: true }),
    'x',
    'must be a time with its offset, such as 2026-12-24T00:00:00Z',
  ],
  ['a value that is not a date', z.iso.date(), 'x', 'must be a day, such as 2026-12-24'],
  ['a text that does not match a pattern', z.string().regex(/^a$/), 'x', 'must match /^a$/'],
  ['a value that is not a URL', z.url(), 'x', 'must be a URL'],
  ['a failed rule without a message', z.string().refine(() => false), 'x', 'is not valid'],
  ['a failed rule with a message', z.string().refine(() => false, 'must be fine'), 'x', 'must be fine'],
  [
    'a union with a message of its own',
    day,
    'x',
    'must be a day such as 2026-12-24 or a date-time such as 2026-12-24T00:00:00+01:00',
  ],
  ['a number that is not written in digits', wholeNumber(1, 9), '5e1', 'must be a whole number, in digits'],
  ['a large number in a query', wholeNumber(1, 9), '10', 'must be at most 9'],
  [
    'a number beyond the safe integers',
    wholeNumber(1, 9),
    '9'.repeat(20),
    `must be at most ${Number.MAX_SAFE_INTEGER}`,
  ],
  ['a number that is repeated', wholeNumber(1, 9), ['5', '6'], 'must be one value, not several'],
  ['an enum value that is repeated', flag, ['true', 'true'], 'must be one value, not several'],
  ['a text that is repeated', z.string(), ['a', 'b'], 'must be one value, not several'],
  [
    'an incomplete URL',
    link,
    'http://x',
    'must be a complete https URL, such as https://example.com/a, without a password',
  ],
  ['a long URL', link, `https://x/${'a'.repeat(2048)}`, 'must have at most 2048 characters'],
  ['an invalid entry of a list', severalOf(id), 'x', 'must be an id (a UUID)'],
])('describes %s with a single message', (_, schema, given, message) => {
  expect(messagesOf(schema, given)).toEqual([message])
})
