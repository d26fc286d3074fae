/** What a record holds under a user's word, which may also be a name that every object knows (`constructor`). */
export const own = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
