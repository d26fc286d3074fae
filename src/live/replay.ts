import { asc, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { PAGE_BYTES } from '../lib/page.ts'
import type { Event } from './event.ts'
import { journalPage, page } from './journal-page.ts'

/** Events per replay frame, and per read of the journal. */
export const PAGE = 500
/** How many missed events are replayed; a client that missed more reads the board again. */
const MAX_REPLAY = 10_000

/** The next page of a project's journal after `since`, in order: the one source of every event (I3). */
export const selectEvents = (orm: Database['primary'], project_id: string, since: number) =>
  orm
    .select(getTableColumns(page))
    .from(journalPage({ project_id, after: since, forward: true, rows: PAGE, bytes: PAGE_BYTES }))
    .where(sql`preceding <= ${PAGE_BYTES}`)
    .orderBy(asc(page.seq))

export const readJournal = (db: Pick<Database, 'primary'>, project_id: string, since: number): Promise<Event[]> =>
  selectEvents(db.primary, project_id, since).execute()

export type ResumePoint = { epoch?: string; seq: number }

/** `<seq>` or `<epoch>:<seq>`, as the board and the hello gave them. Undefined for anything else. */
export function parseSince(since: string): ResumePoint | undefined {
  const match = /^(?:([0-9a-f]{8}-[0-9a-f-]{27}):)?(\d{1,15})$/i.exec(since)
  return match ? { epoch: match[1]?.toLowerCase(), seq: Number(match[2]) } : undefined
}

/** Whether the journal can bring a client from its resume point to the head. */
export const canReplay = (since: ResumePoint, at: { epoch: string; head: number }) =>
  (since.epoch === undefined || since.epoch === at.epoch) && since.seq <= at.head && at.head - since.seq <= MAX_REPLAY
