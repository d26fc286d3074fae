/** Times and dates as the reader's browser writes them: its language, and its zone. */

const language = () => navigator.language

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
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' })
  const [unit, size] = RELATIVE.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return format.format(Math.round(seconds / size), unit)
}

/** An instant in full, in the reader's zone. */
export const moment = (instant: string) =>
  new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant))

/** A calendar day, which has no zone: read in UTC and written in UTC. */
export function day(date: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  const year = at.getUTCFullYear() === new Date().getFullYear() ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(language(), { timeZone: 'UTC', month: 'short', day: 'numeric', ...year }).format(at)
}

/** Today, where the reader is, as the API writes days. */
export function today(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** "Ada, Grace and Mary". */
export const list = (names: string[]) => new Intl.ListFormat(language(), { type: 'conjunction' }).format(names)

/** The first letters of a name: two at most, whole characters. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return ends
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase(language())
}
