import * as z from 'zod'
import { WEBHOOK_STATUSES } from '../../db/schema.ts'
import { base_seq, prose, webAddress } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'
import { ACTIONS } from '../../live/actions.ts'

/** What a webhook can choose: a project has no webhooks when it is created, and none any more when it is deleted. */
const CHOICES = ACTIONS.filter((name) => name !== 'project.created' && name !== 'project.deleted')
const action = z.enum(CHOICES).meta({ id: 'WebhookAction' })

const seq = z.int().min(0)

const listOf = <T extends z.ZodType>(name: T) => z.array(name).min(1).max(50)

/** The fields of a stored webhook. Older ones may name `project.deleted`, which is never sent. */
export const webhookFields = {
  description: prose(500),
  actions: listOf(z.enum(ACTIONS)).nullable(),
  status: z.enum(WEBHOOK_STATUSES),
}
const actions = listOf(action)
  .overwrite((names) => [...new Set(names)])
  .nullable()
  .meta({ description: 'The events that are sent; null: all' })
const url = webAddress('https?')
  .max(2_048)
  .meta({ description: 'The address to which events are sent by POST; it begins with https:' })

const { description, status } = webhookFields
export const CreateWebhook = z
  .strictObject({ url, description: description.default(''), actions: actions.default(null) })
  .meta({ id: 'CreateWebhook', example: { url: exampleInputs.webhook_url, actions: ['task.moved'] } })
export type CreateWebhook = z.infer<typeof CreateWebhook>

export const UpdateWebhook = z
  .strictObject({ ...z.object({ url, description, actions, status }).partial().shape, base_seq })
  .meta({ id: 'UpdateWebhook', example: { status: 'paused' } })
export type UpdateWebhook = z.infer<typeof UpdateWebhook>

export const RedeliverFrom = z
  .strictObject({
    since_seq: seq.meta({
      description: 'Sends all events after this seq, also if they were sent before, and skips those up to it',
    }),
  })
  .meta({ id: 'RedeliverFrom', example: { since_seq: 0 } })
export type RedeliverFrom = z.infer<typeof RedeliverFrom>

export const ListWebhooks = z.object(pageQuery)
export type ListWebhooks = z.infer<typeof ListWebhooks>
