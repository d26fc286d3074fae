import { type SQL, sql } from 'drizzle-orm'
import { isInUtc } from '../lib/fields.ts'
import { users } from './schema.ts'

/** The zone of an account, as its row has it. */
export const zoneOf = (user_id: string | SQL) =>
  sql`(select ${users.timezone} from ${users} where ${users.id} = ${user_id}::uuid)`

/** The zone of whoever this transaction writes for: the guard has said it. */
const writersZone = zoneOf(sql`current_setting('flowtrack.actor')`)

/** The day that it is for a person. */
export const todayOf = (user_id: string) => sql`(now() at time zone ${zoneOf(user_id)})::date`

/** A day that may have come as an instant in UTC: then it is the day of that moment in `zone`. */
export const dayIn = (zone: SQL, value: string | null) =>
  sql`(select case when v like '%Z' then (v::timestamptz at time zone ${zone})::date else v::date end from (values (${value}::text)) as given(v))`

type Days = { start_date?: string | null; due_date?: string | null }

/** The dates of a row to be written, as days; those that are left out stay so. */
export const daysOf = ({ start_date, due_date }: Days) => ({
  ...(start_date !== undefined && { start_date: dayIn(writersZone, start_date) }),
  ...(due_date !== undefined && { due_date: dayIn(writersZone, due_date) }),
})

const isDay = ([, value]: [string, unknown]) => typeof value === 'string' && isInUtc(value)

/** Fields as JSON, with their dates as they will be written. */
export function proposedJson(proposed: Record<string, unknown>): SQL {
  const instants = ['start_date', 'due_date'].map((name): [string, unknown] => [name, proposed[name]]).filter(isDay)
  return instants.reduce(
    (json, [name, value]) => sql`${json} || jsonb_build_object(${name}::text, ${dayIn(writersZone, String(value))})`,
    sql`${JSON.stringify(proposed)}::jsonb`,
  )
}

/** The day that it is at an instant in an IANA zone, as Intl knows it. */
export const localDay = (instant: string, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant))

/** For a question about days: its days are those of `tz`, or else of whoever asks. */
export function askedDay(day: string | undefined, tz: string | undefined, asker: string | SQL) {
  if (day === undefined || !isInUtc(day)) return day
  return tz === undefined ? dayIn(zoneOf(asker), day) : localDay(day, tz)
}
