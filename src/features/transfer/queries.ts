import { sql } from 'drizzle-orm'
import type { Config } from '../../config/config.ts'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import type { TransferredTask } from './answers.ts'
import type { TransferTask } from './schema.ts'

type Quotas = Pick<Config, 'QUOTA_TASKS' | 'QUOTA_COMMENTS' | 'QUOTA_ITEMS'>
/** The task where it is now, and the other projects in which something has happened. */
type Transferred = { task: TransferredTask; other_projects: string[] }

/** Takes a task to another project, whose transaction this is from then on (drizzle/functions/transfer.sql). */
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

/** The same task, further on in the transaction. */
export const taskJson = sql`current_setting('flowtrack.answer')::jsonb -> 'task'`
