import * as z from 'zod'
import { WEBHOOK_STATUSES } from '../../db/schema.ts'
import { base_seq, prose, webAddress } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'
import { ACTIONS } from '../../live/actions.ts'

/** What a webhook can choose: a project has no webhooks when it is created. */
const action = z.enum(ACTIONS.filter((name) => name !== 'project.created')).meta({ id: 'WebhookAction' })

const seq = z.int().min(0)

export const webhookFields = {
  description: prose(500),
  actions: z
    .array(action)
    .min(1)
    .max(50)
    .overwrite((actions) => [...new Set(actions)])
    .nullable()
    .meta({ description: 'The events that are sent; null: all' }),
  status: z.enum(WEBHOOK_STATUSES),
}
const url = webAddress('https?').max(2_048).meta({ description: 'Where events are sent to by POST: https' })

const { description, status } = webhookFields
export const CreateWebhook = z
  .strictObject({ url, description: description.default(''), actions: webhookFields.actions.default(null) })
  .meta({ id: 'CreateWebhook', example: { url: exampleInputs.webhook_url, actions: ['task.moved'] } })
export type CreateWebhook = z.infer<typeof CreateWebhook>

export const UpdateWebhook = z
  .strictObject({ ...z.object({ url, description, actions: webhookFields.actions, status }).partial().shape, base_seq })
  .meta({ id: 'UpdateWebhook', example: { status: 'paused' } })
export type UpdateWebhook = z.infer<typeof UpdateWebhook>

export const RedeliverFrom = z
  .strictObject({
    since_seq: seq.meta({ description: 'Events after it are sent, again or for the first time' }),
  })
  .meta({ id: 'RedeliverFrom', example: { since_seq: 0 } })
export type RedeliverFrom = z.infer<typeof RedeliverFrom>

export const ListWebhooks = z.object(pageQuery)
export type ListWebhooks = z.infer<typeof ListWebhooks>
