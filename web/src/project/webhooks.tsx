import { useRef, useState } from 'preact/hooks'
import { announce, showDone } from '../announce.tsx'
import { client, type NewWebhook, type Webhook } from '../client.ts'
import { useIsShown, useLoaded, useThrottled } from '../hooks.ts'
import { CopyField, Icon, LoadStatus } from '../parts.tsx'
import { hrefs } from '../routes.ts'
import { t } from '../strings.ts'
import { loadWebhooks } from './load-webhooks.ts'
import { AddWebhook } from './webhook-dialog.tsx'
import { WebhookRow } from './webhook-row.tsx'

/** Selects the secret, so that it can be copied at once, and is in view; but not while somebody writes elsewhere. */
function focusOnField(element: HTMLElement | null): void {
  const { activeElement } = document
  const isElsewhere = activeElement !== document.body && !element?.closest('section')?.contains(activeElement)
  if (!isElsewhere) element?.querySelector('input')?.focus()
}

const Secret = ({ webhook: { url, secret } }: { webhook: NewWebhook }) => (
  <div class="told stack" ref={focusOnField}>
    <p>{t.webhooks.once}</p>
    <CopyField label={t.webhooks.secretOf(url)} value={secret} />
  </div>
)

/** Secrets that were made here, as long as they are the present ones. */
function useSecrets(webhooks: Webhook[] | undefined) {
  const [made, setMade] = useState<NewWebhook[]>([])
  const secrets = made.filter(({ id, rotated_at }) =>
    webhooks?.some((webhook) => webhook.id === id && webhook.rotated_at === rotated_at),
  )
  const isShown = useIsShown()
  const { current: owner } = useRef(client.user?.id)
  const show = (webhook: NewWebhook) => {
    if (client.user?.id !== owner) return // it is nothing for the next person
    const { id, url, project_id } = webhook
    if (!isShown()) return showDone(t.webhooks.unseen(url), { label: t.webhooks.title, href: hrefs.setup(project_id) })
    setMade((now) => [...now.filter((other) => other.id !== id), webhook])
    announce(t.webhooks.once)
  }
  return { secrets, show }
}

/** The webhooks of a project, for its managers; read again when the project changes. */
export function Webhooks({ project, seq }: { project: string; seq: number }) {
  const turn = useThrottled(seq)
  const { data: webhooks, error, reload } = useLoaded(() => loadWebhooks(project), [project, turn])
  const [adding, setAdding] = useState(false)
  const { secrets, show } = useSecrets(webhooks)
  const onSecret = (webhook: NewWebhook) => {
    show(webhook)
    reload()
  }
  return (
    <section class="panel" aria-labelledby="webhooks">
      <h2 id="webhooks">{t.webhooks.title}</h2>
      <p class="muted">{t.webhooks.lead}</p>
      <LoadStatus data={webhooks} error={error} reload={reload} />
      {webhooks?.length === 0 && <p class="muted">{t.webhooks.none}</p>}
      <ul class="rows">
        {webhooks?.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} onChanged={reload} onRotated={onSecret} />
        ))}
      </ul>
      {secrets.map((webhook) => (
        <Secret key={webhook.secret} webhook={webhook} />
      ))}
      <div class="actions">
        <button type="button" onClick={() => setAdding(true)}>
          <Icon name="plus" /> {t.webhooks.add}
        </button>
      </div>
      {adding && <AddWebhook project={project} onMade={onSecret} onUnsure={reload} onClose={() => setAdding(false)} />}
    </section>
  )
}
