import { Column, is, SQL, sql } from 'drizzle-orm'

/** A JSON column's value: the driver hands it over parsed or as text. */
export const fromJson = <T>(value: string | T): T => (typeof value === 'string' ? JSON.parse(value) : value)

/** What a JSON object is made of: columns, expressions, and objects again. */
type Fields = { [name: string]: Column | SQL | Fields }

/** SQL for a value as the API shows it, where `row_to_json` would write it differently. */
function shownValueOf(field: Fields[string]): SQL {
  if (is(field, SQL)) return field
  if (!is(field, Column)) return rowJson(field)
  switch (field.getSQLType()) {
    case 'numeric':
      return sql`${field}::text`
    case 'timestamp(3) with time zone':
      return sql`to_char(${field} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    default:
      return sql`${field}`
  }
}

/**
 * SQL for a row as JSON, made inside Postgres: the same bytes that JSON.stringify would make of the row that the driver
 * reads.
 */
export function rowJson(fields: Fields): SQL {
  const named = Object.entries(fields).map(([name, field]) => sql`${shownValueOf(field)} as ${sql.identifier(name)}`)
  return sql`(select row_to_json(made) from (select ${sql.join(named, sql`, `)}) as made)`
}

/** The text of a JSON object with more fields, whose values are JSON text as well. `object` must not be empty. */
export function addJsonFields(object: string, fields: Record<string, string>): string {
  const more = Object.entries(fields).map(([name, json]) => `,"${name}":${json}`)
  return `${object.slice(0, -1)}${more.join('')}}`
}
