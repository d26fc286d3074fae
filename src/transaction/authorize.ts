import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'

/** What a transaction is for: an API key must have the scope of this name. */
export type Scope = 'read' | 'write'

type Who = Pick<Ctx, 'actor' | 'request_id'>
export type Caller = Who & Pick<Ctx, 'takes_bound_keys'>

/** Whoever asks, as `authenticate` and `require_admin` take them (drizzle/0010_api_keys.sql). */
export const credentialOf = ({ actor, request_id }: Who, scope: Scope): SQL =>
  sql`${actor.user_id}, ${actor.session_id}, ${request_id}, ${scope}, ${actor.key_hash ?? null}`

/**
 * The check that a transaction outside of any project begins with, as a select list: `who` is
 * authenticate() or require_admin(). scope_missing for an API key that is bound to some projects,
 * unless the route takes such keys.
 */
export const admitted = ({ actor, takes_bound_keys }: Caller, who: SQL): SQL =>
  actor.key_hash === undefined || takes_bound_keys ? who : sql`${who}, require_every_project()`

/** Whether a project is within reach of the caller's API key, which may be bound to some projects. */
export const inReach = (project: SQL | { getSQL(): SQL }) => sql`in_reach(${project})`

/** Whether this transaction has an administrator's power: not with every key of an administrator. */
export const actsAsAdmin = sql`acts_as_admin()`
