import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import { prepareCall } from '../../db/prepared-statement.ts'
import { projects } from '../../db/schema.ts'
import { guardedProject } from '../../transaction/project-ref.ts'
import type { Task } from '../tasks/queries.ts'
import type { Claim, ClaimedTask } from './answers.ts'
import type { ClaimTask, CompleteClaim, ReleaseClaim, RenewClaim } from './schema.ts'

/* Each statement but the last calls a function of drizzle/functions/claims.sql, in the locked project. */

type Orm = Database['primary']

/**
 * Claims the first free card of a column. `ends_first`: no lease of its project ends earlier. Null if no card is free.
 */
export const claimTask = prepareCall(({ from, to, label_id, lease_seconds }: ClaimTask) =>
  sql`claim_task(${from}, ${to ?? null}, ${label_id ?? null}::uuid, ${lease_seconds})`.mapWith(
    fromJson<{ task: ClaimedTask; ends_first: boolean } | null>,
  ),
)

export const renewClaim = prepareCall(({ id, token, lease_seconds }: RenewClaim & { id: string }) =>
  sql`jsonb_build_object('claim', renew_claim(${id}, ${token}::uuid, ${lease_seconds ?? null}), 'project_id', ${guardedProject})`.mapWith(
    fromJson<{ claim: Claim; project_id: string }>,
  ),
)

export const completeClaim = prepareCall(({ id, token, status }: CompleteClaim & { id: string }) =>
  sql`complete_claim(${id}, ${token}::uuid, ${status})`.mapWith(fromJson<Task>),
)

export const releaseClaim = prepareCall(({ id, token }: ReleaseClaim & { id: string }) =>
  sql`release_claim(${id}, ${token}::uuid)`.mapWith(fromJson<Task>),
)

/** The answer of these calls, for a later statement of the transaction; an empty object when there was no card. */
export const answerJson = sql`coalesce(nullif(current_setting('flowtrack.answer', true), ''), '{}')::jsonb`

/** Gives back at most `max` cards of a project whose lease is over. `next`: when the next lease ends, or null. */
export const endClaims = (orm: Orm, project_id: string, max: number) =>
  orm.select({ next: sql<string | null>`utc_text(end_claims(${project_id}::uuid, ${max}))` }).from(nothing)

/** Selects the number of a project's newest event. */
export const selectSeq = (orm: Orm, project_id: string) =>
  orm.select({ seq: projects.event_seq }).from(projects).where(eq(projects.id, project_id))
