/** A record's own value under a key that a user chose; undefined for a name that every object has (`constructor`). */
export const ownValue = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
