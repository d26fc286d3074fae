import type { When } from './model.ts'

const DAY_MS = 86_400_000
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known) return known
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  clocks.set(zone, clock)
  return clock
}

/** How far a zone is ahead of UTC at an instant. */
function offsetAt(zone: string, ms: number): number {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  )
  const { year, month, day, hour, minute, second } = parts
  const wall = new Date(Date.UTC(2000, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)))
  wall.setUTCFullYear(parts.era === 'BC' ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day))
  return wall.getTime() - Math.floor(ms / 1000) * 1000
}

const isDay = (when: When) => when.length === 10

/** The instant of a local time in this zone. An ambiguous time means the first; a skipped one moves forward by the gap. */
function instantOf(wall: string, zone: string): number {
  const local = Date.parse(`${wall}Z`)
  const [before, after] = [offsetAt(zone, local - DAY_MS), offsetAt(zone, local + DAY_MS)]
  const first = [before, after].map((offset) => local - offset).find((ms) => ms + offsetAt(zone, ms) === local)
  return first ?? local - before
}

/** As an instant: a day begins at its midnight. */
export function toInstant(when: When, zone: string): string {
  if (when.endsWith('Z')) return when
  return new Date(instantOf(isDay(when) ? `${when}T00:00:00.000` : when, zone)).toISOString()
}

/** As a day: what is only a day is that day in every zone. */
export function toDay(when: When, zone: string): string {
  if (!when.endsWith('Z')) return when.slice(0, 10)
  const ms = Date.parse(when)
  return new Date(ms + offsetAt(zone, ms)).toISOString().slice(0, 10)
}

const pad = (n: number, digits = 2) => String(n).padStart(digits, '0')

/** A day, if it exists and is in the years 1900 to 9998. */
export function dayOf(year: number, month: number, day: number): When | undefined {
  const at = new Date(Date.UTC(year, month - 1, day))
  const is = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  return is && year >= 1900 && year <= 9998 ? `${pad(year, 4)}-${pad(month)}-${pad(day)}` : undefined
}

