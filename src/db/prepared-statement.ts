import { is, Param, Placeholder, type SQL, sql } from 'drizzle-orm'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import type { RunnableQuery } from 'drizzle-orm/runnable-query'
import { type Prepared, prepare } from './batch.ts'
import { NOTHING, nothing } from './nothing.ts'

type Values = Record<string, unknown>
type Query<R> = RunnableQuery<R, 'pg'>
type Built = { prepared: Prepared; text: string; call?: string; slots: ((values: Values) => unknown)[] }

/** Clients choose which fields a change has, so they can cause any number of shapes. Above this, the map is emptied. */
const MAX_SHAPES = 256

/** How a call ends that stands by itself. */
const FROM_NOTHING = ` from ${NOTHING}`

/** Builds statements; it could not send one. */
const builder = drizzle.mock()

/** How a parameter is found: by the name of its stand-in, in the driver's form; or it is always the same. */
function slotOf(param: unknown): (values: Values) => unknown {
  if (is(param, Placeholder)) return (values) => values[param.name]
  if (!is(param, Param) || !is(param.value, Placeholder)) return () => param
  const { name } = param.value
  return (values) => (values[name] === null ? null : param.encoder.mapToDriverValue(values[name]))
}

function built(statement: Query<unknown>, isCall: boolean): Built {
  const prepared = prepare(statement)
  const { sql: text, params } = prepared.getQuery()
  const call = isCall ? text.slice('select '.length, -FROM_NOTHING.length) : undefined
  return { prepared, text, call, slots: params.map(slotOf) }
}

function bind({ prepared, text, call, slots }: Built, values: Values): Prepared {
  return {
    fields: prepared.fields,
    call,
    getQuery: () => ({ sql: text, params: slots.map((slot) => slot(values)) }),
    isResponseInArrayMode: () => prepared.isResponseInArrayMode(),
    mapResult: (result) => prepared.mapResult(result),
  }
}

/**
 * A statement of `batch` whose text depends on nothing but which values there are: built once for
 * those, as that takes longer than to send it, and bound ever after. `build` gets stand-ins: it may
 * ask whether a value is there (undefined is not), never what it is. Names come from our code, never from a client.
 */
export function preparedStatement<V extends object, R>(
  build: (orm: NeonHttpDatabase, values: V) => Query<R>,
  isCall = false,
) {
  const known = new Map<string, Built>()
  return (values: V): Query<R> => {
    const given = values as Values
    const names = Object.keys(given).filter((name) => given[name] !== undefined)
    const shape = names.join()
    const standIns = () => Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as V
    const statement = known.get(shape) ?? built(build(builder, standIns()), isCall)
    if (known.size >= MAX_SHAPES) known.clear()
    known.set(shape, statement)
    return { _prepare: () => bind(statement, given) } as unknown as Query<R> // what `batch` asks of it
  }
}

/**
 * The call of a function, as a statement: `batch` makes those that follow each other in one select. So its arguments are
 * values or calls, never subqueries: a subquery would not see what earlier calls of that select wrote.
 */
export const preparedCall = <V extends object, T>(call: (values: V) => SQL<T>) =>
  preparedStatement<V, { value: T }[]>(
    (orm, values) => orm.select({ value: call(values) }).from(nothing) as unknown as Query<{ value: T }[]>,
    true,
  )
