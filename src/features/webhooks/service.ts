import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { webhooks } from '../../db/schema.ts'
import { invalid } from '../../lib/errors.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { type Expected, requireBasis, requireVersion } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import { wrongAddress } from './address.ts'
import * as q from './queries.ts'
import type { CreateWebhook, ListWebhooks, RedeliverFrom, UpdateWebhook } from './schema.ts'
import { send } from './send.ts'
import { newSecret } from './sign.ts'

/** What a test costs, in requests: it waits for somebody else. */
const COST_OF_TEST = 10

/** Webhooks are no part of the board: they can be set, and stopped, in an archived project, too. */
const guard = (webhook: string) => ({ webhook, role: 'manager', allow_archived: true }) as const

function requireAddress({ config }: Ctx, url: string | undefined): void {
  const wrong = url && wrongAddress(url, config)
  if (wrong) throw invalid('url', wrong)
}

const afterOf = (cursor: string | undefined) => decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]

export async function listWebhooks(ctx: Ctx, project: string, { cursor, limit }: ListWebhooks) {
  const query = q.selectWebhooks(ctx.db.readOnly, project, afterOf(cursor), limit)
  const [rows] = await read(ctx, { project, role: 'manager' }, [query])
  return toPage(rows, limit, ({ id }) => [id])
}

/** Makes a webhook. Its secret is in this answer and nowhere else. */
export async function createWebhook(ctx: Ctx, project: string, input: CreateWebhook) {
  requireAddress(ctx, input.url)
  const { primary } = ctx.db
  const [id, secret] = [uuid(), newSecret()]
  const written = await write(ctx, { project, role: 'manager', allow_archived: true }, [
    q.insertWebhook(primary, { id, project_id: project, ...input }),
    checkRoom(ctx, project, 'webhooks'),
    q.insertState(primary, id, secret),
    q.selectWebhook(primary, id),
  ])
  return toWriteResult({ ...oneOrNotFound(written.results[3]), secret }, written)
}

/** Changes a webhook, and has it try again at once. */
export async function updateWebhook(
  ctx: Ctx,
  id: string,
  { base_seq, ...changes }: UpdateWebhook,
  if_match?: Expected,
) {
  requireAddress(ctx, changes.url)
  const { primary } = ctx.db
  const written = await write(ctx, guard(id), [
    requireBasis(ctx, webhooks, q.webhookRef(id), { if_match, base_seq }, changes),
    q.updateWebhook(primary, id, changes),
    q.resume(primary, id, changes.url !== undefined),
    q.selectWebhook(primary, id),
  ])
  const webhook = oneOrNotFound(written.results[3])
  ctx.realtime.wakeWebhooks(webhook.project_id, [id], true)
  return toWriteResult(webhook, written)
}

export function deleteWebhook(ctx: Ctx, id: string, if_match?: Expected) {
  return write(ctx, guard(id), [
    requireVersion(ctx, webhooks, q.webhookRef(id).where, if_match),
    q.deleteWebhook(ctx.db.primary, id),
  ])
}

/** Gives it another secret. For 24 hours the one before signs, too: of two replacements within them the first one ends at once. */
export async function rotateSecret(ctx: Ctx, id: string) {
  const { primary } = ctx.db
  const secret = newSecret()
  const written = await write(ctx, guard(id), [
    q.updateWebhook(primary, id, { rotated_at: new Date().toISOString() }),
    q.replaceSecret(primary, id, secret),
    q.selectWebhook(primary, id),
  ])
  return toWriteResult({ ...oneOrNotFound(written.results[2]), secret }, written)
}

/** Sends events once more from after `since_seq`, or leaves out those before it. */
export async function redeliver(ctx: Ctx, id: string, { since_seq }: RedeliverFrom) {
  const { primary } = ctx.db
  const { results } = await write(ctx, guard(id), [q.sendFrom(primary, id, since_seq), q.selectWebhook(primary, id)])
  const webhook = oneOrNotFound(results[1])
  ctx.realtime.wakeWebhooks(webhook.project_id, [id], true)
  return webhook
}

/** Sends a message that is no event, beside those that wait, and says what came of it. */
export async function testWebhook(ctx: Ctx, id: string) {
  const { results } = await write(ctx, guard(id), [q.selectTarget(ctx.db.primary, id)])
  const { url, project_id, secret, previous } = oneOrNotFound(results[0])
  ctx.limits.owe(COST_OF_TEST - 1)
  const body = JSON.stringify({ type: 'test', webhook_id: id, project_id, created_at: ctx.now.toISOString() })
  const secrets = previous ? [secret, previous] : [secret]
  return (await send(ctx.config, { url, secrets }, { id: `${id}_test_${uuid()}`, body })).outcome
}

/** The last attempts, the newest first. */
export async function listDeliveries(ctx: Ctx, id: string, { cursor, limit }: ListWebhooks) {
  const query = q.selectDeliveries(ctx.db.readOnly, id, afterOf(cursor), limit)
  const [rows] = await read(ctx, { webhook: id, role: 'manager' }, [query])
  return toPage(rows, limit, ({ id }) => [id])
}
