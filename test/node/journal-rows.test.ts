import { v7 as uuid } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDice, queryRows, sql } from '../support/node.ts'

/** The expression that turns rows of one table into JSON must give the same as the general one, for each column. */

afterAll(() => sql.end())

const { chance, pick } = newDice(20261128)
const TEXTS = ['', 'Ship it', 'null', '"quoted"\n\\', 'Zażółć gęślą jaźń 🙂', '{"position": 1}']
const INSTANTS = [
  '2026-11-28T09:08:07.06Z',
  '1969-12-31T23:59:59.999Z',
  '2024-02-29T00:00:00+14',
  '9999-12-31T23:59:59Z',
]

/** Random values for columns of each type. Whoever adds a column of another type adds the type here. */
const VALUES: Record<string, () => unknown> = {
  uuid: () => uuid(),
  'uuid[]': () => (chance() < 0.3 ? [] : [uuid(), uuid()]),
  text: () => pick(TEXTS),
  'text[]': () => [pick(TEXTS), pick(TEXTS)],
  integer: () => Math.floor(chance() * 2 ** 31),
  bigint: () => String(BigInt(Math.floor(chance() * 2 ** 52)) * 1024n),
  numeric: () => pick(['1024', '0.50', '1536.000000000000000000000000001', '99999999999999999999.5']),
  'double precision': () => pick([0, 0.1, 1e21, 3]),
  boolean: () => chance() < 0.5,
  date: () => pick(['2026-11-28', '2024-02-29']),
  'timestamp(3) with time zone': () => pick(INSTANTS),
  jsonb: () => pick([{}, { created_at: 'a word', position: 2, body: [1] }, [null, 'x']]),
}

type Columns = { name: string; type: string }[]

function someOf(type: string): unknown {
  const make = VALUES[type]
  if (!make) throw new Error(`Add values for columns of type ${type} to VALUES in this test`)
  return make()
}

const rowOf = (columns: Columns) =>
  JSON.stringify(Object.fromEntries(columns.map(({ name, type }) => [name, chance() < 0.2 ? null : someOf(type)])))

const JOURNALLED = `select distinct c.relname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where t.tgname = 'journal_10_write' union select 'activity_logs' order by 1`
const COLUMNS = `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`

describe('journal_row', () => {
  let tables: string[]
  beforeAll(async () => {
    tables = (await queryRows<{ name: string }>(JOURNALLED)).map(({ name }) => name)
  })

  it('has an expression for each journalled table in drizzle/functions/journal.sql', async () => {
    expect(tables.length).toBeGreaterThan(7)
    const own = await queryRows<{ name: string }>(
      `select c.relname as name from pg_proc p join pg_type t on t.oid = p.proargtypes[0] join pg_class c on c.oid = t.typrelid
       where p.proname = 'journal_row' order by 1`,
    )
    expect(own.map(({ name }) => name)).toEqual(tables)
  })

  it('returns the same bytes as the general function for 200 rows of each table', async () => {
    for (const table of tables) {
      const columns = await queryRows<Columns[number]>(COLUMNS, [table])
      const made = Array.from({ length: 200 }, () => rowOf(columns))
      const answers = await queryRows<{ mine: string; general: string; shared: string }>(
        `select journal_row(r)::text as mine, journal_row(to_jsonb(r))::text as general,
          (select journal_row(anything)::text from (select (r).*) anything) as shared
         from unnest($1::text[]) row, jsonb_populate_record(null::${table}, row::jsonb) r`,
        [made],
      )
      expect(answers).toHaveLength(200)
      for (const { mine, general, shared } of answers) {
        expect(mine, table).toBe(general)
        expect(shared, table).toBe(general)
      }
    }
  })
})
