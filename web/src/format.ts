/** Times and dates as the reader's browser writes them: its language, and its zone. */

const language = () => navigator.language

/** A format of the reader's language. It costs a board of cards more to make than to use, so it is made once. */
function inLanguage<T>(make: (language: string) => T): () => T {
  let made: { of: string; format: T } | undefined
  return () => {
    const of = language()
    if (made?.of !== of) made = { of, format: make(of) }
    return made.format
  }
}

const relative = inLanguage((of) => new Intl.RelativeTimeFormat(of, { numeric: 'auto' }))
const whole = inLanguage((of) => new Intl.DateTimeFormat(of, { dateStyle: 'medium', timeStyle: 'short' }))
const DAY = { timeZone: 'UTC', month: 'short', day: 'numeric' } as const
const shortDay = inLanguage((of) => new Intl.DateTimeFormat(of, DAY))
const longDay = inLanguage((of) => new Intl.DateTimeFormat(of, { ...DAY, year: 'numeric' }))
const conjunction = inLanguage((of) => new Intl.ListFormat(of, { type: 'conjunction' }))

const RELATIVE: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** "5 minutes ago". */
export function ago(instant: string, now = Date.now()): string {
  const seconds = (Date.parse(instant) - now) / 1000
  const [unit, size] = RELATIVE.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return relative().format(Math.round(seconds / size), unit)
}

/** An instant in full, in the reader's zone. */
export const moment = (instant: string) => whole().format(new Date(instant))

/** A calendar day, which has no zone: read in UTC and written in UTC. */
export function day(date: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  const isThisYear = at.getUTCFullYear() === new Date().getFullYear()
  return (isThisYear ? shortDay() : longDay()).format(at)
}

/** Today, where the reader is, as the API writes days. */
export function today(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** "Ada, Grace and Mary". */
export const list = (names: string[]) => conjunction().format(names)

/** The first letters of a name: two at most, whole characters. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return ends
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase(language())
}
