import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { limitTime } from '../../db/time-limits.ts'
import { runThenRest } from '../../lib/run-then-rest.ts'
import type { Event } from '../../live/event.ts'
import { frameOf } from '../../live/frames.ts'
import { selectNotifiedAndLeft } from '../../transaction/notified-and-left.ts'
import { transact } from '../../transaction/transact.ts'
import * as q from './queries.ts'
import { GIVE_UP_MS, nextPauseOf } from './retry.ts'
import { sendMessage } from './send.ts'

type DeliverCtx = Pick<Ctx, 'db' | 'realtime' | 'config' | 'log'>

/** A webhook of a project. */
export type Hook = { webhook_id: string; project_id: string }

/** What one alarm takes at most: Cloudflare counts the time and the requests of each alarm. */
const PER_ALARM = { ms: 20_000, deliveries: 400 }
/** After this time the results are stored and the webhook is read again, because somebody may have paused it. */
const NOTE_MS = 1_000
/** The receiver is gone for good (RFC 9110, 15.5.11). */
const GONE = 410

type Progress = Awaited<ReturnType<typeof q.selectProgress>>[number]

/**
 * The id of a delivery: the same at each attempt. It contains the event's time, as a restored database uses a seq
 * again. It contains no dot, as dots separate the parts of the signed text.
 */
const deliveryIdOf = (webhook_id: string, { seq, created_at }: Pick<Event, 'seq' | 'created_at'>) =>
  `${webhook_id}_${seq}_${Date.parse(created_at).toString(36)}`

/** Notes what was sent, and reads what to send next, in one transaction. `at` is undefined when the webhook is gone. */
async function takeWork({ db }: DeliverCtx, { webhook_id, project_id }: Hook, note: q.Note | undefined) {
  const { primary } = db
  const limit = limitTime(primary, { statement: '5s' })
  const noted = note ? q.noteDeliveries(primary, webhook_id, note) : limit
  const progress = q.selectProgress(primary, webhook_id) // before the events, so that none up to there is missed
  const due = q.selectDue(primary, project_id, webhook_id)
  const [, , [at], events] = await transact({ db }, [limit, noted, progress, due])
  return { at, events }
}

/**
 * Sends events in order, each once the one before it was acknowledged, until one fails or NOTE_MS is over. So no event
 * arrives for the first time before an earlier one.
 */
async function sendInOrder(
  { config }: DeliverCtx,
  { webhook_id }: Hook,
  at: Progress,
  events: Event[],
): Promise<q.Note> {
  const { round, delivered_seq } = at
  const until = Date.now() + NOTE_MS
  const note: q.Note = { round, reached: delivered_seq, tried: [], failure: null, wait_ms: 0 }
  for (const event of events) {
    const sent_at = new Date().toISOString()
    const message = { id: deliveryIdOf(webhook_id, event), body: frameOf(event) }
    const { outcome, pause_ms } = await sendMessage(config, at, message)
    note.tried.push({ id: uuid(), event_seq: event.seq, sent_at, ...outcome })
    if (outcome.error !== null) {
      const failures = note.reached > delivered_seq ? 0 : at.attempts
      return { ...note, failure: outcome.error, wait_ms: nextPauseOf(failures, config.WEBHOOK_RETRY_MS, pause_ms) }
    }
    note.reached = event.seq
    if (Date.now() > until) break
  }
  return note
}

/**
 * Pauses the webhook, or removes it if the receiver is gone for good (`gone`), and notifies the managers. Returns false
 * when somebody has changed or deleted it meanwhile: then it does nothing, as the failures are of the old receiver.
 */
async function endWebhook(
  { db, realtime, log }: DeliverCtx,
  hook: Hook,
  round: number,
  gone: boolean,
): Promise<boolean> {
  const { primary } = db
  const [, [left], [outcome]] = await transact({ db }, [
    q.endWebhook(primary, hook.webhook_id, round, gone),
    q.selectWebhook(primary, hook.webhook_id),
    selectNotifiedAndLeft(primary),
  ])
  if (gone ? left : left?.status !== 'paused') return false
  log.warn(gone ? 'webhook_removed' : 'webhook_paused', hook)
  realtime.recheck([hook.project_id])
  realtime.notify([...new Set(outcome?.notified ?? [])])
  return true
}

/**
 * One alarm of a webhook: sends what it has not sent yet. Returns when the next one is due, in milliseconds since the
 * epoch; null when there is nothing to do until it is woken, undefined when there is no such webhook (any more).
 */
export async function deliverEvents(ctx: DeliverCtx, hook: Hook): Promise<number | null | undefined> {
  const until = Date.now() + PER_ALARM.ms
  let note: q.Note | undefined
  for (let sent = 0; ; ) {
    const take = () => takeWork(ctx, hook, note)
    const { at, events } = await (note?.tried.length === 0 ? runThenRest(take) : take())
    if (!at) return undefined
    if (at.status !== 'active') return null
    const gone = note?.tried.at(-1)?.status === GONE
    if (note && (gone || (note.failure && at.failing_ms >= GIVE_UP_MS))) {
      if (await endWebhook(ctx, hook, note.round, gone)) return gone ? undefined : null
      note = undefined
      continue
    }
    if (at.wait_ms > 0) return Date.now() + at.wait_ms
    if (sent >= PER_ALARM.deliveries || Date.now() > until) return Date.now()
    if (events.length === 0 && at.scanned <= at.delivered_seq) return null
    note =
      events.length > 0
        ? await sendInOrder(ctx, hook, at, events.slice(0, PER_ALARM.deliveries - sent))
        : { round: at.round, reached: at.scanned, tried: [], failure: null, wait_ms: 0 }
    sent += note.tried.length
  }
}
