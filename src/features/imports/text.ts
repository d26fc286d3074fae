import type { Warnings } from './warnings.ts'

const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u{1d159}]*$/u

/** Text as it is stored: well-formed, without NUL, lines that end with `\n`, NFC. */
export const stored = (text: string) =>
  text.toWellFormed().replaceAll('\0', '').replace(/\r\n?/g, '\n').normalize('NFC')

export const isBlank = (text: string) => INVISIBLE.test(text)

/** Cuts a text, never inside a surrogate pair. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const code = text.charCodeAt(most - 1)
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? most - 1 : most)
}

/** One line: each run of breaks, with the blanks around it, is one space. */
export const oneLine = (text: string) =>
  stored(text)
    .replace(/[\s\p{Cc}]+/gu, (run) => (/[\p{Cc}\u2028\u2029]/u.test(run) ? ' ' : run))
    .trim()

/** A name of something that is not a task: it is shown cut, and never blank. */
export function nameOf(text: string, most: number, fallback: string, warnings: Warnings): string {
  const line = oneLine(text)
  if (isBlank(line)) return fallback
  if (line.length > most) warnings.add('names_cut', line)
  return cut(line, most).trim()
}
