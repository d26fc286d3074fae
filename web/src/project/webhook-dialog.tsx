import { useRef } from 'preact/hooks'
import { api, dataOf, type NewWebhook, NoAnswer, Told, type Webhook, type WebhookAction } from '../client.ts'
import { formatList } from '../format.ts'
import { useAct, useWhileShown } from '../hooks.ts'
import { Dialog, Field, Form } from '../parts.tsx'
import { SaveActions } from '../save-actions.tsx'
import { t } from '../strings.ts'
import { fieldsOf, hintOf, useValues } from '../values.ts'

type Action = WebhookAction
type Body = { url: string; description: string; actions: Action[] | null }
type Values = Record<keyof Body, string>

const WORDS: Record<Action, string> = t.webhooks.actions // a kind of event without a name does not compile
const ACTIONS = Object.entries(WORDS) as [Action, string][]

/** What a webhook sends. A kind may be newer than this page. */
export const wordsOf = (actions: string[] | null): string =>
  actions ? formatList(actions.map((action) => WORDS[action as Action] ?? action)) : t.webhooks.allKinds

const ALL = 'all'
const placeOf = (action: string) => ACTIONS.findIndex(([known]) => known === action)

/** The kinds of events as one value of a form, in the order in which they are shown. */
const textOf = (actions: string[] | null) =>
  actions ? [...actions].sort((a, b) => placeOf(a) - placeOf(b)).join() : ALL
const actionsOf = (text: string) => (text === ALL ? null : (text.split(',').filter(Boolean) as Action[]))

const valuesOf = (webhook: Webhook | undefined): Values => ({
  url: webhook?.url ?? '',
  description: webhook?.description ?? '',
  // Older ones may name this kind: it is never sent, and refused in a change.
  actions: textOf(webhook?.actions?.filter((action) => action !== 'project.deleted') ?? null),
})

const bodyOf = ({ url, description, actions }: Values): Body => ({ url, description, actions: actionsOf(actions) })

type KindsProps = { actions: Action[] | null; theirs: string | undefined; onPick: (actions: Action[] | null) => void }

function Kinds({ actions, theirs, onPick }: KindsProps) {
  const chosen = useRef<Action[]>([]) // what comes back if "all" is taken back
  if (actions) chosen.current = actions
  return (
    <fieldset class="picked">
      <legend>{t.webhooks.kinds}</legend>
      <label class="check">
        <input
          type="checkbox"
          checked={!actions}
          onChange={({ currentTarget }) => onPick(currentTarget.checked ? null : chosen.current)}
        />
        {t.webhooks.allKindsHint}
      </label>
      {actions && (
        <div class="picks">
          {ACTIONS.map(([action, words]) => (
            <label key={action}>
              <input
                type="checkbox"
                checked={actions.includes(action)}
                onChange={({ currentTarget }) =>
                  onPick([...actions.filter((other) => other !== action), ...(currentTarget.checked ? [action] : [])])
                }
              />
              {words}
            </label>
          ))}
        </div>
      )}
      {theirs !== undefined && <p class="hint">{`${t.refusals.theirs}: ${wordsOf(actionsOf(theirs))}`}</p>}
    </fieldset>
  )
}

type FieldsProps = { values: Values; theirs: Partial<Values>; write: (name: keyof Values, text: string) => void }

function Fields({ values, theirs, write }: FieldsProps) {
  const props = fieldsOf(values, write)
  return (
    <>
      <Field label={t.webhooks.url} hint={hintOf(theirs.url, t.webhooks.urlHint)}>
        {(id, hint) => (
          <input
            id={id}
            type="url"
            required
            maxLength={2_048}
            autofocus
            autocomplete="off"
            aria-describedby={hint}
            {...props('url')}
          />
        )}
      </Field>
      <Field label={t.webhooks.description} hint={hintOf(theirs.description)}>
        {(id, hint) => <textarea id={id} rows={2} maxLength={500} aria-describedby={hint} {...props('description')} />}
      </Field>
      <Kinds
        actions={actionsOf(values.actions)}
        theirs={theirs.actions}
        onPick={(actions) => write('actions', textOf(actions))}
      />
    </>
  )
}

type AddProps = {
  project: string
  onMade: (webhook: NewWebhook) => void
  /** Perhaps it was made: there was no answer. */
  onUnsure: () => void
  onClose: () => void
}

export function AddWebhook({ project, onMade, onUnsure, onClose }: AddProps) {
  const { values, theirs, write, forget } = useValues(valuesOf(undefined))
  const close = useWhileShown(onClose)
  const { run, busy } = useAct(async () => {
    const params = { path: { id: project } }
    try {
      const made = dataOf(await api.POST('/projects/{id}/webhooks', { params, body: bodyOf(values) }))
      close() // together with the next line: the secret cannot get the focus while the dialog is open
      onMade(made)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      onUnsure()
      throw new Told(t.webhooks.unsure)
    }
  })
  return (
    <Dialog title={t.webhooks.add} onClose={onClose}>
      <Form onSend={() => void run()}>
        <Fields values={values} theirs={theirs} write={write} />
        <SaveActions theirs={theirs} busy={busy} forget={forget} />
      </Form>
    </Dialog>
  )
}

/** Saves what was changed. With `base_seq`, nothing is overwritten that others have written since this copy. */
async function saveWebhook({ id, seq }: Webhook, values: Values, changes: Partial<Values>): Promise<void> {
  const changed = Object.entries(bodyOf(values)).filter(([name]) => name in changes)
  if (changed.length === 0) return
  const body: Partial<Body> = Object.fromEntries(changed)
  dataOf(await api.PATCH('/webhooks/{id}', { params: { path: { id } }, body: { ...body, base_seq: seq } }))
}

type EditProps = { webhook: Webhook; onSaved: () => void; onClose: () => void }

/** Changes a webhook. If somebody else changes the same meanwhile, both values are shown. */
export function EditWebhook({ webhook, onSaved, onClose }: EditProps) {
  const { values, changes, theirs, write, forget } = useValues(valuesOf(webhook))
  const close = useWhileShown(onClose)
  const { run, busy } = useAct(async () => {
    await saveWebhook(webhook, values, changes)
    close()
    onSaved()
  }, t.announce.saved)
  return (
    <Dialog title={t.webhooks.labelOf(t.edit, webhook.url)} onClose={onClose}>
      <Form onSend={() => void run()}>
        <Fields values={values} theirs={theirs} write={write} />
        <SaveActions theirs={theirs} busy={busy} forget={forget} />
      </Form>
    </Dialog>
  )
}
