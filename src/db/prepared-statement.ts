import { is, Param, Placeholder, type SQL, sql } from 'drizzle-orm'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import type { RunnableQuery } from 'drizzle-orm/runnable-query'
import { type Prepared, prepare } from './batch.ts'
import { NOTHING, nothing } from './nothing.ts'

type Values = Record<string, unknown>
type Query<R> = RunnableQuery<R, 'pg'>
type BuiltStatement = { prepared: Prepared; text: string; call?: string; slots: ((values: Values) => unknown)[] }

/** Clients choose which fields a change has, so they can cause any number of shapes. Above this, the map is emptied. */
const MAX_SHAPES = 256

/** The end of a statement that is a single call. */
const FROM_NOTHING = ` from ${NOTHING}`

/** Builds statements. It has no connection that could send them. */
const builder = drizzle.mock()

/**
 * Returns how to get a parameter from the values: by the name of its stand-in, encoded for the driver, or as a
 * constant.
 */
function slotOf(param: unknown): (values: Values) => unknown {
  if (is(param, Placeholder)) return (values) => values[param.name]
  if (!is(param, Param) || !is(param.value, Placeholder)) return () => param
  const { name } = param.value
  return (values) => (values[name] === null ? null : param.encoder.mapToDriverValue(values[name]))
}

function buildStatement(statement: Query<unknown>, isCall: boolean): BuiltStatement {
  const prepared = prepare(statement)
  const { sql: text, params } = prepared.getQuery()
  const call = isCall ? text.slice('select '.length, -FROM_NOTHING.length) : undefined
  return { prepared, text, call, slots: params.map(slotOf) }
}

function bind({ prepared, text, call, slots }: BuiltStatement, values: Values): Prepared {
  return {
    fields: prepared.fields,
    call,
    getQuery: () => ({ sql: text, params: slots.map((slot) => slot(values)) }),
    isResponseInArrayMode: () => prepared.isResponseInArrayMode(),
    mapResult: (result) => prepared.mapResult(result),
  }
}

/**
 * Returns a function from values to a statement of `batch`. Its text may depend only on which values are given
 * (undefined is not given). It is built once for each such set of names, which takes longer than to send it, and then
 * only gets other values. `build` receives stand-ins, so it cannot use the values themselves. Names come from our code,
 * never from a client.
 */
export function prepareStatement<V extends object, R>(
  build: (orm: NeonHttpDatabase, values: V) => Query<R>,
  isCall = false,
) {
  const known = new Map<string, BuiltStatement>()
  return (values: V): Query<R> => {
    const given = values as Values
    const names = Object.keys(given).filter((name) => given[name] !== undefined)
    const shape = names.join()
    const standIns = () => Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as V
    const statement = known.get(shape) ?? buildStatement(build(builder, standIns()), isCall)
    if (known.size >= MAX_SHAPES) known.clear()
    known.set(shape, statement)
    return { _prepare: () => bind(statement, given) } as unknown as Query<R> // all that `batch` uses of it
  }
}

/**
 * `prepareStatement` for the call of an SQL function: `batch` joins consecutive calls in one select. So arguments are
 * values or calls, never subqueries: a subquery would not see what earlier calls of that select wrote.
 */
export const prepareCall = <V extends object, T>(call: (values: V) => SQL<T>) =>
  prepareStatement<V, { value: T }[]>(
    (orm, values) => orm.select({ value: call(values) }).from(nothing) as unknown as Query<{ value: T }[]>,
    true,
  )
