import { useState } from 'preact/hooks'
import { api, type components, dataOf } from '../client.ts'
import { useAct } from '../hooks.ts'
import { Dialog, Field, Form } from '../parts.tsx'
import { t } from '../strings.ts'

type Webhook = components['schemas']['Webhook']
type NewWebhook = components['schemas']['NewWebhook']
type Action = components['schemas']['WebhookAction']
type Body = { url: string; description: string; actions: Action[] | null }

const WORDS: Record<Action, string> = t.webhooks.actions // a kind of event without a name does not compile
const ACTIONS = Object.entries(WORDS) as [Action, string][]

const bodyOf = ({ url = '', description = '', all, ...chosen }: Record<string, string>): Body => ({
  url,
  description,
  actions: all ? null : ACTIONS.map(([action]) => action).filter((action) => action in chosen),
})

function Kinds({ actions }: { actions: string[] | null }) {
  const [all, setAll] = useState(!actions)
  return (
    <fieldset class="picked">
      <legend>{t.webhooks.kinds}</legend>
      <label class="check">
        <input
          type="checkbox"
          name="all"
          checked={all}
          onChange={({ currentTarget }) => setAll(currentTarget.checked)}
        />
        {t.webhooks.allKindsHint}
      </label>
      {!all && (
        <div class="picks">
          {ACTIONS.map(([action, words]) => (
            <label key={action}>
              <input type="checkbox" name={action} defaultChecked={actions?.includes(action) ?? false} />
              {words}
            </label>
          ))}
        </div>
      )}
    </fieldset>
  )
}

type FormProps = {
  title: string
  webhook?: Webhook
  said: string
  onSend: (body: Body) => Promise<void>
  onClose: () => void
}

function WebhookForm({ title, webhook, said, onSend, onClose }: FormProps) {
  const { run, busy } = useAct((fields: Record<string, string>) => onSend(bodyOf(fields)), said)
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSend={(fields) => void run(fields)}>
        <Field label={t.webhooks.url} hint={t.webhooks.urlHint}>
          {(id, hint) => (
            <input
              id={id}
              name="url"
              type="url"
              required
              maxLength={2_048}
              autofocus
              autocomplete="off"
              aria-describedby={hint}
              defaultValue={webhook?.url ?? ''}
            />
          )}
        </Field>
        <Field label={t.webhooks.description}>
          {(id) => (
            <textarea id={id} name="description" rows={2} maxLength={500} defaultValue={webhook?.description ?? ''} />
          )}
        </Field>
        <Kinds actions={webhook?.actions ?? null} />
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>
            {t.save}
          </button>
        </div>
      </Form>
    </Dialog>
  )
}

type AddProps = { project: string; onMade: (webhook: NewWebhook) => void; onClose: () => void }

export function AddWebhook({ project, onMade, onClose }: AddProps) {
  const params = { path: { id: project } }
  return (
    <WebhookForm
      title={t.webhooks.add}
      said={t.webhooks.once}
      onSend={async (body) => {
        const made = dataOf(await api.POST('/projects/{id}/webhooks', { params, body }))
        onClose() // together with the next line: the secret cannot get the focus while the dialog is open
        onMade(made)
      }}
      onClose={onClose}
    />
  )
}

type EditProps = { webhook: Webhook; onSaved: () => void; onClose: () => void }

export function EditWebhook({ webhook: now, onSaved, onClose }: EditProps) {
  const [webhook] = useState(now) // as the user sees it: with its `seq`, no later change by others is overwritten
  const params = { path: { id: webhook.id } }
  return (
    <WebhookForm
      title={t.webhooks.labelOf(t.edit, webhook.url)}
      webhook={webhook}
      said={t.announce.saved}
      onSend={async (body) => {
        dataOf(await api.PATCH('/webhooks/{id}', { params, body: { ...body, base_seq: webhook.seq } }))
        onClose()
        onSaved()
      }}
      onClose={onClose}
    />
  )
}
