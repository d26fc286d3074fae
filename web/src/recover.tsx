import { useState } from 'preact/hooks'
import { api, dataOf } from './client.ts'
import { useAct, useTitle } from './hooks.ts'
import { Field, Form } from './parts.tsx'
import { forgetToken, go, hrefs } from './routes.ts'
import { t } from './strings.ts'

/** Sets a new password, with the token of a recovery link. */
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
          <button type="button" class="primary" onClick={goToSignIn}>
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
          <button type="submit" class="primary" aria-disabled={busy}>
            {t.recover.set}
          </button>
        </Form>
      )}
    </main>
  )
}

/** Goes to the sign-in. Reloads the page, as a session that this browser had has ended with the old password. */
function goToSignIn(): void {
  go(hrefs.projects())
  location.reload()
}
