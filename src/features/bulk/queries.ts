import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import type { Applied, Operation } from './schema.ts'

type Orm = Database['primary']

/** Applies operations in order, in the guard's project (drizzle/functions/bulk.sql). `quota`: of tasks there. */
export const applyOperations = (
  orm: Orm,
  { operations, partial, quota }: { operations: Operation[]; partial: boolean; quota: number },
) =>
  orm
    .select({
      answer: sql`apply_operations(${JSON.stringify(operations)}::jsonb, ${partial}, ${quota})`.mapWith(
        fromJson<Applied>,
      ),
    })
    .from(nothing)

/** The answer of `applyOperations`, for a later statement of the same transaction. */
export const answerJson = sql`current_setting('flowtrack.answer')::jsonb`
