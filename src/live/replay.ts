import { asc, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { nothing } from '../db/nothing.ts'
import { PAGE_BYTES } from '../lib/page.ts'
import type { Event } from './event.ts'
import { journalPage, page } from './journal-page.ts'

/** Events per replay frame, and per read of the journal. */
export const PAGE = 500
/** How many missed events are replayed; a client that missed more reads the board again. */
export const MAX_REPLAY = 10_000

/** The next page of a project's journal after `since`, in order: the one source of every event (I3). */
export const selectEvents = (orm: Database['primary'], project_id: string, since: number) =>
  orm
    .select(getTableColumns(page))
    .from(journalPage({ project_id, after: since, forward: true, rows: PAGE, bytes: PAGE_BYTES }))
    .where(sql`preceding <= ${PAGE_BYTES}`)
    .orderBy(asc(page.seq))

export const readJournal = (db: Pick<Database, 'primary'>, project_id: string, since: number): Promise<Event[]> =>
  selectEvents(db.primary, project_id, since).execute()

type Holder = { user_id: string; session_id: string }

/**
 * The project's head and epoch (null when it is gone), the ids of sessions whose access to it has `ended`, and among
 * these the sessions that are over everywhere (`signed_out`).
 */
export async function readAccess(
  { primary }: Pick<Database, 'primary'>,
  project_id: string,
  holders: readonly Holder[],
) {
  const distinct = [...new Map(holders.map((holder) => [holder.session_id, holder])).values()]
  const users = sql.param(distinct.map(({ user_id }) => user_id))
  const sessions = sql.param(distinct.map(({ session_id }) => session_id))
  const [row] = await primary
    .select({
      head: sql<number | null>`(select event_seq from projects where id = ${project_id})`.mapWith(Number),
      epoch: sql<string | null>`(select stream_epoch from projects where id = ${project_id})`,
      ended: sql<
        string[]
      >`array(select s from unnest(${users}::uuid[], ${sessions}::uuid[]) as held(u, s) where not has_access(${project_id}, u, s))`,
      signed_out: sql<
        string[]
      >`array(select s from unnest(${users}::uuid[], ${sessions}::uuid[]) as held(u, s) where not has_session(u, s))`,
    })
    .from(nothing)
  if (!row) throw new Error('A select without a table returned no row')
  return row
}

export type ResumePoint = { epoch?: string; seq: number }

/** `<seq>` or `<epoch>:<seq>`, as the board and the hello gave them. Undefined for anything else. */
export function parseSince(since: string): ResumePoint | undefined {
  const match = /^(?:([0-9a-f]{8}-[0-9a-f-]{27}):)?(\d{1,15})$/i.exec(since)
  return match ? { epoch: match[1]?.toLowerCase(), seq: Number(match[2]) } : undefined
}

/** Whether the journal can bring a client from its resume point to the head. */
export const canReplay = (since: ResumePoint, at: { epoch: string; head: number }) =>
  (since.epoch === undefined || since.epoch === at.epoch) && since.seq <= at.head && at.head - since.seq <= MAX_REPLAY
