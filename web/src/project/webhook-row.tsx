import { useState } from 'preact/hooks'
import { api, dataOf, type NewWebhook, requireGone, type Webhook } from '../client.ts'
import { ConfirmButton } from '../confirm.tsx'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct } from '../hooks.ts'
import { t } from '../strings.ts'
import { Deliveries } from './deliveries.tsx'
import { EditWebhook, wordsOf } from './webhook-dialog.tsx'

/** What a webhook sends, and whether it works. */
function About({ webhook }: { webhook: Webhook }) {
  const { url, description, actions, status, updated_at, failing_since, next_attempt_at, last_error } = webhook
  const isActive = status === 'active'
  return (
    <>
      <div>
        <p>{url}</p>
        {description && <p class="muted">{description}</p>}
        <p class="muted">{wordsOf(actions)}</p>
        <p class="muted">{isActive ? t.webhooks.active : t.webhooks.paused(formatAgo(updated_at))}</p>
      </div>
      {failing_since && (
        <p class="told">
          {t.webhooks.failing(formatMoment(failing_since), last_error ?? '')}{' '}
          {isActive && next_attempt_at && t.webhooks.nextAttempt(formatMoment(next_attempt_at))}
        </p>
      )}
    </>
  )
}

type ButtonProps = { label: string; url: string; busy?: boolean; onClick: () => void }

const RowButton = ({ label, url, busy, onClick }: ButtonProps) => (
  <button type="button" aria-label={t.webhooks.labelOf(label, url)} aria-disabled={busy} onClick={onClick}>
    {label}
  </button>
)

type RowProps = {
  webhook: Webhook
  onChanged: () => void
  onRotated: (webhook: NewWebhook) => void
}

function useActs({ webhook: { id, url, status }, onChanged, onRotated }: RowProps) {
  const params = { path: { id } }
  const turn = useAct(async () => {
    const body = { status: status === 'active' ? 'paused' : 'active' } as const
    dataOf(await api.PATCH('/webhooks/{id}', { params, body }))
    onChanged()
  }, t.announce.saved)
  const rotate = useAct(async () => onRotated(dataOf(await api.POST('/webhooks/{id}/rotate-secret', { params }))))
  const remove = useAct(async () => {
    requireGone(await api.DELETE('/webhooks/{id}', { params }))
    onChanged()
  }, t.announce.deleted(url))
  return { turn, rotate, remove }
}

/** A webhook, with buttons for what can be done with it. */
export function WebhookRow(props: RowProps) {
  const { webhook, onChanged } = props
  const { url, status } = webhook
  const { turn, rotate, remove } = useActs(props)
  const [open, setOpen] = useState<'edit' | 'deliveries'>()
  const close = () => setOpen(undefined)
  return (
    <li>
      <div class="grow stack">
        <About webhook={webhook} />
        <div class="actions">
          <RowButton label={t.edit} url={url} onClick={() => setOpen('edit')} />
          <RowButton label={t.webhooks.deliveries} url={url} onClick={() => setOpen('deliveries')} />
          <RowButton
            label={status === 'active' ? t.webhooks.pause : t.webhooks.resume}
            url={url}
            busy={turn.busy}
            onClick={() => void turn.run()}
          />
          <ConfirmButton
            title={t.webhooks.labelOf(t.webhooks.rotate, url)}
            text={t.webhooks.reallyRotate}
            label={t.webhooks.rotate}
            busy={rotate.busy}
            onConfirm={() => void rotate.run()}
          >
            {t.webhooks.rotate}
          </ConfirmButton>
          <ConfirmButton
            title={t.webhooks.labelOf(t.delete, url)}
            text={t.webhooks.reallyDelete}
            busy={remove.busy}
            onConfirm={() => void remove.run()}
          >
            {t.delete}
          </ConfirmButton>
        </div>
      </div>
      {open === 'edit' && <EditWebhook webhook={webhook} onSaved={onChanged} onClose={close} />}
      {open === 'deliveries' && <Deliveries webhook={webhook} onChanged={onChanged} onClose={close} />}
    </li>
  )
}
