/** Times, dates and lists in the language and the time zone of the reader's browser. */

const readLanguage = () => navigator.language

/** Returns a getter of a format in the reader's language. The format is made once: for each card it would be slow. */
function makeFormatGetter<T>(make: (language: string) => T): () => T {
  let made: { of: string; format: T } | undefined
  return () => {
    const of = readLanguage()
    if (made?.of !== of) made = { of, format: make(of) }
    return made.format
  }
}

const getWordyAgoFormat = makeFormatGetter((of) => new Intl.RelativeTimeFormat(of, { numeric: 'auto' }))
const getNumericAgoFormat = makeFormatGetter((of) => new Intl.RelativeTimeFormat(of))
const getMomentFormat = makeFormatGetter(
  (of) => new Intl.DateTimeFormat(of, { dateStyle: 'medium', timeStyle: 'short' }),
)
const DAY = { timeZone: 'UTC', month: 'short', day: 'numeric' } as const
const getShortDayFormat = makeFormatGetter((of) => new Intl.DateTimeFormat(of, DAY))
const getLongDayFormat = makeFormatGetter((of) => new Intl.DateTimeFormat(of, { ...DAY, year: 'numeric' }))
const getListFormat = makeFormatGetter((of) => new Intl.ListFormat(of, { type: 'conjunction' }))

const RELATIVE: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** The number of a calendar day in the reader's time zone. */
const dayNumberOf = (at: number) => Date.parse(today(new Date(at))) / 86_400_000

/**
 * A time in the past, relative to `now` (milliseconds), such as "5 minutes ago". Days are those of the calendar, so
 * "yesterday" is true. "Last month" would not be, as a month is only a number of days here.
 */
export function formatAgo(instant: string, now = Date.now()): string {
  const at = Math.min(Date.parse(instant), now) // it is later if the clock of this device is slow
  const seconds = (at - now) / 1000
  const [unit, size] = RELATIVE.find(([, size]) => -seconds >= size) ?? ['second', 1]
  if (unit === 'day') return getWordyAgoFormat().format(dayNumberOf(at) - dayNumberOf(now), unit)
  const format = unit === 'month' || unit === 'year' ? getNumericAgoFormat() : getWordyAgoFormat()
  return format.format(Math.round(seconds / size), unit)
}

/** The date and the time of an instant, in the reader's time zone. */
export const formatMoment = (instant: string) => getMomentFormat().format(new Date(instant))

/** A calendar day (YYYY-MM-DD), without the year if it is in this year. It has no zone: parsed and written in UTC. */
export function formatDay(date: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  const isThisYear = at.getUTCFullYear() === new Date().getFullYear()
  return (isThisYear ? getShortDayFormat() : getLongDayFormat()).format(at)
}

/** The reader's time zone, such as Europe/London. */
export const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The day of `now` in the reader's time zone, as YYYY-MM-DD. */
export function today(now = new Date()): string {
  const pad = (n: number) => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`
}

/** Names as one text: "Ada, Grace, and Mary". */
export const formatList = (names: string[]) => getListFormat().format(names)

/** The first character of the first and of the last word, in upper case; never half of a surrogate pair. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return ends
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase(readLanguage())
}
