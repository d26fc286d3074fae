import { useState } from 'preact/hooks'
import type { User } from '../client.ts'
import { useTitle } from '../hooks.ts'
import { hrefs } from '../routes.ts'
import { t } from '../strings.ts'
import { Calendar } from './calendar.tsx'
import { Keys } from './keys.tsx'
import { Notifications } from './notifications.tsx'
import { Password } from './password.tsx'
import { Profile } from './profile.tsx'
import { Sessions } from './sessions.tsx'

export function SettingsPage({ user, onUser }: { user: User; onUser: (user: User) => void }) {
  const [changes, setChanges] = useState(0) // of the password: each ends sessions
  useTitle(`${t.settings.title} · ${t.appName}`)
  return (
    <div class="page narrow settings">
      <h1>{t.settings.title}</h1>
      {user.role === 'admin' && <a href={hrefs.people()}>{t.people.lead}</a>}
      <Profile user={user} onUser={onUser} />
      <Password onChanged={() => setChanges(changes + 1)} />
      <Notifications />
      <Calendar />
      <Sessions changes={changes} />
      <Keys />
    </div>
  )
}
