import { useEffect, useState } from 'preact/hooks'

/** Where one is: after the `#`, so that the server has one page and every other path stays the API's. */
export type Route =
  | { at: 'projects' }
  | { at: 'board'; project: string; card?: string }
  | { at: 'members'; project: string }
  | { at: 'reports'; project: string }
  | { at: 'settings' }
  | { at: 'help' }
  | { at: 'import' }
  | { at: 'unknown' }

export const to = {
  projects: () => '#/',
  board: (project: string) => `#/projects/${project}`,
  card: (project: string, task: string) => `#/projects/${project}/cards/${task}`,
  members: (project: string) => `#/projects/${project}/members`,
  reports: (project: string) => `#/projects/${project}/reports`,
  settings: () => '#/settings',
  help: () => '#/help',
  importing: () => '#/import',
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function routeOf(hash: string): Route {
  const [first, project, part, card] = hash.replace(/^#\/?/, '').split('/')
  if (!first) return { at: 'projects' }
  if (first === 'settings' && !project) return { at: 'settings' }
  if (first === 'help' && !project) return { at: 'help' }
  if (first === 'import' && !project) return { at: 'import' }
  if (first !== 'projects' || !project || !UUID.test(project)) return { at: 'unknown' }
  if (!part) return { at: 'board', project }
  if (part === 'cards' && card && UUID.test(card)) return { at: 'board', project, card }
  if (part === 'members' || part === 'reports') return { at: part, project }
  return { at: 'unknown' }
}

export const go = (address: string) => {
  location.hash = address.slice(1)
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const changed = () => setHash(location.hash)
    addEventListener('hashchange', changed)
    changed()
    return () => removeEventListener('hashchange', changed)
  }, [])
  return routeOf(hash)
}
