import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { activity_logs } from '../db/schema.ts'
import type { Event } from './protocol.ts'

/** Events per replay frame, and per read of the journal. */
export const PAGE = 500
/** How many missed events are replayed; who missed more reads the board again. */
export const MAX_REPLAY = 10_000

/** The next page of a project's journal after `since`, in order: the one source of every event (I3). */
export const readJournal = ({ orm }: Pick<Database, 'orm'>, project_id: string, since: number): Promise<Event[]> =>
  orm
    .select()
    .from(activity_logs)
    .where(and(eq(activity_logs.project_id, project_id), gt(activity_logs.seq, since)))
    .orderBy(asc(activity_logs.seq))
    .limit(PAGE)
    .execute()

type Holder = { user_id: string; session_id: string }

/** The project's head (null when it is gone), and the sessions whose access to it has ended. */
export async function readAccess({ orm }: Pick<Database, 'orm'>, project_id: string, holders: Holder[]) {
  const users = holders.map(({ user_id }) => user_id)
  const sessions = holders.map(({ session_id }) => session_id)
  const [row] = await orm
    .select({
      head: sql<number | null>`(select event_seq from projects where id = ${project_id})`.mapWith(Number),
      ended: sql<
        string[]
      >`array(select s from unnest(${users}::uuid[], ${sessions}::uuid[]) as held(u, s) where not has_access(${project_id}, u, s))`,
    })
    .from(sql`(select 1) as one`)
  return row ?? { head: null, ended: [] }
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
