import { useEffect, useRef, useState } from 'preact/hooks'
import { Announcements } from './announce.tsx'
import { BoardPage } from './board-page.tsx'
import { client, type User } from './client.ts'
import { Help } from './help.tsx'
import { useReadable, useTitle } from './hooks.ts'
import { lazily } from './lazy.tsx'
import { Empty, Failure, Loading } from './parts.tsx'
import { Projects } from './projects.tsx'
import { type Route, to, useRoute } from './routes.ts'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'
import { t } from './strings.ts'

const ImportPage = lazily(() => import('./import-page.tsx').then(({ ImportPage }) => ImportPage))
const Members = lazily(() => import('./members.tsx').then(({ Members }) => Members))
const People = lazily(() => import('./people/page.tsx').then(({ PeoplePage }) => PeoplePage))
const Recover = lazily(() => import('./recover.tsx').then(({ Recover }) => Recover))
const Setup = lazily(() => import('./project/setup.tsx').then(({ SetupPage }) => SetupPage))
const Trash = lazily(() => import('./project/trash.tsx').then(({ TrashPage }) => TrashPage))
const Reports = lazily(() => import('./reports.tsx').then(({ Reports }) => Reports))
const Settings = lazily(() => import('./settings/page.tsx').then(({ SettingsPage }) => SettingsPage))

function NotFound() {
  useTitle(t.appName)
  return (
    <Empty title={t.nav.notFound}>
      <a href={to.projects()}>{t.ended.back}</a>
    </Empty>
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
  if (route.at === 'people' && user.role === 'admin') return <People />
  if (route.at === 'settings') return <Settings user={user} onUser={onUser} />
  if (route.at === 'help') return <Help />
  if (route.at === 'import') return <ImportPage />
  return <NotFound />
}

/** Who is signed in from an earlier visit: asked once. */
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
  const user = known && changed?.id === known.id ? changed : known
  const { error, resume } = useResumed()
  const { route, door } = useRoute()
  const wasIn = useRef(false)
  if (user) wasIn.current = true
  return (
    <>
      {status === 'loading' && (error ? <Failure error={error} reload={resume} /> : <Loading />)}
      {door?.to === 'recover' && status !== 'loading' && <Recover token={door.token} />}
      {status === 'signed_out' && door?.to !== 'recover' && (
        <SignIn key={door?.token} wasEnded={wasIn.current} invitation={door?.to === 'join' ? door.token : undefined} />
      )}
      {user && door?.to !== 'recover' && (
        <Shell key={user.id} user={user} route={route}>
          <Page route={route} user={user} onUser={setChanged} />
        </Shell>
      )}
      <Announcements />
    </>
  )
}
