import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { nothing } from '../db/nothing.ts'

const namesIn = (setting: string) =>
  sql<string[] | null>`string_to_array(nullif(current_setting(${setting}, true), ''), ',')`

/** Selects whom a transaction of background work has notified, and the projects in which it has left pending work. */
export const selectNotifiedAndLeft = (orm: Database['primary']) =>
  orm.select({ notified: namesIn('flowtrack.notified'), left: namesIn('flowtrack.left') }).from(nothing)
