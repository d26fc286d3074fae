import type { IncomingHttpHeaders } from 'node:http'
import pg from 'pg'
import { z } from 'zod'

const querySchema = z.object({
  query: z.string(),
  params: z.array(z.unknown()).default([]),
  arrayMode: z.boolean().optional(),
})
const payloadSchema = z.union([z.object({ queries: z.array(querySchema) }), querySchema])

export type NeonQuery = z.infer<typeof querySchema>
export type NeonPayload = z.infer<typeof payloadSchema>

/** Reads the body of `POST /sql`; undefined when it is neither a query nor a batch. */
export function parsePayload(body: string): NeonPayload | undefined {
  try {
    return payloadSchema.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}

function toArrayItem(value: unknown): string {
  if (value === null) return 'NULL'
  if (Array.isArray(value)) return `{${value.map(toArrayItem).join(',')}}`
  return JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : value)
}

/**
 * JSON parameters as Postgres text, as `json_to_pg_text` in Neon's proxy does it
 * (https://github.com/neondatabase/neon/blob/main/proxy/src/serverless/json.rs).
 */
export function toParameters(params: unknown[]): (string | null)[] {
  return params.map((value) => {
    if (value === null || typeof value === 'string') return value
    return Array.isArray(value) ? toArrayItem(value) : JSON.stringify(value)
  })
}

const { BOOL, INT2, INT4, FLOAT4, FLOAT8, JSON: JSON_TYPE, JSONB } = pg.types.builtins
/** bool, json, int2, int4, text, varchar, float4, float8, uuid and jsonb, as arrays. */
const ARRAY_TYPES = new Set([1000, 199, 1005, 1007, 1009, 1015, 1021, 1022, 2951, 3807])

function toJson(type: number, text: string): unknown {
  switch (type) {
    case BOOL:
      return text === 't'
    case INT2:
    case INT4:
    case FLOAT4:
    case FLOAT8:
      // JSON has no NaN and no infinity: they stay text.
      return Number.isFinite(Number(text)) ? Number(text) : text
    case JSON_TYPE:
    case JSONB:
      return JSON.parse(text)
    default:
      return ARRAY_TYPES.has(type) ? pg.types.getTypeParser(type)(text) : text
  }
}

function toRow(result: pg.QueryArrayResult, row: unknown[], raw: boolean, asArray: boolean): unknown {
  const values = raw
    ? row
    : row.map((value, index) => {
        const type = result.fields[index]?.dataTypeID ?? 0
        return typeof value === 'string' ? toJson(type, value) : value
      })
  if (asArray) return values
  return Object.fromEntries(values.map((value, index) => [result.fields[index]?.name, value]))
}

/** One statement's answer. The headers decide the shape of rows and of values. */
export function toResult(
  result: pg.QueryArrayResult,
  arrayMode: boolean | undefined,
  headers: IncomingHttpHeaders,
): Record<string, unknown> {
  const raw = headers['neon-raw-text-output'] === 'true'
  const asArray = arrayMode ?? headers['neon-array-mode'] === 'true'
  const rows = raw && asArray ? result.rows : result.rows.map((row) => toRow(result, row, raw, asArray))
  const { command, rowCount, fields } = result
  return { command, rowCount, rowAsArray: asArray, fields, rows }
}

const ERROR_FIELDS = [
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'severity',
  'where',
  'table',
  'column',
  'schema',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

/** An error as the driver reads it: Postgres's own fields beside `message`. */
export function errorBodyOf(error: unknown, prefix?: string): Record<string, unknown> {
  // A refused connection to a name with two addresses is an AggregateError without a message.
  const cause = error instanceof AggregateError ? error.errors[0] : error
  const message = cause instanceof Error ? cause.message : String(cause)
  const body: Record<string, unknown> = { message: prefix ? `${prefix}: ${message}` : message }
  if (cause instanceof pg.DatabaseError) {
    for (const field of ERROR_FIELDS) body[field] = cause[field] ?? null
  }
  return body
}
