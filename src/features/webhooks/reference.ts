import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listWebhooks: {
    summary: "A project's webhooks, and up to which seq each has delivered",
    ok: { status: 200, schema: a.WebhookPage },
    errors: ['not_found'],
  },
  createWebhook: {
    summary: 'Send the events of a project to a URL',
    description:
      'Messages follow Standard Webhooks: signed, in order, repeated until acknowledged (2xx). After 24 hours of failures the webhook is paused. An answer of 410 deletes it.',
    ok: { status: 201, schema: a.NewWebhook },
    errors: ['not_found', 'too_many_webhooks'],
  },
  updateWebhook: {
    summary: 'Change, pause or resume a webhook',
    description: 'An event that waits for another attempt is sent at once, unless the webhook is paused.',
    ok: { status: 200, schema: a.Webhook },
    errors: ['not_found', 'edit_conflict'],
  },
  deleteWebhook: {
    summary: 'Delete a webhook',
    ok: { status: 204 },
    errors: ['not_found'],
  },
  testWebhook: {
    summary: 'Send a test message now',
    description: 'Its `type` is `test`. Counts as 10 requests.',
    ok: { status: 200, schema: a.WebhookTest },
    errors: ['not_found'],
    journalled: false,
  },
  rotateWebhookSecret: {
    summary: 'Replace the secret of a webhook',
    description: 'For 24 hours messages are signed with both secrets.',
    ok: { status: 200, schema: a.NewWebhook },
    errors: ['not_found'],
  },
  redeliver: {
    summary: 'Send events again',
    description: 'The messages have the same ids as before.',
    ok: { status: 200, schema: a.Webhook },
    errors: ['not_found'],
    journalled: false,
  },
  listDeliveries: {
    summary: 'The last 100 delivery attempts of a webhook',
    ok: { status: 200, schema: a.DeliveryPage },
    errors: ['not_found'],
  },
} satisfies Reference
