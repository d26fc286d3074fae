import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { projects } from '../../db/schema.ts'
import type { Registration } from '../relay-client.ts'

/**
 * The head of each registered project (null when it is gone), and whether its hub must ask the database itself, because
 * somebody's access has ended or the project was restored. One statement for all.
 */
export function selectHeads({ primary }: Pick<Database, 'primary'>, hubs: readonly Registration[]) {
  const held = hubs.flatMap(({ project_id, holders }) => holders.map((holder) => ({ project_id, ...holder })))
  const column = (name: keyof (typeof held)[number]) => sql.param(held.map((holder) => holder[name]))
  const holders = sql`unnest(${column('project_id')}::uuid[], ${column('user_id')}::uuid[], ${column('session_id')}::uuid[], ${column('epoch')}::uuid[]) as held(project_id, user_id, session_id, epoch)`
  return primary
    .select({
      project_id: sql<string>`held.project_id`,
      head: sql<number | null>`max(${projects.event_seq})`.mapWith(Number),
      must_check: sql<boolean>`bool_or(held.epoch is distinct from ${projects.stream_epoch} or not has_access(held.project_id, held.user_id, held.session_id))`,
    })
    .from(holders)
    .leftJoin(projects, sql`${projects.id} = held.project_id`)
    .groupBy(sql`held.project_id`)
}
