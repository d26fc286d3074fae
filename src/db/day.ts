import { type SQL, sql } from 'drizzle-orm'
import { isInUtc } from '../lib/fields.ts'
import { users } from './schema.ts'

/** SQL for the time zone of an account. */
export const timezoneOfUser = (user_id: string | SQL) =>
  sql`(select ${users.timezone} from ${users} where ${users.id} = ${user_id}::uuid)`

/** SQL for the time zone of this transaction's actor, which the guard has set. */
const writersZone = timezoneOfUser(sql`current_setting('flowtrack.actor')`)

/** SQL for today's date in the time zone of a person. */
export const todayOf = (user_id: string) => sql`(now() at time zone ${timezoneOfUser(user_id)})::date`

/** SQL for a date. A value that is an instant in UTC becomes the day of that instant in `zone`. */
const dayIn = (zone: SQL, value: string | null) =>
  sql`(select case when v like '%Z' then (v::timestamptz at time zone ${zone})::date else v::date end from (values (${value}::text)) as given(v))`

type Days = { start_date?: string | null; due_date?: string | null }

/** The dates of a row to be written, as SQL. Dates that are left out (undefined) stay left out. */
export const daysOf = ({ start_date, due_date }: Days) => ({
  ...(start_date !== undefined && { start_date: dayIn(writersZone, start_date) }),
  ...(due_date !== undefined && { due_date: dayIn(writersZone, due_date) }),
})

const isInstant = ([, value]: [string, unknown]) => typeof value === 'string' && isInUtc(value)

/** SQL for these fields as JSON, with the dates that would be written. */
export function jsonOfFields(proposed: Record<string, unknown>): SQL {
  const instants = ['start_date', 'due_date'].map((name): [string, unknown] => [name, proposed[name]]).filter(isInstant)
  return instants.reduce(
    (json, [name, value]) => sql`${json} || jsonb_build_object(${name}::text, ${dayIn(writersZone, String(value))})`,
    sql`${JSON.stringify(proposed)}::jsonb`,
  )
}

/** The date at an instant in an IANA zone, as Intl knows it. */
export const localDayOf = (instant: string, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant))

/** A date of a query. An instant in UTC becomes the day of that instant in `tz`, or else in the asker's zone. */
export function resolveDay(day: string | undefined, tz: string | undefined, asker: string | SQL) {
  if (day === undefined || !isInUtc(day)) return day
  return tz === undefined ? dayIn(timezoneOfUser(asker), day) : localDayOf(day, tz)
}
