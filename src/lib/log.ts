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

/** What JSON leaves as it is, and a terminal or a viewer of logs may take for a command or a new line. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029]/g
const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const line =
  (level: 'info' | 'warn' | 'error', base: object) =>
  (event: string, fields: Record<string, unknown> = {}) => {
    const shown = 'error' in fields ? { ...fields, error: describeError(fields.error) } : fields
    console[level](JSON.stringify({ level, event, ...base, ...shown }).replace(UNSEEN, escaped))
  }

/** One JSON object a line; JSON escapes line breaks, so nobody can forge an entry. */
export const logFor = (base: object): Log => ({
  info: line('info', base),
  warn: line('warn', base),
  error: line('error', base),
})

export const log = logFor({})

export type Log = { info: LogLine; warn: LogLine; error: LogLine }

type LogLine = (event: string, fields?: Record<string, unknown>) => void
