import { timezone } from '../src/lib/fields.ts'

/*
 * What a name of a time zone means to whom: to Intl, to `at time zone` of Postgres, and to FlowTrack. A
 * meaning is the offsets from UTC over a year, hour by hour, written as the changes among them.
 */

export type Ask = (text: string, params?: unknown[]) => Promise<Record<string, unknown>[]>

const HOUR = 3_600_000
const [FIRST, AFTER] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)]

/** Changes of offset as `second of the year:seconds ahead of UTC`. `local` is `t` as a clock there shows it. */
const readings = (names: string, local: string) => `
  with hours as materialized (
    select t, (t at time zone 'UTC')::date as day, extract(epoch from t - timestamptz '2026-01-01 00:00+00')::int as s
    from generate_series(timestamptz '2026-01-01 00:00+00', timestamptz '2027-01-01 00:00+00', '1 hour') t),
  midnights as materialized (select * from hours where s % 86400 = 0)
  select name, (
    with ends as (select day, t, lead(ahead) over (order by t) as next, ahead from (
      select day, t, ${local} - (t at time zone 'UTC') as ahead from midnights) m)
    select string_agg(s || ':' || extract(epoch from ahead)::int, ' ' order by s) from (
      select s, ahead, lag(ahead) over (order by s) as was from (
        select s, ${local} - (t at time zone 'UTC') as ahead from hours
        where s = 0 or day in (select day from ends where ahead <> next)
          or t in (select t + interval '24 hours' from ends where ahead <> next)) h) c
    where ahead is distinct from was) as meaning
  from ${names}`

const offsetIn = (zone: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return (at: number) => (Date.parse(`${format.format(at).replace(' ', 'T')}Z`) - at) / 1000
}

/** The same by Intl. Nowhere does a day see two changes: its hours are looked at where its ends differ. */
export function meaningByIntl(zone: string): string {
  const ahead = offsetIn(zone)
  const changes = [`0:${ahead(FIRST)}`]
  for (let day = FIRST; day < AFTER; day += 24 * HOUR) {
    if (ahead(day) === ahead(day + 24 * HOUR)) continue
    for (let at = day + HOUR; at <= day + 24 * HOUR && at < AFTER; at += HOUR)
      if (ahead(at) !== ahead(at - HOUR)) changes.push(`${(at - FIRST) / 1000}:${ahead(at)}`)
  }
  return changes.join(' ')
}

export type Reading = {
  name: string
  /** The zone that FlowTrack takes it for. */
  zone: string
  intl: string
  /** By `at time zone` with the name itself, and with the zone. */
  plain: string
  flowtrack: string
}

const arrayOf = (names: string[]) => `{${names.map((name) => `"${name}"`).join()}}`

/** Names in one statement: the embedded Postgres has nobody else's request answered meanwhile. */
const AT_ONCE = 25

async function meanings(ask: Ask, names: string[], local: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let n = 0; n < names.length; n += AT_ONCE) {
    const some = arrayOf(names.slice(n, n + AT_ONCE))
    for (const { name, meaning } of await ask(readings('unnest($1::text[]) name', local), [some]))
      found.set(String(name), String(meaning))
  }
  return found
}

/** Every name that FlowTrack accepts, of those that Postgres or Intl list, and what it means to each of them. */
export async function zoneReadings(ask: Ask): Promise<Reading[]> {
  const listed = await ask('select name from pg_timezone_names union select abbrev from pg_timezone_abbrevs')
  const known = new Set(listed.map(({ name }) => String(name)))
  const names = [...new Set([...known, ...Intl.supportedValuesOf('timeZone')])]
    .filter((name) => timezone.safeParse(name).success && known.has(name))
    .toSorted()
  const plain = await meanings(ask, names, 't at time zone name')
  const flowtrack = await meanings(ask, names, 't at time zone zone_of(name)')
  const rows = await ask('select name, zone_of(name) as zone from unnest($1::text[]) name', [arrayOf(names)])
  const zones = new Map(rows.map(({ name, zone }) => [String(name), String(zone)]))
  return names.map((name) => ({
    name,
    zone: zones.get(name) ?? name,
    intl: meaningByIntl(name),
    plain: plain.get(name) ?? '',
    flowtrack: flowtrack.get(name) ?? '',
  }))
}

/** What this Postgres knows of a zone itself, which no abbreviation can stand in for: `set timezone` reads zones only. */
export async function meaningOfZone(ask: Ask, zone: string): Promise<string> {
  const [row] = await ask(readings(`(select set_config('timezone', $1, true) as name offset 0) z`, 't::timestamp'), [
    zone,
  ])
  return String(row?.meaning)
}
