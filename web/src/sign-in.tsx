import { useState } from 'preact/hooks'
import { ApiError, client } from './client.ts'
import { timezone } from './format.ts'
import { useAct, useTitle } from './hooks.ts'
import { Field, Form } from './parts.tsx'
import { leaveToken } from './routes.ts'
import { t } from './strings.ts'

const Email = () => (
  <Field label={t.signIn.email}>
    {(id) => <input id={id} name="email" type="email" autocomplete="username" required maxLength={254} autofocus />}
  </Field>
)

const Password = ({ isNew }: { isNew: boolean }) => (
  <Field label={t.signIn.password} hint={isNew ? t.signIn.passwordHint : undefined}>
    {(id, hint) => (
      <input
        id={id}
        name="password"
        type="password"
        autocomplete={isNew ? 'new-password' : 'current-password'}
        aria-describedby={hint}
        required
        minLength={isNew ? 8 : undefined}
        maxLength={128}
      />
    )}
  </Field>
)

const RegistrationFields = ({ invitation }: { invitation: string | undefined }) => (
  <>
    <Field label={t.signIn.name}>
      {(id) => <input id={id} name="name" autocomplete="name" required maxLength={200} />}
    </Field>
    <details open={invitation !== undefined}>
      <summary>{t.signIn.invitation}</summary>
      <Field label={t.signIn.invitation} hint={t.signIn.invitationHint}>
        {(id, hint) => (
          <input
            id={id}
            name="invitation"
            aria-describedby={hint}
            maxLength={128}
            autocomplete="off"
            defaultValue={invitation ?? ''}
          />
        )}
      </Field>
    </details>
  </>
)

const isAboutTimezone = (error: unknown) =>
  error instanceof ApiError && (error.problem.errors ?? []).some(({ path }) => path === 'timezone')

/** Registers somebody with the time zone of the browser, or without one if the server does not know it. */
const register = (fields: Parameters<typeof client.register>[0]) =>
  client.register({ ...fields, timezone: timezone() }).catch((error: unknown) => {
    if (!isAboutTimezone(error)) throw error
    return client.register(fields)
  })

const startSession = async (
  isNew: boolean,
  { email = '', password = '', name = '', invitation }: Record<string, string>,
) =>
  isNew ? register({ email, password, name, ...(invitation && { invitation }) }) : client.signIn({ email, password })

type Props = { wasEnded: boolean; invitation: string | undefined }

/** Signs somebody in, or registers them. With an invitation, it begins with the registration. */
export function SignIn({ wasEnded, invitation }: Props) {
  const [isNew, setNew] = useState(invitation !== undefined)
  const { run, busy } = useAct(async (isNew: boolean, fields: Record<string, string>) => {
    await startSession(isNew, fields)
    if (invitation !== undefined) leaveToken()
  })
  const title = isNew ? t.signIn.register : t.signIn.title
  useTitle(`${title} · ${t.appName}`)
  return (
    <main class="door" id="content">
      <h1>{t.appName}</h1>
      <p class="lead">{t.signIn.lead}</p>
      {wasEnded && <p class="told">{t.signIn.ended}</p>}
      <Form class="panel" onSend={(fields) => void run(isNew, fields)}>
        <h2>{title}</h2>
        {isNew && <RegistrationFields invitation={invitation} />}
        <Email />
        <Password isNew={isNew} />
        <button type="submit" class="primary" aria-disabled={busy}>
          {title}
        </button>
        <button type="button" class="link" onClick={() => setNew(!isNew)}>
          {isNew ? t.signIn.toSignIn : t.signIn.toRegister}
        </button>
        {!isNew && <p class="hint">{t.signIn.forgotten}</p>}
      </Form>
    </main>
  )
}
