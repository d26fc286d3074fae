import { DrizzleQueryError } from 'drizzle-orm'

/** An error as fields: name, message, code and stack, with its cause; never its other properties. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof DrizzleQueryError) return describeError(error.cause) // its message holds SQL and parameters
  const { name, message, stack, cause } = error
  return {
    name,
    message,
    stack,
    ...('code' in error && { code: error.code }),
    ...(cause ? { cause: describeError(cause) } : {}),
  }
}

/** Characters that JSON does not escape, and that a terminal or a log viewer may read as a command or a new line. */
const CONTROLS = /[\u007f-\u009f\u2028\u2029]/g
const escapeOf = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const writerOf =
  (level: 'info' | 'warn' | 'error', base: object) =>
  (event: string, fields: Record<string, unknown> = {}) => {
    const shown = 'error' in fields ? { ...fields, error: describeError(fields.error) } : fields
    console[level](JSON.stringify({ level, event, ...base, ...shown }).replace(CONTROLS, escapeOf))
  }

/**
 * A log that writes one JSON object per line, each with the fields of `base`. Line breaks are escaped, so input cannot
 * forge an entry.
 */
export const logFor = (base: object): Log => ({
  info: writerOf('info', base),
  warn: writerOf('warn', base),
  error: writerOf('error', base),
})

export const log = logFor({})

export type Log = { info: LogLine; warn: LogLine; error: LogLine }

type LogLine = (event: string, fields?: Record<string, unknown>) => void
