import * as z from 'zod'
import { WEBHOOK_STATUSES } from '../../db/schema.ts'
import { examples } from '../../lib/examples.ts'
import { base_seq, id, instant, prose, stamps, webAddress } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'

const ROWS = ['created', 'updated', 'deleted'] as const
/** What the journal tells of, and can be asked for. */
const ACTIONS = {
  project: ['updated', 'deleted'],
  member: ['added', 'updated', 'removed'],
  column: [...ROWS, 'reordered'],
  label: ROWS,
  task: [...ROWS, 'moved', 'restored', 'purged'],
  link: ['created', 'deleted'],
  comment: ROWS,
  checklist: ROWS,
  checklist_item: ROWS,
  webhook: ROWS,
} as const
const action = z
  .enum(Object.entries(ACTIONS).flatMap(([entity, verbs]) => verbs.map((verb) => `${entity}.${verb}`)))
  .meta({ id: 'WebhookAction' })

const actions = z.array(z.string()).nullable()
const seq = z.int().min(0)

export const webhookFields = {
  description: prose(500),
  actions: z.array(action).min(1).max(50).nullable().meta({ description: 'The events that are sent; null: all' }),
  status: z.enum(WEBHOOK_STATUSES),
}
const url = webAddress('https?').max(2_048).meta({ description: 'Where events are sent to by POST: https' })

export const Webhook = z
  .object({
    id,
    project_id: id,
    url: z.string(),
    description: z.string(),
    actions,
    status: webhookFields.status.meta({ description: 'A paused one goes on where it stopped once it is active' }),
    rotated_at: instant.nullable().meta({ description: 'When its secret was replaced' }),
    ...stamps,
    delivered_seq: seq.meta({ description: 'Events up to here were acknowledged' }),
    failing_since: instant.nullable().meta({ description: 'After 24 hours it is paused, and managers are notified' }),
    next_attempt_at: instant.nullable(),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'Webhook', example: examples.webhook })
export type Webhook = z.infer<typeof Webhook>
export const WebhookPage = pageOf(Webhook).meta({ id: 'WebhookPage' })

const secret = z.string().meta({ description: 'It signs; it is shown this once' })
export const NewWebhook = Webhook.extend({ secret }).meta({
  id: 'NewWebhook',
  example: { ...examples.webhook, secret: examples.webhook_secret },
})

const { description, status } = webhookFields
export const CreateWebhook = z
  .strictObject({ url, description: description.default(''), actions: webhookFields.actions.default(null) })
  .meta({ id: 'CreateWebhook', example: { url: examples.webhook.url, actions: ['task.moved'] } })
export type CreateWebhook = z.infer<typeof CreateWebhook>

export const UpdateWebhook = z
  .strictObject({ ...z.object({ url, description, actions: webhookFields.actions, status }).partial().shape, base_seq })
  .meta({ id: 'UpdateWebhook', example: { status: 'paused' } })
export type UpdateWebhook = z.infer<typeof UpdateWebhook>

export const RedeliverFrom = z
  .strictObject({ since_seq: seq.meta({ description: 'Events after it are sent, again or for the first time' }) })
  .meta({ id: 'RedeliverFrom', example: { since_seq: 0 } })
export type RedeliverFrom = z.infer<typeof RedeliverFrom>

const outcome = {
  status: z.int().nullable().meta({ description: 'What the receiver answered; null: nothing' }),
  ms: z.int(),
  error: z.string().nullable().meta({ description: 'Why it failed; null: it was acknowledged' }),
  response: z.string().nullable().meta({ description: 'How an answer that is a failure begins' }),
}
const { id: _, event_seq: __, sent_at: ___, ...tried } = examples.delivery
export const WebhookTest = z.object(outcome).meta({ id: 'WebhookTest', example: tried })

export const Delivery = z
  .object({ id, event_seq: seq, sent_at: instant, ...outcome })
  .meta({ id: 'WebhookDelivery', example: examples.delivery })
export const DeliveryPage = pageOf(Delivery).meta({ id: 'WebhookDeliveryPage' })

export const ListWebhooks = z.object(pageQuery)
export type ListWebhooks = z.infer<typeof ListWebhooks>
