/** A JSON column's value: the driver hands it over parsed or as text. */
export const fromJson = <T>(value: string | T): T => (typeof value === 'string' ? JSON.parse(value) : value)
