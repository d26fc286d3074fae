import { DrizzleQueryError } from 'drizzle-orm'
import type { Log } from './env.ts'

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

const line =
  (level: 'info' | 'warn' | 'error', base: object) =>
  (event: string, fields: Record<string, unknown> = {}) => {
    const shown = 'error' in fields ? { ...fields, error: describeError(fields.error) } : fields
    console[level](JSON.stringify({ level, event, ...base, ...shown }))
  }

/** One JSON object a line; JSON escapes line breaks, so nobody can forge an entry. */
export const logFor = (base: object): Log => ({
  info: line('info', base),
  warn: line('warn', base),
  error: line('error', base),
})

export const log = logFor({})
