import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { client, type OpenInbox, type User } from './client.ts'
import { useAct, useReadable } from './hooks.ts'
import { Inbox } from './inbox.tsx'
import { later, sayDrawn } from './later.ts'
import { lazily } from './lazy.tsx'
import { Avatar, Icon } from './parts.tsx'
import { type Route, to } from './routes.ts'
import { t } from './strings.ts'

const Search = lazily(() => import('./search.tsx').then(({ Search }) => Search))

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** `/` opens the search from anywhere but a field. */
function useSearchKey(open: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('dialog[open]')) return
      event.preventDefault()
      open()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

/** The inbox is open as long as somebody is signed in, from the first view on. */
function useInbox(): OpenInbox | undefined {
  const [inbox, set] = useState<OpenInbox>()
  useEffect(() => later(() => set(client.openInbox())), [])
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

function Account({ user }: { user: User }) {
  const { run, busy } = useAct(() => client.signOut())
  return (
    <div class="account">
      <a href={to.settings()} class="person">
        <span class="unseen">{`${t.nav.settings}: ${user.name}`}</span>
        <Avatar id={user.id} name={user.name} />
      </a>
      <button type="button" class="quiet" disabled={busy} onClick={() => void run()}>
        {t.nav.signOut}
      </button>
    </div>
  )
}

const Footer = () => (
  <footer class="foot">
    <a href={to.help()}>{t.help}</a>
    <a href="/docs">{t.apiReference}</a>
    <a href="/openapi.json">{t.openapi}</a>
    <a href="/readyz">{t.health}</a>
  </footer>
)

type Props = { user: User; route: Route; children: ComponentChildren }

/** What is around every page of who is signed in. */
export function Shell({ user, route, children }: Props) {
  const inbox = useInbox()
  const [shown, show] = useState<'search' | 'inbox' | undefined>()
  useSearchKey(() => show('search'))
  useEffect(() => (route.at === 'board' ? undefined : sayDrawn()), [route.at])
  useEffect(() => show(undefined), [route.at, 'card' in route ? route.card : ''])
  const hide = () => show(undefined)
  return (
    <div class={`shell at-${route.at}`}>
      <button type="button" class="skip" onClick={focusContent}>
        {t.nav.skip}
      </button>
      <header class="top">
        <a href={to.projects()} class="brand">
          {t.appName}
        </a>
        <nav aria-label={t.nav.main}>
          <a href={to.projects()} aria-current={route.at === 'projects' ? 'page' : undefined}>
            {t.nav.projects}
          </a>
          {user.role === 'admin' && (
            <a href={to.people()} aria-current={route.at === 'people' ? 'page' : undefined}>
              {t.people.title}
            </a>
          )}
        </nav>
        <button type="button" class="quiet search-button" aria-keyshortcuts="/" onClick={() => show('search')}>
          <Icon name="search" />
          <span class="wide-only">{t.search.open}</span> <kbd class="wide-only">/</kbd>
        </button>
        <InboxButton inbox={inbox} onOpen={() => show('inbox')} />
        <Account user={user} />
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      {route.at !== 'board' && <Footer />}
      {shown === 'search' && <Search project={'project' in route ? route.project : undefined} onClose={hide} />}
      {shown === 'inbox' && inbox && <Inbox inbox={inbox} onClose={hide} />}
    </div>
  )
}

/** No link: what stands after the `#` of the address says where one is. */
function focusContent(): void {
  document.getElementById('content')?.focus()
}
