import { useState } from 'preact/hooks'
import { api, type components, dataOf } from '../client.ts'
import { useLoaded } from '../hooks.ts'
import { loadAll } from '../pages.ts'
import { CopyField, Failure, Icon, Loading } from '../parts.tsx'
import { t } from '../strings.ts'
import { AddWebhook } from './webhook-dialog.tsx'
import { WebhookRow } from './webhook-row.tsx'

type NewWebhook = components['schemas']['NewWebhook']

const loadWebhooks = (id: string) =>
  loadAll(async (after) =>
    dataOf(await api.GET('/projects/{id}/webhooks', { params: { path: { id }, query: { limit: 100, ...after } } })),
  )

/** Selects the secret, so that it can be copied at once, and is in view. */
const focusOnField = (element: HTMLElement | null) => element?.querySelector('input')?.focus()

const Secret = ({ webhook: { url, secret } }: { webhook: NewWebhook }) => (
  <div class="told stack" ref={focusOnField}>
    <p>{t.webhooks.once}</p>
    <CopyField label={t.webhooks.secretOf(url)} value={secret} />
  </div>
)

/** The webhooks of a project, for its managers; read again when the project changes. */
export function Webhooks({ project, seq }: { project: string; seq: number }) {
  const { data: webhooks, error, reload } = useLoaded(() => loadWebhooks(project), [project, seq])
  const [adding, setAdding] = useState(false)
  const [fresh, setFresh] = useState<NewWebhook>() // whose secret is shown
  return (
    <section class="panel" aria-labelledby="webhooks">
      <h2 id="webhooks">{t.webhooks.title}</h2>
      <p class="muted">{t.webhooks.lead}</p>
      {error !== undefined && <Failure error={error} reload={reload} />}
      {!webhooks && error === undefined && <Loading />}
      {webhooks?.length === 0 && <p class="muted">{t.webhooks.none}</p>}
      <ul class="rows">
        {webhooks?.map((webhook) => (
          <WebhookRow
            key={webhook.id}
            webhook={webhook}
            onChanged={reload}
            onRotated={setFresh}
            onDeleted={() => {
              if (fresh?.id === webhook.id) setFresh(undefined)
              reload()
            }}
          />
        ))}
      </ul>
      {fresh && <Secret key={fresh.secret} webhook={fresh} />}
      <div class="actions">
        <button type="button" onClick={() => setAdding(true)}>
          <Icon name="plus" /> {t.webhooks.add}
        </button>
      </div>
      {adding && (
        <AddWebhook
          project={project}
          onMade={(made) => {
            setFresh(made)
            reload()
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </section>
  )
}
