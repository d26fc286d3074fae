import { invalidAt } from '../../lib/errors.ts'
import type { FileTime } from './model.ts'

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

/** How many ms a zone is ahead of UTC at an instant. */
function offsetOf(zone: string, ms: number): number {
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

const isDay = (when: FileTime) => when.length === 10

/**
 * The instant of a local time in this zone, in ms. An ambiguous time means the first; a skipped one moves forward by
 * the gap.
 */
function instantOf(wall: string, zone: string): number {
  const local = Date.parse(`${wall}Z`)
  const [before, after] = [offsetOf(zone, local - DAY_MS), offsetOf(zone, local + DAY_MS)]
  const first = [before, after].map((offset) => local - offset).find((ms) => ms + offsetOf(zone, ms) === local)
  return first ?? local - before
}

/** `when` as an instant in UTC: a day as its midnight in the zone. */
export function toInstant(when: FileTime, zone: string): string {
  if (when.endsWith('Z')) return when
  return new Date(instantOf(isDay(when) ? `${when}T00:00:00.000` : when, zone)).toISOString()
}

/** `when` as a day (`2026-10-01`): an instant as its day in the zone, a day or local time as its own in every zone. */
export function toDay(when: FileTime, zone: string): string {
  if (!when.endsWith('Z')) return when.slice(0, 10)
  const ms = Date.parse(when)
  return new Date(ms + offsetOf(zone, ms)).toISOString().slice(0, 10)
}

const pad = (n: number, digits = 2) => String(n).padStart(digits, '0')

/** A day; undefined if it does not exist, or is not in the years 1900 to 9998. `month`: 1 to 12. */
export function dayOf(year: number, month: number, day: number): FileTime | undefined {
  const at = new Date(Date.UTC(year, month - 1, day))
  const is = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  return is && year >= 1900 && year <= 9998 ? `${pad(year, 4)}-${pad(month)}-${pad(day)}` : undefined
}

/** A local time; undefined without a day, or if the time does not exist. `hour`: 0 to 23. */
function wallOf(day: FileTime | undefined, hour: number, minute: number, second = 0): FileTime | undefined {
  if (day === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  return `${day}T${pad(hour)}:${pad(minute)}:${pad(second)}.000`
}

const ZONE = /^(Z|UTC|GMT)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?(?: \(.*\))?$/i

/** A local time in the zone of a text like `Z`, `+0530`, `GMT+2` or `GMT+0200 (CEST)`; undefined for any other text. */
function inZone(wall: FileTime | undefined, text: string): FileTime | undefined {
  const [zone, name, sign = '+', hours = '00', minutes = '00'] = ZONE.exec(text) ?? []
  if (wall === undefined || !zone || (!name && hours.length === 1)) return undefined
  const ms = Date.parse(`${wall}${sign}${hours.padStart(2, '0')}:${minutes}`)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

const ISO =
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([^\s\d].*)?)?$/i

/**
 * Reads RFC 3339 and close forms with the year first: a day, an instant, or without an offset a local time; else
 * undefined.
 */
export function parseIso(text: string): FileTime | undefined {
  const [, year, , month, day, hour, minute, second = '0', fraction = '', zone] = ISO.exec(text.trim()) ?? []
  const date = dayOf(Number(year), Number(month), Number(day))
  if (date === undefined || hour === undefined) return date
  const wall = wallOf(date, Number(hour), Number(minute), Number(second))
  if (wall === undefined) return undefined
  const exact = `${wall.slice(0, 20)}${fraction.slice(0, 3).padEnd(3, '0')}`
  return zone === undefined ? exact : inZone(exact, zone)
}

/** Reads milliseconds since 1970, from 2001 to 2096: ClickUp writes them. */
const parseMs = (text: string): FileTime | undefined =>
  /^[1-3]\d{12}$/.test(text.trim()) ? new Date(Number(text)).toISOString() : undefined

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
  ].flatMap((names, n) => names.split(' ').map((name) => [foldWord(name), n + 1])),
)

function foldWord(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('.', '')
}

const LANGUAGES = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'sv', 'pl', 'ru']
const SUNDAY = Date.UTC(2023, 0, 1)
let weekdays: Set<string> | undefined

/** Whether this is a name of the day's weekday in one of several languages. */
function isWeekdayOf(day: FileTime, name: string): boolean {
  weekdays ??= new Set(
    LANGUAGES.flatMap((language) =>
      (['long', 'short'] as const).flatMap((weekday) => {
        const { format } = new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' })
        return Array.from({ length: 7 }, (_, n) => `${n} ${foldWord(format(SUNDAY + n * DAY_MS))}`)
      }),
    ),
  )
  return weekdays.has(`${new Date(day).getUTCDay()} ${foldWord(name)}`)
}

const fullYearOf = (year: string) => (year.length === 2 ? 2000 + Number(year) : Number(year))
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

