import { toParameters } from '../../local/neon-format.ts'
import type { Query } from '../checkout.ts'
import type { Operation, Side } from './side.ts'

/** One write: what each of its statements cost, in milliseconds. */
export type Measured = { label: string; cost: number }[]

/** What a statement is, in a few words: the functions that it calls, or how it begins. */
function labelOf({ query }: Query): string {
  const calls = [...query.matchAll(/\b([a-z]+(?:_[a-z]+)+)\(/g)].map(([, name]) => name)
  return `${query.trim().split(/\s+/).slice(0, 2).join(' ')} ${[...new Set(calls)].slice(0, 4).join(' ')}`.slice(0, 90)
}

/** Sends a statement as the proxy does: by the extended protocol, planned each time, values as text. */
const sendQuery = ({ client }: Side, { query, params }: Query) =>
  client.query({ text: query, values: toParameters(params), rowMode: 'array', queryMode: 'extended' } as object as {
    text: string
  })

function bindValues({ tapes }: Side, operation: Operation): Query[] {
  const { queries, fresh } = tapes[operation]
  const values = Object.entries(fresh())
  return queries.map(({ query, params }) => ({
    query,
    params: params.map((param) =>
      typeof param === 'string'
        ? values.reduce((text, [name, value]) => text.replaceAll(`{{${name}}}`, value), param)
        : param,
    ),
  }))
}

/** Runs an operation once, one statement after the other. */
export async function replay(side: Side, operation: Operation): Promise<Measured> {
  const control = (query: string) => ({ query, params: [] })
  const queries = [control('begin'), ...bindValues(side, operation), control('commit')]
  const measured: Measured = []
  let before = side.clock()
  for (const query of queries) {
    await sendQuery(side, query)
    const now = side.clock()
    measured.push({ label: labelOf(query), cost: now - before })
    before = now
  }
  return measured
}

/** Runs an operation once, with all statements in one packet, as the proxy sends them. Returns its cost, in ms. */
export async function replayWhole(side: Side, operation: Operation): Promise<number> {
  const control = (query: string) => ({ query, params: [] })
  const queries = [control('begin'), ...bindValues(side, operation), control('commit')]
  const before = side.clock()
  side.stream.cork()
  const sent = queries.map((query) => sendQuery(side, query))
  side.stream.uncork()
  await Promise.all(sent)
  return side.clock() - before
}

type FunctionCost = { name: string; calls: number; total: number; self: number }

/** Each function's share of one write: calls, and ms with and without what it calls. Measuring makes them longer. */
export async function profileFunctions(side: Side, operation: Operation, count: number): Promise<FunctionCost[]> {
  const { client } = side
  await client.query("set track_functions = 'all'")
  await client.query('select pg_stat_reset()')
  for (let n = 0; n < count; n++) await replay(side, operation)
  await client.query('reset track_functions')
  await client.query('select pg_stat_force_next_flush()')
  const { rows } = await client.query<Record<keyof FunctionCost, string>>(
    `select funcname as name, calls::float8 / $1 as calls, total_time / $1 as total, self_time / $1 as self
     from pg_stat_user_functions order by self_time desc limit 24`,
    [count],
  )
  return rows.map(({ name, calls, total, self }) => ({
    name,
    calls: Number(calls),
    total: Number(total),
    self: Number(self),
  }))
}