/** A day and an hour of it (0 to 23). */
export function wallOf(day: When | undefined, hour: number, minute: number, second = 0): When | undefined {
  if (day === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  return `${day}T${pad(hour)}:${pad(minute)}:${pad(second)}.000`
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** RFC 3339 and what is close to it: a day, an instant, or without an offset what a clock showed. */
export function parseIso(text: string): When | undefined {
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = ISO.exec(text.trim()) ?? []
  const date = dayOf(Number(year), Number(month), Number(day))
  if (date === undefined || hour === undefined) return date
  const wall = wallOf(date, Number(hour), Number(minute), Number(second))
  if (wall === undefined) return undefined
  const exact = `${wall.slice(0, 20)}${fraction.slice(0, 3).padEnd(3, '0')}`
  if (zone === undefined) return exact
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`
  const ms = Date.parse(`${exact}${offset}`)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const SCRIPT = /^\w{3} (\w{3}) (\d{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT([+-]\d{4})(?: \(.*\))?$/

/** `Thu Jun 25 2026 23:00:00 GMT+0000 (GMT+00:00)`: how JavaScript writes an instant. */
export function parseScript(text: string): When | undefined {
  const [, name = '', day, year, hour, minute, second, offset = ''] = SCRIPT.exec(text.trim()) ?? []
  const date = dayOf(Number(year), MONTHS.indexOf(name.toLowerCase()) + 1, Number(day))
  const wall = wallOf(date, Number(hour), Number(minute), Number(second))
  if (wall === undefined) return undefined
  const ms = Date.parse(`${wall}${offset.slice(0, 3)}:${offset.slice(3)}`)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

/** Names of months as Jira's and spreadsheets' languages shorten them, without dots, folded. */
const NAMED: Record<string, number> = Object.fromEntries(
  [
    'jan january janvier janv januar jän janner enero ene gennaio gen janeiro januari januari sty styczen января янв 1月',
    'feb february fevrier fevr fev februar febrero febbraio fevereiro februari lut luty февраля фев 2月',
    'mar march mars marz maerz mrz marzo março marco maart mrt marzec марта мар 3月',
    'apr april avril avr abril abr aprile kwi kwiecien апреля апр 4月',
    'may mai mayo maggio mag maio mei maj мая май 5月',
    'jun june juin juni junio giugno giu junho cze czerwiec июня июн 6月',
    'jul july juillet juil juli julio luglio lug julho lip lipiec июля июл 7月',
    'aug august aout aou agosto ago augustus augusti sie sierpien августа авг 8月',
    'sep sept september septembre septiembre settembre set setembro wrz wrzesien сентября сен сент 9月',
    'oct october octobre okt oktober octubre ottobre ott outubro out paz pazdziernik октября окт 10月',
    'nov november novembre noviembre novembro lis listopad ноября ноя нояб 11月',
    'dec december decembre dez dezember diciembre dic dicembre dezembro gru grudzien декабря дек 12月',
  ].flatMap((names, n) => names.split(' ').map((name) => [plain(name), n + 1])),
)

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('.', '')
}

const century = (year: string) => (year.length === 2 ? 2000 + Number(year) : Number(year))
const HALVES: Record<string, 'am' | 'pm'> = {
  am: 'am',
  pm: 'pm',
  'a m': 'am',
  'p m': 'pm',
  vorm: 'am',
  nachm: 'pm',
  午前: 'am',
  午後: 'pm',
}

function withTime(day: When | undefined, time = ''): When | undefined {
  if (time === '' || day === undefined) return day
  const [, hour = '', minute, second, half = ''] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(\D*)$/u.exec(time) ?? []
  if (hour === '') return undefined
  const named = HALVES[plain(half).trim()]
  if (half.trim() !== '' && named === undefined) return undefined
  const n = Number(hour)
  if (named !== undefined && (n < 1 || n > 12)) return undefined
  return wallOf(
    day,
    named === undefined ? n : (n % 12) + (named === 'pm' ? 12 : 0),
    Number(minute),
    Number(second ?? 0),
  )
}

/** The longest text that can be a time. */
const LONGEST = 80

/** `02/Oct/25 12:05 AM`, `14/sept./25 3:34 AM`, `October 8, 2026`: the month has a name, in one of several languages. */
export function parseNamed(text: string): When | undefined {
  const parts = text
    .slice(0, LONGEST)
    .trim()
    .split(/[\s/,-]+/)
  const [first = '', second = '', year = '', ...time] = parts
  const [day, name] = /^\d{1,2}\.?$/.test(first) ? [first, second] : [second, first]
  const month = NAMED[plain(name)]
  if (month === undefined || !/^\d{1,2}\.?$/.test(day) || !/^(?:\d{4}|\d{2})$/.test(year)) return undefined
  return withTime(dayOf(century(year), month, Number.parseInt(day, 10)), time.join(' '))
}

/** Which part of an all-numeric date is the month. */
export type Order = 'dmy' | 'mdy'
const NUMERIC = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+(\S.*))?$/u

export const isNumeric = (text: string) => NUMERIC.test(text.trim())

/** Day first or month first: the order that all of these dates allow. `undefined` when they allow both, and for no date. */
export function orderOf(texts: Iterable<string>): Order | undefined {
  let [dmy, mdy] = [false, false]
  for (const text of texts) {
    const [, a, separator, b] = NUMERIC.exec(text.trim()) ?? []
    if (Number(a) > 12 || separator === '.') dmy = true
    if (Number(b) > 12) mdy = true
  }
  return dmy === mdy ? undefined : dmy ? 'dmy' : 'mdy'
}

/** `18/10/2025 9:00`, read in this order. */
export function parseNumeric(text: string, order: Order): When | undefined {
  const [, a, , b, year = '', time] = NUMERIC.exec(text.trim()) ?? []
  if (a === undefined) return undefined
  const [day, month] = order === 'dmy' ? [a, b] : [b, a]
  return withTime(dayOf(century(year), Number(month), Number(day)), time)
}
