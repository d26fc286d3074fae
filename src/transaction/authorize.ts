import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'

/** What a transaction is for: an API key must have the scope of this name. */
export type Scope = 'read' | 'write'

type Requester = Pick<Ctx, 'actor' | 'request_id'>
export type Caller = Requester & Pick<Ctx, 'takes_bound_keys'>

/** The arguments of SQL `authenticate` and `require_admin`, in their order (drizzle/functions/access.sql). */
export const authenticateArgsOf = ({ actor, request_id }: Requester, scope: Scope): SQL =>
  sql`${actor.user_id}, ${actor.session_id}, ${request_id}, ${scope}, ${actor.key_hash ?? null}`

/**
 * The check with which a transaction outside of projects begins, as a select list: `who` calls authenticate() or
 * require_admin(). Raises scope_missing for an API key that is bound to some projects, unless the route accepts such
 * keys.
 */
export const admissionOf = ({ actor, takes_bound_keys }: Caller, who: SQL): SQL =>
  actor.key_hash === undefined || takes_bound_keys ? who : sql`${who}, require_every_project()`

/** SQL for whether the caller's API key may be used for a project: it may be bound to some projects. */
export const isReachable = (project: SQL | { getSQL(): SQL }) => sql`in_reach(${project})`

/** SQL for whether this transaction has an administrator's rights: an administrator's API key may lack them. */
export const actsAsAdmin = sql`acts_as_admin()`
