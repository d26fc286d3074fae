import { useEffect, useRef, useState } from 'preact/hooks'
import { Announcements } from './announce.tsx'
import { BoardPage } from './board-page.tsx'
import { client, type User } from './client.ts'
import { Help } from './help.tsx'
import { useReadable, useTitle } from './hooks.ts'
import { makeLazy } from './lazy.tsx'
import { EmptyState, Failure, Loading } from './parts.tsx'
import { Projects } from './projects.tsx'
import { hrefs, leaveToken, type Route, useRoute } from './routes.ts'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'
import { SignOutButton } from './sign-out.tsx'
import { t } from './strings.ts'

const ImportPage = makeLazy(() => import('./import-page.tsx').then(({ ImportPage }) => ImportPage))
const Members = makeLazy(() => import('./members.tsx').then(({ Members }) => Members))
const People = makeLazy(() => import('./people/page.tsx').then(({ PeoplePage }) => PeoplePage))
const Recover = makeLazy(() => import('./recover.tsx').then(({ Recover }) => Recover))
const Setup = makeLazy(() => import('./project/setup.tsx').then(({ SetupPage }) => SetupPage))
const Trash = makeLazy(() => import('./project/trash.tsx').then(({ TrashPage }) => TrashPage))
const MyCards = makeLazy(() => import('./my-cards.tsx').then(({ MyCards }) => MyCards))
const Reports = makeLazy(() => import('./reports.tsx').then(({ Reports }) => Reports))
const Settings = makeLazy(() => import('./settings/page.tsx').then(({ SettingsPage }) => SettingsPage))

function NotFound() {
  useTitle(t.appName)
  return (
    <EmptyState title={t.nav.notFound}>
      <a href={hrefs.projects()}>{t.ended.back}</a>
    </EmptyState>
  )
}

/** What an invitation shows to somebody who is signed in. */
function Invited({ user, onSignOut }: { user: User; onSignOut: () => Promise<void> }) {
  useTitle(`${t.invited.title} · ${t.appName}`)
  return (
    <EmptyState title={t.invited.title}>
      <p>{t.invited.lead(user.name)}</p>
      <div class="actions">
        <SignOutButton onSignOut={onSignOut} />
        <button type="button" class="quiet" onClick={leaveToken}>
          {t.ended.back}
        </button>
      </div>
    </EmptyState>
  )
}

type PageProps = { route: Route; user: User; onUser: (user: User) => void }

function Page({ route, user, onUser }: PageProps) {
  if (route.at === 'projects') return <Projects />
  if (route.at === 'board')
    return <BoardPage key={route.project} project={route.project} card={route.card} user={user} />
  if (route.at === 'members') return <Members key={route.project} project={route.project} user={user} />
  if (route.at === 'reports') return <Reports key={route.project} project={route.project} />
  if (route.at === 'trash') return <Trash key={route.project} project={route.project} user={user} />
  if (route.at === 'setup') return <Setup key={route.project} project={route.project} user={user} />
  if (route.at === 'mine') return <MyCards />
  if (route.at === 'people' && user.role === 'admin') return <People />
  if (route.at === 'settings') return <Settings user={user} onUser={onUser} />
  if (route.at === 'help') return <Help />
  if (route.at === 'import') return <ImportPage />
  return <NotFound />
}

/** Asks once who is signed in from an earlier visit. After an `error`, `resume` asks again. */
function useResumed() {
  const [error, setError] = useState<unknown>()
  const resume = () => {
    setError(undefined)
    client.resume().catch(setError)
  }
  useEffect(resume, [])
  return { error, resume }
}

export function App() {
  const { status, user: known } = useReadable(client)
  const [changed, setChanged] = useState<User>() // the profile as this page has changed it last
  const user = known && changed?.id === known.id && changed.seq > known.seq ? changed : known
  const { error, resume } = useResumed()
  const { route, tokenLink } = useRoute()
  // Whether somebody was signed in, and has not signed out: then the page to sign in says that the session has ended.
  const wasSignedIn = useRef(false)
  useEffect(() => {
    if (user) wasSignedIn.current = true
  }, [user?.id])
  const signOut = () => {
    wasSignedIn.current = false
    return client.signOut()
  }
  return (
    <>
      {status === 'loading' && (error ? <Failure error={error} reload={resume} /> : <Loading />)}
      {tokenLink?.to === 'recover' && status !== 'loading' && <Recover token={tokenLink.token} />}
      {status === 'signed_out' && tokenLink?.to !== 'recover' && (
        <SignIn
          key={tokenLink?.token}
          wasEnded={wasSignedIn.current}
          invitation={tokenLink?.to === 'join' ? tokenLink.token : undefined}
        />
      )}
      {user && tokenLink?.to !== 'recover' && (
        <Shell key={user.id} user={user} route={route} onSignOut={signOut}>
          {tokenLink ? (
            <Invited user={user} onSignOut={signOut} />
          ) : (
            <Page route={route} user={user} onUser={setChanged} />
          )}
        </Shell>
      )}
      <Announcements />
    </>
  )
}
