import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { KEY_SCOPES } from '../../db/schema.ts'
import { AppError, invalidAt } from '../../lib/errors.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { newKey, prefixOf } from '../../security/api-key.ts'
import { read } from '../../transaction/read.ts'
import { transact } from '../../transaction/transact.ts'
import { authenticate } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { CreateKey, ListKeys } from './schema.ts'

/** Makes an API key. Only this answer has its secret: if it is lost, make a new key. */
export async function createKey(ctx: Ctx, input: CreateKey) {
  if (input.expires_at !== null && new Date(input.expires_at) <= ctx.now) {
    throw invalidAt('expires_at', 'must be in the future')
  }
  const { primary } = ctx.db
  const { user_id } = ctx.actor
  const id = uuid()
  const { key, hash } = newKey(id, user_id)
  const [, , , rows] = await transact(ctx, [
    lockAccounts(primary, user_id),
    authenticate(ctx),
    q.requireNewKey(primary, user_id, input.project_ids, ctx.config.QUOTA_KEYS),
    q.insertKey(primary, { id, user_id, prefix: prefixOf(id), hash, ...input }),
  ])
  return { ...oneOrNotFound(rows), key }
}

/**
 * My API keys, newest first. Ended ones are listed for 30 days after they end, but only the newest `QUOTA_KEYS`
 * of them.
 */
export async function listKeys(ctx: Ctx, { cursor, limit }: ListKeys) {
  const { user_id } = ctx.actor
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const [rows] = await read(ctx, 'anyone', [q.selectKeys(ctx.db.readOnly, { user_id, before, limit })])
  return toPage(rows, limit, ({ id }) => [id])
}

/** The scopes of this request's credential: all for a session. Throws if the credential has ended. */
export async function readScopes(ctx: Ctx): Promise<readonly string[]> {
  const [[key]] = await read(ctx, 'anyone', [q.selectScopes(ctx.db.readOnly, ctx.actor.session_id)])
  return key?.scopes ?? KEY_SCOPES
}

/** Revokes one of my keys, and closes its sockets. Throws not_found for one that is not mine or has been revoked. */
export async function revokeKey(ctx: Ctx, id: string): Promise<void> {
  const { user_id } = ctx.actor
  const [, [ended]] = await transact(ctx, [authenticate(ctx), q.revokeKey(ctx.db.primary, user_id, id)])
  if (!ended) throw new AppError('not_found')
  ctx.realtime.endAccess({ user_id, session_id: id, reason: 'Your API key was revoked' })
}
