import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { api, dataOf, type Webhook, type WebhookDelivery, type WebhookTest } from '../client.ts'
import { Confirm } from '../confirm.tsx'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { Dialog, LoadStatus } from '../parts.tsx'
import { t } from '../strings.ts'
import { loadWebhooks } from './load-webhooks.ts'

/** The API keeps the last 100, which are one page. */
const loadDeliveries = async (id: string) =>
  dataOf(await api.GET('/webhooks/{id}/deliveries', { params: { path: { id }, query: { limit: 100 } } })).items

const sentenceOf = (what: string, { status, error }: WebhookTest) =>
  error === null ? t.webhooks.acknowledged(what, status) : t.webhooks.failed(what, error)

const ResponseText = ({ response }: WebhookTest) =>
  response && (
    <details>
      <summary>{t.webhooks.response}</summary>
      <p class="secret">{response}</p>
    </details>
  )

function Row({ delivery, onResend }: { delivery: WebhookDelivery; onResend: () => void }) {
  const { event_seq, sent_at, ms } = delivery
  return (
    <li>
      <div class="grow">
        <p>{sentenceOf(t.webhooks.event(event_seq), delivery)}</p>
        <p class="muted" title={formatMoment(sent_at)}>
          {[formatAgo(sent_at), t.webhooks.took(ms)].join(' · ')}
        </p>
        <ResponseText {...delivery} />
      </div>
      <button type="button" aria-label={t.webhooks.resendOf(event_seq)} onClick={onResend}>
        {t.webhooks.resend}
      </button>
    </li>
  )
}

/** Sends a test message, and shows what the receiver answered. */
function Test({ id, children }: { id: string; children: ComponentChildren }) {
  const [outcome, setOutcome] = useState<WebhookTest>()
  const { run, busy } = useAct(async () => {
    setOutcome(undefined)
    setOutcome(dataOf(await api.POST('/webhooks/{id}/test', { params: { path: { id } } })))
  })
  return (
    <div class="actions">
      <button type="button" aria-disabled={busy} onClick={() => void run()}>
        {t.webhooks.test}
      </button>
      {children}
      <div role="status">
        {outcome && <p>{sentenceOf(t.webhooks.testMessage, outcome)}</p>}
        {outcome && <ResponseText {...outcome} />}
      </div>
    </div>
  )
}

type Props = { webhook: Webhook; onChanged: () => void; onClose: () => void }

/** The last attempts of a webhook. From each, its events can be sent again. */
export function Deliveries({ webhook: { id, project_id, url }, onChanged, onClose }: Props) {
  const { data: deliveries, error, reload } = useLoaded(() => loadDeliveries(id), [id])
  const refresh = () => {
    reload()
    onChanged() // the state of the webhook
  }
  const [from, setFrom] = useState<number>() // the event from which they are to be sent again
  const resend = useAct(async (seq: number) => {
    const params = { path: { id } }
    const now = (await loadWebhooks(project_id)).find((webhook) => webhook.id === id)
    // Not from a later one than the webhook has reached: those between would be left out.
    const body = { since_seq: Math.min(seq - 1, now?.delivered_seq ?? seq - 1) }
    dataOf(await api.POST('/webhooks/{id}/redeliver', { params, body }))
    refresh()
  }, t.webhooks.resent)
  return (
    <Dialog title={t.webhooks.labelOf(t.webhooks.deliveries, url)} onClose={onClose}>
      <Test id={id}>
        <button type="button" onClick={refresh}>
          {t.webhooks.refresh}
        </button>
      </Test>
      <LoadStatus data={deliveries} error={error} reload={reload} />
      {deliveries?.length === 0 && <p class="muted">{t.webhooks.noDeliveries}</p>}
      <ul class="rows">
        {deliveries?.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} onResend={() => setFrom(delivery.event_seq)} />
        ))}
      </ul>
      {from !== undefined && (
        <Confirm
          title={t.webhooks.resendOf(from)}
          text={t.webhooks.reallyResend}
          label={t.webhooks.resend}
          busy={resend.busy}
          onConfirm={() =>
            resend.busy || void resend.run(from).then(() => setFrom((now) => (now === from ? undefined : now)))
          }
          onClose={() => setFrom(undefined)}
        />
      )}
    </Dialog>
  )
}
