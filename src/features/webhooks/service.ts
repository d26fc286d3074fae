import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { webhooks } from '../../db/schema.ts'
import { invalidAt } from '../../lib/errors.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { type Expected, requireBasis, requireVersion } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { authenticate, checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import { addressErrorOf } from './address.ts'
import * as q from './queries.ts'
import type { CreateWebhook, ListWebhooks, RedeliverFrom, UpdateWebhook } from './schema.ts'
import { sendMessage } from './send.ts'
import { newSecret } from './sign.ts'

/** What a test costs, in requests: it waits for another server. */
const COST_OF_TEST = 10

/** How many events that are to be sent again count as one further request. */
const EVENTS_A_REQUEST = 25

/**
 * Webhooks are not part of the board: they can be changed in an archived project, too. Writes need the scope `read` as
 * well, as a webhook shows the project, and outlives the key that made it.
 */
const guardOf = (ctx: Ctx) => ({ role: 'manager' as const, allow_archived: true, checks: [authenticate(ctx, 'read')] })
const managerGuardOf = (ctx: Ctx, webhook: string) => ({ webhook, ...guardOf(ctx) })

function requireAddress({ config }: Ctx, url: string | undefined): void {
  const wrong = url && addressErrorOf(url, config)
  if (wrong) throw invalidAt('url', wrong)
}

const afterOf = (cursor: string | undefined) => decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]

export async function listWebhooks(ctx: Ctx, project: string, { cursor, limit }: ListWebhooks) {
  const query = q.selectWebhooks(ctx.db.readOnly, project, afterOf(cursor), limit)
  const [rows] = await read(ctx, { project, role: 'manager' }, [query])
  return toPage(rows, limit, ({ id }) => [id])
}

/** Makes a webhook. Only this answer has its secret. */
export async function createWebhook(ctx: Ctx, project: string, input: CreateWebhook) {
  requireAddress(ctx, input.url)
  const { primary } = ctx.db
  const [id, secret] = [uuid(), newSecret()]
  const written = await write(ctx, { project, ...guardOf(ctx) }, [
    q.insertWebhook(primary, { id, project_id: project, ...input }),
    checkRoom(ctx, project, 'webhooks'),
    q.insertState(primary, id, secret),
    q.selectWebhook(primary, id),
  ])
  return toWriteResult({ ...oneOrNotFound(written.results[3]), secret }, written)
}

/** Changes a webhook, and makes it try again at once, unless it is paused. */
export async function updateWebhook(
  ctx: Ctx,
  id: string,
  { base_seq, ...changes }: UpdateWebhook,
  if_match?: Expected,
) {
  requireAddress(ctx, changes.url)
  const { primary } = ctx.db
  const written = await write(ctx, managerGuardOf(ctx, id), [
    requireBasis(ctx, webhooks, q.webhookRef(id), { if_match, base_seq }, changes),
    q.requireSameUrl(primary, id, base_seq, changes.url),
    q.resetRetries(primary, id, changes),
    q.updateWebhook(primary, id, changes),
    q.selectWebhook(primary, id),
  ])
  const webhook = oneOrNotFound(written.results[4])
  ctx.realtime.wakeWebhooks(webhook.project_id, [id], true)
  return toWriteResult(webhook, written)
}

export function deleteWebhook(ctx: Ctx, id: string, if_match?: Expected) {
  return write(ctx, managerGuardOf(ctx, id), [
    requireVersion(ctx, webhooks, q.webhookRef(id).where, if_match),
    q.deleteWebhook(ctx.db.primary, id),
  ])
}

/** Replaces the secret. The one before signs for 24 hours more, unless the secret is replaced again: then it ends. */
export async function rotateWebhookSecret(ctx: Ctx, id: string) {
  const { primary } = ctx.db
  const secret = newSecret()
  const written = await write(ctx, managerGuardOf(ctx, id), [
    q.updateWebhook(primary, id, { rotated_at: new Date().toISOString() }),
    q.replaceSecret(primary, id, secret),
    q.selectWebhook(primary, id),
  ])
  return toWriteResult({ ...oneOrNotFound(written.results[2]), secret }, written)
}

/** Continues after `since_seq`: later events are sent, again if they were sent before; earlier ones are left out. */
export async function redeliver(ctx: Ctx, id: string, { since_seq }: RedeliverFrom) {
  const { primary } = ctx.db
  const { results, head } = await write(ctx, managerGuardOf(ctx, id), [
    q.sendFrom(primary, id, since_seq),
    q.selectWebhook(primary, id),
  ])
  const webhook = oneOrNotFound(results[1])
  ctx.limits.addCappedCost(Math.floor((head - since_seq) / EVENTS_A_REQUEST))
  ctx.realtime.wakeWebhooks(webhook.project_id, [id], true)
  return webhook
}

/** Sends a test message at once, before any events that wait, and returns the outcome. */
export async function testWebhook(ctx: Ctx, id: string) {
  const { results } = await write(ctx, managerGuardOf(ctx, id), [q.selectTarget(ctx.db.primary, id)])
  const target = oneOrNotFound(results[0])
  const { project_id } = target
  ctx.limits.addCost(COST_OF_TEST - 1)
  const body = JSON.stringify({ type: 'test', webhook_id: id, project_id, created_at: ctx.now.toISOString() })
  return (await sendMessage(ctx.config, target, { id: `${id}_test_${uuid()}`, body })).outcome
}

/** The last attempts, the newest first. */
export async function listDeliveries(ctx: Ctx, id: string, { cursor, limit }: ListWebhooks) {
  const query = q.selectDeliveries(ctx.db.readOnly, id, afterOf(cursor), limit)
  const [rows] = await read(ctx, { webhook: id, role: 'manager' }, [query])
  return toPage(rows, limit, ({ id }) => [id])
}
