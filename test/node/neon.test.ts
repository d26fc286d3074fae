import { connect } from 'node:net'
import { neon, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bridge } from '../../local/bridge.ts'
import { startNeonBridge } from '../../local/neon.ts'
import { control, freshDatabase } from '../support/local.ts'

const driverUrl = 'postgresql://flowtrack:local@db.localtest.me/flowtrack'
let database: { url: string; close(): Promise<void> }
let bridge: Bridge

/** The real driver on its own lane, and the lane's URL (`base`). */
function openLane(name: string, on: Bridge = bridge) {
  const base = `${on.url}/t/${name}`
  // `neonConfig.fetchEndpoint` is one setting for all connections. As a function it gets the host, one for each lane.
  const sql = neon(`postgresql://flowtrack:local@${name}.localtest.me/flowtrack`)
  endpoints.set(`${name}.localtest.me`, `${base}/sql`)
  return { base, sql }
}
const endpoints = new Map<string, string>()
neonConfig.fetchEndpoint = (host) => endpoints.get(host) ?? 'http://127.0.0.1:1/'

const post = (base: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${base}/sql`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'neon-connection-string': driverUrl, ...headers },
  })

beforeAll(async () => {
  database = await freshDatabase()
  // Many connections on purpose: even so, batches must not block each other on an embedded database.
  bridge = await startNeonBridge({ databaseUrl: database.url, poolSize: 10 })
  const { sql } = openLane('setup')
  await sql`create table cards (id int primary key, title text not null check (title <> ''), later int)`
  await sql`alter table cards add constraint later_first unique (later) deferrable initially deferred`
})
afterAll(async () => {
  await bridge.close()
  await database.close()
})

describe('the Neon bridge, through the real driver', () => {
  test('gives values as the driver parses them', async () => {
    const { sql } = openLane('values')
    const when = new Date('2026-01-02T03:04:05.678Z')
    const [row] = await sql`select ${1}::int as n, ${true}::bool as b, ${when}::timestamptz as t,
      ${{ a: [1] }}::jsonb as j, ${['x', 'y,"']}::text[] as l, ${null}::text as z, ${Buffer.from('hi')}::bytea as y,
      9007199254740993::int8 as big, 1.50::numeric as exact`
    expect(row).toEqual({
      n: 1,
      b: true,
      t: when,
      j: { a: [1] },
      l: ['x', 'y,"'],
      z: null,
      y: Buffer.from('hi'),
      big: '9007199254740993',
      exact: '1.50',
    })
  })

  test('returns command, row count and fields', async () => {
    const { sql } = openLane('full')
    const full = await sql.query('insert into cards (id, title) values ($1, $2) returning id', [100, 'x'], {
      fullResults: true,
    })
    expect(full).toMatchObject({ command: 'INSERT', rowCount: 1, rows: [{ id: 100 }] })
    expect(full.fields[0]).toMatchObject({ name: 'id', dataTypeID: 23, format: 'text' })
  })

  test('runs a batch as one transaction and one request', async () => {
    const { sql, base } = openLane('batch')
    const [before, , inside, rows] = await sql.transaction([
      sql`select txid_current()::text as id`,
      sql`insert into cards values (1, 'one'), (2, 'two')`,
      sql`select txid_current()::text as id`,
      sql`select id from cards where id < 3 order by id`,
    ])
    expect(inside).toEqual(before)
    expect(rows).toEqual([{ id: 1 }, { id: 2 }])
    expect(await control(base)).toMatchObject({ requests: 1, statements: 4, injected: {} })
  })

  test('rolls back a batch when any statement fails', async () => {
    const { sql } = openLane('rollback')
    const batch = sql.transaction([
      sql`insert into cards values (10, 'lost')`,
      sql`insert into cards values (10, 'twin')`,
      sql`insert into cards values (11, 'never')`,
    ])
    await expect(batch).rejects.toMatchObject({ code: '23505' })
    expect(await sql`select id from cards where id in (10, 11)`).toEqual([])
  })

  test('reports an error when the commit of a batch fails', async () => {
    const { sql } = openLane('deferred')
    const batch = sql.transaction([
      sql`insert into cards values (20, 'a', 1)`,
      sql`insert into cards values (21, 'b', 1)`,
      sql`select count(*) from cards`,
    ])
    await expect(batch).rejects.toMatchObject({ code: '23505', constraint: 'later_first' })
    expect(await sql`select id from cards where id in (20, 21)`).toEqual([])
  })

  test("passes on every field of Postgres's errors", async () => {
    const { sql } = openLane('errors')
    await expect(sql`insert into cards values (30, '')`).rejects.toMatchObject({
      name: 'NeonDbError',
      message: expect.stringContaining('violates check constraint'),
      severity: 'ERROR',
      code: '23514',
      schema: 'public',
      table: 'cards',
      constraint: 'cards_title_check',
      detail: expect.stringContaining('Failing row'),
      routine: expect.any(String),
    })
    await expect(sql`insert into cards values (31, null)`).rejects.toMatchObject({ code: '23502', column: 'title' })
    await expect(sql`select titel from cards`).rejects.toMatchObject({ code: '42703', position: '8' })
    const raised = sql.query(
      `do $$ begin raise exception using errcode = 'FT403', message = 'no', hint = 'ask'; end $$`,
    )
    await expect(raised).rejects.toMatchObject({ code: 'FT403', message: 'no', hint: 'ask' })
  })

  test('refuses two statements in one query, as Neon does', async () => {
    const { sql } = openLane('two')
    await expect(sql.query('select 1; select 2')).rejects.toMatchObject({ code: '42601' })
  })

  test.each([
    [{ isolationLevel: 'Serializable' }, ['serializable', 'off', 'off']],
    [{ isolationLevel: 'RepeatableRead', readOnly: true }, ['repeatable read', 'on', 'off']],
    [{ isolationLevel: 'Serializable', readOnly: true, deferrable: true }, ['serializable', 'on', 'on']],
    [{}, ['read committed', 'off', 'off']],
  ] as const)('opens the transaction that %j asks for', async (options, expected) => {
    const { sql } = openLane('isolation')
    const setting = (name: string) => sql.query(`select current_setting('transaction_${name}') as v`)
    const rows = await sql.transaction([setting('isolation'), setting('read_only'), setting('deferrable')], options)
    expect(rows.flat().map((row) => row.v)).toEqual(expected)
  })

  test('refuses a write in a read-only batch, but not in the next batch', async () => {
    const { sql } = openLane('readonly')
    const write = () => [sql`insert into cards values (40, 'x')`]
    await expect(sql.transaction(write(), { readOnly: true })).rejects.toMatchObject({ code: '25006' })
    await sql.transaction(write())
    expect(await sql`select id from cards where id = 40`).toHaveLength(1)
  })

  test('isolates many concurrent batches from each other', async () => {
    const { sql } = openLane('many')
    await sql`create table counter as select 0 as n`
    await Promise.all(
      Array.from({ length: 60 }, () => sql.transaction([sql`select 1`, sql`update counter set n = n + 1`])),
    )
    expect(await sql`select n from counter`).toEqual([{ n: 60 }])
  })
})

describe('the Neon bridge, by plain HTTP', () => {
  test('gives objects and JSON values when the headers do not ask for raw arrays', async () => {
    const query = `select true as b, 1::int2 as i, 2::int8 as l, 1.5::float8 as f, 'NaN'::float8 as nan,
      '{"a":1}'::jsonb as j, null as n, array[1,2] as list, 'x' as s`
    const response = await post(bridge.url, { query, params: [] })
    const row = { b: true, i: 1, l: '2', f: 1.5, nan: 'NaN', j: { a: 1 }, n: null, list: [1, 2], s: 'x' }
    expect(await response.json()).toMatchObject({ rowAsArray: false, rows: [row] })
  })

  test('converts JSON parameters to Postgres values', async () => {
    const query = 'select $1::int as i, $2::bool as b, $3::jsonb as o, $4::text[] as l'
    const params = [1, false, { a: 'ä' }, ['x', null, 'a"b\\']]
    const response = await post(bridge.url, { query, params }, { 'neon-raw-text-output': 'true' })
    const row = { i: '1', b: 'f', o: '{"a": "ä"}', l: '{x,NULL,"a\\"b\\\\"}' }
    expect(await response.json()).toMatchObject({ rows: [row] })
  })

  test.each([
    ['no connection string', { query: 'select 1' }, { 'neon-connection-string': '' }],
    ['an unknown isolation level', { queries: [] }, { 'neon-batch-isolation-level': 'Chaos' }],
    ['a body without a query', { sql: 'select 1' }, {}],
  ])('refuses %s with 400', async (_, body, headers) => {
    const response = await post(bridge.url, body, headers)
    expect(response.status).toBe(400)
    expect(await response.json()).toHaveProperty('message')
  })

  test('answers 500 and says why when the database cannot be reached', async () => {
    const lost = await startNeonBridge({ databaseUrl: 'postgres://postgres@127.0.0.1:1/x' })
    const { sql } = openLane('lost', lost)
    await expect(sql`select 1`).rejects.toThrow(/HTTP status 500.*Couldn't connect.*ECONNREFUSED/s)
    await lost.close()
  })

  test.each(['0.0.0.0', '192.168.1.1', 'localhost.example.com'])('refuses to listen on %s', async (host) => {
    await expect(startNeonBridge({ databaseUrl: database.url, host })).rejects.toThrow(/127\.0\.0\.1/)
  })

  test('keeps serving after clients disconnect before, while and after they send a request', async () => {
    const { sql } = openLane('vanish')
    const { port } = new URL(bridge.url)
    const body = JSON.stringify({ query: 'select 1', params: [] })
    const head = `POST /sql HTTP/1.1\r\nhost: x\r\nneon-connection-string: x\r\ncontent-length: ${body.length}\r\n\r\n`
    for (const sent of [head, head + body.slice(0, 5), head + body]) {
      const socket = connect(Number(port), '127.0.0.1')
      await new Promise((done) => socket.write(sent, done))
      socket.destroy()
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => sql`select 1 as one`))
    expect(answers.flat()).toHaveLength(20)
  })
})

describe('faults of the Neon bridge', () => {
  test('affect one lane only, as counters do', async () => {
    const [good, bad] = [openLane('good'), openLane('bad')]
    await control(bad.base, { down: true })
    await expect(bad.sql`select 1`).rejects.toThrow(/connecting to database/)
    expect(await good.sql`select 1 as one`).toEqual([{ one: 1 }])
    expect(await control(bad.base)).toMatchObject({ requests: 1, statements: 0, injected: { down: 1 } })
    expect(await control(good.base)).toMatchObject({ requests: 1, statements: 1, faults: {}, injected: {} })
  })

  test('include drop, which cuts the connection before anything runs', async () => {
    const { sql, base } = openLane('drop')
    await control(base, { drop: 1 })
    await expect(sql`insert into cards values (50, 'x')`).rejects.toThrow()
    expect(await control(base)).toMatchObject({ statements: 0, injected: { drop: 1 } })
    await fetch(`${base}/control`, { method: 'DELETE' })
    expect(await sql`select id from cards where id = 50`).toEqual([])
  })

  test('include commit_then_drop, which loses the answer after the commit', async () => {
    const { sql, base } = openLane('late')
    await control(base, { commit_then_drop: 1 })
    await expect(sql.transaction([sql`insert into cards values (51, 'x')`])).rejects.toThrow()
    await control(base, { commit_then_drop: 0 })
    expect(await sql`select id from cards where id = 51`).toEqual([{ id: 51 }])
  })

  test('include error, which answers 500 and runs nothing', async () => {
    const { sql, base } = openLane('error')
    await control(base, { error: 1 })
    await expect(sql`insert into cards values (52, 'x')`).rejects.toThrow(/HTTP status 500.*injected/)
    await control(base, { error: 0, reset: true })
    expect(await sql`select id from cards where id = 52`).toEqual([])
    expect(await control(base)).toMatchObject({ requests: 1, injected: {} })
  })

  test('include latency_ms, which delays the answer', async () => {
    const { sql, base } = openLane('slow')
    await control(base, { latency_ms: 120 })
    const start = performance.now()
    await sql`select 1`
    expect(performance.now() - start).toBeGreaterThanOrEqual(118)
  })

  test('are the same for the same seed', async () => {
    const { sql, base } = openLane('seed')
    const luck = async () => {
      await control(base, { seed: 42, drop: 0.3, error: 0.3 })
      const outcomes: string[] = []
      for (let at = 0; at < 20; at += 1) {
        const failed = (error: Error) => (/500/.test(error.message) ? 'error' : 'drop')
        outcomes.push(await sql`select 1`.then(() => 'fine', failed))
      }
      return outcomes
    }
    const first = await luck()
    expect(new Set(first)).toEqual(new Set(['fine', 'error', 'drop']))
    expect(await luck()).toEqual(first)
  })

  test('are refused when their names or values are invalid', async () => {
    const { base } = openLane('nonsense')
    expect((await control(base, { drop: 2 })).status).toBe(400)
    expect((await control(base, { dorp: 1 })).status).toBe(400)
  })
})

test.runIf(process.env.DATABASE_URL)(
  'keeps working after the server ends a connection in the middle of a query',
  async () => {
    const { sql } = openLane('ended')
    const ended = sql`select pg_sleep(25) as mark_of_the_slow_one`.then(
      () => 'answered',
      (error: { code?: string }) => error.code ?? 'no answer',
    )
    const end = () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
      where query like '%mark_of_the_slow_one%' and state = 'active' and pid <> pg_backend_pid()`
    while ((await end()).length === 0);
    expect(await ended).toBe('57P01')
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  },
)
