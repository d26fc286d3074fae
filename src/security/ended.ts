/*
 * Sessions and report links that the database has refused in this isolate, by id. Their tokens stay genuine for a
 * while, but whoever still sends them must not use up the limit of the person that they name.
 */

const MAX_REMEMBERED = 5_000
const ended = new Set<string>()

export const hasEnded = (id: string): boolean => ended.has(id)

/** To be called when the database has refused a session or a link as ended. */
export function rememberEnded(id: string): void {
  if (ended.size >= MAX_REMEMBERED) ended.clear()
  ended.add(id)
}

/** To be called when the database has accepted it: a link works again when its maker is a member again. */
export const forgetEnded = (id: string) => ended.delete(id)
