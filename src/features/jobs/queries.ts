import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { nothing } from '../../db/nothing.ts'

/** The jobs that visit one project after another. */
export type JobInTurns = 'deliver_webhooks' | 'empty_trash' | 'end_claims' | 'remind'

/** Takes the next turn of a job: the project that has work for it at `moment`; null at the end of a round. */
export const takeTurn = (orm: Database['primary'], job: JobInTurns, moment: string) =>
  orm.select({ project_id: sql<string | null>`next_turn(${job}, ${moment}::timestamptz)` }).from(nothing)

/** The next project with pending acts, none of those that this run has left; null when there is none. */
export const selectNextAct = (orm: Database['primary'], skipped: string[]) =>
  orm.select({ project_id: sql<string | null>`next_act(${`{${skipped.join()}}`}::uuid[])` }).from(nothing)
