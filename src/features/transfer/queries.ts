import { sql } from 'drizzle-orm'
import type { Config } from '../../config/config.ts'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import type { TransferredTask } from './answers.ts'
import type { TransferTask } from './schema.ts'

type Quotas = Pick<Config, 'QUOTA_TASKS' | 'QUOTA_COMMENTS' | 'QUOTA_ITEMS'>
/** The task in its new project, the other projects that were changed, and how many notifications went along. */
type Transferred = { task: TransferredTask; other_projects: string[]; notifications: number }

/** Moves a task to another project, which becomes that of the transaction (drizzle/functions/transfer.sql). */
export const transferTask = (
  orm: Database['primary'],
  { QUOTA_TASKS, QUOTA_COMMENTS, QUOTA_ITEMS }: Quotas,
  { id, project_id, status }: TransferTask & { id: string },
) =>
  orm
    .select({
      transferred:
        sql`transfer_task(${id}, ${project_id}::uuid, ${status ?? null}, ${QUOTA_TASKS}, ${QUOTA_COMMENTS}, ${QUOTA_ITEMS})`.mapWith(
          fromJson<Transferred>,
        ),
    })
    .from(nothing)

/** The moved task, for a later statement of the same transaction. */
export const taskJson = sql`current_setting('flowtrack.answer')::jsonb -> 'task'`
