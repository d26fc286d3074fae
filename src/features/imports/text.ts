import { cutText } from '../../lib/cut-text.ts'
import { INVISIBLE } from '../../lib/fields.ts'
import type { Warnings } from './warnings.ts'

/** Text as it is stored: well-formed, without NUL, with `\n` as line end, in NFC. */
export const toStored = (text: string) =>
  text.toWellFormed().replaceAll('\0', '').replace(/\r\n?/g, '\n').normalize('NFC')

export const isBlank = (text: string) => text === '' || INVISIBLE.test(text)

/** The parts of a stored text, each of at most `max` UTF-16 code units: none for an empty text. */
export function partsOf(text: string, max: number): string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; at += parts.at(-1)?.length ?? 0) parts.push(cutText(text, max, at))
  return parts
}

/** The stored text on one line: each run of line breaks, with the blanks around it, becomes one space. */
export const toOneLine = (text: string) =>
  toStored(text)
    .replace(/[\s\p{Cc}]+/gu, (run) => (/[\p{Cc}\u2028\u2029]/u.test(run) ? ' ' : run))
    .trim()

/** A name of anything but a task, on one line: cut to `max` UTF-16 code units, or `fallback` if blank. */
export function nameOf(text: string, max: number, fallback: string, warnings: Warnings): string {
  const line = toOneLine(text)
  if (isBlank(line)) return fallback
  if (line.length > max) warnings.add('names_cut', line)
  return cutText(line, max).trim()
}
