import { useState } from 'preact/hooks'
import { api, dataOf } from './client.ts'
import { useAct, useTitle } from './hooks.ts'
import { Field, Form } from './parts.tsx'
import { forgetToken, go, to } from './routes.ts'
import { t } from './strings.ts'

/** Sets a new password, for who has a link from an administrator. */
export function Recover({ token }: { token: string }) {
  const [isDone, setDone] = useState(false)
  useTitle(`${t.recover.title} · ${t.appName}`)
  const { run, busy } = useAct(async ({ password = '' }: Record<string, string>) => {
    dataOf(await api.POST('/auth/recovery/confirm', { body: { token, password } }))
    forgetToken()
    setDone(true)
  })
  return (
    <main class="door" id="content">
      <h1>{t.appName}</h1>
      {isDone ? (
        <div class="panel" role="status">
          <p>{t.recover.done}</p>
          <button type="button" class="primary" onClick={leave}>
            {t.recover.toSignIn}
          </button>
        </div>
      ) : (
        <Form class="panel" onSend={(fields) => void run(fields)}>
          <h2>{t.recover.title}</h2>
          <p class="hint">{t.recover.lead}</p>
          <Field label={t.recover.password} hint={t.signIn.passwordHint}>
            {(id, hint) => (
              <input
                id={id}
                name="password"
                type="password"
                autocomplete="new-password"
                aria-describedby={hint}
                required
                minLength={8}
                maxLength={128}
              />
            )}
          </Field>
          <button type="submit" class="primary" disabled={busy}>
            {t.recover.set}
          </button>
        </Form>
      )}
    </main>
  )
}

/** The session that this browser may have had has ended with the old password: the page begins anew. */
function leave(): void {
  go(to.projects())
  location.reload()
}
