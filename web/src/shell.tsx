import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { client, type OpenInbox, type User } from './client.ts'
import { focusOnContent, useReadable } from './hooks.ts'
import { Inbox } from './inbox.tsx'
import { doWhenDrawn, sayDrawn } from './later.ts'
import { makeLazy } from './lazy.tsx'
import { Avatar, Icon } from './parts.tsx'
import { go, hrefs, type Route } from './routes.ts'
import { SignOutButton } from './sign-out.tsx'
import { t } from './strings.ts'

const Search = makeLazy(() => import('./search.tsx').then(({ Search }) => Search))

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** `/` opens the search from anywhere but a field. */
function useSearchKey(open: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('dialog[open]')) return
      event.preventDefault()
      open()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
}

/** The inbox, open from the first view until the user signs out. */
function useInbox(): OpenInbox | undefined {
  const [inbox, set] = useState<OpenInbox>()
  useEffect(() => doWhenDrawn(() => set(client.openInbox())), [])
  useEffect(() => () => inbox?.close(), [inbox])
  return inbox
}

const NOTHING = { unread_count: 0 }
const NO_INBOX = { getSnapshot: () => NOTHING, subscribe: () => () => {} }

function InboxButton({ inbox, onOpen }: { inbox: OpenInbox | undefined; onOpen: () => void }) {
  const { unread_count } = useReadable(inbox ?? NO_INBOX)
  return (
    <button type="button" class="quiet square" aria-label={t.nav.inbox(unread_count)} onClick={onOpen}>
      <Icon name="bell" />
      {unread_count > 0 && (
        <span class="badge" aria-hidden="true">
          {unread_count > 99 ? '99+' : unread_count}
        </span>
      )}
    </button>
  )
}

function Account({ user, onSignOut }: { user: User; onSignOut: () => Promise<void> }) {
  const signOut = () => {
    go(hrefs.projects()) // first: an open board would report that its session has ended
    return onSignOut()
  }
  return (
    <div class="account">
      <a href={hrefs.settings()} class="person">
        <span class="unseen">{`${t.nav.settings}: ${user.name}`}</span>
        <Avatar id={user.id} name={user.name} />
      </a>
      <SignOutButton class="quiet" onSignOut={signOut} />
    </div>
  )
}

const Footer = () => (
  <footer class="foot">
    <a href={hrefs.help()}>{t.help}</a>
    <a href="/docs">{t.apiReference}</a>
    <a href="/openapi.json">{t.openapi}</a>
    <a href="/readyz">{t.health}</a>
  </footer>
)

const NAMES: Record<Route['at'], string> = {
  projects: t.projects.title,
  board: t.project.board,
  members: t.members.title,
  reports: t.reports.title,
  trash: t.trash.title,
  setup: t.setup.title,
  mine: t.mine.title,
  people: t.people.title,
  settings: t.settings.title,
  help: t.help,
  import: t.imports.title,
  unknown: t.appName,
}

/** Gives the focus to the content of a page when it is another one than before: what had it is often gone. */
function usePageFocus(page: string): void {
  const last = useRef(page)
  useEffect(() => {
    if (last.current !== page) focusOnContent()
    last.current = page
  }, [page])
}

type Props = { user: User; route: Route; onSignOut: () => Promise<void>; children: ComponentChildren }

/** The frame of every page for a user who is signed in: header, search, inbox and footer. */
export function Shell({ user, route, onSignOut, children }: Props) {
  const inbox = useInbox()
  const [shown, show] = useState<'search' | 'inbox' | undefined>()
  useSearchKey(() => show('search'))
  useEffect(() => doWhenDrawn(Search.preload), []) // later it would miss what is typed after the key
  useEffect(() => (route.at === 'board' ? undefined : sayDrawn()), [route.at])
  useEffect(() => show(undefined), [route.at, 'card' in route ? route.card : ''])
  usePageFocus(`${route.at} ${'project' in route ? route.project : ''}`)
  const hide = () => show(undefined)
  return (
    <div class={`shell at-${route.at}${'project' in route ? ' in-project' : ''}`}>
      {/* Not a link to `#content`: the part of the address after `#` names the page. */}
      <button type="button" class="skip" onClick={focusOnContent}>
        {t.nav.skip}
      </button>
      <header class="top">
        <a href={hrefs.projects()} class="brand">
          {t.appName}
        </a>
        <nav aria-label={t.nav.main}>
          <a href={hrefs.projects()} aria-current={route.at === 'projects' ? 'page' : undefined}>
            {t.nav.projects}
          </a>
          <a href={hrefs.mine()} aria-current={route.at === 'mine' ? 'page' : undefined}>
            {t.mine.title}
          </a>
          {user.role === 'admin' && (
            <a href={hrefs.people()} aria-current={route.at === 'people' ? 'page' : undefined}>
              {t.people.title}
            </a>
          )}
        </nav>
        <button type="button" class="quiet search-button" aria-keyshortcuts="/" onClick={() => show('search')}>
          <Icon name="search" />
          <span class="wide-only">{t.search.open}</span> <kbd class="wide-only">/</kbd>
        </button>
        <InboxButton inbox={inbox} onOpen={() => show('inbox')} />
        <Account user={user} onSignOut={onSignOut} />
      </header>
      <main id="content" tabIndex={-1} aria-label={NAMES[route.at]}>
        {children}
      </main>
      {route.at !== 'board' && <Footer />}
      {shown === 'search' && <Search project={'project' in route ? route.project : undefined} onClose={hide} />}
      {shown === 'inbox' && inbox && <Inbox inbox={inbox} onClose={hide} />}
    </div>
  )
}
