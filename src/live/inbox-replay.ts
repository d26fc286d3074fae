import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import type { StreamPage } from './inbox.ts'
import { selectInbox, selectStream } from './inbox-queries.ts'
import { PAGE } from './replay.ts'

/**
 * The next page of a person's stream after `since`, and the seq that it reaches: both read at one moment, so that no
 * row is missed.
 */
export async function readStream(
  { readOnly }: Pick<Database, 'readOnly'>,
  user_id: string,
  since: number,
): Promise<StreamPage> {
  const [[inbox], page] = await readOnly.batch([
    selectInbox(readOnly, user_id),
    selectStream(readOnly, { user_id, since, limit: PAGE }),
  ])
  if (!inbox) throw new Error(`User ${user_id} has no inbox`)
  const found = page[0]?.found ?? 0
  const more = found === PAGE || found > page.length
  const rows = page.map(({ found: _, ...row }) => row)
  return { epoch: inbox.epoch, reached: (more && rows.at(-1)?.seq) || inbox.seq, more, rows }
}

/** The head of a person's stream, and which of these sessions or API keys of theirs have ended. */
export async function readInbox(
  { primary }: Pick<Database, 'primary'>,
  user_id: string,
  holders: readonly { session_id: string }[],
) {
  const sessions = sql.param([...new Set(holders.map(({ session_id }) => session_id))])
  const [row] = await primary
    .select({
      head: sql`seq`.mapWith(Number),
      epoch: sql<string>`epoch`,
      ended: sql<
        string[]
      >`array(select held from unnest(${sessions}::uuid[]) held where not has_session(user_id, held))`,
    })
    .from(sql`inboxes`)
    .where(sql`user_id = ${user_id}`)
  if (!row) throw new Error(`User ${user_id} has no inbox`)
  return row
}
