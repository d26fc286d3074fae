import { useTitle } from '../hooks.ts'
import { t } from '../strings.ts'
import { Invitations } from './invitations.tsx'
import { RecoveryLinks } from './recovery-links.tsx'

/** For administrators: invitations, and links for people who forgot their passwords. */
export function PeoplePage() {
  useTitle(`${t.people.title} · ${t.appName}`)
  return (
    <div class="page narrow settings">
      <h1>{t.people.title}</h1>
      <Invitations />
      <RecoveryLinks />
    </div>
  )
}
