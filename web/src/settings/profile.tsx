import { useState } from 'preact/hooks'
import { api, dataOf, type User } from '../client.ts'
import { useAct } from '../hooks.ts'
import { Field, Form } from '../parts.tsx'
import { t } from '../strings.ts'

export function Profile({ user, onUser }: { user: User; onUser: (user: User) => void }) {
  const [isSaved, setSaved] = useState(false)
  const { run, busy } = useAct(async (fields: Record<string, string>) => {
    onUser(await saveProfile(user, fields))
    setSaved(true)
  })
  return (
    <section class="panel" aria-labelledby="profile">
      <h2 id="profile">{t.settings.profile}</h2>
      <Form class="part" onInput={() => setSaved(false)} onSend={(fields) => void run(fields)}>
        <p class="muted">
          {t.settings.email}: {user.email}
        </p>
        <Field label={t.settings.name}>
          {(id) => <input id={id} name="name" required maxLength={200} autocomplete="name" defaultValue={user.name} />}
        </Field>
        <Field label={t.settings.timezone}>
          {(id) => (
            <select id={id} name="timezone">
              {zonesWith(user.timezone).map((zone) => (
                <option key={zone} selected={zone === user.timezone}>
                  {zone}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>
            {t.save}
          </button>
          <span class="muted" role="status">
            {isSaved && t.announce.saved}
          </span>
        </div>
      </Form>
    </section>
  )
}

/** Saves what was changed: what this page does not know of, another device may have changed. */
async function saveProfile(user: User, { name, timezone }: Record<string, string>): Promise<User> {
  const body = {
    ...(name !== undefined && name !== user.name && { name }),
    ...(timezone !== undefined && timezone !== user.timezone && { timezone }),
  }
  return Object.keys(body).length > 0 ? dataOf(await api.PATCH('/users/me', { body })) : user
}

/** The time zones that the browser knows, and the user's current one. */
const zonesWith = (current: string) => [...new Set([current, 'UTC', ...Intl.supportedValuesOf('timeZone')])]
