import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import { preparedCall } from '../../db/prepared-statement.ts'
import { guardedProject } from '../../transaction/project-ref.ts'
import type { Task } from '../tasks/queries.ts'
import type { Claim, ClaimedTask } from './answers.ts'
import type { ClaimTask, CompleteClaim, ReleaseClaim, RenewClaim } from './schema.ts'

/* Each call is one of drizzle/functions/claims.sql, in the project that the guard has locked. */

type Orm = Database['primary']

/** The first card of a column that nobody has, and whether no lease of its project ends before this one; null for none. */
export const claimTask = preparedCall(({ from, to, label_id, lease_seconds }: ClaimTask) =>
  sql`claim_task(${from}, ${to ?? null}, ${label_id ?? null}::uuid, ${lease_seconds})`.mapWith(
    fromJson<{ task: ClaimedTask; ends_first: boolean } | null>,
  ),
)

export const renewClaim = preparedCall(({ id, token, lease_seconds }: RenewClaim & { id: string }) =>
  sql`jsonb_build_object('claim', renew_claim(${id}, ${token}::uuid, ${lease_seconds ?? null}), 'project_id', ${guardedProject})`.mapWith(
    fromJson<{ claim: Claim; project_id: string }>,
  ),
)

export const completeClaim = preparedCall(({ id, token, status }: CompleteClaim & { id: string }) =>
  sql`complete_claim(${id}, ${token}::uuid, ${status})`.mapWith(fromJson<Task>),
)

export const releaseClaim = preparedCall(({ id, token }: ReleaseClaim & { id: string }) =>
  sql`release_claim(${id}, ${token}::uuid)`.mapWith(fromJson<Task>),
)

/** The answer of these, further on in the transaction; an empty object when there was no card. */
export const answerJson = sql`coalesce(nullif(current_setting('flowtrack.answer', true), ''), '{}')::jsonb`

/** Gives back the cards of a project whose lease is over. Returns when the next lease ends, null if there is none. */
export const endClaims = (orm: Orm, project_id: string, most: number) =>
  orm.select({ next: sql<string | null>`utc_text(end_claims(${project_id}::uuid, ${most}))` }).from(nothing)
