import { useState } from 'preact/hooks'
import { api, dataOf } from '../client.ts'
import { useAct } from '../hooks.ts'
import { Field, Form } from '../parts.tsx'
import { t } from '../strings.ts'

export function Password({ onChanged }: { onChanged: () => void }) {
  const [isChanged, setChanged] = useState(false)
  const { run, busy } = useAct(async (fields: Record<string, string>, form: HTMLFormElement) => {
    const { current = '', new: chosen = '' } = fields
    dataOf(await api.POST('/auth/password', { body: { current, new: chosen } }))
    form.reset()
    setChanged(true)
    onChanged()
  })
  return (
    <section class="panel" aria-labelledby="password">
      <h2 id="password">{t.settings.password}</h2>
      <Form class="part" onInput={() => setChanged(false)} onSend={(fields, form) => void run(fields, form)}>
        <Field label={t.settings.current}>
          {(id) => (
            <input id={id} name="current" type="password" required maxLength={128} autocomplete="current-password" />
          )}
        </Field>
        <Field label={t.settings.new} hint={t.signIn.passwordHint}>
          {(id, hint) => (
            <input
              id={id}
              name="new"
              type="password"
              required
              minLength={8}
              maxLength={128}
              autocomplete="new-password"
              aria-describedby={hint}
            />
          )}
        </Field>
        <div class="actions">
          <button type="submit" aria-disabled={busy}>
            {t.settings.change}
          </button>
          <span class="muted" role="status">
            {isChanged && t.settings.changed}
          </span>
        </div>
      </Form>
    </section>
  )
}
