import { readFile } from 'node:fs/promises'
import { type Info, parse } from 'csv-parse/sync'
import * as z from 'zod'
import { USER_ROLES } from '../src/db/schema.ts'
import { email } from '../src/features/users/schema.ts'
import { line, link, moment, timezone } from '../src/lib/fields.ts'
import { ownValue } from '../src/lib/own-value.ts'
import { isKnownHash } from '../src/security/passwords.ts'

const blankToUndefined = (value: unknown) => (value === '' ? undefined : value)

const [YES, NO] = [
  ['true', 't', '1', 'yes'],
  ['false', 'f', '0', 'no'],
]
const flag = z
  .string()
  .toLowerCase()
  .refine((word) => [...YES, ...NO].includes(word), 'must be true or false')
  .transform((word) => YES.includes(word))

/** How far the clock of the former backend may be ahead; as for the import of a project. */
const CLOCK_SKEW_MS = 5 * 60_000

/** An instant that has passed, also as SQL writes it: with a blank in place of the T, and without a zone for UTC. */
const instant = z
  .string()
  .transform((text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text.replace(' ', 'T')))
  .transform((text) => text.replace(/(:.*[+-]\d\d):?(\d\d)?$/, (_, time, minutes = '00') => `${time}:${minutes}`))
  .transform((text) => (/(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text}Z`))
  .pipe(moment)
  .refine((at) => Date.parse(at) <= Date.now() + CLOCK_SKEW_MS, 'must not be in the future')

/** An account as the file has it: by the rules of the API, with a hash in place of the password. */
const Row = z.object({
  email,
  name: line(200),
  password_hash: z.string().refine(isKnownHash, 'is neither bcrypt (cost 4 to 14) nor scrypt as FlowTrack writes it'),
  role: z.preprocess(blankToUndefined, z.enum(USER_ROLES).default('member')),
  timezone: z.preprocess(blankToUndefined, timezone.default('UTC')),
  // Blank is NULL, which the former backend did not let in. Without the column, accounts are active.
  is_active: z.preprocess((value) => value || (value === '' ? 'false' : 'true'), flag),
  avatar_url: z.preprocess(blankToUndefined, link.nullable().default(null)),
  created_at: z.preprocess(blankToUndefined, instant.optional()),
})
export type Row = z.infer<typeof Row>

export type NumberedRow = Row & { line: number }
export type SkippedLine = { line: number; reason: string }
export type AccountFile = { rows: NumberedRow[]; skipped: SkippedLine[]; unused: string[] }

const REQUIRED = ['email', 'name', 'password_hash']

/** The columns that are not used. Throws when a column is missing that every account needs. */
function checkColumns(names: string[]): string[] {
  const missing = REQUIRED.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`The first line must also name the column ${missing.join(', ')}.`)
  return names.filter((name) => !Object.hasOwn(Row.shape, name))
}

/** Encodings other than UTF-8, by the byte order mark that a file in them begins with. */
const UTF16 = { fffe: 'utf-16le', feff: 'utf-16be' } as const

/** The text of a file in UTF-8, or in UTF-16 if it begins with its mark. Throws when it is in neither. */
function decode(bytes: Buffer): string {
  const encoding = ownValue(UTF16, bytes.toString('hex', 0, 2)) ?? 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    const [readable = ''] = new TextDecoder(encoding).decode(bytes).split('\ufffd', 1)
    const line = readable.split(/\r\n?|\n/).length
    throw new Error(
      `Line ${line} has bytes that are not ${encoding.toUpperCase()}: save the file as UTF-8, then repeat this.`,
    )
  }
}

type Parsed = { record: unknown; info: Info & { error?: Error } }
const textOfIssue = ({ path, message }: z.core.$ZodIssue) => `${path.join('.')}: ${message}`

/**
 * Reads a CSV file of accounts (RFC 4180, UTF-8, the first line names the columns): the rows that can be imported, the
 * skipped lines with the reason, and the unused columns. Throws when the file is not there, is in another encoding,
 * lacks a required column, or has a quote that is not closed correctly, after which nobody can tell where the next
 * record begins.
 */
export async function readAccounts(path: string): Promise<AccountFile> {
  const file: AccountFile = { rows: [], skipped: [], unused: [] }
  const columns = (names: string[]) => {
    const trimmed = names.map((name) => name.trim().toLowerCase())
    file.unused = checkColumns(trimmed)
    return trimmed
  }
  const options = { columns, info: true, skip_empty_lines: true, relax_column_count: true }
  const records: Parsed[] = parse(decode(await readFile(path)), options)
  for (const { record, info } of records) {
    const { success, data, error } = Row.safeParse(record)
    if (info.error) file.skipped.push({ line: info.lines, reason: 'has more or fewer fields than the first line' })
    else if (success) file.rows.push({ ...data, line: info.lines })
    else file.skipped.push({ line: info.lines, reason: error.issues.map(textOfIssue).join('; ') })
  }
  return file
}
