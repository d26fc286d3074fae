import { useEffect, useState } from 'preact/hooks'

/** The page that an address names after its `#`: so the server has one page, and all other paths are the API's. */
export type Route =
  | { at: 'projects' }
  | { at: 'board'; project: string; card?: string }
  | { at: 'members'; project: string }
  | { at: 'reports'; project: string }
  | { at: 'trash'; project: string }
  | { at: 'setup'; project: string }
  | { at: 'mine' }
  | { at: 'people' }
  | { at: 'settings' }
  | { at: 'help' }
  | { at: 'import' }
  | { at: 'unknown' }

export const hrefs = {
  projects: () => '#/',
  board: (project: string) => `#/projects/${project}`,
  card: (project: string, task: string) => `#/projects/${project}/cards/${task}`,
  members: (project: string) => `#/projects/${project}/members`,
  reports: (project: string) => `#/projects/${project}/reports`,
  trash: (project: string) => `#/projects/${project}/trash`,
  setup: (project: string) => `#/projects/${project}/settings`,
  mine: () => '#/mine',
  people: () => '#/people',
  settings: () => '#/settings',
  help: () => '#/help',
  importing: () => '#/import',
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function routeOf(hash: string): Route {
  const [first, project, part, card] = hash.replace(/^#\/?/, '').split('/')
  if (!first) return { at: 'projects' }
  if (first === 'settings' && !project) return { at: 'settings' }
  if (first === 'mine' && !project) return { at: 'mine' }
  if (first === 'people' && !project) return { at: 'people' }
  if (first === 'help' && !project) return { at: 'help' }
  if (first === 'import' && !project) return { at: 'import' }
  if (first !== 'projects' || !project || !UUID.test(project)) return { at: 'unknown' }
  if (!part) return { at: 'board', project }
  if (part === 'cards' && card && UUID.test(card)) return { at: 'board', project, card }
  if (part === 'settings') return { at: 'setup', project }
  if (part === 'members' || part === 'reports' || part === 'trash') return { at: part, project }
  return { at: 'unknown' }
}

/** Whether the page shows the board of a project now. */
export function isOnBoard(project: string): boolean {
  const route = routeOf(location.hash)
  return route.at === 'board' && route.project === project
}

/** A link with a token, for somebody without a session. The token is after the `#`, which is not sent to the server. */
export type TokenLink = { to: 'recover' | 'join'; token: string }

function tokenLinkOf(hash: string): TokenLink | undefined {
  const [first, token] = hash.replace(/^#\/?/, '').split('/')
  return (first === 'recover' || first === 'join') && token ? { to: first, token } : undefined
}

/** The URL of a link with a token. */
export const addressOf = ({ to, token }: TokenLink) => `${location.origin}/#/${to}/${token}`

/** Removes the token from the address, as the browser's history keeps addresses. */
export const forgetToken = () => history.replaceState(null, '', '#/')

/** Goes to the projects, and removes the token from the address and from the browser's history. */
export const leaveToken = () => goInstead('#/')

export const go = (address: string) => {
  location.hash = address.slice(1)
}

/** Goes to another address in place of the present one: the browser's way back would only lead here again. */
export const goInstead = (address: string) => location.replace(address)

export function useRoute(): { route: Route; tokenLink: TokenLink | undefined } {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const changed = () => setHash(location.hash)
    addEventListener('hashchange', changed)
    changed()
    return () => removeEventListener('hashchange', changed)
  }, [])
  const tokenLink = tokenLinkOf(hash)
  return { route: tokenLink ? { at: 'projects' } : routeOf(hash), tokenLink }
}