const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?((?:(?!UTC|GMT)[^\d+-])*)(.*)/iu

function addTime(day: FileTime | undefined, time = ''): FileTime | undefined {
  if (time === '' || day === undefined) return day
  const [, hour = '', minute, second, half = '', zone = ''] = TIME.exec(time) ?? []
  if (hour === '') return undefined
  const named = HALVES[foldWord(half).trim()]
  if (half.trim() !== '' && named === undefined) return undefined
  const n = Number(hour)
  if (named !== undefined && (n < 1 || n > 12)) return undefined
  const full = named === undefined ? n : (n % 12) + (named === 'pm' ? 12 : 0)
  const wall = wallOf(day, full, Number(minute), Number(second ?? 0))
  if (zone.startsWith('-') && !half.endsWith(' ')) return undefined // 10:00-11:00 is no time with an offset, but two
  return zone === '' ? wall : inZone(wall, zone)
}

/** UTF-16 code units: no time has more. */
const MAX_LENGTH = 120

/**
 * Reads `02/Oct/25 12:05 AM`, `Thursday, October 8, 2026` or `jueves, 8 de octubre de 2026`, with the month in one of
 * several languages; else undefined.
 */
function parseNamed(text: string): FileTime | undefined {
  const shown = text.slice(0, MAX_LENGTH).trim()
  const [time = ''] = /\d{1,2}:.*/u.exec(shown) ?? []
  const words = shown
    .slice(0, shown.length - time.length)
    .split(/[\s/,-]+/)
    .filter((word) => word !== '' && word !== 'de')
  const [first = '', second = '', year = ''] = words.slice(-3)
  const [day, name] = /^\d{1,2}\.?$/.test(first) ? [first, second] : [second, first]
  const month = NAMED[foldWord(name)]
  if (month === undefined || !/^\d{1,2}\.?$/.test(day) || !/^(?:\d{4}|\d{2})$/.test(year)) return undefined
  const date = dayOf(fullYearOf(year), month, Number.parseInt(day, 10))
  const weekday = words.slice(0, -3).join('-')
  return date && weekday && !isWeekdayOf(date, weekday) ? undefined : addTime(date, time)
}

/** The order of day and month in a numeric date, such as 03/04/2025. */
export type DateOrder = 'dmy' | 'mdy'
const NUMERIC = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+(\S.*))?$/u

export const isNumeric = (text: string) => NUMERIC.test(text.trim())

/** Reads `18/10/2025 9:00` in this order; undefined if that is no date. */
function parseNumeric(text: string, order: DateOrder): FileTime | undefined {
  const [, a, , b, year = '', time] = NUMERIC.exec(text.trim()) ?? []
  if (a === undefined) return undefined
  const [day, month] = order === 'dmy' ? [a, b] : [b, a]
  return addTime(dayOf(fullYearOf(year), Number(month), Number(day)), time)
}

/** Reads a date or time in any of these forms; a numeric one only if `order` is given. */
export const parseDate = (text: string, order?: DateOrder): FileTime | undefined =>
  parseIso(text) ?? parseMs(text) ?? parseNamed(text) ?? (order && parseNumeric(text, order))

const HOW = 'Choose one with map={"dates": "dmy"} or map={"dates": "mdy"}'

/** The order that a numeric date must have: a dot is only written after a day. Undefined if it tells nothing. */
function orderOf(text: string): DateOrder | undefined {
  const [, a, separator, b] = NUMERIC.exec(text.trim()) ?? []
  const [first, second] = [Number(a) > 12, Number(b) > 12]
  if (first !== second) return first ? 'dmy' : 'mdy'
  return separator === '.' ? 'dmy' : undefined
}

/**
 * The order in which numeric dates are to be read; undefined if none of them is a date. Refuses dates that can be read
 * in two ways, and those of which some must have one order and some the other.
 */
export function chooseOrder(texts: string[]): DateOrder | undefined {
  const [dmy, mdy] = (['dmy', 'mdy'] as const).map((order) => texts.find((text) => orderOf(text) === order))
  if (dmy && mdy) throw invalidAt('body', `has dates in two orders: ${dmy} and ${mdy}. ${HOW}: the others are left out`)
  if (dmy || mdy) return dmy ? 'dmy' : 'mdy'
  const dates = texts.map((text) => ({ text, dmy: parseNumeric(text, 'dmy'), mdy: parseNumeric(text, 'mdy') }))
  const either = dates.find(({ dmy, mdy }) => dmy !== mdy)
  if (either) {
    const [one, other] = [either.dmy, either.mdy].map((when) => when?.slice(0, 10))
    throw invalidAt('body', `has dates that can be read in two ways: ${either.text} is ${one} or ${other}. ${HOW}`)
  }
  return dates.some(({ dmy }) => dmy) ? 'dmy' : undefined
}
