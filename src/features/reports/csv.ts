export type Cell = string | number | boolean | null

/**
 * Text that a spreadsheet would take for a formula (OWASP, "CSV Injection"), in full width too, as some read it. With
 * apostrophes before it too, so that an import removes none but ours.
 */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/** A cell as CSV. A text that a spreadsheet could run gets a leading apostrophe. */
function toField(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Removes the apostrophe that `toCsv` has put before a text. */
export const removeApostrophe = (text: string) =>
  text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text

/** Rows as CSV (RFC 4180): comma, CRLF, quotes doubled. UTF-8, as the media type says. */
export const toCsv = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(toField).join(',')}\r\n`).join('')
