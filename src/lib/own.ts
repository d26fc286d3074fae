/** A record's own value under a key that a user chose, which may be a name that every object has (`constructor`). */
export const own = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
