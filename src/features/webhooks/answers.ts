import * as z from 'zod'
import { instant, pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { webhookFields } from './schema.ts'

const seq = z.int().min(0)
const actions = z.array(z.string()).nullable()

export const Webhook = z
  .object({
    id,
    project_id: id,
    url: z.string(),
    description: z.string(),
    actions,
    status: webhookFields.status.meta({
      description: 'A paused webhook continues where it stopped when it is active again',
    }),
    rotated_at: instant.nullable().meta({ description: 'When its secret was last replaced' }),
    ...stamps,
    delivered_seq: seq.meta({ description: 'Events up to here were acknowledged or skipped' }),
    failing_since: instant.nullable().meta({
      description: 'Since when deliveries fail. After 24 hours the webhook is paused, and managers are notified',
    }),
    next_attempt_at: instant.nullable(),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'Webhook', example: examples.webhook })
export const WebhookPage = pageOf(Webhook).meta({ id: 'WebhookPage' })

const secret = z.string().meta({ description: 'Signs messages. Only this answer shows it' })
export const NewWebhook = Webhook.extend({ secret }).meta({
  id: 'NewWebhook',
  example: { ...examples.webhook, secret: examples.webhook_secret },
})

const outcome = {
  status: z.int().nullable().meta({ description: 'Status code of the receiver; null: it did not answer' }),
  ms: z.int(),
  error: z.string().nullable().meta({ description: 'Why it failed; null: it was acknowledged' }),
  response: z.string().nullable().meta({
    description: 'The first 1,000 characters of the answer if it was not a 2xx; else null',
  }),
}
const { id: _, event_seq: __, sent_at: ___, ...tried } = examples.delivery
export const WebhookTest = z.object(outcome).meta({ id: 'WebhookTest', example: tried })

export const Delivery = z
  .object({ id, event_seq: seq, sent_at: instant, ...outcome })
  .meta({ id: 'WebhookDelivery', example: examples.delivery })
export const DeliveryPage = pageOf(Delivery).meta({ id: 'WebhookDeliveryPage' })
