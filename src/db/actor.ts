import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../env.ts'

/** What a transaction is for: an API key must have the scope of this name. */
export type Scope = 'read' | 'write'

type Who = Pick<Ctx, 'actor' | 'request_id'>

/** Whoever asks, as `authenticate` and `require_admin` take them (drizzle/0010_api_keys.sql). */
export const credentialOf = ({ actor, request_id }: Who, scope: Scope): SQL =>
  sql`${actor.user_id}, ${actor.session_id}, ${request_id}, ${scope}, ${actor.key_hash ?? null}`

/** scope_missing for an API key that is bound to some projects: for what concerns all of its owner's. */
export const requireEveryProject = (orm: Ctx['db']['orm']) => orm.execute(sql`select require_every_project()`)

/** Of the projects that an authenticated reader may see, those that exist for their API key too. */
export const inReach = (project: SQL | { getSQL(): SQL }) => sql`in_reach(${project})`

/** Whether this transaction has an administrator's power: not with every key of an administrator. */
export const actsAsAdmin = sql`acts_as_admin()`
