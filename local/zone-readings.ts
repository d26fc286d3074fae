import { timezone } from '../src/lib/fields.ts'

/*
 * How Intl, Postgres's `at time zone` and FlowTrack read the name of a time zone. The meaning of a name is a text:
 * the changes of the offset from UTC over 2026, to the hour, as `second of the year:seconds ahead of UTC`.
 */

export type Ask = (text: string, params?: unknown[]) => Promise<Record<string, unknown>[]>

const HOUR = 3_600_000
const [FIRST, AFTER] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)]

/** SQL for the `meaning` of each `name` of the relation `names`. `local` is an expression: the local time at `t`. */
const meaningsSql = (names: string, local: string) => `
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

const offsetOf = (zone: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return (at: number) => (Date.parse(`${format.format(at).replace(' ', 'T')}Z`) - at) / 1000
}

/** The meaning of a zone to Intl. No zone changes twice in a day: only days whose ends differ are read by the hour. */
function meaningByIntl(zone: string): string {
  const ahead = offsetOf(zone)
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
  /** The zone for which FlowTrack takes the name. */
  zone: string
  /** What the name means to Intl. */
  intl: string
  /** What it means to Postgres, as the argument of `at time zone`. */
  plain: string
  /** What it means to FlowTrack, which uses `zone` in its place. */
  flowtrack: string
}

const arrayOf = (names: string[]) => `{${names.map((name) => `"${name}"`).join()}}`

/** How many names one statement reads: meanwhile the embedded Postgres answers no other request. */
const AT_ONCE = 25

async function readMeanings(ask: Ask, names: string[], local: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let n = 0; n < names.length; n += AT_ONCE) {
    const some = arrayOf(names.slice(n, n + AT_ONCE))
    for (const { name, meaning } of await ask(meaningsSql('unnest($1::text[]) name', local), [some]))
      found.set(String(name), String(meaning))
  }
  return found
}

/** Every name that this Postgres lists and FlowTrack accepts, with its meanings; sorted. */
export async function readZoneNames(ask: Ask): Promise<Reading[]> {
  const listed = await ask('select name from pg_timezone_names union select abbrev from pg_timezone_abbrevs')
  const names = listed
    .map(({ name }) => String(name))
    .filter((name) => timezone.safeParse(name).success)
    .toSorted()
  const plain = await readMeanings(ask, names, 't at time zone name')
  const flowtrack = await readMeanings(ask, names, 't at time zone zone_of(name)')
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

/** The meaning of a zone to this Postgres, by `set timezone`: it never reads the name as an abbreviation. */
export async function meaningOfZone(ask: Ask, zone: string): Promise<string> {
  const [row] = await ask(meaningsSql(`(select set_config('timezone', $1, true) as name offset 0) z`, 't::timestamp'), [
    zone,
  ])
  return String(row?.meaning)
}
